package main

import (
	"encoding/json"
	"net/netip"
	"slices"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/lists"
	"github.com/kithsec/kith/merge"
)

// finder answers keys with everything that is known about what answers.
type finder struct {
	zone       entity.Zone
	kinds      []entity.Kind
	fill       assets.Fill
	assets     *assets.Table
	identities *identities.Table
	known      map[entity.Kind]*knowledge
}

// knowledge is what is shown of the entities of a kind.
type knowledge struct {
	entities   *entities.Store
	merged     *entity.Entities
	tagger     *entities.Tagger
	provenance *merge.Provenance
}

func newKnowledge(merged *entity.Entities) *knowledge {
	e := entities.Of(merged)
	return &knowledge{e, merged, entities.NewTagger(e), merge.NewProvenance(merged)}
}

// answer is one entity that answers a key.
type answer struct {
	*knowledge
	key      string
	record   int
	step     entity.Step
	matched  string // the key as it is stored
	covering []assets.Covering
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
	f.fill = o.Fill
	if f.assets, f.identities, err = l.Tables(); err != nil {
		return nil, err
	}
	f.known = map[entity.Kind]*knowledge{
		entity.Asset:    newKnowledge(l.Assets.Entities),
		entity.Identity: newKnowledge(l.Identities.Entities),
	}
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
		var a *answer
		if kind == entity.Asset {
			a = f.asset(zone, key)
		} else {
			a = f.identity(zone, key)
		}
		if a != nil {
			all = append(all, a)
		}
	}
	return all
}

// isPlaceholder reports whether a value says that there is no value.
func isPlaceholder(key string) bool {
	return slices.Contains(event.NullTokens(), fold.Lower(fold.Trim(key)))
}

func (f *finder) asset(zone entity.Zone, key string) *answer {
	known := f.known[entity.Asset]
	if m, ok := f.assets.Lookup(zone, key); ok {
		a := &answer{
			knowledge: known, key: key, record: int(m.Record), step: m.Step,
			matched: f.assets.MatchedKey(known.merged, m, key), covering: slices.Collect(f.assets.Covering(m)),
		}
		filled := f.assets.Fill(m, f.fill)
		for i, c := range f.assets.Columns() {
			if value, from := filled.Value(i); filled.Prefix(from).IsValid() {
				a.filled = append(a.filled, filledField{c.Name, value, filled.Prefix(from)})
			}
		}
		return a
	}
	if m, ok := f.assets.LookupMACRange(known.merged, zone, key); ok {
		return &answer{
			knowledge: known, key: key, record: int(m.Record), step: m.Step,
			matched: f.assets.MatchedKey(known.merged, m, key),
		}
	}
	p, err := netip.ParsePrefix(fold.Trim(key))
	if err != nil {
		return nil
	}
	if p = assets.Network(p); p.IsSingleIP() {
		a := f.asset(zone, p.Addr().String())
		if a != nil {
			a.key = key
		}
		return a
	}
	m, covering, ok := f.assets.LookupPrefix(zone, p)
	if !ok {
		return nil
	}
	return &answer{knowledge: known, key: key, record: int(m.Record), step: m.Step, matched: p.String(), covering: covering}
}

func (f *finder) identity(zone entity.Zone, key string) *answer {
	known := f.known[entity.Identity]
	m, ok := f.identities.Lookup(zone, key)
	if !ok {
		return nil
	}
	return &answer{
		knowledge: known, key: key, record: int(m.Record), step: m.Step,
		matched: f.identities.MatchedKey(known.merged, m, key),
	}
}

// zonesThatKnow returns the other zones in which something answers the key.
func (f *finder) zonesThatKnow(key string) []entity.Zone {
	var zones []entity.Zone
	for _, z := range append(f.assets.Zones(), f.identities.Zones()...) {
		if z != f.zone && !slices.Contains(zones, z) && len(f.findIn(z, key)) > 0 {
			zones = append(zones, z)
		}
	}
	slices.Sort(zones)
	return zones
}
