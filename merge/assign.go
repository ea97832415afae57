package merge

import (
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/keytext"
	"github.com/kithsec/kith/internal/schema"
)

// assigner assigns keys to records.
type assigner struct {
	*merger
	rowKeys     []rowKey            // of the rows of the current record
	recordKeyAt []uint32            // key → 1 + its index in the keys of the current record, or 0
	generatedBy map[zonedKey]uint32 // generated key → the entity it was generated for
}

// zonedKey is a generated key in a zone, in the form in which keys are compared.
type zonedKey struct {
	zone entities.TextID
	key  string
}

// assignKeys fills the keys of a record: those keys of its rows that resolve to it, by
// group of key fields and then by rank, followed by generated keys.
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

// gatherRowKeys fills rowKeys with the keys of an entity's rows, sorted by group of key
// fields and then by rank.
func (a *assigner) gatherRowKeys(e uint32) {
	a.rowKeys = a.rowKeys[:0]
	rows := a.rowsOf(e)
	for _, row := range rows {
		a.rowKeys = append(a.rowKeys, a.keys.keysOf(int(row.Row))...)
	}
	slices.SortStableFunc(a.rowKeys, func(a, b rowKey) int { return int(a.field) - int(b.field) })
}

// firstListedKey returns the first listed key that resolves to a record and is a single
// key, or 0 if there is none. It searches the fields in the canonical order, and the
// values of each field in their order. The order of the record's keys is not enough,
// because a name that both nt_host and dns list is among the keys of nt_host.
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

// firstShownKey returns the first single key of a record in the cells of a group of key
// fields, or 0 if there is none. It is needed for rows of merged lookups, whose keys are
// in the order of the key column and not in that of the cells.
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

// singleKey returns the text of a key as spelled, or 0 if the key does not resolve to
// the current record or is not a single key.
func (a *assigner) singleKey(r *record, id uint32) entities.TextID {
	at := a.recordKeyAt[id]
	if at == 0 || !isSingleKey(r.keys[at-1].Class) {
		return 0
	}
	return r.keys[at-1].Text
}

// generator generates a key from the values of columns.
type generator struct {
	name    string // the convention as configured, or email_short
	columns []string
	apply   func(value func(column string) string) (string, bool)
}

// keyFrom generates a key from the values of columns. It returns false if the generator
// makes no key, or makes one that is a placeholder or contains a separator.
func (g *generator) keyFrom(value func(column string) string, ignored *schema.Ignored) (string, bool) {
	key, ok := g.apply(value)
	key = keytext.Clean(fold.Trim(key))
	return key, ok && key != "" && !ignored.Text(key) && !strings.ContainsAny(key, schema.Separator+schema.LineSeparator)
}

// parseConventions parses the conventions among the configured keys of identities. Assets
// have none.
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

// conventionColumns returns the columns that a convention may use: those of the kind and
// the configured custom ones.
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

// emailShort returns the part of the email before the last @.
func emailShort(value func(column string) string) (string, bool) {
	email := value("email")
	at := strings.LastIndexByte(email, '@')
	if at <= 0 {
		return "", false
	}
	return email[:at], true
}

// generateKeys adds generated keys in the order of the conventions. A generated key
// never takes over a key that a row lists, or one that was generated for an earlier, and
// therefore higher-ranked, record.
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

// onlyMerged reports whether all rows of an entity come from merged lookups.
func (m *merger) onlyMerged(e uint32) bool {
	return !slices.ContainsFunc(m.rowsOf(e), func(row entities.JoinedRow) bool { return !m.isMerged(row) })
}

// anyMerged reports whether any row of an entity comes from a merged lookup.
func (m *merger) anyMerged(e uint32) bool {
	return slices.ContainsFunc(m.rowsOf(e), m.isMerged)
}

func (m *merger) isMerged(row entities.JoinedRow) bool {
	return m.list.Sources[m.list.Rows[row.Row].Source].Merged
}

func (m *merger) firstOrigin(e uint32) Origin {
	return originOf(m.list, m.rowsOf(e)[0].Row)
}

// firstValue returns the first value of a merged field, or "" if there is none.
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
