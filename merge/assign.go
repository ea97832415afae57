package merge

import (
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/schema"
)

// assigner assigns keys to records.
type assigner struct {
	*merger
	rowKeys     []rowKey
	recordKeyAt []uint32            // key → 1 + its place in the record at hand
	generatedBy map[zonedKey]uint32 // generated keys → their entities
}

type zonedKey struct {
	zone entities.TextID
	key  string
}

// assignKeys gives a record what its rows state, by group of key fields and then by
// rank, then generated keys.
func (a *assigner) assignKeys(r *record) {
	a.gatherRowKeys(r.entity)
	for _, k := range a.rowKeys {
		if a.owners[k.id] != r.entity || k.class == rowIDClass {
			continue
		}
		if at := a.recordKeyAt[k.id]; at != 0 {
			r.keys[at-1].Fields |= k.field.Bit()
			continue
		}
		r.keys = append(r.keys, entities.Key{Class: k.class, Fields: k.field.Bit(), Text: k.text})
		a.recordKeyAt[k.id] = uint32(len(r.keys))
	}
	if !a.keepID(r) {
		r.firstListed = a.firstListedKey(r)
	}
	for _, k := range a.rowKeys {
		a.recordKeyAt[k.id] = 0
	}
	if len(a.schema.generators) > 0 && !a.onlyMerged(r.entity) {
		a.generateKeys(r)
	}
}

// gatherRowKeys fills order with what the rows of an entity state, grouped by key
// field.
func (a *assigner) gatherRowKeys(e uint32) {
	a.rowKeys = a.rowKeys[:0]
	rows := a.rowsOf(e)
	for _, row := range rows {
		a.rowKeys = append(a.rowKeys, a.keys.keysOf(int(row.Row))...)
	}
	slices.SortStableFunc(a.rowKeys, func(a, b rowKey) int { return int(a.field) - int(b.field) })
}

// firstListedKey returns the first listed key that resolves to a record and is not a
// prefix, a range or a suffix. It goes through the fields in the canonical order, and
// through the values of each in their order. The order of the keys does not suffice,
// because a name that nt_host and dns both list is among the keys of nt_host. The
// result is 0 if there is none.
func (a *assigner) firstListedKey(r *record) entities.TextID {
	merged := a.anyMerged(r.entity)
	for _, field := range canonicalOrder(a.schema.kind) {
		if merged {
			if text := a.firstShownKey(r, field); text != 0 {
				return text
			}
		}
		for _, k := range a.rowKeys {
			if k.field != field {
				continue
			}
			if text := a.singleKey(r, k.id); text != 0 {
				return text
			}
		}
	}
	return 0
}

// firstShownKey returns the first key that a group of key fields shows. A row of a
// merged lookup states its keys in the order of its list of keys, which is not
// that of its cells.
func (a *assigner) firstShownKey(r *record, field entities.KeyField) entities.TextID {
	for i := range a.out.Fields {
		f := &a.out.Fields[i]
		if !f.Key || r.cells[i] == 0 || a.schema.keyGroup(f) != field {
			continue
		}
		for v := range valuesOf(f, a.list.Texts.Text(r.cells[i])) {
			class, key, ok := a.schema.classifyKey(f, v, a.ignored)
			if !ok {
				continue
			}
			id, ok := a.keys.findKey(r.zone, class, key)
			if !ok {
				continue
			}
			if text := a.singleKey(r, id); text != 0 {
				return text
			}
		}
	}
	return 0
}

// singleKey returns a key of the current record as it is listed, or 0 if it
// resolves to another record or is a prefix, a range or a suffix.
func (a *assigner) singleKey(r *record, id uint32) entities.TextID {
	at := a.recordKeyAt[id]
	if at == 0 || !isSingleKey(r.keys[at-1].Class) {
		return 0
	}
	return r.keys[at-1].Text
}

// generator makes a key from a merged record.
type generator struct {
	name    string
	columns []string
	apply   func(value func(column string) string) (string, bool)
}

// keyFrom returns the key that a generator makes of the values of columns, or
// false if it makes none or a placeholder.
func (g *generator) keyFrom(value func(column string) string, ignored *schema.Ignored) (string, bool) {
	key, ok := g.apply(value)
	key = fold.Trim(key)
	return key, ok && key != "" && !ignored.Text(key) && !strings.Contains(key, schema.Separator)
}

// parseConventions parses the configured identity keys that are generated; a merged
// lookup generates none.
func (s *listFields) parseConventions() ([]generator, error) {
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
			generators = append(generators, generator{text, []string{"email"}, emailShort})
		default:
			c, err := identities.ParseConvention(text, columns)
			if err != nil {
				return nil, &FieldError{Kind: s.kind, Field: text, Err: err}
			}
			generators = append(generators, generator{text, c.Columns(), c.Apply})
		}
	}
	return generators, nil
}

// conventionColumns are the columns that a convention may use: those of the
// kind and the configured custom ones.
func (s *listFields) conventionColumns() []string {
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

// generateKeys adds generated keys in the order of the conventions. A generated key
// never takes a key that a row states or that a better-ranked record, which
// came before, generated.
func (a *assigner) generateKeys(r *record) {
	for i := range a.schema.generators {
		g := &a.schema.generators[i]
		key, ok := g.keyFrom(func(column string) string { return a.firstValue(r, column) }, a.ignored)
		if !ok {
			continue
		}
		at := zonedKey{r.zone, a.schema.foldKey(key)}
		owner, taken := a.generatedBy[at]
		if id, ok := a.keys.findKey(r.zone, schema.NameKey, at.key); ok && a.owners[id] != noEntity {
			owner, taken = a.owners[id], true
		}
		switch {
		case !taken:
			a.generatedBy[at] = r.entity
			r.keys = append(r.keys, entities.Key{Class: schema.NameKey, Fields: entities.KeyCustom.Bit(), Text: a.list.Texts.Intern(key)})
		case owner != r.entity:
			a.report.addCollision(g.name, key, a.firstOrigin(owner), []Origin{a.firstOrigin(r.entity)})
		}
	}
}

// onlyMerged reports whether every row of an entity is one of a merged lookup.
func (m *merger) onlyMerged(e uint32) bool {
	return !slices.ContainsFunc(m.rowsOf(e), func(row entities.JoinedRow) bool { return !m.isMerged(row) })
}

// anyMerged reports whether a row of an entity is one of a merged lookup.
func (m *merger) anyMerged(e uint32) bool {
	return slices.ContainsFunc(m.rowsOf(e), m.isMerged)
}

func (m *merger) isMerged(row entities.JoinedRow) bool {
	return m.list.Sources[m.list.Rows[row.Row].Source].Merged
}

func (m *merger) firstOrigin(e uint32) Origin {
	return originOf(m.list, m.rowsOf(e)[0].Row)
}

// firstValue returns the first value of a merged field, "" if there is none.
func (a *assigner) firstValue(r *record, column string) string {
	for i := range a.out.Fields {
		if f := &a.out.Fields[i]; strings.EqualFold(f.Name, column) {
			text := a.list.Texts.Text(r.cells[i])
			for v := range valuesOf(f, text) {
				return v
			}
		}
	}
	return ""
}
