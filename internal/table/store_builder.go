package table

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/kithsec/kith/internal/hugepage"
)

// errTooLarge reports that the values of a store exceed 4 GiB.
var errTooLarge = errors.New("more than 4 GiB of values")

// storeBuilder fills a store, record by record. Values that many records share go
// to the beginning of the arena, where they are dense and stay in the cache; those
// of one record go behind each other.
type storeBuilder struct {
	columns int
	rows    []uint32
	shared  []byte   // values that many records share; its capacity is their part of the arena
	full    [][]byte // the arena's chunks before the last
	before  int      // bytes in them and in the part of shared values
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
	// No value is at 0, and none where writer counts uses.
	b.shared = make([]byte, fewUses, fewUses+min(sharedBytes*records, maxShared))
	b.before = cap(b.shared)
	return b
}

// The part of shared values: bytes a record, and at most.
const (
	sharedBytes = 32
	maxShared   = 128 << 10
)

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

// AddShared is Add of a value that many records share.
func (b *storeBuilder) AddShared(json []byte) uint32 {
	if n := len(json); n == 0 || n >= longValue || cap(b.shared)-len(b.shared) < 1+n {
		return b.Add(json)
	}
	offset := len(b.shared)
	b.shared = append(append(b.shared, byte(len(json))), json...)
	return uint32(offset)
}

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
	copy(arena, b.shared)
	at := cap(b.shared)
	for _, chunk := range append(b.full, b.arena) {
		at += copy(arena[at:], chunk)
	}
	return &store{columns: b.columns, rows: fitted(b.rows), arena: arena, used: b.used()}, nil
}

// used returns which columns have a value, as store keeps it.
func (b *storeBuilder) used() []uint8 {
	used := make([]uint8, b.columns)
	for c := range used {
		for i := c; i < len(b.rows) && used[c] == 0; i += b.columns {
			if b.rows[i] != 0 {
				used[c] = 1
			}
		}
	}
	return used
}

// fitted returns s in memory of its own size.
func fitted[T uint8 | uint32](s []T) []T {
	if len(s) == cap(s) {
		return s
	}
	return hugepage.Clone(s)
}
