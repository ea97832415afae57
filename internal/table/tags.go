package table

import (
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/entities"
)

// tagWriter writes the tags of records. Many records have equal cells, and others
// equal JSON.
type tagWriter struct {
	tagger *entities.Tagger
	cells  *entities.Interner // of what tags are made of: see entities.Tagger.AppendKey
	json   *entities.Interner
	of     []uint32 // by number of cells: 1 + number of JSON
	known  []uint32 // by number of JSON: as writer.known

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
		w.texts = append(w.texts, bytestext.String(key))
		w.hashes = append(w.hashes, w.cells.Hash(w.texts[len(w.texts)-1]))
	}
	w.ids = w.cells.InternAll(w.ids[:0], w.texts, w.hashes)
}

// offset returns the offset of the tags of a record that was read as number i.
func (w *tagWriter) offset(b *storeBuilder, record, i int) uint32 {
	number := place(&w.of, w.ids[i])
	if *number == 0 {
		*number = 1 + uint32(w.intern(record))
	}
	id := entities.TextID(*number - 1)
	known := place(&w.known, id)
	if *known >= fewUses {
		return *known
	}
	json := w.json.Text(id)
	if *known++; *known < fewUses {
		return b.end(append(b.begin(len(json)), json...))
	}
	*known = b.AddShared([]byte(json))
	return *known
}

// intern returns the number of the JSON of the tags of a record.
func (w *tagWriter) intern(record int) entities.TextID {
	var a array
	w.text = w.text[:0]
	for _, tag := range w.tagger.Tags(record) {
		w.text = a.append(w.text, tag)
	}
	return w.json.InternBytes(a.end(w.text))
}

// place returns the place of a text in a list that is long enough for it.
func place(list *[]uint32, id entities.TextID) *uint32 {
	for int(id) >= len(*list) {
		*list = append(*list, 0)
	}
	return &(*list)[id]
}
