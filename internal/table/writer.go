package table

import (
	"encoding/binary"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/hugepage"
	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/schema"
)

// writer turns cells into JSON, each distinct one once.
type writer struct {
	entities *entities.Store
	b        *storeBuilder
	columns  []column
	row      []uint32
	known    [forms][]uint32 // text → offset if it is shared; below fewUses: how often it was written

	tags *tagWriter

	json  []byte   // of a shared value
	texts []string // of the cells that were read ahead
	waste uint32   // keeps the loads of read from being optimised away
}

// fewUses is how often a value is written again, beside the other values of its
// record, before all further records refer to one copy. A value that few records
// have is mostly not in the cache, and a line of its own would be read for it; that
// of a frequent one is near anyway. At 16 a million assets take 0.2 more memory
// and enriching with all fields takes 0.1 less time.
const fewUses = 16

// column is one that shows a cell.
type column struct {
	field  int
	shared bool // its values are compared by their offsets: see filling
	form   jsonForm
	cells  [ahead]entities.TextID // of the records that were read ahead
	fresh  int                    // how many values were new since
}

// canonicalKey stands for the canonical key instead of the number of a field.
const canonicalKey = -1

// jsonForm is how a cell is written.
type jsonForm uint8

const (
	asString    jsonForm = iota
	asArray              // of all values
	asAddresses          // an array without prefixes, MAC ranges and "*." names
	asLiteral            // a boolean or a number
	forms
)

func formOf(f *schema.Field) jsonForm {
	switch {
	case f.Type == schema.Boolean || f.Type == schema.Coordinate:
		return asLiteral
	case f.Type == schema.IP || f.Type == schema.MAC || f.Type == schema.Domain:
		return asAddresses
	case f.Multi:
		return asArray
	}
	return asString
}

func newWriter(e *entities.Store) *writer {
	width := len(columnsOf(e))
	w := &writer{
		entities: e,
		b:        newStoreBuilder(width, e.Len()),
		columns:  []column{{field: canonicalKey, form: asString}},
		row:      make([]uint32, width),
		tags:     newTagWriter(e),
	}
	if e.Kind == entities.Identity {
		w.columns = nil // its key column shows all keys
	}
	for _, field := range shownFields(e) {
		f := &e.Fields[field]
		w.columns = append(w.columns, column{field: field, form: formOf(f), shared: f.Name == "priority" || f.Name == "pci_domain"})
	}
	for _, c := range w.columns {
		if w.known[c.form] == nil {
			w.known[c.form] = hugepage.Scratch[uint32](e.Texts.Len())
		}
	}
	return w
}

// ahead is how many records are read before they are written.
const ahead = 64

// read reads what writing some records will read. Texts are numbered as they came
// in lists, while records are in the order of addresses, so that every text is a
// wait for distant memory, and more than one. In loops in which nothing else
// happens the waits overlap.
func (w *writer) read(from, to int) {
	w.readCells(from, to)
	w.texts = w.texts[:0]
	for i := range w.columns {
		if c := &w.columns[i]; from == 0 || c.fresh > 0 { // what recurs is near anyway
			w.readTexts(c, to-from)
		}
	}
	for _, text := range w.texts {
		if text != "" {
			w.waste += uint32(text[0]) + uint32(text[len(text)-1])
		}
	}
	w.tags.read(from, to)
}

// readCells puts the cells of some records into the columns.
func (w *writer) readCells(from, to int) {
	for record := from; record < to; record++ {
		cells := w.entities.Cells(record)
		for i := range w.columns {
			c := &w.columns[i]
			if c.field == canonicalKey {
				c.cells[record-from] = w.entities.Records[record].Canonical
			} else {
				c.cells[record-from] = cells[c.field]
			}
		}
	}
}

// readTexts finds the texts of the first n cells of a column, and where their
// JSON is.
func (w *writer) readTexts(c *column, n int) {
	c.fresh = 0
	known := w.known[c.form]
	for _, id := range c.cells[:n] {
		w.waste += known[id]
	}
	for _, id := range c.cells[:n] {
		w.texts = append(w.texts, w.entities.Texts.Text(id))
	}
}

