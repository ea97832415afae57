package table

import (
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/entities"
)

// tagWriter writes the tags of records. It computes the tags of equal cells only once, and
// shares equal JSON of different cells.
type tagWriter struct {
	tagger         *entities.Tagger
	cells          *entities.Interner // the cells that tags are made of: see entities.Tagger.AppendKey
	json           *entities.Interner
	jsonOf         []uint32 // by number of cells: 1 + number of JSON, 0 if not yet known
	copiesOrOffset []uint32 // by number of JSON: see recordWriter.copiesOrOffset

	ids    []entities.TextID // the numbers of the cells of the records that were read ahead
	keys   []byte
	texts  []string
	hashes []uint32
	text   []byte
}

func newTagWriter(e *entities.Store) *tagWriter {
	return &tagWriter{tagger: entities.NewTagger(e), cells: entities.NewInterner(), json: entities.NewInterner()}
}

// readCells numbers the cells of the records from up to but not including to.
func (w *tagWriter) readCells(from, to int) {
	w.texts, w.hashes, w.keys = w.texts[:0], w.hashes[:0], w.keys[:0]
	for record := from; record < to; record++ {
		at := len(w.keys)
		w.keys = w.tagger.AppendKey(w.keys, record) // earlier keys keep their memory
		key := w.keys[at:]
		w.texts = append(w.texts, bytestext.String(key))
		w.hashes = append(w.hashes, w.cells.Hash(w.texts[len(w.texts)-1]))
	}
	w.ids = w.cells.InternAll(w.ids[:0], w.texts, w.hashes)
}

// tagOffset returns the offset of the tags of a record, which is number i of the records
// that were read ahead.
func (w *tagWriter) tagOffset(b *storeBuilder, record, i int) uint32 {
	number := growTo(&w.jsonOf, w.ids[i])
	if *number == 0 {
		*number = 1 + uint32(w.internTags(record))
	}
	id := entities.TextID(*number - 1)
	known := growTo(&w.copiesOrOffset, id)
	if *known >= maxCopies {
		return *known
	}
	json := w.json.Text(id)
	if *known++; *known < maxCopies {
		return b.endValue(append(b.beginValue(len(json)), json...))
	}
	*known = b.AddShared([]byte(json))
	return *known
}

// internTags returns the number of the JSON of the tags of a record.
func (w *tagWriter) internTags(record int) entities.TextID {
	var a jsonArray
	w.text = w.text[:0]
	for _, tag := range w.tagger.Tags(record) {
		w.text = a.appendElement(w.text, tag)
	}
	return w.json.InternBytes(a.appendEnd(w.text))
}

// growTo returns a pointer to the element of a text in a list. It appends zeros to the list
// if it is too short.
func growTo(list *[]uint32, id entities.TextID) *uint32 {
	for int(id) >= len(*list) {
		*list = append(*list, 0)
	}
	return &(*list)[id]
}
