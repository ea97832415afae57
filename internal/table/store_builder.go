package table

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/kithsec/kith/internal/hugepage"
)

// errTooLarge is the error for values that exceed 4 GiB in total.
var errTooLarge = errors.New("more than 4 GiB of values")

// storeBuilder builds a recordStore, record by record. It stores values that many records
// share at the beginning of the arena, where they are dense and stay in the cache, and the
// values of single records after each other in record order.
type storeBuilder struct {
	columns    int
	offsets    []uint32
	shared     []byte   // values that many records share; its capacity is the part of the arena reserved for them
	fullChunks [][]byte // the chunks of the arena before lastChunk
	fullBytes  int      // bytes in fullChunks and in the part of shared values
	lastChunk  []byte
	chunkSize  int // bytes of the next chunk
	err        error
}

// The arena is written in chunks, which are joined when their total size is known. Growing
// it as a single slice would copy most of it several times. The first chunk is small if
// there are few records.
const (
	maxChunk    = 8 << 20
	recordBytes = 256 // estimate of the size of a record
)

// newStoreBuilder returns a builder for records of the given number of columns. records is
// an estimate of their number.
func newStoreBuilder(columns, records int) *storeBuilder {
	b := &storeBuilder{
		columns:   columns,
		offsets:   hugepage.Make[uint32](columns * records)[:0],
		chunkSize: min(max(recordBytes*records, recordBytes), maxChunk),
	}
	// Offset 0 means no value, and recordWriter uses offsets below maxCopies as counts.
	b.shared = make([]byte, maxCopies, maxCopies+min(sharedBytes*records, maxShared))
	b.fullBytes = cap(b.shared)
	return b
}

// The size of the part of the arena that is reserved for shared values.
const (
	sharedBytes = 32        // per record
	maxShared   = 128 << 10 // in total
)

// reserve returns the last chunk with room for n more bytes. It begins a new chunk if there
// is too little room.
func (b *storeBuilder) reserve(n int) []byte {
	if cap(b.lastChunk)-len(b.lastChunk) < n {
		b.fullChunks, b.fullBytes = append(b.fullChunks, b.lastChunk), b.fullBytes+len(b.lastChunk)
		b.lastChunk = hugepage.Scratch[uint8](max(b.chunkSize, n))[:0]
	}
	return b.lastChunk
}

// Add stores a value and returns its offset.
func (b *storeBuilder) Add(json []byte) uint32 {
	return b.endValue(append(b.beginValue(len(json)), json...))
}

// AddShared is Add for a value that many records share.
func (b *storeBuilder) AddShared(json []byte) uint32 {
	if n := len(json); n == 0 || n >= longValue || cap(b.shared)-len(b.shared) < 1+n {
		return b.Add(json)
	}
	offset := len(b.shared)
	b.shared = append(append(b.shared, byte(len(json))), json...)
	return uint32(offset)
}

// beginValue returns a slice to which the caller appends the JSON of a value, of about n
// bytes, and which it then passes to endValue. Without that call no value is added.
func (b *storeBuilder) beginValue(n int) []byte { return append(b.reserve(n+5), 0) }

// endValue adds the value that the caller has appended to the result of beginValue, and
// returns its offset, 0 for an empty value.
func (b *storeBuilder) endValue(chunk []byte) uint32 {
	at := len(b.lastChunk)
	n := len(chunk) - at - 1
	offset := b.fullBytes + at
	switch {
	case n == 0:
		return 0
	case offset+n+5 > math.MaxUint32:
		b.err = errTooLarge
		return 0
	case n < longValue:
		chunk[at] = byte(n)
	default:
		chunk = append(chunk, 0, 0, 0, 0)
		copy(chunk[at+5:], chunk[at+1:])
		chunk[at] = longValue
		binary.LittleEndian.PutUint32(chunk[at+1:], uint32(n))
	}
	b.lastChunk = chunk
	return uint32(offset)
}

// AppendRecord adds a record: one offset per column, 0 for no value.
func (b *storeBuilder) AppendRecord(offsets []uint32) { b.offsets = append(b.offsets, offsets...) }

// Build returns the store. The builder must not be used afterwards.
func (b *storeBuilder) Build() (*recordStore, error) {
	if b.err != nil {
		return nil, b.err
	}
	arena := hugepage.Make[uint8](b.fullBytes + len(b.lastChunk) + padding)
	copy(arena, b.shared)
	at := cap(b.shared)
	for _, chunk := range append(b.fullChunks, b.lastChunk) {
		at += copy(arena[at:], chunk)
	}
	return &recordStore{columns: b.columns, offsets: shrinkToFit(b.offsets), arena: arena, used: b.usedColumns()}, nil
}

// usedColumns returns for each column 1 if any record has a value in it, else 0.
func (b *storeBuilder) usedColumns() []uint8 {
	used := make([]uint8, b.columns)
	for c := range used {
		for i := c; i < len(b.offsets) && used[c] == 0; i += b.columns {
			if b.offsets[i] != 0 {
				used[c] = 1
			}
		}
	}
	return used
}

// shrinkToFit returns s without excess capacity. It copies s if there is any.
func shrinkToFit[T uint8 | uint32](s []T) []T {
	if len(s) == cap(s) {
		return s
	}
	return hugepage.Clone(s)
}
