// Package explain shows why a key resolves to an entity, and where the values of the entity come
// from.
//
// [Explainer.Lookup] looks up a key as enrichment does. A [Result] has the step and the stored
// key that matched, the networks around an address, and the fields that these fill. Its
// [Entity] has every value with the row that lists it, including the values that were not
// kept, and the rows of the entity with the keys that joined them.
//
// [Explainer.Search] finds entities by a part of a key, or inside and around a network.
//
// Results and hits encode as JSON objects.
package explain

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/jsonobject"
	"github.com/kithsec/kith/internal/keysearch"
	"github.com/kithsec/kith/internal/schema"
	"github.com/kithsec/kith/internal/table"
	"github.com/kithsec/kith/merge"
	"github.com/kithsec/kith/snapshot"
)

// Lists holds the merged entities of both kinds, and the snapshot that was built from them. The
// snapshot can be nil if no keys are looked up.
type Lists struct {
	Assets     *entity.Entities
	Identities *entity.Entities
	Snapshot   *snapshot.Snapshot
}

// Explainer explains one version of the lists. It is safe for concurrent use.
type Explainer struct {
	assets     *kindLists
	identities *kindLists
}

// kindLists holds the entities of one kind with their table and provenance. The indexes for
// searching are built when the first search needs them.
type kindLists struct {
	entities   *entities.Store
	table      *table.Table // nil without a snapshot
	tagger     *entities.Tagger
	provenance *merge.Provenance
	names      func() *keysearch.NameIndex
	networks   func() (*keysearch.NetworkIndex, error)
}

// New returns an Explainer of l. It returns an error if l lacks the entities of a kind.
func New(l Lists) (*Explainer, error) {
	if l.Assets == nil || l.Identities == nil || l.Assets.Kind() != entity.Asset || l.Identities.Kind() != entity.Identity {
		return nil, errors.New("an explainer needs both assets and identities")
	}
	x := &Explainer{newKindLists(l.Assets), newKindLists(l.Identities)}
	if l.Snapshot != nil {
		x.assets.table, x.identities.table = table.Of(l.Snapshot.Assets), table.Of(l.Snapshot.Identities)
	}
	return x, nil
}

func newKindLists(merged *entity.Entities) *kindLists {
	e := entities.Of(merged)
	return &kindLists{
		entities: e, tagger: entities.NewTagger(e), provenance: merge.NewProvenance(merged),
		names:    sync.OnceValue(func() *keysearch.NameIndex { return keysearch.NewNameIndex(e) }),
		networks: sync.OnceValues(func() (*keysearch.NetworkIndex, error) { return keysearch.NewNetworkIndex(e) }),
	}
}

// listsOf returns the lists of the given kinds, assets first. Without kinds it returns both.
func (x *Explainer) listsOf(kinds []entity.Kind) []*kindLists {
	var all []*kindLists
	for _, k := range []*kindLists{x.assets, x.identities} {
		if len(kinds) == 0 || slices.Contains(kinds, entity.Kind(k.entities.Kind)) {
			all = append(all, k)
		}
	}
	return all
}

// Zones returns all zones that have entities, sorted.
func (x *Explainer) Zones() []entity.Zone {
	var zones []entity.Zone
	for _, k := range x.listsOf(nil) {
		known := map[entities.TextID]bool{}
		for _, r := range k.entities.Records {
			if !known[r.Zone] {
				known[r.Zone] = true
				zones = append(zones, entity.Zone(k.entities.Texts.Text(r.Zone)))
			}
		}
	}
	slices.Sort(zones)
	return slices.Compact(zones)
}

// Entity is an entity with its keys, values and rows, and the origin of each value. The zero
// Entity is invalid.
type Entity struct {
	lists  *kindLists
	record int
}

// Kind returns the kind of the entity.
func (e Entity) Kind() entity.Kind { return entity.Kind(e.lists.entities.Kind) }

// Zone returns the zone of the entity.
func (e Entity) Zone() entity.Zone { return entity.Zone(e.lists.entities.Zone(e.record)) }

// Key returns the canonical key.
func (e Entity) Key() string { return e.lists.entities.CanonicalKey(e.record) }

// ID returns the id: asset_id or identity_id.
func (e Entity) ID() string { return e.lists.entities.Records[e.record].ID.String() }

// Keys returns all keys of the entity.
func (e Entity) Keys() []string {
	var keys []string
	for _, text := range e.lists.entities.KeysOf(e.record) {
		keys = append(keys, text)
	}
	return keys
}

// Tags returns the tags of the entity.
func (e Entity) Tags() []string { return e.lists.tagger.Tags(e.record) }

// Text returns the values of a field, separated by two spaces, "" if there are none.
func (e Entity) Text(field string) string {
	i, ok := e.lists.entities.Field(field)
	if !ok {
		return ""
	}
	return strings.Join(e.lists.entities.Values(e.record, i), "  ")
}

// Values returns every value that a row lists, with the row, ordered by field. In each field,
// values that were not kept follow those that were (see [Entity.WhyNotKept]).
func (e Entity) Values() []merge.ValueOrigin { return e.lists.provenance.Values(e.record) }

// Rows returns the rows that the entity was merged from.
func (e Entity) Rows() []merge.RowOrigin { return e.lists.provenance.Rows(e.record) }

// WhyNotKept returns the reason why a value of the entity was not kept: "lost" if another
// value was chosen, "beyond the limit" if there are more values than the field shows, or
// "not its key" if the key belongs to another entity.
func (e Entity) WhyNotKept(v merge.ValueOrigin) string {
	i, ok := e.lists.entities.Field(v.Field)
	if !ok {
		return "lost"
	}
	switch f := &e.lists.entities.Fields[i]; {
	case f.Multi && (e.Kind() == entity.Asset || f.Name != "identity"):
		return "beyond the limit"
	case f.Key && f.Multi:
		return "not its key"
	}
	return "lost"
}

// fieldsObject returns the columns of the merged lookup that are not empty: the keys, the id and
// the tags, then the fields, with the types that they have in enriched events. It includes a
// boolean if a row lists it, even if it is false.
func (e Entity) fieldsObject() jsonobject.Object {
	store := e.lists.entities
	kind := store.Kind.String()
	o := jsonobject.Object{{kind, e.Keys()}, {kind + "_id", e.ID()}}
	if tags := e.Tags(); len(tags) > 0 {
		o.Add(kind+"_tag", append([]string{}, tags...))
	}
	for i := range store.Fields {
		f := &store.Fields[i]
		values := store.Values(e.record, i)
		if len(values) == 0 || store.Kind == entities.Identity && f.Name == "identity" {
			continue
		}
		o.Add(f.Name, typedValue(f, values))
	}
	return o
}

// typedValue returns the values of a field with the type that they have in enriched events.
func typedValue(f *schema.Field, values []string) any {
	switch {
	case f.Multi:
		return values
	case f.Type == schema.Boolean:
		return values[0] == "true"
	case f.Type == schema.Coordinate:
		return json.Number(values[0])
	}
	return values[0]
}

// originsObject returns the origins of the values by field.
func (e Entity) originsObject() jsonobject.Object {
	o := jsonobject.Object{}
	values := e.Values()
	for len(values) > 0 {
		n := 1
		for n < len(values) && values[n].Field == values[0].Field {
			n++
		}
		o.Add(values[0].Field, values[:n])
		values = values[n:]
	}
	return o
}
