package merge

import (
	"unsafe"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/schema"
)

// batch carries canonical rows of a source from the goroutine that reads them to the
// one that collects them. A batch does not use the text numbers of the list: it numbers
// its own texts, without looking for duplicates among them.
type batch struct {
	rows  []batchRow
	cells []textRef // rows × fields of the schema
	keys  []foundKey
	cuts  []foundCut
	errs  []*entity.RowError
	lost  int // rows without a key
	// superseded counts the rows whose values later rows keep.
	superseded int
	bytes      int64 // bytes of the source that the batch was read from

	texts  []string
	hashes []uint32 // of texts
	arena  []byte   // backs texts
}

// batchRow is a row of a batch, except for its cells.
type batchRow struct {
	line       uint32
	keys       uint32          // end of its keys in batch.keys; they begin where those of the previous row end
	listed, id textRef         // identity cell and id, both only of merged lookups
	ranged     map[string]bool // single addresses that come from a range
}

// textRef refers to the text of a cell or a key: 0 is the empty text, and n > 0 is text n-1
// of the batch.
type textRef uint32

// foundKey is a key of a row.
type foundKey struct {
	field         entities.KeyField
	class         schema.KeyClass
	ranged        bool    // a single address that comes from a range
	noJoin        bool    // no field that lists the key joins rows
	spelled, text textRef // the key as spelled, and in the form in which keys are compared
}

// foundCut is a name in a row of the batch and the domain that was cut off before it, 0 if
// there was none.
type foundCut struct {
	row          int // in batch.rows
	name, domain textRef
}

// initialArena is the initial capacity of the arena in bytes.
const initialArena = 256 << 10

// maxKept is the capacity in bytes above which a batch is not reused: a single row can
// be a thousand times as long as the others.
const maxKept = 4 << 20

func (b *batch) reset() {
	if cap(b.arena) > maxKept || len(b.texts) > maxKept/16 {
		*b = batch{}
	}
	clear(b.errs)
	clear(b.rows)
	b.rows, b.cells, b.keys, b.cuts = b.rows[:0], b.cells[:0], b.keys[:0], b.cuts[:0]
	b.texts, b.hashes, b.arena = b.texts[:0], b.hashes[:0], b.arena[:0]
	b.errs, b.lost, b.bytes = b.errs[:0], 0, 0
	b.superseded = 0
}

// addText copies a text into the batch and returns a reference to it.
func (b *batch) addText(texts *entities.Interner, s string) textRef {
	if s == "" {
		return 0
	}
	if cap(b.arena)-len(b.arena) < len(s) { // earlier texts keep the old arena alive
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

// discardRow removes the last row by truncating cells, keys and cuts to their lengths
// before it.
func (b *batch) discardRow(cells, keys, cuts int) {
	b.cells, b.keys, b.cuts = b.cells[:cells], b.keys[:keys], b.cuts[:cuts]
}
