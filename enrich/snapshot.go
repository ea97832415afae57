package enrich

import (
	"sync"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/table"
)

// Snapshot is what events are enriched from: one table of each kind, built
// together. Either may be nil. It is immutable once it is in use and safe for
// concurrent use; a change of the lists makes another Snapshot.
type Snapshot struct {
	Assets     *assets.Table
	Identities *identities.Table
	Fill       assets.Fill // how looked-up addresses are filled

	once  sync.Once
	names namer
}

// tables returns the tables, nil for each that is not there.
func (s *Snapshot) tables() [tables]*table.Table {
	return [tables]*table.Table{assetTable: table.Of(s.Assets), identityTable: table.Of(s.Identities)}
}

// lookup looks up a key in one table after the other.
func (s *Snapshot) lookup(zone entity.Zone, text, objectType string) (*table.Table, table.Match) {
	all := s.tables()
	for _, in := range tableOrder(objectType) {
		if t := all[in]; t != nil {
			if m, found := t.LookupString(t.Zone(zone), fold.Trim(text)); found {
				return t, m
			}
		}
	}
	return nil, table.Match{}
}

// Resolve looks up one key for callers that keep the result, as risk does. Users
// are looked up among the identities first, everything else among the assets
// first. Empty fields are filled from covering prefixes.
func (s *Snapshot) Resolve(zone, text, objectType string) (entity.Resolved, bool) {
	z := entity.ParseZone(zone)
	t, m := s.lookup(z, text, objectType)
	if t == nil {
		return entity.Resolved{}, false
	}
	filled := t.Filled(m, table.Fill(s.Fill))
	r := entity.Resolved{Kind: t.Kind(), Zone: z, Step: m.Step}
	for i, c := range t.Columns() {
		values := table.ValuesOf(filled.Value(i))
		switch {
		case len(values) == 0:
			continue
		case i == entity.KeyColumn:
			r.Key = values[0]
		case i == entity.IDColumn:
			r.ID = values[0]
			continue
		}
		r.Fields = append(r.Fields, entity.FieldValues{Name: c.Name, Values: values})
	}
	return r, true
}

// AppendName looks up a key as Resolve does, but reads no more of the entity than
// risk needs of most: it appends the canonical key to dst and returns the
// entity's kind, the step that found it, and its priority after filling,
// [entity.Unset] if it has none. If there is no such entity, dst is returned as
// it was. It does not allocate.
func (s *Snapshot) AppendName(dst []byte, zone entity.Zone, text, objectType string) (name []byte, kind entity.Kind, step entity.Step, priority entity.Priority, found bool) {
	t, m := s.lookup(zone, text, objectType)
	if t == nil {
		return dst, 0, 0, entity.Unset, false
	}
	filled := t.Filled(m, table.Fill(s.Fill))
	priority = entity.Unset
	if i := t.Column("priority"); i >= 0 {
		priority = priorityOf(filled.Value(i))
	}
	return table.AppendFirst(dst, filled.Value(entity.KeyColumn)), t.Kind(), m.Step, priority, true
}

func priorityOf(json []byte) entity.Priority {
	if len(json) < 2 {
		return entity.Unset
	}
	var room [16]byte
	p, _ := entity.ParsePriority(string(table.AppendFirst(room[:0], json)))
	return p
}