// record writes the record that was read as number i, which follows the one
// before.
func (w *writer) record(record, i int) {
	fields := w.columns
	if w.entities.Kind == entities.Asset {
		w.row[entity.KeyColumn], fields = w.value(&fields[0], i), fields[1:]
	} else {
		w.row[entity.KeyColumn] = w.keys(record)
	}
	w.row[entity.IDColumn] = w.id(record)
	w.row[entity.TagColumn] = w.tags.offset(w.b, record, i)
	for j := range fields {
		w.row[entity.FieldColumn+j] = w.value(&fields[j], i)
	}
	w.b.Append(w.row)
}

// id returns the offset of the id of a record.
func (w *writer) id(record int) uint32 {
	id := w.entities.Records[record].ID
	dst := append(w.b.begin(2+2*len(id)), '"')
	for i := 0; i < len(id); i += 4 {
		dst = binary.BigEndian.AppendUint64(dst, hexDigits(binary.BigEndian.Uint32(id[i:])))
	}
	return w.b.end(append(dst, '"'))
}

// hexDigits returns the hexadecimal digits of a number as eight bytes, all of them
// computed at once: a byte each for four bits, then its distance from '0'.
func hexDigits(n uint32) uint64 {
	x := uint64(n)
	x = (x | x<<16) & 0x0000ffff0000ffff
	x = (x | x<<8) & 0x00ff00ff00ff00ff
	x = (x | x<<4) & 0x0f0f0f0f0f0f0f0f
	letters := (x + 0x0606060606060606) >> 4 & 0x0101010101010101
	return x + 0x3030303030303030 + letters*('a'-'0'-10)
}

// value returns the offset of what the record that was read as number i has in a
// column.
func (w *writer) value(c *column, i int) uint32 {
	id := c.cells[i]
	if id == 0 {
		return 0
	}
	known := &w.known[c.form][id]
	if *known >= fewUses {
		return *known
	}
	c.fresh++
	text := w.entities.Texts.Text(id)
	if *known++; *known < fewUses && !c.shared {
		return w.b.end(c.form.append(w.b.begin(len(text)+4), text))
	}
	w.json = c.form.append(w.json[:0], text)
	*known = w.b.AddShared(w.json)
	return *known
}

// append appends the JSON of a cell.
func (f jsonForm) append(dst []byte, text string) []byte {
	switch f {
	case asArray, asAddresses:
		var a array
		for more := true; more; {
			var v string
			if v, text, more = cut(text); f == asArray || single(v) {
				dst = a.append(dst, v)
			}
		}
		return a.end(dst)
	case asLiteral:
		if text == "false" { // as blank
			return dst
		}
		return append(dst, text...)
	}
	return jsonscan.AppendString(dst, text)
}

// cut is strings.Cut at a separator.
func cut(text string) (v, rest string, more bool) {
	if i := strings.IndexByte(text, schema.Separator[0]); i >= 0 {
		return text[:i], text[i+1:], true
	}
	return text, "", false
}

// single reports whether the value names one address, MAC or name.
func single(v string) bool {
	if strings.IndexByte(v, '/') >= 0 || strings.HasPrefix(v, "*.") {
		return false
	}
	return strings.IndexByte(v, '-') < 0 || strings.Count(v, ":") < 10
}

// keys returns the offset of all keys of a record.
func (w *writer) keys(record int) uint32 {
	var a array
	dst := w.b.begin(256)
	for _, text := range w.entities.KeysOf(record) {
		dst = a.append(dst, text)
	}
	return w.b.end(a.end(dst))
}

// array is a JSON array under way; without values there is none.
type array bool

func (a *array) append(dst []byte, v string) []byte {
	mark := byte('[')
	if *a {
		mark = ','
	}
	*a = true
	return jsonscan.AppendString(append(dst, mark), v)
}

func (a *array) end(dst []byte) []byte {
	if *a {
		dst = append(dst, ']')
	}
	return dst
}
