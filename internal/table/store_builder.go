package table

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/kithsec/kith/internal/hugepage"
)

// errTooLarge says that the values of a store exceed 4 GiB.
var errTooLarge = errors.New("more than 4 GiB of values")

// storeBuilder fills a store, record by record. The caller says which values are
// equal by keeping the offsets that Add returned.
type storeBuilder struct {
	columns int
	rows    []uint32
	full    [][]byte // the arena's chunks before the last
	before  int      // bytes in them
	arena   []byte   // its last chunk
	chunk   int      // bytes of the next chunk
	err     error
}

// The arena is written in chunks, which are put together when their sizes are
// known: growing it in one piece copied most of it several times. The first one
// is what few records need.
const (
	maxChunk    = 8 << 20
	recordBytes = 256
)

// newStoreBuilder returns a builder for records of that many columns; records is a
// hint.
func newStoreBuilder(columns, records int) *storeBuilder {
	b := &storeBuilder{
		columns: columns,
		rows:    hugepage.Make[uint32](columns * records)[:0],
		chunk:   min(max(recordBytes*records, recordBytes), maxChunk),
	}
	b.arena = append(b.room(1), 0) // no value is at 0
	return b
}

// room returns the last chunk with room for n more bytes, if need be a new one.
func (b *storeBuilder) room(n int) []byte {
	if cap(b.arena)-len(b.arena) < n {
		b.full, b.before = append(b.full, b.arena), b.before+len(b.arena)
		b.arena = hugepage.Scratch[uint8](max(b.chunk, n))[:0]
	}
	return b.arena
}

// Add stores a value and returns its offset.
func (b *storeBuilder) Add(json []byte) uint32 { return b.end(append(b.begin(len(json)), json...)) }

// begin returns the arena, to which the JSON of a value is to be appended; it
// takes about n bytes.
func (b *storeBuilder) begin(n int) []byte { return append(b.room(n+5), 0) }

// end takes the arena with the value appended and returns the value's offset. An
// arena that is not handed back is as it was.
func (b *storeBuilder) end(arena []byte) uint32 {
	at := len(b.arena)
	n := len(arena) - at - 1
	offset := b.before + at
	switch {
	case n == 0:
		return 0
	case offset+n+5 > math.MaxUint32:
		b.err = errTooLarge
		return 0
	case n < longValue:
		arena[at] = byte(n)
	default:
		arena = append(arena, 0, 0, 0, 0)
		copy(arena[at+5:], arena[at+1:])
		arena[at] = longValue
		binary.LittleEndian.PutUint32(arena[at+1:], uint32(n))
	}
	b.arena = arena
	return uint32(offset)
}

// Append adds a record: one offset a column, 0 for no value.
func (b *storeBuilder) Append(offsets []uint32) { b.rows = append(b.rows, offsets...) }

// Build returns the store. The builder must not be used afterwards.
func (b *storeBuilder) Build() (*store, error) {
	if b.err != nil {
		return nil, b.err
	}
	arena := hugepage.Make[uint8](b.before + len(b.arena) + padding)
	at := 0
	for _, chunk := range append(b.full, b.arena) {
		at += copy(arena[at:], chunk)
	}
	return &store{columns: b.columns, rows: fitted(b.rows), arena: arena}, nil
}

// fitted returns s in memory of its own size.
func fitted[T uint8 | uint32](s []T) []T {
	if len(s) == cap(s) {
		return s
	}
	return hugepage.Clone(s)
}
