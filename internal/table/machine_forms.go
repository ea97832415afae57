package table

import (
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/addr"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/keytext"
	"github.com/kithsec/kith/internal/lpm"
	"github.com/kithsec/kith/internal/names"
	"github.com/kithsec/kith/internal/schema"
)

// MachineForms is a set of ways to find an asset by a name that is not itself a key. The
// zero MachineForms is the set of all of them.
//
// MachineDomain and MachineAccount remove what surrounds a name. What remains is looked up
// exactly, then by the other forms, then by suffixes. MachineShort applies to names with a
// dot, MachineFQDN and MachineNetBIOS to names without one; the first of these two that
// leads to an asset decides. If it leads to several, there is no match.
type MachineForms uint8

// The forms, in the order in which they are tried.
const (
	MachineDomain  MachineForms = 1 << iota // the part after the first backslash: CORP\ws-17
	MachineAccount                          // without host/ and the like, a port, a realm and one "$": host/ws-17@CORP, ws-17$
	MachineShort                            // the first label of a full name in a known domain: ws-17.corp.example
	MachineFQDN                             // a full name that has the name as its first label
	MachineNetBIOS                          // a name whose first label begins with the 15 characters of the name
	MachineNone                             // none of them
	allMachine     = MachineNone - 1
)

var machineFormNames = []string{"domain", "machine", "short", "fqdn", "netbios"}

// MachineFormNames returns the names of the forms in their order. The caller owns the slice.
func MachineFormNames() []string { return append([]string(nil), machineFormNames...) }

// String returns the names of the forms in the set in their order, joined by "+".
func (f MachineForms) String() string {
	var of []string
	for i, name := range machineFormNames {
		if f&(1<<i) != 0 {
			of = append(of, name)
		}
	}
	return strings.Join(of, "+")
}

// hostIndex finds assets by other forms of their names. The zero hostIndex finds none.
type hostIndex struct {
	labels    *names.Labels   // of the names that nt_host or dns list
	forms     MachineForms    // to try: bits of allMachine
	domains   map[string]bool // known domains, in lower case
	anyDomain bool            // every domain is known
	qualified bool            // some names without a dot have a backslash
}

// setForms sets the forms to try and the domains that are known besides those of the assets.
func (h *hostIndex) setForms(forms MachineForms, domains []string) {
	h.forms = forms & allMachine
	if forms == 0 {
		h.forms = allMachine
	}
	for _, d := range domains {
		if d = fold.Lower(strings.TrimSuffix(fold.Trim(d), ".")); d == "*" {
			h.anyDomain = true
		} else if d != "" {
			if h.domains == nil {
				h.domains = make(map[string]bool)
			}
			h.domains[d] = true
		}
	}
}

// machineName is a name, taken apart.
type machineName struct {
	text      string       // what remains after the forms below
	qualified string       // text with the part before the backslash, if that was removed together with more
	forms     MachineForms // MachineDomain and MachineAccount, as far as they apply
}

// parse removes from a name what MachineDomain and MachineAccount remove.
func (h *hostIndex) parse(name string) (n machineName) {
	n.text = name
	domain := ""
	if h.forms&MachineDomain != 0 {
		if i := strings.IndexByte(name, '\\'); i >= 0 {
			domain, n.text, n.forms = name[:i+1], name[i+1:], MachineDomain
		}
	}
	if h.forms&MachineAccount != 0 {
		if text := hostOfAccount(n.text); len(text) != len(n.text) {
			if domain != "" && strings.HasPrefix(n.text, text) {
				n.qualified = name[:len(domain)+len(text)]
			}
			n.text, n.forms = text, n.forms|MachineAccount
		}
	}
	return n
}

