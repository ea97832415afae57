package merge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
)

// assign gives every record the keys that it answers: what its rows state, by
// group of key fields and then by rank, then generated ones.
func (m *merger) assign(records []record, conventions []generator) {
	place := make([]uint32, len(m.keys.rows)) // key → 1 + its place in the record at hand
	var order []stated
	for i := range records {
		r := &records[i]
		order = m.statedKeys(order[:0], r.entity)
		for _, k := range order {
			if m.owners[k.id] != r.entity || k.class == rowIDClass {
				continue
			}
			if at := place[k.id]; at != 0 {
				r.keys[at-1].Fields |= k.field.Bit()
				continue
			}
			r.keys = append(r.keys, entity.Key{Class: k.class, Fields: k.field.Bit(), Text: k.text})
			r.ids = append(r.ids, k.id)
			place[k.id] = uint32(len(r.keys))
		}
		for _, id := range r.ids {
			place[id] = 0
		}
	}
	if len(conventions) > 0 {
		m.generate(records, conventions)
	}
}

// statedKeys appends what the rows of an entity state, grouped by key field.
func (m *merger) statedKeys(dst []stated, e uint32) []stated {
	span := m.joined.entities[e]
	rows := m.joined.rows[span.From:span.To]
	for _, row := range rows {
		dst = append(dst, m.keys.keysOf(int(row.Row))...)
	}
	if len(rows) > 1 {
		slices.SortStableFunc(dst, func(a, b stated) int { return int(a.field) - int(b.field) })
	}
	return dst
}

// generator makes a key from a merged record.
type generator struct {
	name string
	make func(value func(column string) string) (string, bool)
}

// conventions parses the configured identity keys that are generated; a merged
// lookup generates none.
func (s *schema) conventions() ([]generator, error) {
	if s.kind != entity.Identity {
		return nil, nil
	}
	keys := s.options.Keys
	if keys == nil {
		keys = []string{"identity", "email", "email_short"}
	}
	columns := s.conventionColumns()
	var generators []generator
	for _, text := range keys {
		switch text {
		case "identity", "email":
		case "email_short":
			generators = append(generators, generator{text, emailShort})
		default:
			c, err := identities.ParseConvention(text, columns)
			if err != nil {
				return nil, &FieldError{Kind: s.kind, Field: text, Err: err}
			}
			generators = append(generators, generator{text, c.Apply})
		}
	}
	return generators, nil
}

