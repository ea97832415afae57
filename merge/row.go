package merge

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
)

// readRow reads one record and reports whether it was kept.
func (r *reader) readRow(rank int, src Source, head *columns, in *csvio.Reader) bool {
	row := entity.Row{Source: uint32(rank), Line: uint32(in.Line())}
	r.cells = append(r.cells[:0], make([]entity.TextID, len(r.schema.fields))...)
	r.texts, r.fields, r.found, r.keyed = r.texts[:0], r.fields[:0], r.found[:0], false
	r.unstated = ""
	var ranged map[string]bool
	for i := range in.Len() {
		if i >= len(head.fields) {
			r.lostCell(src, in, i, "cell beyond the header", "quote cells that hold commas")
			continue
		}
		text := in.Cell(i)
		if len(text) == 0 {
			continue
		}
		switch field := head.fields[i]; field {
		case dropped:
		case unnamed:
			r.lostCell(src, in, i, "cell in a column without a name", "name the column in the header")
		case keyList:
			keys := entity.Field{Multi: true, Exact: true}
			keys.ReadCell(&r.cell, string(text), r.ignored)
			r.report(src, in, i, head.names[i])
			row.Keys = r.intern()
		case idColumn:
			row.ID = r.list.Texts.Intern(entity.Fold(entity.Trim(string(text))))
		default:
			if got := r.readCell(src, head, in, i); got != nil {
				ranged = got
			}
		}
	}
	for _, c := range head.set {
		if head.blank != nil && head.blank[c.field] {
			continue
		}
		r.schema.fields[c.field].ReadCell(&r.cell, c.text, r.ignored)
		r.report(src, in, len(head.fields), r.schema.fields[c.field].Name)
		r.pend(head, c.field)
	}
	r.ids = r.list.Texts.InternAll(r.ids[:0], r.texts)
	for _, c := range r.fields {
		r.cells[c.field] = r.ids[c.text]
	}
	row.Zone = r.zone(head)
	if !r.keyed && row.Keys == 0 && !r.generates(head) {
		r.errs = append(r.errs, &entity.RowError{
			Source: src.Name, Path: src.Path, Line: in.Line(), Loss: entity.LostRow, Reason: "no key", Err: r.noKey(),
		})
		return false
	}
	r.list.Append(row, r.cells, ranged)
	if head.merged {
		r.keys.addMerged(r.schema, r.list, r.ignored)
	} else {
		r.keys.addRow(row.Zone, r.found, r.ids)
	}
	return true
}

func (r *reader) lostCell(src Source, in *csvio.Reader, i int, reason, cure string) {
	text := entity.Trim(string(in.Cell(i)))
	if text == "" {
		return
	}
	line, column := in.Pos(i)
	r.errs = append(r.errs, &entity.RowError{
		Source: src.Name, Path: src.Path, Line: line, Column: column, Loss: entity.LostCell, Reason: reason, Value: text,
		Err: fmt.Errorf("%s %q: %s", reason, text, cure),
	})
}

// readCell puts one cell into r.cells and returns what a range left in it.
func (r *reader) readCell(src Source, head *columns, in *csvio.Reader, i int) map[string]bool {
	if head.blank != nil && head.blank[head.fields[i]] {
		return nil
	}
	text := in.Cell(i)
	f := &r.schema.fields[head.fields[i]]
	memo := &head.memo[i]
	memoized := !f.Key && !memo.off && len(text) < 64
	slot := 0
	if memoized {
		slot = memoSlot(text)
		if cell, ok := memo.cell(slot, text); ok {
			r.cells[head.fields[i]] = cell
			return nil
		}
	}
	raw := unsafe.String(unsafe.SliceData(text), len(text))
	if m := head.values[i]; m != nil {
		raw = mapValues(f, m, raw)
	}
	f.ReadCell(&r.cell, raw, r.ignored)
	lossless := len(r.cell.Losses) == 0
	if !lossless { // errors outlive the record that raw lies in
		f.ReadCell(&r.cell, strings.Clone(raw), r.ignored)
	}
	r.report(src, in, i, f.Name)
	if !memoized {
		r.pend(head, head.fields[i])
		return r.cell.Ranged
	}
	cell := r.intern()
	r.cells[head.fields[i]] = cell
	if lossless {
		memo.texts[slot], memo.cells[slot] = string(text), cell
	}
	return nil
}

