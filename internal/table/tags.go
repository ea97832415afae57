package table

import (
	"unsafe"

	"github.com/kithsec/kith/internal/entities"
)

// tagWriter writes the tags of records, which many records share: those with
// equal cells are written once, and so are those with equal JSON.
type tagWriter struct {
	tagger *entities.Tagger
	cells  *entities.Interner // of what tags are made of: see entities.Tagger.AppendKey
	of     []uint32           // by number of cells: 1 + offset
	json   *entities.Interner
	at     []uint32 // by number of JSON: 1 + offset

	ids    []entities.TextID // of the cells of the records that were read ahead
	keys   []byte
	texts  []string
	hashes []uint32
	text   []byte
}

func newTagWriter(e *entities.Store) *tagWriter {
	return &tagWriter{tagger: entities.NewTagger(e), cells: entities.NewInterner(), json: entities.NewInterner()}
}

// read numbers the cells of some records.
func (w *tagWriter) read(from, to int) {
	w.texts, w.hashes, w.keys = w.texts[:0], w.hashes[:0], w.keys[:0]
	for record := from; record < to; record++ {
		at := len(w.keys)
		w.keys = w.tagger.AppendKey(w.keys, record) // what was there stays where it is
		key := w.keys[at:]
		w.texts = append(w.texts, unsafe.String(unsafe.SliceData(key), len(key)))
		w.hashes = append(w.hashes, w.cells.Hash(w.texts[len(w.texts)-1]))
	}
	w.ids = w.cells.InternAll(w.ids[:0], w.texts, w.hashes)
}

// offset returns the offset of the tags of a record that was read as number i.
func (w *tagWriter) offset(b *storeBuilder, record, i int) uint32 {
	known := place(&w.of, w.ids[i])
	if *known == 0 {
		*known = 1 + w.write(b, record)
	}
	return *known - 1
}

func (w *tagWriter) write(b *storeBuilder, record int) uint32 {
	var a array
	w.text = w.text[:0]
	for _, tag := range w.tagger.Tags(record) {
		w.text = a.append(w.text, tag)
	}
	w.text = a.end(w.text)
	known := place(&w.at, w.json.InternBytes(w.text))
	if *known == 0 {
		*known = 1 + b.Add(w.text)
	}
	return *known - 1
}

// place returns the place of a text in a list that is long enough for it.
func place(list *[]uint32, id entities.TextID) *uint32 {
	for int(id) >= len(*list) {
		*list = append(*list, 0)
	}
	return &(*list)[id]
}