// hostOfAccount returns the machine of an account or of a service: ws-17 of ws-17$,
// ws-17$@CORP.EXAMPLE and host/ws-17:5985/service@CORP.EXAMPLE. It returns other names
// unchanged.
func hostOfAccount(name string) string {
	text := name
	if i := strings.IndexByte(name, '/'); i >= 0 && isServiceClass(name[:i]) {
		text = name[i+1:]
		if i := strings.IndexAny(text, "@/"); i >= 0 {
			text = text[:i]
		}
		if i := strings.IndexByte(text, ':'); i >= 0 && i == strings.LastIndexByte(text, ':') { // not an IPv6 address
			text = text[:i]
		}
	} else if i := strings.Index(name, "$@"); i >= 0 {
		text = name[:i+1]
	}
	if n := len(text); n > 0 && text[n-1] == '$' {
		text = text[:n-1]
	}
	if len(text) != len(name) {
		text = trimDot(text)
	}
	return text
}

// formMatch is what the forms of a name lead to.
type formMatch struct {
	record  uint32
	forms   MachineForms // those that applied, in order; only those of parse if a suffix matched
	step    entity.Step  // StepForm, StepSuffix, or 0 for no match
	several bool         // no match, because a form leads to several assets
	key     string       // the name that matched, in lower case; of a suffix, the name that is below it
	addr    bool         // the key is an address; prefix is valid
	prefix  uint32       // the longest prefix that covers the address, or lpm.None
}

// findByMachineForm looks up a name, which is not a key, by the forms and then by suffixes.
func (x *keyIndex) findByMachineForm(f *formMatch, zone ZoneID, name string) {
	h := &x.names.hosts
	n := machineName{text: name}
	if h.forms&(MachineDomain|MachineAccount) != 0 {
		n = h.parse(name)
	}
	*f = formMatch{forms: n.forms, key: n.text, prefix: lpm.None}
	if n.forms != 0 && x.findRest(f, zone, &n) {
		return
	}
	if h.forms&(MachineShort|MachineFQDN|MachineNetBIOS) != 0 && n.text != "" {
		if i := strings.IndexByte(n.text, '.'); i >= 0 {
			h.findShort(f, uint32(zone), n.text[:i], n.text[i+1:])
		} else {
			h.findLonger(f, uint32(zone), n.text)
		}
		if f.step != 0 || f.several {
			return
		}
	}
	if x.names.suffixes.Len() == 0 {
		return
	}
	if record, ok := x.names.findSuffix(uint32(zone), n.text); ok {
		f.record, f.step = record, entity.StepSuffix
	}
}

// findRest looks up exactly what remains of a name. An account of a list that has machines
// of the same name in several domains, CORP\ws-17$, is first looked up with its domain.
func (x *keyIndex) findRest(f *formMatch, zone ZoneID, n *machineName) (ok bool) {
	if n.qualified != "" && x.names.hosts.qualified && strings.IndexByte(n.text, '.') < 0 {
		if f.record, ok = x.names.exact.Lookup(uint32(zone), n.qualified); ok {
			f.step, f.forms, f.key = entity.StepForm, MachineAccount, n.qualified
			return true
		}
	}
	if f.record, ok = x.findExact(f, zone, n.text); ok {
		f.step = entity.StepForm
	}
	return ok
}

// findExact finds the record that has a key, which may be an address or a MAC.
func (x *keyIndex) findExact(f *formMatch, zone ZoneID, key string) (record uint32, ok bool) {
	if hi, lo, ok := addr.ParseWords(key); ok && !schema.IsEUI64(key) {
		n := &x.networks[zone]
		host, prefix := n.lpm.Lookup6(hi, lo)
		if host == lpm.None {
			return 0, false
		}
		f.addr, f.prefix = true, prefix
		return n.hosts.At(host), true
	}
	if mac, bits, ok := addr.ParseMAC(key); ok {
		return x.macs[zone].exact[widthIndex(bits)].lookup(mac)
	}
	return x.names.exact.Lookup(uint32(zone), key)
}

// findShort finds the asset that a list names by the label alone, if the domain is known.
// A domain that only the assets make known does not count if the asset has a full name with
// the label: it is then another machine.
func (h *hostIndex) findShort(f *formMatch, zone uint32, label, domain string) {
	if h.forms&MachineShort == 0 || label == "" || domain == "" {
		return
	}
	listed := h.isListed(domain)
	if !listed && !h.labels.HasDomain(zone, domain) {
		return
	}
	if found := h.labels.Lookup(zone, label); found.Short.Found && (listed || !found.ShortHasFull) {
		f.record, f.step, f.forms, f.key = found.Short.Value, entity.StepForm, f.forms|MachineShort, label
	}
}

