package table

import (
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/names"
)

// Forms is a set of ways to find an identity by a name that is not itself a key. The zero
// Forms is the set of all forms except FormARN.
type Forms uint8

// The forms, in the order in which they are tried.
const (
	FormGuest     Forms = 1 << iota // the address of a guest in a name with #EXT#
	FormDomain                      // an account D\u: see AppendAccount
	FormLocalPart                   // the part before the last "@" of a known domain
	FormARN                         // the user or the session of an ARN
	FormsNone                       // none of them
)

// has reports whether a form is in the set.
func (f Forms) has(form Forms) bool { return f == 0 && form != FormARN || f&form != 0 }

// nameIndex maps the names of all zones to records.
type nameIndex struct {
	exact    *names.Table
	suffixes *names.Table // of assets, without "*."
	hosts    hostIndex    // of assets
	forms    []form       // of identities, tried in this order for names that are not in exact

	// Of identities:
	accounts  bool         // names in a domain are found by findAccount
	domains   domainIndex  // the domains that are known
	unknown   *domainLog   // the domains that lookups found to be unknown
	qualified *names.Table // the names u that are keys of an identity with a key D\u, too
}

// form is a way to find a name that is not itself a key.
type form struct {
	step   entity.Step
	lookup func(x *nameIndex, zone uint32, name string) (record uint32, ok bool)
}

// setForms sets the forms of a table of identities, in the order in which they are tried.
func (x *nameIndex) setForms(forms Forms) {
	x.accounts, x.unknown = forms.has(FormDomain), new(domainLog)
	for _, f := range []struct {
		of   Forms
		form form
	}{
		{FormGuest, form{entity.StepGuest, (*nameIndex).findGuest}},
		{FormLocalPart, form{entity.StepLocalPart, (*nameIndex).findLocalPart}},
		{FormARN, form{entity.StepARN, (*nameIndex).findARN}},
	} {
		if forms.has(f.of) {
			x.forms = append(x.forms, f.form)
		}
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

// findLocalPart finds the part of a name before its last "@", if the part after it is the
// domain of an e-mail address or a key, or configured.
func (x *nameIndex) findLocalPart(zone uint32, name string) (record uint32, ok bool) {
	if i := strings.LastIndexByte(name, '@'); i > 0 && x.domains.statedIn(zone, name[i+1:])&(inAddress|inOptions) != 0 {
		return x.exact.Lookup(zone, name[:i])
	}
	return 0, false
}

// guestMark returns the position of the mark in the name that Entra ID gives a guest, such
// as ann_partner.example#EXT#@corp.onmicrosoft.example, or -1.
func guestMark(name string) int {
	const mark = "#EXT#"
	for from := 0; ; from++ {
		i := strings.IndexByte(name[from:], '#')
		if i < 0 || len(name)-from-i < len(mark) {
			return -1
		}
		if from += i; fold.Equal(name[from:from+len(mark)], mark) {
			return from
		}
	}
}

// findGuest finds the address of a guest: the part of the name before the mark, with an
// "@" in place of its last underscore.
func (x *nameIndex) findGuest(zone uint32, name string) (record uint32, ok bool) {
	mark := guestMark(name)
	if mark < 0 {
		return 0, false
	}
	at := strings.LastIndexByte(name[:mark], '_')
	if at <= 0 {
		return 0, false
	}
	var room [128]byte
	address := append(room[:0], name[:mark]...)
	address[at] = '@'
	return x.exact.Lookup(zone, bytestext.String(address))
}

// findARN finds the user, or the session of a role or of a federated user, that an Amazon
// Resource Name ends with.
func (x *nameIndex) findARN(zone uint32, name string) (record uint32, ok bool) {
	if name = nameInARN(name); name != "" {
		return x.exact.Lookup(zone, name)
	}
	return 0, false
}

// nameInARN returns the name of the user or the session in an ARN, "" if it has none.
// The parts of an ARN are arn:partition:service:region:account:resource.
func nameInARN(arn string) string {
	rest, ok := strings.CutPrefix(arn, "arn:")
	for range 4 {
		if ok {
			_, rest, ok = strings.Cut(rest, ":")
		}
	}
	kind, path, found := strings.Cut(rest, "/")
	if !ok || !found {
		return ""
	}
	last := strings.LastIndexByte(path, '/')
	switch kind {
	case "user", "federated-user":
		return path[last+1:]
	case "assumed-role":
		if last >= 0 {
			return path[last+1:]
		}
	}
	return ""
}
