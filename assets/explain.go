package assets

import (
	"net/netip"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/lpm"
	"github.com/kithsec/kith/internal/schema"
)

// LookupPrefix answers a prefix with the asset that owns exactly this prefix,
// and with all prefixes that cover it, most specific first, itself included. It
// is for people who ask about a network; no event holds one.
func (t *Table) LookupPrefix(zone entity.Zone, p netip.Prefix) (Match, []Covering, bool) {
	p = Network(p)
	if m, covering, ok := t.lookupPrefix(t.zone(zone), p); ok {
		return m, covering, true
	}
	if other, ok := t.fallback(zone); ok {
		return t.lookupPrefix(t.zone(other), p)
	}
	return Match{}, nil, false
}

func (t *Table) lookupPrefix(zone uint32, p netip.Prefix) (Match, []Covering, bool) {
	if zone == noZone || !p.IsValid() {
		return Match{}, nil, false
	}
	n := &t.networks[zone]
	at, end := n.lpm.CoveredBy(p)
	if at == end || n.lpm.Prefix(at) != p {
		return Match{}, nil, false
	}
	var covering []Covering
	for i := at; i != lpm.None; i = n.lpm.Parent(i) {
		covering = append(covering, Covering{n.lpm.Prefix(i), n.owners[i]})
	}
	return Match{Record: n.owners[at], Step: entity.StepExact, zone: zone, prefix: lpm.None}, covering, true
}

// LookupMACRange answers a range of MACs with the asset that has exactly this
// range among its keys. Like LookupPrefix it is for people, who ask for a key as
// a merged lookup shows it: it goes through all of e, which the table was built
// from.
func (t *Table) LookupMACRange(merged *entity.Entities, zone entity.Zone, key string) (Match, bool) {
	e := entities.Of(merged)
	class, compared := schema.MergedShapeOf(fold.Trim(key))
	if class != schema.MACRangeKey {
		return Match{}, false
	}
	if m, ok := t.lookupMACRange(e, zone, compared); ok {
		return m, true
	}
	if other, ok := t.fallback(zone); ok {
		return t.lookupMACRange(e, other, compared)
	}
	return Match{}, false
}

func (t *Table) lookupMACRange(e *entities.Store, zone entity.Zone, compared string) (Match, bool) {
	for record := range e.Len() {
		if e.Zone(record) != string(zone) {
			continue
		}
		for k, text := range e.KeysOf(record) {
			if k.Class == schema.MACRangeKey && text == compared {
				return Match{Record: uint32(record), Step: entity.StepExact, zone: t.zone(zone), prefix: lpm.None}, true
			}
		}
	}
	return Match{}, false
}

// MatchedKey returns the key that answered as it is stored in the entities that
// the table was built from: the name as it is spelled, the prefix, the range of
// MACs or the "*." name. key is what was looked up.
func (t *Table) MatchedKey(merged *entity.Entities, m Match, key string) string {
	e := entities.Of(merged)
	if p, ok := t.MatchedPrefix(m); ok {
		return p.String()
	}
	class, compared := schema.MergedShapeOf(fold.Trim(key))
	best := ""
	for k, text := range e.KeysOf(int(m.Record)) {
		switch m.Step {
		case entity.StepExact:
			if c, other := schema.MergedShapeOf(text); c == class && other == compared {
				return text
			}
		case entity.StepMACRange:
			if k.Class == schema.MACRangeKey && aroundMAC(text, compared) && (best == "" || narrower(text, best)) {
				best = text
			}
		case entity.StepSuffix:
			if k.Class == schema.SuffixKey && strings.HasSuffix(compared, fold.Lower(text[1:])) && len(text) > len(best) {
				best = text
			}
		}
	}
	return best
}

func aroundMAC(text, mac string) bool {
	from, to, _, ok := schema.ParseMACRange(text)
	m, _, ok2 := schema.ParseMAC(mac)
	return ok && ok2 && from <= m && m <= to
}

func narrower(a, b string) bool {
	from, to, _, _ := schema.ParseMACRange(a)
	from2, to2, _, _ := schema.ParseMACRange(b)
	return to-from < to2-from2
}

// Prefix returns the prefix that Value filled a column from.
func (f *Filled) Prefix(index uint32) netip.Prefix {
	if f.net == nil {
		return netip.Prefix{}
	}
	return f.net.lpm.Prefix(index)
}