func mapValues(f *entity.Field, m map[string]string, cell string) string {
	replace := func(v string) string {
		if to, ok := m[entity.Fold(entity.Trim(v))]; ok {
			return to
		}
		return v
	}
	if !f.Multi {
		return replace(cell)
	}
	values := strings.Split(cell, entity.Separator)
	for i, v := range values {
		values[i] = replace(v)
	}
	return strings.Join(values, entity.Separator)
}

// pend puts the cell just read among what is to be interned, and its keys.
func (r *reader) pend(head *columns, field int) {
	cell := len(r.texts)
	r.texts, r.fields = append(r.texts, r.text()), append(r.fields, textOf{field, cell})
	f := &r.schema.fields[field]
	if !f.Key || head.merged {
		return
	}
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
			k.spelled = r.alsoIntern(v)
		}
		if k.text = k.spelled; key != v {
			k.text = r.alsoIntern(key)
		}
		r.found = append(r.found, k)
	}
}

// generates reports whether a key can be generated from the row just read; from
// one of a merged lookup none is.
func (r *reader) generates(head *columns) bool {
	return !head.merged && slices.ContainsFunc(r.schema.generators, func(g generator) bool {
		_, ok := g.generated(r.firstValue, r.ignored)
		return ok
	})
}

// firstValue returns the first value of a column of the row just read, ""
// if there is none or merging will drop it.
func (r *reader) firstValue(column string) string {
	i, ok := r.schema.byName[entity.Fold(column)]
	if !ok || i >= len(r.cells) || r.schema.fields[i].EffectivePolicy() == entity.Exclude {
		return ""
	}
	for v := range valuesOf(&r.schema.fields[i], r.list.Texts.Text(r.cells[i])) {
		return v
	}
	return ""
}

// noKey says why the row just read has no key.
func (r *reader) noKey() error {
	if r.unstated != "" {
		return fmt.Errorf("no usable key: the row has %s, but identities.keys makes no key of it", r.unstated)
	}
	return errors.New("no usable key: the row names nobody")
}

func (r *reader) alsoIntern(text string) int {
	r.texts = append(r.texts, text)
	return len(r.texts) - 1
}

func (r *reader) intern() entity.TextID { return r.list.Texts.Intern(r.text()) }

// text returns the canonical text of the cell just read. It may share the
// memory of the record.
func (r *reader) text() string {
	switch len(r.cell.Values) {
	case 0:
		return ""
	case 1:
		return r.cell.Values[0]
	}
	return entity.JoinValues(r.cell.Values)
}

// report turns the losses of the cell just read into RowErrors.
func (r *reader) report(src Source, in *csvio.Reader, i int, field string) {
	if len(r.cell.Losses) == 0 {
		return
	}
	line, column := in.Line(), 0
	if i < in.Len() {
		line, column = in.Pos(i)
	}
	for _, loss := range r.cell.Losses {
		r.errs = append(r.errs, entity.CellError(src.Name, src.Path, line, column, field, loss))
	}
}

// notContributed says which fields the source leaves out by Only and Except.
func (r *reader) notContributed(src Source) []bool {
	if src.Only == nil && src.Except == nil {
		return nil
	}
	blank := make([]bool, len(r.schema.fields))
	for i := range r.schema.fields {
		f := &r.schema.fields[i]
		unlisted := src.Only != nil && !containsFold(src.Only, f.Name) && !f.Key && f.Type != entity.ZoneName
		blank[i] = unlisted || containsFold(src.Except, f.Name)
	}
	return blank
}

func containsFold(list []string, name string) bool {
	for _, s := range list {
		if entity.EqualFold(s, name) {
			return true
		}
	}
	return false
}

// zone decides the zone of the row and writes it into its zone cell.
func (r *reader) zone(head *columns) entity.TextID {
	cell := &r.cells[r.schema.zone]
	if *cell == 0 {
		*cell = head.zone
	}
	return *cell
}

// sourceZone returns the zone of a source's rows that state none.
func (r *reader) sourceZone(src Source) entity.TextID {
	zone := entity.ParseZone(src.Zone)
	if zone == "" {
		zone = entity.ParseZone(r.schema.options.Zone)
	}
	return r.list.Texts.Intern(string(zone))
}
