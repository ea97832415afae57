package entity

import (
	"iter"

	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
)

// Entities is the result of merging: one record per entity, with its keys and the rows that it
// was merged from. Package merge creates it. It never changes and is safe for concurrent
// use. The zero Entities is empty.
type Entities struct{ store entities.Store }

// Kind returns the kind of the entities.
func (e *Entities) Kind() Kind { return Kind(e.store.Kind) }

// Len returns the number of entities.
func (e *Entities) Len() int { return e.store.Len() }

// All yields every entity, in the order of the record numbers.
func (e *Entities) All() iter.Seq[Entity] {
	return func(yield func(Entity) bool) {
		for record := range e.store.Len() {
			if !yield(e.At(record)) {
				return
			}
		}
	}
}

// At returns the entity with the given record number. The entity has the same number in
// every table that is built from e. It panics if there is none.
func (e *Entities) At(record int) Entity {
	s := &e.store
	out := Entity{
		Kind: Kind(s.Kind), Zone: Zone(s.Zone(record)), Key: s.CanonicalKey(record), ID: s.Records[record].ID.String(),
	}
	for _, key := range s.KeysOf(record) {
		out.Keys = append(out.Keys, key)
	}
	for i := range s.Fields {
		if values := s.Values(record, i); values != nil {
			out.Fields = append(out.Fields, FieldValues{Name: s.Fields[i].Name, Values: values})
		}
	}
	return out
}

// Internal returns the storage. It is for other packages of this module.
func (e *Entities) Internal() any { return &e.store }

// Entity is one merged record.
type Entity struct {
	Kind   Kind
	Zone   Zone
	Key    string        // the canonical key, in the spelling of the list
	ID     string        // asset_id or identity_id
	Keys   []string      // all keys of the entity
	Fields []FieldValues // the fields that have values, in the order of the columns
}

// Values returns the values of the named field, nil if it has none.
func (e Entity) Values(field string) []string { return valuesOf(e.Fields, field) }

// Kind is the kind of an entity: an asset or an identity.
type Kind uint8

// The kinds of entity. The zero Kind is neither.
const (
	Asset    = Kind(entities.Asset)
	Identity = Kind(entities.Identity)
)

// String returns "asset" or "identity".
func (k Kind) String() string { return entities.Kind(k).String() }

// Zone is a namespace of keys (cim_entity_zone) in lower case. The same key in two zones
// belongs to two entities. The zero Zone is the unnamed zone. It is unrelated to the scope
// zone of an IPv6 address.
type Zone string

// ParseZone returns the zone in the text of a cell: s, trimmed and in lower case.
func ParseZone(s string) Zone { return Zone(fold.Name(s)) }

// Column describes one column of the records of a table. The columns have the order in which
// enrichment writes them: the key or keys, the id, the tags, then the fields of the list
// without the zone, custom fields last.
type Column struct {
	Name     string // the part after "<role>_", such as "asset", "asset_id", "asset_tag" or "priority"
	Multi    bool   // its JSON value is an array
	Boolean  bool   // its JSON value is true or false
	Fillable bool   // an empty value can be filled from a covering prefix
}

// The indexes of the columns with which every record begins.
const (
	KeyColumn   = iota // asset: the canonical key, a string; identity: all keys, an array
	IDColumn           // the id, a string
	TagColumn          // the tags, an array
	FieldColumn        // the first field
)
