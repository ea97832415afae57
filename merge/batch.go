package merge

import (
	"unsafe"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/schema"
)

// batch holds rows of a source, canonical, on their way from the goroutine that reads
// them to the one that collects them. Where the list has numbers of its texts, a
// batch has numbers of its own texts, all of which it treats as new.
type batch struct {
	rows     []batchRow
	cells    []textRef // rows × fields of the schema
	keys     []foundKey
	memoized []textRef // texts that the memos of the reader have added, in the order of their numbers
	errs     []*entity.RowError
	lost     int   // rows that have no key
	bytes    int64 // of the source

	texts  []string
	hashes []uint32 // of texts
	arena  []byte   // where texts lie
}

// batchRow is a row beside its cells.
type batchRow struct {
	line       uint32
	keys       uint32 // where its keys end
	listed, id textRef
	ranged     map[string]bool
}

// textRef is a reference to the text of a cell or a key: 0 is the empty text, n > 0
// is text n-1 of the batch, and n < 0 is text -1-n of the memos of the reader.
type textRef int32

// foundKey is a key of a row.
type foundKey struct {
	field         entities.KeyField
	class         schema.KeyClass
	ranged        bool
	spelled, text textRef // as it is spelled, and in the form in which it compares
}

// initialArena is for how many bytes of texts there is room from the start.
const initialArena = 256 << 10

// maxKept is from how many bytes on what one batch needed is not kept for the
// next: a row may be a thousand times as long as others.
const maxKept = 4 << 20

func (b *batch) reset() {
	if cap(b.arena) > maxKept || len(b.texts) > maxKept/16 {
		*b = batch{}
	}
	clear(b.errs)
	clear(b.rows)
	b.rows, b.cells, b.keys, b.memoized = b.rows[:0], b.cells[:0], b.keys[:0], b.memoized[:0]
	b.texts, b.hashes, b.arena = b.texts[:0], b.hashes[:0], b.arena[:0]
	b.errs, b.lost, b.bytes = b.errs[:0], 0, 0
}

// addText adds a text, which is copied.
func (b *batch) addText(texts *entities.Interner, s string) textRef {
	if s == "" {
		return 0
	}
	if cap(b.arena)-len(b.arena) < len(s) { // what is there stays where it is
		b.arena = make([]byte, 0, max(initialArena, 2*cap(b.arena), len(s)))
	}
	from := len(b.arena)
	b.arena = append(b.arena, s...)
	b.texts = append(b.texts, unsafe.String(&b.arena[from], len(s)))
	b.hashes = append(b.hashes, texts.Hash(s))
	return textRef(len(b.texts))
}

// text returns a text of the batch.
func (b *batch) text(t textRef) string {
	if t == 0 {
		return ""
	}
	return b.texts[t-1]
}

// discardRow takes back the cells and keys of the row at hand, which is the last.
func (b *batch) discardRow(cells, keys int) { b.cells, b.keys = b.cells[:cells], b.keys[:keys] }
