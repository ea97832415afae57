package entities

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/kithsec/kith/internal/schema"
	"github.com/kithsec/kith/internal/sections"
)

// storeHeader holds the parts of a Store that are saved as JSON, in the section "shape".
// The forms of fields are not saved, because they are only needed to read lists.
type storeHeader struct {
	Kind          Kind
	CaseSensitive bool
	Fields        []savedField
	Listed        []savedField
	Sources       []Source
	Widths        [][3]int
}

type savedField struct {
	Name   string
	Type   schema.Type   `json:",omitempty"`
	Key    bool          `json:",omitempty"`
	Multi  bool          `json:",omitempty"`
	Tag    bool          `json:",omitempty"`
	Exact  bool          `json:",omitempty"`
	Custom bool          `json:",omitempty"`
	Policy schema.Policy `json:",omitempty"`
	Limit  int           `json:",omitempty"`
}

func saveFields(fields []schema.Field) []savedField {
	var out []savedField
	for _, f := range fields {
		out = append(out, savedField{f.Name, f.Type, f.Key, f.Multi, f.Tag, f.Exact, f.Custom, f.Policy, f.Limit})
	}
	return out
}

func openFields(saved []savedField) []schema.Field {
	var out []schema.Field
	for _, f := range saved {
		out = append(out, schema.Field{
			Name: f.Name, Type: f.Type, Key: f.Key, Multi: f.Multi, Tag: f.Tag,
			Exact: f.Exact, Custom: f.Custom, Policy: f.Policy, Limit: f.Limit,
		})
	}
	return out
}

// Put adds the entities to w, with the rows they were made of, so that provenance can be
// shown without the lists. The Store must not change until w has been written.
func (e *Store) Put(w *sections.Writer, name string) error {
	shape := storeHeader{
		Kind: e.Kind, CaseSensitive: e.CaseSensitive, Fields: saveFields(e.Fields),
		Listed: saveFields(e.List.Fields), Sources: e.List.Sources,
	}
	for _, x := range e.List.widths {
		shape.Widths = append(shape.Widths, [3]int{x.row, x.cell, x.fields})
	}
	text, err := json.Marshal(shape)
	if err != nil {
		return err
	}
	sections.Put(w, name+"/shape", text)
	sections.Put(w, name+"/arena", e.Texts.arena)
	sections.Put(w, name+"/ends", e.Texts.ends)
	sections.Put(w, name+"/cells", e.cells)
	sections.Put(w, name+"/list", e.List.cells)
	var ids []byte
	var records, keys, of, rows []uint32
	for _, r := range e.Records {
		ids = append(ids, r.ID[:]...)
		records = append(records, uint32(r.Zone), uint32(r.Canonical), r.Keys.From, r.Keys.To, r.Rows.From, r.Rows.To)
	}
	for _, k := range e.Keys {
		keys = append(keys, uint32(k.Class)|uint32(k.Fields)<<8, uint32(k.Text))
	}
	for _, r := range e.RowsOf {
		of = append(of, r.Row, uint32(r.JoinedBy))
	}
	for _, r := range e.List.Rows {
		rows = append(rows, r.Source, r.Line, uint32(r.Zone), uint32(r.Keys), uint32(r.ID))
	}
	sections.Put(w, name+"/ids", ids)
	sections.Put(w, name+"/records", records)
	sections.Put(w, name+"/keys", keys)
	sections.Put(w, name+"/of", of)
	sections.Put(w, name+"/rows", rows)
	return nil
}

// Open sets e to the entities that Put added. They share the memory of r and must not be
// changed. Open checks every index in them, and returns an error that wraps
// sections.ErrFormat if one is out of range.
func (e *Store) Open(r *sections.Reader, name string) error {
	o := opener{r: r, name: name}
	var shape storeHeader
	if err := json.Unmarshal(readSection[uint8](&o, "shape"), &shape); err != nil && o.err == nil {
		o.err = fmt.Errorf("%w: entities %q: %w", sections.ErrFormat, name, err)
	}
	texts := &Interner{arena: readSection[uint8](&o, "arena"), ends: readSection[uint32](&o, "ends")}
	o.require(texts.isValid(), "texts")
	if o.err != nil {
		return o.err
	}
	list := &List{Kind: shape.Kind, Fields: openFields(shape.Listed), Sources: shape.Sources, Texts: texts}
	*e = Store{
		Kind: shape.Kind, CaseSensitive: shape.CaseSensitive, Fields: openFields(shape.Fields),
		Texts: texts, List: list,
	}
	o.require(e.Kind == Asset || e.Kind == Identity, "kind")
	for _, f := range slices.Concat(e.Fields, list.Fields) {
		o.require(f.Type <= schema.ZoneName && f.Policy <= schema.Exclude, "fields")
	}
	o.openList(list, shape.Widths)
	o.openEntities(e)
	return o.err
}