// conventionColumns are the columns that a convention may use: those of the
// kind and the configured custom ones.
func (s *schema) conventionColumns() []string {
	var names []string
	for _, f := range s.fields {
		names = append(names, f.Name)
	}
	for _, name := range sortedKeys(s.options.Fields) {
		if !containsFold(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func emailShort(value func(column string) string) (string, bool) {
	email := value("email")
	at := strings.LastIndexByte(email, '@')
	if at <= 0 {
		return "", false
	}
	return email[:at], true
}

// generate adds generated keys, best-ranked record first, its conventions in
// order. A generated key never takes a key that a row states or that a
// better-ranked record generated.
func (m *merger) generate(records []record, generators []generator) {
	type name struct {
		zone entity.TextID
		key  string
	}
	taken := make(map[name]uint32)
	for i := range records {
		r := &records[i]
		if m.onlyMerged(r.entity) {
			continue
		}
		for _, g := range generators {
			key, ok := g.make(func(column string) string { return m.firstValue(r, column) })
			if !ok || m.ignored.Text(key) || strings.Contains(key, entity.Separator) {
				continue
			}
			at := name{r.zone, m.schema.compare(key)}
			owner, generated := taken[at]
			if id, ok := m.keys.find(r.zone, entity.NameKey, at.key); ok && m.owners[id] != noEntity {
				owner = m.owners[id]
			} else if !generated {
				taken[at] = r.entity
				r.keys = append(r.keys, entity.Key{Class: entity.NameKey, Fields: entity.KeyCustom.Bit(), Text: m.list.Texts.Intern(key)})
				r.ids = append(r.ids, noKey)
				continue
			}
			if owner != r.entity {
				m.report.collision(g.name, key, m.firstOrigin(owner), []entity.Origin{m.firstOrigin(r.entity)})
			}
		}
	}
}

// onlyMerged reports whether every row of an entity is one of a merged lookup.
func (m *merger) onlyMerged(e uint32) bool {
	span := m.joined.entities[e]
	for _, row := range m.joined.rows[span.From:span.To] {
		if !m.list.Sources[m.list.Rows[row.Row].Source].Merged {
			return false
		}
	}
	return true
}

func (m *merger) firstOrigin(e uint32) entity.Origin {
	return m.list.Origin(int(m.joined.rows[m.joined.entities[e].From].Row))
}

// firstValue returns the first value of a merged field, "" if there is none.
func (m *merger) firstValue(r *record, column string) string {
	for i := range m.out.Fields {
		if f := &m.out.Fields[i]; strings.EqualFold(f.Name, column) {
			text := m.list.Texts.Text(r.cells[i])
			for v := range valuesOf(f, text) {
				return v
			}
		}
	}
	return ""
}

// canonicalOrder is the order in which the canonical key is looked for among
// the keys that are no prefixes, ranges or suffixes (SPEC 3.8).
func canonicalOrder(kind entity.Kind) []entity.KeyField {
	if kind == entity.Identity {
		return []entity.KeyField{entity.KeyNTHost, entity.KeyDNS, entity.KeyCustom}
	}
	return []entity.KeyField{entity.KeyDNS, entity.KeyNTHost, entity.KeyMAC, entity.KeyIP, entity.KeyCustom}
}

// identify chooses canonical keys, makes ids and keeps the records that answer
// a key.
func (m *merger) identify(records []record) error {
	seen := make(map[entity.ID]entity.TextID, len(records))
	for i := range records {
		r := &records[i]
		if len(r.keys) == 0 {
			m.report.leftOut(m.firstOrigin(r.entity))
			continue
		}
		key := m.canonicalKey(r)
		id := m.newID(r.zone, key)
		if other, ok := seen[id]; ok {
			return &CollisionError{Kind: m.schema.kind, ID: id, Keys: [2]string{m.list.Texts.Text(other), m.list.Texts.Text(key)}}
		}
		seen[id] = key
		from := uint32(len(m.out.Keys))
		m.out.Keys = append(m.out.Keys, r.keys...)
		m.out.Append(entity.Entity{
			ID: id, Zone: r.zone, Canonical: key,
			Keys: entity.Span{From: from, To: uint32(len(m.out.Keys))},
			Rows: m.joined.entities[r.entity],
		}, r.cells)
	}
	return nil
}

func (m *merger) newID(zone, key entity.TextID) entity.ID {
	texts := m.list.Texts
	return entity.NewID(m.schema.kind, entity.Zone(texts.Text(zone)), texts.Text(key), m.schema.options.CaseSensitive)
}

// canonicalKey returns the canonical key of a record. A record of nothing but
// rows of a merged lookup keeps the key that made its id, if it still answers it.
func (m *merger) canonicalKey(r *record) entity.TextID {
	if m.onlyMerged(r.entity) {
		row := m.joined.rows[m.joined.entities[r.entity].From].Row
		id := m.list.Texts.Text(m.list.Rows[row].ID)
		for _, k := range r.keys {
			if id == m.newID(r.zone, k.Text).String() {
				return k.Text
			}
		}
	}
	for _, field := range canonicalOrder(m.schema.kind) {
		for _, k := range r.keys {
			if k.Fields&field.Bit() != 0 && k.Class != entity.PrefixKey && k.Class != entity.MACRangeKey && k.Class != entity.SuffixKey {
				return k.Text
			}
		}
	}
	for _, class := range []entity.KeyClass{entity.PrefixKey, entity.MACRangeKey, entity.SuffixKey} {
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
	ID   entity.ID
	Keys [2]string
}

// Error names both canonical keys.
func (e *CollisionError) Error() string {
	return fmt.Sprintf("%s_id %s stands for two entities, %q and %q: rename a key of one of them", e.Kind, e.ID, e.Keys[0], e.Keys[1])
}
