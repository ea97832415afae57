package main

import (
	"encoding/json"
	"net/netip"
	"slices"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/schema"
	"github.com/kithsec/kith/internal/table"
	"github.com/kithsec/kith/lists"
	"github.com/kithsec/kith/merge"
)

// finder looks up keys and what is known of the entities that they lead to.
type finder struct {
	zone  entity.Zone
	kinds []entity.Kind
	fill  table.Fill
	known map[entity.Kind]*knowledge
}

// knowledge is what is shown of the entities of a kind.
type knowledge struct {
	entities   *entities.Store
	table      *table.Table // nil for a search
	tagger     *entities.Tagger
	provenance *merge.Provenance
}

func newKnowledge(merged *entity.Entities) *knowledge {
	e := entities.Of(merged)
	return &knowledge{entities: e, tagger: entities.NewTagger(e), provenance: merge.NewProvenance(merged)}
}

// answer is one entity that answers a key.
type answer struct {
	*knowledge
	key      string
	record   int
	step     entity.Step
	matched  string // the key as it is stored
	covering []table.Network
	filled   []filledField
}

// filledField is a field that a network fills.
type filledField struct {
	name   string
	value  json.RawMessage
	prefix netip.Prefix
}

func newFinder(l *lists.Loaded, zone entity.Zone, kinds []entity.Kind) (*finder, error) {
	f := &finder{zone: zone, kinds: kinds}
	o, err := l.Config.SnapshotOptions()
	if err != nil {
		return nil, err
	}
	f.fill = table.Fill(o.Fill)
	at, it, err := l.Tables()
	if err != nil {
		return nil, err
	}
	f.known = map[entity.Kind]*knowledge{
		entity.Asset:    newKnowledge(l.Assets.Entities),
		entity.Identity: newKnowledge(l.Identities.Entities),
	}
	f.known[entity.Asset].table, f.known[entity.Identity].table = table.Of(at), table.Of(it)
	return f, nil
}

// find returns what answers the key, at most one entity of each kind.
func (f *finder) find(key string) []*answer { return f.findIn(f.zone, key) }

func (f *finder) findIn(zone entity.Zone, key string) []*answer {
	var all []*answer
	if isPlaceholder(key) {
		return nil
	}
	for _, kind := range f.kinds {
		if a := f.lookUp(f.known[kind], zone, key); a != nil {
			all = append(all, a)
		}
	}
	return all
}

// isPlaceholder reports whether a value says that there is no value.
func isPlaceholder(key string) bool {
	return slices.Contains(event.NullTokens(), fold.Lower(fold.Trim(key)))
}

// lookUp returns the entity of one kind that a key leads to, nil if there is none.
func (f *finder) lookUp(known *knowledge, zone entity.Zone, key string) *answer {
	t := known.table
	m, ok := t.LookupString(t.Zone(zone), fold.Trim(key))
	if ok {
		a := known.answer(m, key)
		a.covering = slices.Collect(t.Covering(m))
		filled := t.Filled(m, f.fill)
		for i, c := range t.Columns() {
			if prefix, ok := filled.Prefix(i); ok {
				a.filled = append(a.filled, filledField{c.Name, filled.Value(i), prefix})
			}
		}
		return a
	}
	if t.Kind() == entity.Identity {
		return nil
	}
	if m, ok := t.LookupMACRange(known.entities, zone, key); ok {
		return known.answer(m, key)
	}
	p, err := netip.ParsePrefix(fold.Trim(key))
	if err != nil {
		return nil
	}
	if p = schema.CanonicalPrefix(p); p.IsSingleIP() {
		a := f.lookUp(known, zone, p.Addr().String())
		if a != nil {
			a.key = key
		}
		return a
	}
	m, covering, ok := t.LookupPrefix(t.Zone(zone), p)
	if !ok {
		return nil
	}
	return &answer{knowledge: known, key: key, record: int(m.Record), step: m.Step, matched: p.String(), covering: slices.Collect(covering)}
}

func (k *knowledge) answer(m table.Match, key string) *answer {
	return &answer{knowledge: k, key: key, record: int(m.Record), step: m.Step, matched: k.table.MatchedKey(k.entities, m, key)}
}

// zonesThatKnow returns the other zones in which something answers the key.
func (f *finder) zonesThatKnow(key string) []entity.Zone {
	var zones []entity.Zone
	for _, z := range append(f.known[entity.Asset].table.Zones(), f.known[entity.Identity].table.Zones()...) {
		if z != f.zone && !slices.Contains(zones, z) && len(f.findIn(z, key)) > 0 {
			zones = append(zones, z)
		}
	}
	slices.Sort(zones)
	return zones
}
