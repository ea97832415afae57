package merge

import (
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
)

// assigner gives records the keys that they answer.
type assigner struct {
	*merger
	order []stated
	place []uint32        // key → 1 + its place in the record at hand
	taken map[name]uint32 // generated keys → their entities
}

type name struct {
	zone entity.TextID
	key  string
}

// assign gives a record what its rows state, by group of key fields and then by
// rank, then generated keys.
func (a *assigner) assign(r *record, conventions []generator) {
	a.stated(r.entity)
	for _, k := range a.order {
		if a.owners[k.id] != r.entity || k.class == rowIDClass {
			continue
		}
		if at := a.place[k.id]; at != 0 {
			r.keys[at-1].Fields |= k.field.Bit()
			continue
		}
		r.keys = append(r.keys, entity.Key{Class: k.class, Fields: k.field.Bit(), Text: k.text})
		a.place[k.id] = uint32(len(r.keys))
	}
	for _, k := range a.order {
		a.place[k.id] = 0
	}
	if len(conventions) > 0 && !a.onlyMerged(r.entity) {
		a.generate(r, conventions)
	}
}

// stated fills order with what the rows of an entity state, grouped by key
// field.
func (a *assigner) stated(e uint32) {
	a.order = a.order[:0]
	rows := a.rowsOf(e)
	for _, row := range rows {
		a.order = append(a.order, a.keys.keysOf(int(row.Row))...)
	}
	slices.SortStableFunc(a.order, func(a, b stated) int { return int(a.field) - int(b.field) })
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

// generate adds generated keys in the order of the conventions. A generated key
// never takes a key that a row states or that a better-ranked record, which
// came before, generated.
func (a *assigner) generate(r *record, conventions []generator) {
	for _, g := range conventions {
		key, ok := g.make(func(column string) string { return a.firstValue(r, column) })
		key = entity.Trim(key)
		if !ok || key == "" || a.ignored.Text(key) || strings.Contains(key, entity.Separator) {
			continue
		}
		at := name{r.zone, a.schema.compare(key)}
		owner, taken := a.taken[at]
		if id, ok := a.keys.find(r.zone, entity.NameKey, at.key); ok && a.owners[id] != noEntity {
			owner, taken = a.owners[id], true
		}
		switch {
		case !taken:
			a.taken[at] = r.entity
			r.keys = append(r.keys, entity.Key{Class: entity.NameKey, Fields: entity.KeyCustom.Bit(), Text: a.list.Texts.Intern(key)})
		case owner != r.entity:
			a.report.collision(g.name, key, a.firstOrigin(owner), []entity.Origin{a.firstOrigin(r.entity)})
		}
	}
}

// onlyMerged reports whether every row of an entity is one of a merged lookup.
func (m *merger) onlyMerged(e uint32) bool {
	for _, row := range m.rowsOf(e) {
		if !m.list.Sources[m.list.Rows[row.Row].Source].Merged {
			return false
		}
	}
	return true
}

func (m *merger) firstOrigin(e uint32) entity.Origin {
	return m.list.Origin(int(m.rowsOf(e)[0].Row))
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