// opener reads sections and stores the first error.
type opener struct {
	r    *sections.Reader
	name string
	err  error
}

// readSection reads a section. It returns nil after an error.
func readSection[T sections.Int](o *opener, part string) []T {
	if o.err != nil {
		return nil
	}
	s, err := sections.Get[T](o.r, o.name+"/"+part)
	o.err = err
	return s
}

// require records an error that names what, unless ok is true.
func (o *opener) require(ok bool, what string) {
	if !ok && o.err == nil {
		o.err = fmt.Errorf("%w: %s of entities %q", sections.ErrFormat, what, o.name)
	}
}

// readTuples reads a section that consists of tuples of n numbers.
func (o *opener) readTuples(part string, n int) []uint32 {
	s := readSection[uint32](o, part)
	o.require(len(s)%n == 0, part)
	if o.err != nil {
		return nil
	}
	return s
}

// requireTexts records an error that names what, unless texts contains all ids.
func (o *opener) requireTexts(texts *Interner, ids []TextID, what string) {
	for _, id := range ids {
		if int(id) >= texts.Len() {
			o.require(false, what)
			return
		}
	}
}

func (o *opener) openList(l *List, widths [][3]int) {
	l.cells = readSection[TextID](o, "list")
	o.requireTexts(l.Texts, l.cells, "list")
	rows := o.readTuples("rows", 5)
	for ; len(rows) > 0; rows = rows[5:] {
		row := Row{rows[0], rows[1], TextID(rows[2]), TextID(rows[3]), TextID(rows[4])}
		o.requireTexts(l.Texts, []TextID{row.Zone, row.Keys, row.ID}, "rows")
		o.require(int(row.Source) < len(l.Sources), "rows")
		l.Rows = append(l.Rows, row)
	}
	row, cell, fields := 0, 0, 0
	for i, w := range widths {
		next := width{w[0], w[1], w[2]}
		o.require((i > 0 || next.row == 0) && next.row >= row && next.row <= len(l.Rows) && next.fields >= 0 &&
			next.fields <= len(l.Fields) && next.cell == cell+(next.row-row)*fields, "widths")
		row, cell, fields = next.row, next.cell, next.fields
		l.widths = append(l.widths, next)
	}
	o.require(len(l.Rows) == 0 || len(widths) > 0, "widths")
	o.require(len(l.cells) == cell+(len(l.Rows)-row)*fields, "list")
}

func (o *opener) openEntities(e *Store) {
	e.cells = readSection[TextID](o, "cells")
	o.requireTexts(e.Texts, e.cells, "cells")
	ids := readSection[uint8](o, "ids")
	records := o.readTuples("records", 6)
	keys := o.readTuples("keys", 2)
	of := o.readTuples("of", 2)
	for ; len(keys) > 0; keys = keys[2:] {
		k := Key{schema.KeyClass(keys[0]), uint8(keys[0] >> 8), TextID(keys[1])}
		o.require(k.Class <= schema.SuffixKey, "keys")
		o.requireTexts(e.Texts, []TextID{k.Text}, "keys")
		e.Keys = append(e.Keys, k)
	}
	for ; len(of) > 0; of = of[2:] {
		o.require(int(of[0]) < len(e.List.Rows), "of")
		o.requireTexts(e.Texts, []TextID{TextID(of[1])}, "of")
		e.RowsOf = append(e.RowsOf, JoinedRow{of[0], TextID(of[1])})
	}
	o.require(len(ids)/16 == len(records)/6 && len(ids)%16 == 0 && len(e.cells) == len(ids)/16*len(e.Fields), "records")
	for ; len(records) > 0 && o.err == nil; records, ids = records[6:], ids[16:] {
		r := Record{
			ID: ID(ids[:16]), Zone: TextID(records[0]), Canonical: TextID(records[1]),
			Keys: Span{records[2], records[3]}, Rows: Span{records[4], records[5]},
		}
		o.requireTexts(e.Texts, []TextID{r.Zone, r.Canonical}, "records")
		o.require(r.Keys.within(len(e.Keys)) && r.Rows.within(len(e.RowsOf)), "records")
		e.Records = append(e.Records, r)
	}
}

func (s Span) within(n int) bool { return s.From <= s.To && uint64(s.To) <= uint64(n) }

// isValid reports whether every text is within the arena and only text 0 is empty.
func (n *Interner) isValid() bool {
	if len(n.ends) == 0 || n.ends[0] != 0 || len(n.ends) > math.MaxUint32 {
		return false
	}
	for i := 1; i < len(n.ends); i++ {
		if n.ends[i] <= n.ends[i-1] {
			return false
		}
	}
	return uint64(n.ends[len(n.ends)-1]) <= uint64(len(n.arena))
}
