package merge

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/hugepage"
	"github.com/kithsec/kith/internal/schema"
)

// record is an entity on its way into Entities.
type record struct {
	entity uint32
	zone   entities.TextID
	cells  []entities.TextID // by shown field
	keys   []entities.Key
	first  entities.TextID // the first stated key in the canonical order, 0 for none

	canonical entities.TextID // 0 if still unknown
	id        entities.ID     // made of it
}

// makeEntities merges the rows of every entity, gives it the keys that it
// answers, and keeps it if there are any.
func (m *merger) makeEntities() error {
	n := len(m.joined.entities)
	m.out.Reserve(n)
	m.out.Keys = hugepage.Grow([]entities.Key(nil), m.keys.len())
	m.ids = hugepage.Scratch[uint32](2 << bits.Len(uint(n)))
	resolver := m.newResolver()
	assigner := &assigner{merger: m, place: hugepage.Scratch[uint32](m.keys.len()), taken: make(map[name]uint32)}
	r := record{cells: make([]entities.TextID, len(m.out.Fields))}
	for e := range n {
		r.entity, r.keys, r.canonical = uint32(e), r.keys[:0], 0
		r.zone = m.list.Rows[m.rowsOf(r.entity)[0].Row].Zone
		resolver.resolve(&r)
		assigner.assign(&r)
		if len(r.keys) == 0 {
			m.report.leftOut(m.firstOrigin(r.entity))
			continue
		}
		if err := m.keep(&r); err != nil {
			return err
		}
	}
	return nil
}

// rowsOf returns the rows of an entity, best-ranked first.
func (m *merger) rowsOf(e uint32) []entities.JoinedRow {
	span := m.joined.entities[e]
	return m.joined.rows[span.From:span.To]
}

// keep appends a record to the entities.
func (m *merger) keep(r *record) error {
	if r.canonical == 0 {
		r.canonical = m.canonicalKey(r)
		r.id = m.newID(r.zone, r.canonical)
	}
	if other, ok := m.see(r.id); ok {
		return &CollisionError{Kind: m.schema.kind, ID: r.id.String(), Keys: [2]string{m.out.CanonicalKey(other), m.list.Texts.Text(r.canonical)}}
	}
	from := uint32(len(m.out.Keys))
	m.out.Keys = append(m.out.Keys, r.keys...)
	m.out.Append(entities.Record{
		ID: r.id, Zone: r.zone, Canonical: r.canonical,
		Keys: entities.Span{From: from, To: uint32(len(m.out.Keys))},
		Rows: m.joined.entities[r.entity],
	}, r.cells)
	return nil
}

// canonicalOrder is the order in which the canonical key is looked for among
// the keys that are no prefixes, ranges or suffixes (SPEC 3.8).
func canonicalOrder(kind entity.Kind) []entities.KeyField {
	if kind == entity.Identity {
		return identityOrder[:]
	}
	return assetOrder[:]
}

var (
	assetOrder    = [...]entities.KeyField{entities.KeyDNS, entities.KeyNTHost, entities.KeyMAC, entities.KeyIP, entities.KeyCustom}
	identityOrder = [...]entities.KeyField{entities.KeyNTHost, entities.KeyDNS, entities.KeyCustom}
)

// ordinary reports whether keys of a class stand for themselves alone, not for
// every address, MAC or name of a prefix, a range or a suffix.
func ordinary(c schema.KeyClass) bool {
	return c != schema.PrefixKey && c != schema.MACRangeKey && c != schema.SuffixKey
}

// see returns the record that has the id, or false and remembers that the next
// one will. The ids are hashes and need no other.
func (m *merger) see(id entities.ID) (record int, found bool) {
	mask := uint64(len(m.ids) - 1)
	for i := binary.LittleEndian.Uint64(id[:]) & mask; ; i = (i + 1) & mask {
		switch at := m.ids[i]; {
		case at == 0:
			m.ids[i] = uint32(m.out.Len()) + 1
			return 0, false
		case m.out.Records[at-1].ID == id:
			return int(at - 1), true
		}
	}
}

func (m *merger) newID(zone, key entities.TextID) entities.ID {
	texts := m.list.Texts
	return m.schema.newID(entity.Zone(texts.Text(zone)), texts.Text(key))
}

func (s *listFields) newID(zone entity.Zone, key string) entities.ID {
	return entities.NewID(entities.Kind(s.kind), string(zone), key, s.options.CaseSensitive)
}

// keepsID gives a record of nothing but rows of a merged lookup the key that
// made its id, if it still answers it, and reports whether it does. Which key
// that is was found when the rows were read.
func (m *merger) keepsID(r *record) bool {
	if !m.onlyMerged(r.entity) {
		return false
	}
	rows := m.rowsOf(r.entity)
	id := m.list.Rows[rows[0].Row].ID
	for _, row := range rows {
		made := m.idKeys[row.Row]
		if made == 0 || m.list.Rows[row.Row].ID != id {
			continue
		}
		if slices.ContainsFunc(r.keys, func(k entities.Key) bool { return k.Text == made }) {
			r.canonical = made
			r.id, _ = entities.ParseID(m.list.Texts.Text(id))
			return true
		}
	}
	return m.keyMade(r, m.list.Texts.Text(id))
}

// keyMade is keepsID for a key that another row spells otherwise, or lists.
func (m *merger) keyMade(r *record, text string) bool {
	id, ok := entities.ParseID(text)
	if !ok {
		return false
	}
	for _, k := range r.keys {
		if m.newID(r.zone, k.Text) == id {
			r.canonical, r.id = k.Text, id
			return true
		}
	}
	return false
}

// canonicalKey returns the canonical key of a record.
func (m *merger) canonicalKey(r *record) entities.TextID {
	if r.first != 0 {
		return r.first
	}
	for _, k := range r.keys {
		if ordinary(k.Class) { // a generated one
			return k.Text
		}
	}
	for _, class := range []schema.KeyClass{schema.PrefixKey, schema.MACRangeKey, schema.SuffixKey} {
		for _, k := range r.keys {
			if k.Class == class {
				return k.Text
			}
		}
	}
	return r.keys[0].Text
}

// CollisionError says that two entities would have one id.
type CollisionError struct {
	Kind entity.Kind
	ID   string
	Keys [2]string
}

// Error names both canonical keys.
func (e *CollisionError) Error() string {
	return fmt.Sprintf("%s_id %s stands for two entities, %q and %q: rename a key of one of them", e.Kind, e.ID, e.Keys[0], e.Keys[1])
}
