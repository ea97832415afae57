package gold

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/keytext"
	"github.com/kithsec/kith/internal/schema"
)

// Table looks up keys by scanning all keys of all entities. NoForms applies only to assets,
// the fields from NoGuest to Assets only to identities.
type Table struct {
	Entities *entities.Store
	Default  entity.Zone
	Fallback bool     // look up keys that are not in their zone in Default
	NoGuest  bool     // do not look up the address of a guest
	NoDomain bool     // do not look up accounts in a domain
	NoLocal  bool     // do not look up the local part of user@domain
	ARN      bool     // look up the user or session of an ARN
	Assets   *Table   // the machines whose accounts are local; may be nil
	Domains  []string // in addition to the domains of the entities
	NoForms  []string // forms of names that are not looked up

	allKeys []key // of all entities, read by the first lookup
}

// key is a key of an entity, in all forms that lookups compare.
type key struct {
	record   int
	zone     entity.Zone
	class    schema.KeyClass
	fields   uint8 // bit set of the groups of key fields that list it
	text     string
	folded   string
	addr     netip.Addr
	prefix   netip.Prefix
	mac      string // digits
	from, to string // of a range of MACs
}

// readKeys parses the keys of all entities.
func (t *Table) readKeys() {
	for record := range t.Entities.Len() {
		for k, text := range t.Entities.KeysOf(record) {
			k := key{record: record, zone: entity.Zone(t.Entities.Zone(record)), class: k.Class, fields: k.Fields, text: text, folded: Fold(text)}
			if addr, err := netip.ParseAddr(text); err == nil {
				k.addr = addr.Unmap().WithZone("")
			}
			if k.prefix = parsePrefix(text); k.prefix.IsSingleIP() {
				k.addr = k.prefix.Addr()
			}
			k.mac, _ = macDigits(text)
			if k.from, k.to = macRange(text); k.from == k.to && k.mac == "" {
				k.mac = k.from
			}
			t.allKeys = append(t.allKeys, k)
		}
	}
}

// parsePrefix parses a prefix. It converts an IPv4-mapped prefix to IPv4 and clears the
// host bits. If text is not a prefix, it returns the zero Prefix.
func parsePrefix(text string) netip.Prefix {
	p, err := netip.ParsePrefix(text)
	if err == nil && p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked()
}

// Match is the result of a lookup.
type Match struct {
	Record   int
	Step     entity.Step
	Prefix   netip.Prefix // set for StepPrefix
	Covering []Covering   // the prefixes that contain an address, longest first, including the matched one
	Zone     entity.Zone
	Forms    []string // set for StepForm
	Name     string   // set for StepForm: the name that the forms lead to
	Several  bool     // no match, because a form leads to several assets
}

// Covering is a prefix that contains an address, and the record that owns it.
type Covering struct {
	Prefix netip.Prefix
	Record int
}

// Lookup looks up a key in a zone and reports whether it matches.
func (t *Table) Lookup(zone entity.Zone, text string) (Match, bool) {
	return t.LookupBeside(zone, text, nil)
}

// LookupBeside is Lookup for a key in an event that names a machine.
func (t *Table) LookupBeside(zone entity.Zone, text string, machines []string) (Match, bool) {
	text = keytext.Clean(text)
	text = strings.TrimSpace(text)
	zones := []entity.Zone{zone}
	if t.Fallback && zone != t.Default {
		zones = append(zones, t.Default)
	}
	for _, z := range zones {
		in := t.lookupAsset
		if t.Entities.Kind == entities.Identity {
			in = func(z entity.Zone, text string) (Match, bool) {
				return t.lookupIdentity(z, text, beside{zone, machines})
			}
		}
		if a, ok := in(z, text); ok {
			a.Zone = z
			return a, true
		} else if a.Several {
			return a, false
		}
	}
	return Match{}, false
}

func (t *Table) lookupAsset(zone entity.Zone, text string) (Match, bool) {
	a, ok := t.lookupPlain(zone, text)
	if class, name := schema.ShapeOf(text); !ok && class == schema.NameKey {
		a = t.lookupForms(zone, name)
	}
	return a, a.Step != 0
}

// lookupPlain looks up a key without suffixes and other forms of names.
func (t *Table) lookupPlain(zone entity.Zone, text string) (Match, bool) {
	mac, isMAC := macDigits(text) // a MAC of eight octets with colons is also a valid IPv6 address
	if addr, err := netip.ParseAddr(text); err == nil && !isMAC {
		return t.lookupAddress(zone, addr.Unmap().WithZone(""))
	}
	if isMAC {
		return t.lookupMAC(zone, mac)
	}
	return t.lookupName(zone, Fold(strings.TrimSuffix(text, ".")))
}

