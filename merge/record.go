package merge

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/arena"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/hugepage"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/schema"
)

// record is an entity that is being built. The memory is reused for the next one.
type record struct {
	entity      uint32
	zone        entities.TextID
	cells       []entities.TextID // by shown field
	keys        []entities.Key
	firstListed entities.TextID // the first listed key in the canonical order, 0 if there is none

	canonical entities.TextID // 0 until it is known
	id        entities.ID     // made from canonical
}

// makeEntities builds a record for every entity from its rows and the keys that resolve
// to it, and appends it to the store. An entity to which no key resolves is left out and
// reported. The losses of entities whose rows contradict each other precede all others.
func (m *merger) makeEntities() error {
	n := len(m.partition.entities)
	m.out.Reserve(n)
	m.out.Keys = hugepage.Grow([]entities.Key(nil), m.keys.len())
	ids := newIDSet(m.out, n)
	resolver := newResolver(m)
	assigner := &assigner{merger: m, recordKeyAt: hugepage.Scratch[uint32](m.keys.len()), generatedBy: make(map[zonedKey]uint32)}
	inspector := newInspector(m)
	r := record{cells: make([]entities.TextID, len(m.out.Fields))}
	for e := range n {
		r.entity, r.keys, r.canonical = uint32(e), r.keys[:0], 0
		r.zone = m.list.Rows[m.rowsOf(r.entity)[0].Row].Zone
		resolver.resolveCells(&r)
		assigner.assignKeys(&r)
		if len(r.keys) == 0 {
			m.report.addLeftOut(m.firstOrigin(r.entity))
			continue
		}
		if err := m.appendRecord(&r, ids); err != nil {
			return err
		}
		m.report.addConflictKey(resolver.conflicts, m.list.Texts.Text(r.canonical))
		inspector.inspectRecord(&r, assigner.rowKeys)
	}
	m.errs = append(inspector.losses, m.errs...)
	slices.SortStableFunc(m.report.Large, func(a, b LargeEntity) int { return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(b.Keys, a.Keys)) })
	return nil
}

// rowsOf returns the rows of an entity, highest-ranked first.
func (m *merger) rowsOf(e uint32) []entities.JoinedRow {
	span := m.partition.entities[e]
	return m.partition.rows[span.From:span.To]
}

// appendRecord appends a record to the store. It fails if another record has the same
// id.
func (m *merger) appendRecord(r *record, ids *idSet) error {
	if r.canonical == 0 {
		r.canonical = canonicalKey(r)
		r.id = m.newID(r.zone, r.canonical)
	}
	if other, ok := ids.findOrReserve(r.id); ok {
		return &CollisionError{Kind: m.schema.kind, ID: r.id.String(), Keys: [2]string{m.out.CanonicalKey(other), m.list.Texts.Text(r.canonical)}}
	}
	from := uint32(len(m.out.Keys))
	m.out.Keys = append(m.out.Keys, r.keys...)
	m.out.Append(entities.Record{
		ID: r.id, Zone: r.zone, Canonical: r.canonical,
		Keys: entities.Span{From: from, To: uint32(len(m.out.Keys))},
		Rows: m.partition.entities[r.entity],
	}, r.cells)
	return nil
}

// canonicalOrder returns the groups of key fields in the order in which they are searched
// for a single key that becomes the canonical key.
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

// isSingleKey reports whether a key of the class matches one address, MAC or name only.
// Prefixes, ranges and suffixes match many.
func isSingleKey(c schema.KeyClass) bool {
	return c != schema.PrefixKey && c != schema.MACRangeKey && c != schema.SuffixKey
}

// idSet finds records by their ids.
type idSet struct {
	out   *entities.Store
	index arena.Index // 1 + record, by the first bytes of its id, which is a hash
}

func newIDSet(out *entities.Store, records int) *idSet {
	s := &idSet{out: out}
	s.index.Reserve(records)
	return s
}

// findOrReserve returns the record with this id. If there is none, it reserves the id for
// the next record to be appended and returns false.
func (s *idSet) findOrReserve(id entities.ID) (record int, found bool) {
	hash := binary.LittleEndian.Uint32(id[:])
	for n, at := s.index.First(hash); n != 0; n, at = s.index.Next(hash, at) {
		if s.out.Records[n-1].ID == id {
			return int(n - 1), true
		}
	}
	s.index.Put(hash, uint32(s.out.Len())+1)
	return 0, false
}

func (m *merger) newID(zone, key entities.TextID) entities.ID {
	texts := m.list.Texts
	return m.schema.newID(entity.Zone(texts.Text(zone)), texts.Text(key))
}

func (s *listFields) newID(zone entity.Zone, key string) entities.ID {
	return entities.NewID(entities.Kind(s.kind), string(zone), key, s.options.CaseSensitive)
}

// keepID keeps the id of a record whose rows all come from merged lookups, so that
// merging a merged lookup again does not change its ids. The key that the id was made
// of, which was found when the rows were read, must still resolve to the record. keepID
// reports whether it kept the id.
func (a *assigner) keepID(r *record) bool {
	if !a.onlyMerged(r.entity) {
		return false
	}
	rows := a.rowsOf(r.entity)
	id := a.list.Rows[rows[0].Row].ID
	for _, row := range rows {
		made := a.idKeys[row.Row]
		if made == 0 || a.list.Rows[row.Row].ID != id {
			continue
		}
		if slices.ContainsFunc(r.keys, func(k entities.Key) bool { return k.Text == made }) {
			r.canonical = made
			r.id, _ = entities.ParseID(a.list.Texts.Text(id))
			return true
		}
	}
	return a.findKeyOfID(r, a.list.Texts.Text(id))
}

// findKeyOfID is the slow path of keepID. It searches all keys of the record for the one
// that the id was made of, because another row may list the key, or spell it
// differently.
func (a *assigner) findKeyOfID(r *record, text string) bool {
	id, ok := entities.ParseID(text)
	if !ok {
		return false
	}
	for _, k := range r.keys {
		if a.newID(r.zone, k.Text) == id {
			r.canonical, r.id = k.Text, id
			return true
		}
	}
	return false
}

// canonicalKey returns the canonical key of a record: the first listed single key, or
// else a generated one, a prefix, a MAC range or a suffix.
func canonicalKey(r *record) entities.TextID {
	if r.firstListed != 0 {
		return r.firstListed
	}
	for _, k := range r.keys {
		if isSingleKey(k.Class) { // a generated key: listed ones would be firstListed
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

// CollisionError reports that two entities would get the same id.
type CollisionError struct {
	Kind entity.Kind
	ID   string
	Keys [2]string // the canonical keys of the two entities
}

// Error names both canonical keys.
func (e *CollisionError) Error() string {
	return fmt.Sprintf("%s_id %s would identify two entities, %s and %s: rename a key of one of them", e.Kind, e.ID, problem.Quote(e.Keys[0]), problem.Quote(e.Keys[1]))
}
