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
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/readahead"
	"github.com/kithsec/kith/internal/schema"
)

// reader reads the rows of one source and makes their values canonical. It runs on
// its own goroutine: the batches are the only mutable state it shares with the
// collector.
type reader struct {
	schema  *listFields
	ignored *schema.Ignored
	interns *entities.Interner // only for the hashes of texts
	head    *header
	fields  []schema.Field // as the source writes them
	src     Source
	rows    *readahead.Queue[*batch]

	// The current row.
	in            *csvio.Record
	batch         *batch
	row           batchRow
	texts         []string  // by field
	joined        []byte    // backs the texts of several values
	cells         []textRef // by field
	cell          schema.Cell
	hasKey        bool
	unlistedField string // a key field that has a value but is not in Options.Keys
	merged        mergedRow

	newest                *newestRows // nil without Source.Newest
	rowNumber             int         // of the current row in the source, from 0
	hadNewest, keptNewest bool        // the row has values in columns of Newest.By, and keeps one
}

func newReader(c *collector, head *header, src Source) *reader {
	return &reader{
		schema: c.schema, ignored: c.ignored, interns: c.list.Texts, head: head, fields: c.schema.fieldsOf(src, head), src: src,
		rows:  readahead.NewQueue(batchesInFlight, func() *batch { return &batch{} }),
		texts: make([]string, len(c.schema.fields)),
	}
}

// fieldsOf returns the fields with the forms in which a source writes their values.
func (s *listFields) fieldsOf(src Source, head *header) []schema.Field {
	fields := slices.Clone(s.fields)
	for i := range fields {
		switch f := &fields[i]; {
		case f.Type == schema.IP && src.HostBitsAsNetwork:
			f.Form = schema.IPNetworkForm
		case f.Type == schema.Instant && src.DayFirst:
			f.Form = schema.DayFirstTimeForm
		case head.merged && (f.Name == "nt_host" || f.Name == "dns"):
			f.Form = schema.MergedNameForm
		}
	}
	return fields
}

// readRow reads one record into the batch. It returns false if the record has no key. A
// row whose values later rows keep is left out.
func (r *reader) readRow() bool {
	cells, keys, cuts := len(r.batch.cells), len(r.batch.keys), len(r.batch.cuts)
	r.row = batchRow{line: uint32(r.in.Line())}
	r.batch.cells = append(r.batch.cells, make([]textRef, len(r.schema.fields))...)
	r.cells = r.batch.cells[cells:]
	clear(r.texts)
	r.joined = r.joined[:0]
	r.hasKey, r.unlistedField = false, ""
	r.hadNewest, r.keptNewest = false, false
	r.merged.reset()
	for i := range r.in.Len() {
		r.readColumn(i)
	}
	if r.hadNewest && !r.keptNewest {
		r.batch.superseded++
		r.batch.discardRow(cells, keys, cuts)
		return true
	}
	for _, c := range r.head.constants {
		r.setConstant(c)
	}
	if zone := &r.texts[r.schema.zone]; *zone == "" {
		*zone = r.head.zone
	}
	if r.head.merged {
		r.readKeyCell()
		r.appendMergedKeys()
	}
	if !r.hasKey && !r.generatesKey() {
		r.batch.errs = append(r.batch.errs, &entity.RowError{
			Source: r.src.Name, Path: r.src.Path, Line: r.in.Line(), Loss: entity.LostRow, Reason: "no key", Err: r.noKeyError(),
		})
		r.batch.discardRow(cells, keys, cuts)
		return false
	}
	r.row.keys = uint32(len(r.batch.keys))
	r.batch.rows = append(r.batch.rows, r.row)
	return true
}

// readColumn reads one cell of the record.
func (r *reader) readColumn(i int) {
	if i >= len(r.head.fields) {
		r.reportLostCell(i, "cell beyond the header", "quote cells that contain commas")
		return
	}
	text := r.in.Cell(i)
	if len(text) == 0 {
		return
	}
	switch field := r.head.fields[i]; field {
	case droppedColumn:
	case unnamedColumn:
		r.reportLostCell(i, "cell in a column without a name", "name the column in the header")
	case keyListColumn:
		r.merged.column, r.merged.cell, r.merged.errsBefore = i, bytestext.String(text), len(r.batch.errs)
	case rowIDColumn:
		r.row.id = r.addText(fold.Name(bytestext.String(text)))
	default:
		if r.head.omitted == nil || !r.head.omitted[field] {
			r.readCell(i, text)
		}
	}
}

// keyListField is the field that the key column of a merged lookup is parsed as. It
// keeps both of two keys that differ only in case.
var keyListField = schema.Field{Key: true, Multi: true, Exact: true}

func (r *reader) reportLostCell(i int, reason, cure string) {
	text := fold.Trim(string(r.in.Cell(i)))
	if text == "" {
		return
	}
	line, column := r.in.Pos(i)
	r.batch.errs = append(r.batch.errs, &entity.RowError{
		Source: r.src.Name, Path: r.src.Path, Line: line, Column: column, Loss: entity.LostCell, Reason: reason, Value: text,
		Err: fmt.Errorf("%s %s: %s", reason, problem.Quote(text), cure),
	})
}

