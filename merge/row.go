package merge

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/readahead"
	"github.com/kithsec/kith/internal/schema"
)

// reader reads the rows of one source and makes them canonical. It shares
// nothing that changes with the collector but the batches.
type reader struct {
	schema  *listFields
	ignored *schema.Ignored
	interns *entities.Interner // for hashes of texts
	head    *columns
	src     Source
	rows    *readahead.Queue[*batch]

	memo       []memo // per header column: cells met before
	remembered int    // by all memos

	// The row at hand.
	in       *csvio.Record
	batch    *batch
	row      batchRow
	texts    []string  // by field
	joined   []byte    // where those of several values lie
	cells    []textRef // by field
	cell     schema.Cell
	keyed    bool   // it states a key
	unstated string // a key field that has a value, but Options.Keys does not name it
	merged   mergedRow
}

func newReader(c *collector, head *columns, src Source) *reader {
	return &reader{
		schema: c.schema, ignored: c.ignored, interns: c.list.Texts, head: head, src: src,
		rows: readahead.NewQueue(batches, func() *batch { return &batch{} }),
		memo: make([]memo, len(head.fields)), texts: make([]string, len(c.schema.fields)),
	}
}

// readRow reads one record into the batch and reports whether it has a key.
func (r *reader) readRow() bool {
	cells, keys := len(r.batch.cells), len(r.batch.keys)
	r.row = batchRow{line: uint32(r.in.Line())}
	r.batch.cells = append(r.batch.cells, make([]textRef, len(r.schema.fields))...)
	r.cells = r.batch.cells[cells:]
	clear(r.texts)
	r.joined = r.joined[:0]
	r.keyed, r.unstated = false, ""
	r.merged.reset()
	for i := range r.in.Len() {
		r.readColumn(i)
	}
	for _, c := range r.head.set {
		r.set(c)
	}
	if zone := &r.texts[r.schema.zone]; *zone == "" {
		*zone = r.head.zone
	}
	if r.head.merged {
		r.listKeys()
		r.mergedKeys()
	}
	if !r.keyed && !r.generates() {
		r.batch.errs = append(r.batch.errs, &entity.RowError{
			Source: r.src.Name, Path: r.src.Path, Line: r.in.Line(), Loss: entity.LostRow, Reason: "no key", Err: r.noKey(),
		})
		r.batch.cut(cells, keys)
		return false
	}
	r.row.keys = uint32(len(r.batch.keys))
	r.batch.rows = append(r.batch.rows, r.row)
	return true
}

// readColumn reads one cell of the record.
func (r *reader) readColumn(i int) {
	if i >= len(r.head.fields) {
		r.lostCell(i, "cell beyond the header", "quote cells that hold commas")
		return
	}
	text := r.in.Cell(i)
	if len(text) == 0 {
		return
	}
	switch field := r.head.fields[i]; field {
	case dropped:
	case unnamed:
		r.lostCell(i, "cell in a column without a name", "name the column in the header")
	case keyList:
		r.merged.column, r.merged.cell, r.merged.errs = i, bytestext.String(text), len(r.batch.errs)
	case idColumn:
		r.row.id = r.add(fold.Lower(fold.Trim(bytestext.String(text))))
	default:
		if r.head.blank == nil || !r.head.blank[field] {
			r.readCell(i, text)
		}
	}
}

// keysField is what the key column of a merged lookup is read as: a key that is
// there in two spellings is two.
var keysField = schema.Field{Multi: true, Exact: true}

func (r *reader) lostCell(i int, reason, cure string) {
	text := fold.Trim(string(r.in.Cell(i)))
	if text == "" {
		return
	}
	line, column := r.in.Pos(i)
	r.batch.errs = append(r.batch.errs, &entity.RowError{
		Source: r.src.Name, Path: r.src.Path, Line: line, Column: column, Loss: entity.LostCell, Reason: reason, Value: text,
		Err: fmt.Errorf("%s %q: %s", reason, text, cure),
	})
}

// readCell reads the cell of a field.
func (r *reader) readCell(i int, text []byte) {
	field, memo := r.head.fields[i], &r.memo[i]
	f := &r.schema.fields[field]
	memoized := !f.Key && memo.takes(text)
	if memoized {
		if known := memo.find(text); known != nil {
			r.texts[field], r.cells[field] = known.canonical, known.ref
			return
		}
	}
	raw := bytestext.String(text)
	if m := r.head.values[i]; m != nil {
		raw = mapValues(f, m, raw)
	}
	lossless := r.readForm(f, i, raw)
	r.put(f, field)
	if memoized && lossless {
		r.remember(memo, text, field)
	}
}