// isListed reports whether a domain is configured.
func (h *hostIndex) isListed(domain string) bool {
	if h.anyDomain || len(h.domains) == 0 {
		return h.anyDomain
	}
	var room [256]byte // no domain of DNS is longer
	return h.domains[string(fold.AppendLower(room[:0], domain))]
}

// placeholders stand for no machine: localhost.corp.example does not make localhost a name.
var placeholders = schema.NewIgnored(nil)

// findLonger finds the asset that has a full name with this first label, or else a name
// whose first label begins with the name.
func (h *hostIndex) findLonger(f *formMatch, zone uint32, name string) {
	if h.forms&(MachineFQDN|MachineNetBIOS) == 0 {
		return
	}
	found := h.labels.Lookup(zone, name)
	host, form := found.Full, MachineFQDN
	if !host.Found || h.forms&MachineFQDN == 0 {
		host, form = found.Long, MachineNetBIOS
	}
	if !host.Found || h.forms&form == 0 || placeholders.Text(name) {
		return
	}
	f.forms |= form
	if host.Several {
		f.several = true
		return
	}
	f.record, f.step, f.key = host.Value, entity.StepForm, h.labels.Name(host)
}

// findByForm sets *m to the match of the first form that finds a name in a zone, and reports
// whether a form does. If a form leads to several assets, there is no match, *m records that
// there are several, and decided is true: the name is not looked up in another zone.
func (x *keyIndex) findByForm(m *Match, zone ZoneID, name string, machines *Machines) (ok, decided bool) {
	if x.kind == entity.Identity {
		ok = x.names.findOtherwise(m, zone, name, machines)
		return ok, ok
	}
	if x.names.hosts.forms == 0 && x.names.suffixes.Len() == 0 {
		return false, false
	}
	var f formMatch
	x.findByMachineForm(&f, zone, name)
	switch {
	case f.step != 0:
		m.setRecord(f.record, f.step, zone)
		m.addr, m.prefix = f.addr, f.prefix
		return true, true
	case f.several:
		*m = Match{several: true}
		return false, true
	}
	return false, false
}

// Several reports whether there is no match because a form of the name leads to several
// assets.
func (m *Match) Several() bool { return m.several }

// FormOf returns the forms by which a match with the step StepForm was found, joined by "+",
// and the key that they lead to, as the record spells it in nt_host or dns, else in lower
// case. Of several such names it returns the first. key is the key that was looked up. FormOf
// returns "" for a match with another step.
func (t *Table) FormOf(m Match, key string) (forms, name string) {
	if m.Step != entity.StepForm {
		return "", ""
	}
	var f formMatch
	t.findByMachineForm(&f, m.zone, cleanName(key))
	for _, column := range []string{"nt_host", "dns"} {
		if i := t.Column(column); i >= 0 {
			for _, value := range ValuesOf(t.Own(m.Record, i)) {
				if f.isSameName(value) {
					return f.forms.String(), value
				}
			}
		}
	}
	return f.forms.String(), fold.Lower(f.key)
}

// isSameName reports whether a form leads from the name that was looked up to this one, too.
func (f *formMatch) isSameName(name string) bool {
	label, domain := names.HostParts(fold.Lower(name))
	start, _ := names.HostParts(fold.Lower(f.key))
	switch {
	case f.forms&MachineFQDN != 0:
		return domain != "" && label == start
	case f.forms&MachineNetBIOS != 0:
		return names.SameNetBIOS(label, start)
	}
	return fold.Equal(name, f.key)
}

// cleanName returns a name as forms are applied to it.
func cleanName(key string) string { return trimDot(keytext.Clean(fold.Trim(key))) }

// WithoutForms returns a table of assets with the same keys and records that does not try
// other forms of names. It shares the memory of t.
func (t *Table) WithoutForms() *Table {
	c := *t
	c.names.hosts.forms = 0
	return &c
}
