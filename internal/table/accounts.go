package table

import (
	"bytes"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/keytext"
)

// An account is a name in a domain. It is written D\u: an event that has the two in separate
// fields names the same account as one that has them in one text, and AppendAccount joins
// them. The steps of its lookup are, in each zone:
//
//  1. the whole text D\u;
//  2. u@D;
//  3. for a domain with a dot, u in the domain that is its first label, L\u;
//  4. u alone.
//
// Steps 3 and 4 need a domain whose verdict is DomainKnown or DomainAssumed, because u of
// another domain, or of one machine, is another account. Step 4 does not find an identity
// that is listed as the u of a domain: that of D would have been found before.

// localDomain is the domain that stands for the machine itself.
const localDomain = "."

// HasDomain reports whether a text is the name of an account with its domain, D\u.
func HasDomain(text []byte) bool { return bytes.IndexByte(text, '\\') >= 0 }

// needsNoDomain reports whether a name is complete without the domain that an event has
// beside it: a name with its own domain, an e-mail address, or the name of a guest.
func needsNoDomain(name string) bool {
	return strings.IndexByte(name, '@') >= 0 || strings.IndexByte(name, '\\') >= 0 || guestMark(name) >= 0
}

// AppendAccount appends the text that names an account: D\u, or the name as it is if it
// needs no domain or there is none.
func AppendAccount(dst, domain, name []byte) []byte {
	if len(domain) > 0 && !needsNoDomain(bytestext.String(name)) {
		dst = append(append(dst, domain...), '\\')
	}
	return append(dst, name...)
}

// Verdict states whether the names of a domain are looked up without it, and why.
type Verdict uint8

// The verdicts.
const (
	DomainKnown     Verdict = iota + 1 // the lists or the options state the domain
	DomainAssumed                      // the lists state no domain of its sort, with or without a dot
	DomainUnknown                      // the lists state other domains of its sort
	DomainMachine                      // the domain is a machine, whose accounts are local
	DomainAuthority                    // the domain is that of the accounts of Windows itself
)

// isOpen reports whether names of the domain are looked up without it.
func (v Verdict) isOpen() bool { return v == DomainKnown || v == DomainAssumed }

// domainFacts holds what is known about a domain in a zone, apart from the event.
type domainFacts struct {
	verdict   Verdict
	accounts  bool // keys D\u may exist
	addresses bool // keys u@D may exist
	labels    bool // keys L\u may exist, L being the first label of a domain with a dot
	alone     bool // u alone is the only key that can match, and any identity with that key matches
}

// factsOf returns the facts about a domain in a zone.
func (x *nameIndex) factsOf(zone ZoneID, domain string, of *Machines) domainFacts {
	s := sortOf(domain)
	stated := x.domains.statedIn(uint32(zone), domain)
	f := domainFacts{accounts: stated&inAccount != 0, addresses: stated&inAddress != 0}
	known := stated&s.knownBy() != 0
	if s == dotted {
		label := x.domains.statedIn(uint32(zone), domain[:strings.IndexByte(domain, '.')])
		f.labels = label&inAccount != 0
		known = known || label&dotless.knownBy() != 0
	}
	switch {
	case domain == localDomain:
		f.verdict = DomainMachine
	case isAuthority(domain):
		f.verdict = DomainAuthority
	case stated&inOptions != 0:
		f.verdict = DomainKnown
	case (s == dotless || !known) && of.hasAsset(domain):
		f.verdict = DomainMachine
	case known:
		f.verdict = DomainKnown
	case x.domains.hasKnown(uint32(zone), s):
		f.verdict = DomainUnknown
	default:
		f.verdict = DomainAssumed
	}
	f.alone = f.verdict.isOpen() && !f.accounts && !f.addresses && !f.labels && x.qualified.Len() == 0 && keytext.Clean(domain) == domain
	return f
}

// findOtherwise finds the name of an identity that is not a key: an account by its steps,
// another name by the forms.
func (x *nameIndex) findOtherwise(m *Match, zone ZoneID, name string, machines *Machines) (ok bool) {
	if x.accounts && HasDomain(bytestext.Bytes(name)) {
		return x.findAccount(m, zone, name, machines)
	}
	return x.findByForm(m, zone, name)
}