// readForm reads a cell as a field is read, and reports its losses.
func (r *reader) readForm(f *schema.Field, i int, raw string) (lossless bool) {
	f.ReadCell(&r.cell, raw, r.ignored)
	if len(r.cell.Losses) == 0 {
		return true
	}
	f.ReadCell(&r.cell, strings.Clone(raw), r.ignored) // errors outlive the record that raw lies in
	name := f.Name
	if f == &keysField {
		name = r.head.names[i]
	}
	r.report(i, name)
	return false
}

// set gives the row a constant.
func (r *reader) set(c setCell) {
	if r.head.blank != nil && r.head.blank[c.field] {
		return
	}
	f := &r.schema.fields[c.field]
	r.readForm(f, noColumn, c.text)
	r.put(f, c.field)
}

func mapValues(f *schema.Field, m map[string]string, cell string) string {
	replace := func(v string) string {
		if to, ok := m[fold.Lower(fold.Trim(v))]; ok {
			return to
		}
		return v
	}
	if !f.Multi {
		return replace(cell)
	}
	values := strings.Split(cell, schema.Separator)
	for i, v := range values {
		values[i] = replace(v)
	}
	return strings.Join(values, schema.Separator)
}

// put makes the cell just read that of a field, and notes the keys in it.
func (r *reader) put(f *schema.Field, field int) {
	r.texts[field] = r.text()
	r.cells[field] = r.add(r.texts[field])
	if f.Type == schema.IP {
		r.row.ranged = r.cell.Ranged
	}
	switch {
	case !f.Key:
	case r.head.merged:
		r.show(f, r.cells[field])
	default:
		r.state(f, r.cells[field])
	}
}

// state adds the keys that a cell states.
func (r *reader) state(f *schema.Field, cell textRef) {
	group := r.schema.keyField(f)
	for _, v := range r.cell.Values {
		class, key, ok := r.schema.key(f, v, r.ignored)
		if !ok {
			continue
		}
		if !r.schema.states(f) {
			r.unstated = f.Name
			continue
		}
		r.keyed = true
		k := foundKey{field: group, class: class, ranged: r.cell.Ranged[v], spelled: cell}
		if len(r.cell.Values) > 1 {
			k.spelled = r.add(v)
		}
		if k.text = k.spelled; key != v {
			k.text = r.add(key)
		}
		r.batch.keys = append(r.batch.keys, k)
	}
}

// generates reports whether a key can be generated from the row just read; from
// one of a merged lookup none is.
func (r *reader) generates() bool {
	return !r.head.merged && slices.ContainsFunc(r.schema.generators, func(g generator) bool {
		_, ok := g.generated(r.firstValue, r.ignored)
		return ok
	})
}

// firstValue returns the first value of a column of the row just read, ""
// if there is none or merging will drop it.
func (r *reader) firstValue(column string) string {
	i, ok := r.schema.byName[fold.Lower(column)]
	if !ok || r.schema.fields[i].EffectivePolicy() == schema.Exclude {
		return ""
	}
	for v := range valuesOf(&r.schema.fields[i], r.texts[i]) {
		return v
	}
	return ""
}

// noKey returns the error of the current row, which has no key.
func (r *reader) noKey() error {
	if r.unstated != "" {
		return fmt.Errorf("no usable key: the row has %s, but identities.keys makes no key of it", r.unstated)
	}
	return errors.New("no usable key: the row names nobody")
}

func (r *reader) add(text string) textRef { return r.batch.add(r.interns, text) }

// text returns the canonical text of the cell just read. It may share the
// memory of the record.
func (r *reader) text() string {
	switch len(r.cell.Values) {
	case 0:
		return ""
	case 1:
		return r.cell.Values[0]
	}
	from := len(r.joined)
	for i, v := range r.cell.Values {
		if i > 0 {
			r.joined = append(r.joined, schema.Separator...)
		}
		r.joined = append(r.joined, v...)
	}
	return bytestext.String(r.joined[from:])
}

// noColumn is where a constant stands.
const noColumn = -1

// report turns the losses of the cell just read into RowErrors.
func (r *reader) report(i int, field string) {
	line, column := r.in.Line(), 0
	if i != noColumn {
		line, column = r.in.Pos(i)
	}
	for _, loss := range r.cell.Losses {
		r.batch.errs = append(r.batch.errs, entity.CellError(r.src.Name, r.src.Path, line, column, field, loss))
	}
}

// notContributed returns which fields the source leaves out by Only and Except.
func (s *listFields) notContributed(src Source) []bool {
	if src.Only == nil && src.Except == nil {
		return nil
	}
	blank := make([]bool, len(s.fields))
	for i := range s.fields {
		f := &s.fields[i]
		unlisted := src.Only != nil && !containsFold(src.Only, f.Name) && !f.Key && f.Type != schema.ZoneName
		blank[i] = unlisted || containsFold(src.Except, f.Name)
	}
	return blank
}

func containsFold(list []string, name string) bool {
	for _, s := range list {
		if fold.Equal(s, name) {
			return true
		}
	}
	return false
}