// readCell reads the cell of a field.
func (r *reader) readCell(i int, text []byte) {
	field := r.head.fields[i]
	f := &r.fields[field]
	raw := bytestext.String(text)
	if m := r.head.valueMaps[i]; m != nil {
		raw = mapValues(f, m, raw)
	}
	r.parseCell(f, i, raw)
	if r.newest.reads(i) {
		r.newest.dropOldValues(r, i)
	}
	r.storeCell(f, field)
}

// parseCell parses a cell as a value of a field and reports its losses.
func (r *reader) parseCell(f *schema.Field, i int, raw string) {
	f.ReadCell(&r.cell, raw, r.ignored)
	if len(r.cell.Losses) == 0 {
		return
	}
	f.ReadCell(&r.cell, strings.Clone(raw), r.ignored) // errors outlive the record that backs raw
	name := f.Name
	if f == &keyListField {
		name = r.head.names[i]
	}
	r.reportLosses(i, name)
}

// setConstant stores a constant in the current row.
func (r *reader) setConstant(c constant) {
	if r.head.omitted != nil && r.head.omitted[c.field] {
		return
	}
	f := &r.fields[c.field]
	r.parseCell(f, noColumn, c.text)
	r.storeCell(f, c.field)
}

// mapValues replaces the values of a cell that the source's Map lists.
func mapValues(f *schema.Field, m map[string]string, cell string) string {
	replace := func(v string) string {
		if to, ok := m[fold.Name(v)]; ok {
			return to
		}
		return v
	}
	if !f.Multi {
		return replace(cell)
	}
	values := strings.Split(strings.ReplaceAll(cell, schema.LineSeparator, schema.Separator), schema.Separator)
	for i, v := range values {
		values[i] = replace(v)
	}
	return strings.Join(values, schema.Separator)
}

// storeCell stores the cell that was just parsed in the row, as the cell of field f, and
// adds the keys in it.
func (r *reader) storeCell(f *schema.Field, field int) {
	r.texts[field] = r.cellText()
	r.cells[field] = r.addText(r.texts[field])
	if f.Type == schema.IP {
		r.row.ranged = r.cell.Ranged
	}
	for _, cut := range r.cell.Domains {
		r.batch.cuts = append(r.batch.cuts, foundCut{len(r.batch.rows), r.addText(cut.Name), r.addText(cut.Domain)})
	}
	switch {
	case !f.Key:
	case r.head.merged:
		r.addShownKeys(f, r.cells[field])
	default:
		r.appendKeys(f, r.cells[field])
	}
}

// appendKeys appends the keys in the cell just parsed to the batch.
func (r *reader) appendKeys(f *schema.Field, cell textRef) {
	group := r.schema.keyGroup(f)
	for _, v := range r.cell.Values {
		class, key, ok := r.schema.classifyKey(f, v, r.ignored)
		if !ok {
			continue
		}
		if !r.schema.isKeyField(f) {
			r.unlistedField = f.Name
			continue
		}
		r.hasKey = true
		k := foundKey{field: group, class: class, ranged: r.cell.Ranged[v], noJoin: f.NoJoin, spelled: cell}
		if len(r.cell.Values) > 1 {
			k.spelled = r.addText(v)
		}
		if k.text = k.spelled; key != v {
			k.text = r.addText(key)
		}
		r.batch.keys = append(r.batch.keys, k)
	}
}

// generatesKey reports whether a key can be generated from the row just read. Keys are
// not generated from rows of merged lookups.
func (r *reader) generatesKey() bool {
	return !r.head.merged && slices.ContainsFunc(r.schema.generators, func(g generator) bool {
		_, ok := g.keyFrom(r.firstValue, r.ignored)
		return ok
	})
}

// firstValue returns the first value of a column of the row just read, or "" if there
// is none or the column is excluded.
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

// noKeyError returns the error that explains why the current row has no key.
func (r *reader) noKeyError() error {
	if r.unlistedField != "" {
		return fmt.Errorf("no usable key: the row has %s, which identities.keys does not list", r.unlistedField)
	}
	return errors.New("no usable key: the row does not identify an entity")
}

func (r *reader) addText(text string) textRef { return r.batch.addText(r.interns, text) }

// cellText returns the canonical text of the cell just parsed. It may share the memory
// of the record.
func (r *reader) cellText() string {
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

// noColumn is the column index of constants, which are not in the list.
const noColumn = -1

// reportLosses appends the losses of the cell just parsed to the batch, as RowErrors.
func (r *reader) reportLosses(i int, field string) {
	line, column := r.in.Line(), 0
	if i != noColumn {
		line, column = r.in.Pos(i)
	}
	for _, loss := range r.cell.Losses {
		r.batch.errs = append(r.batch.errs, entity.CellError(r.src.Name, r.src.Path, line, column, field, loss))
	}
}

// omittedFields marks the fields that Only and Except leave out.
func (s *listFields) omittedFields(src Source) []bool {
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