// findAccount finds an account that is not itself a key, by the steps after the first.
func (x *nameIndex) findAccount(m *Match, zone ZoneID, text string, of *Machines) (ok bool) {
	domain, name, _ := strings.Cut(text, `\`)
	if domain == "" || needsNoDomain(name) {
		return x.findBareName(m, zone, name)
	}
	facts := x.factsOf(zone, domain, of)
	return x.findInDomain(m, zone, domain, name, facts, of)
}

// findBareName finds the name of an account that needs no domain.
func (x *nameIndex) findBareName(m *Match, zone ZoneID, name string) (ok bool) {
	if record, ok := x.exact.Lookup(uint32(zone), name); ok {
		m.setRecord(record, entity.StepDomain, zone)
		return true
	}
	return x.findByForm(m, zone, name)
}

// findInDomain finds an account of which D\u is not a key.
func (x *nameIndex) findInDomain(m *Match, zone ZoneID, domain, name string, facts domainFacts, of *Machines) (ok bool) {
	var room [128]byte
	record := uint32(0)
	if facts.addresses {
		record, ok = x.lookupJoined(zone, append(append(append(room[:0], name...), '@'), domain...))
	}
	if !ok {
		if facts.verdict == DomainUnknown {
			x.noteUnknown(zone, domain, name, of)
		}
		if !facts.verdict.isOpen() || of.Named {
			return false
		}
	}
	if !ok && facts.labels {
		label := domain[:strings.IndexByte(domain, '.')]
		record, ok = x.lookupJoined(zone, append(append(append(room[:0], label...), '\\'), name...))
	}
	if !ok {
		record, ok = x.lookupAlone(zone, name)
	}
	if ok {
		m.setRecord(record, entity.StepDomain, zone)
	}
	return ok
}

// lookupAlone looks up the name of an account without its domain. It does not find an
// identity that is listed as that name in a domain.
func (x *nameIndex) lookupAlone(zone ZoneID, name string) (record uint32, ok bool) {
	if record, ok = x.exact.Lookup(uint32(zone), name); !ok || x.qualified.Len() == 0 {
		return record, ok
	}
	_, other := x.qualified.Lookup(uint32(zone), name)
	return record, !other
}

// lookupJoined looks up a key that was joined of two parts.
func (x *nameIndex) lookupJoined(zone ZoneID, key []byte) (record uint32, ok bool) {
	return x.exact.Lookup(uint32(zone), bytestext.String(key))
}

// noteUnknown records a domain that is not known, if knowing it would give the account an
// identity.
func (x *nameIndex) noteUnknown(zone ZoneID, domain, name string, of *Machines) {
	if x.unknown.isDone(domain) || of.Named {
		return
	}
	if _, ok := x.lookupAlone(zone, name); ok {
		x.unknown.add(domain)
	}
}

// FindsAccounts reports whether the table has the form FormDomain.
func (t *Table) FindsAccounts() bool { return t.names.accounts }

// LinkAssets sets the assets that MachinesIn returns. It must be called before the table is
// used.
func (t *Table) LinkAssets(assets *Table) { t.assets = assets }

// MachinesIn returns the linked assets, as Machines of a zone.
func (t *Table) MachinesIn(zone entity.Zone) Machines {
	if t.assets == nil {
		return Machines{}
	}
	return Machines{Assets: t.assets, Zone: t.assets.Zone(zone)}
}

// Account explains why an account has no match.
type Account struct {
	Domain, Name string
	Verdict      Verdict
	Listed       bool // Name is a key, so that the verdict on the domain is the reason
	Elsewhere    bool // the identity with the key Name is listed as that name of another domain
}

// ExplainAccount returns why a text that names an account has no match in the first zone of
// a lookup. It returns false for a text that names none.
func (t *Table) ExplainAccount(zone ZoneID, text string, machines *Machines) (a Account, ok bool) {
	x := &t.names
	a.Domain, a.Name, ok = strings.Cut(keytext.Clean(fold.Trim(text)), `\`)
	if zone = t.firstZone(zone); !ok || !x.accounts || zone == NoZone || a.Domain == "" || needsNoDomain(a.Name) {
		return Account{}, false
	}
	a.Verdict = x.factsOf(zone, a.Domain, machines).verdict
	_, a.Listed = x.exact.Lookup(uint32(zone), a.Name)
	_, found := x.lookupAlone(zone, a.Name)
	a.Elsewhere = a.Listed && !found
	return a, true
}