// eachKey calls visit for every key of a zone.
func (t *Table) eachKey(zone entity.Zone, visit func(k *key)) {
	if t.allKeys == nil {
		t.readKeys()
	}
	for i := range t.allKeys {
		if t.allKeys[i].zone == zone {
			visit(&t.allKeys[i])
		}
	}
}

func (t *Table) lookupAddress(zone entity.Zone, addr netip.Addr) (Match, bool) {
	var a Match
	t.eachKey(zone, func(k *key) {
		switch {
		case k.class == schema.AddressKey && k.addr == addr:
			a.Record, a.Step = k.record, entity.StepExact
		case k.class == schema.PrefixKey && k.prefix.Contains(addr):
			a.Covering = append(a.Covering, Covering{k.prefix, k.record})
		}
	})
	slices.SortStableFunc(a.Covering, func(x, y Covering) int { return y.Prefix.Bits() - x.Prefix.Bits() })
	if a.Step == 0 && len(a.Covering) > 0 {
		a.Record, a.Step, a.Prefix = a.Covering[0].Record, entity.StepPrefix, a.Covering[0].Prefix
	}
	return a, a.Step != 0
}

var macForms = regexp.MustCompile(`^(?:[0-9a-f]{2}(?:(?::[0-9a-f]{2}){5}|(?::[0-9a-f]{2}){7}|(?:-[0-9a-f]{2}){5}|(?:-[0-9a-f]{2}){7})` +
	`|[0-9a-f]{4}(?:(?:\.[0-9a-f]{4}){2}|(?:\.[0-9a-f]{4}){3})|[0-9a-f]{12}|[0-9a-f]{16})$`)

// macDigits returns the 12 or 16 digits of a MAC and reports whether s is one.
func macDigits(s string) (string, bool) {
	s = strings.ToLower(s)
	if !macForms.MatchString(s) {
		return "", false
	}
	return strings.NewReplacer(":", "", "-", "", ".", "").Replace(s), true
}

// macRange returns the first and last MAC of a range, or "" if s is not a range.
func macRange(s string) (from, to string) {
	for i := range len(s) {
		if s[i] != '-' {
			continue
		}
		from, ok := macDigits(strings.TrimSpace(s[:i]))
		to, ok2 := macDigits(strings.TrimSpace(s[i+1:]))
		if ok && ok2 && len(from) == len(to) {
			return from, to
		}
	}
	return "", ""
}

func (t *Table) lookupMAC(zone entity.Zone, mac string) (Match, bool) {
	var a Match
	narrowest := ^uint64(0)
	t.eachKey(zone, func(k *key) {
		switch {
		case k.class == schema.MACKey && k.mac == mac:
			a.Record, a.Step = k.record, entity.StepExact
		case k.class == schema.MACRangeKey && a.Step != entity.StepExact && len(k.from) == len(mac) && k.from <= mac && mac <= k.to:
			first, _ := strconv.ParseUint(k.from, 16, 64)
			last, _ := strconv.ParseUint(k.to, 16, 64)
			if a.Step == 0 || last-first < narrowest {
				a.Record, a.Step, narrowest = k.record, entity.StepMACRange, last-first
			}
		}
	})
	return a, a.Step != 0
}

func (t *Table) lookupName(zone entity.Zone, name string) (Match, bool) {
	var a Match
	t.eachKey(zone, func(k *key) {
		if k.class == schema.NameKey && k.folded == name {
			a.Record, a.Step = k.record, entity.StepExact
		}
	})
	return a, a.Step != 0
}

func (t *Table) lookupSuffix(zone entity.Zone, name string) Match {
	var a Match
	longest := 0
	t.eachKey(zone, func(k *key) {
		suffix := strings.TrimPrefix(k.folded, "*")
		if k.class == schema.SuffixKey && strings.HasSuffix(name, suffix) && len(suffix) > longest {
			a.Record, a.Step, longest = k.record, entity.StepSuffix, len(suffix)
		}
	})
	return a
}

// lookupExact returns the record that has this key.
func (t *Table) lookupExact(zone entity.Zone, value string) (record int, found bool) {
	folded := Fold(value)
	t.eachKey(zone, func(k *key) {
		if k.text == value || !t.Entities.CaseSensitive && k.folded == folded {
			record, found = k.record, true
		}
	})
	return record, found && value != ""
}

// Fold returns s in lower case, converted rune by rune.
func Fold(s string) string {
	var folded strings.Builder
	for _, r := range s {
		folded.WriteRune(unicode.ToLower(r))
	}
	return folded.String()
}
