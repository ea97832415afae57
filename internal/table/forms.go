package table

import (
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/names"
)

// Forms is a set of ways to find an identity by a name that is not itself a key. The zero
// Forms is the set of all forms.
type Forms uint8

// The forms, in the order in which they are tried.
const (
	FormDomain    Forms = 1 << iota // the part after the first backslash
	FormLocalPart                   // the part before the last "@" of a known domain
	FormsNone                       // none of them
)

// has reports whether a form is in the set.
func (f Forms) has(form Forms) bool { return f == 0 || f&form != 0 }

// nameIndex maps the names of all zones to records.
type nameIndex struct {
	exact    *names.Table
	suffixes *names.Table // of assets, without "*."
	hosts    hostIndex    // of assets
	domains  *names.Table // of identities: ignoring case, by zone
	forms    []form       // of identities, tried in this order for names that are not in exact
}

// form is a way to find a name that is not itself a key.
type form struct {
	step   entity.Step
	lookup func(x *nameIndex, zone uint32, name string) (record uint32, ok bool)
}

// setForms sets the forms of a table of identities, in the order in which they are tried.
func (x *nameIndex) setForms(forms Forms) {
	if forms.has(FormDomain) {
		x.forms = append(x.forms, form{entity.StepDomain, (*nameIndex).findAfterDomain})
	}
	if forms.has(FormLocalPart) {
		x.forms = append(x.forms, form{entity.StepLocalPart, (*nameIndex).findLocalPart})
	}
}

// findByForm sets *m to the match of the first form that finds the name of an identity, and
// reports whether a form does.
func (x *nameIndex) findByForm(m *Match, zone ZoneID, name string) (ok bool) {
	for i := range x.forms {
		f := &x.forms[i]
		if record, ok := f.lookup(x, uint32(zone), name); ok {
			m.setRecord(record, f.step, zone)
			return true
		}
	}
	return false
}

// findSuffix finds the longest suffix of a name.
func (x *nameIndex) findSuffix(zone uint32, name string) (record uint32, ok bool) {
	record, _, ok = x.suffixes.LookupSuffix(zone, name)
	return record, ok
}

// findAfterDomain finds the part of a name after its first backslash.
func (x *nameIndex) findAfterDomain(zone uint32, name string) (record uint32, ok bool) {
	if i := strings.IndexByte(name, '\\'); i >= 0 {
		return x.exact.Lookup(zone, name[i+1:])
	}
	return 0, false
}

// findLocalPart finds the part of a name before its last "@", if the part after it is a
// known domain.
func (x *nameIndex) findLocalPart(zone uint32, name string) (record uint32, ok bool) {
	if i := strings.LastIndexByte(name, '@'); i > 0 && x.hasDomain(zone, name[i+1:]) {
		return x.exact.Lookup(zone, name[:i])
	}
	return 0, false
}

// anyZone is the zone of the configured domains, which are known in every zone.
const anyZone = 1<<32 - 2

// hasDomain reports whether a domain is known in a zone.
func (x *nameIndex) hasDomain(zone uint32, domain string) bool {
	if _, ok := x.domains.Lookup(zone, domain); ok {
		return true
	}
	_, ok := x.domains.Lookup(anyZone, domain)
	return ok
}

// domainSet collects the distinct domains of e-mail addresses.
type domainSet struct {
	seen  map[zonedDomain]bool
	names *names.Builder
}

type zonedDomain struct {
	zone   uint32
	domain string
}

func newDomainSet(b *names.Builder) domainSet {
	return domainSet{seen: make(map[zonedDomain]bool), names: b}
}

// addDomain adds the domain of an e-mail address. It ignores a text without a domain.
func (d *domainSet) addDomain(zone uint32, address string) {
	at := strings.LastIndexByte(address, '@')
	if at < 0 || at == len(address)-1 {
		return
	}
	k := zonedDomain{zone, fold.Lower(address[at+1:])}
	if !d.seen[k] {
		d.seen[k] = true
		d.names.Add(zone, k.domain, 0)
	}
}
