package entity

import (
	"iter"

	"github.com/kithsec/kith/internal/entities"
)

// Entities is what merging leaves: one record per entity, every key that leads
// to it, and the rows it was made of. Package merge fills it; after that it never
// changes and is safe for concurrent use. The zero Entities is empty.
type Entities struct{ store entities.Store }

// Kind returns what the entities are.
func (e *Entities) Kind() Kind { return Kind(e.store.Kind) }

// Len returns the number of entities. Tables number their records alike.
func (e *Entities) Len() int { return e.store.Len() }

// All yields every entity, in the order of their record numbers.
func (e *Entities) All() iter.Seq[Entity] {
	return func(yield func(Entity) bool) {
		for record := range e.store.Len() {
			if !yield(e.At(record)) {
				return
			}
		}
	}
}

// At returns the entity with that record number, as tables number their records. It
// panics if there is none.
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

// Internal returns the storage, for the other packages of this module.
func (e *Entities) Internal() any { return &e.store }

// Entity is one merged record.
type Entity struct {
	Kind   Kind
	Zone   Zone
	Key    string        // the canonical key, as it is spelled
	ID     string        // asset_id or identity_id
	Keys   []string      // every key that leads to it
	Fields []FieldValues // the fields that have values, in the order of the columns
}

// Values returns the values of the named field, nil if it has none.
func (e Entity) Values(field string) []string { return valuesOf(e.Fields, field) }
