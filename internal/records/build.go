package records

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/kithsec/kith/internal/huge"
)

// ErrTooLarge says that the values of a store exceed 4 GiB.
var ErrTooLarge = errors.New("more than 4 GiB of values")

// Builder fills a Store, record by record. The caller says which values are
// equal by keeping the offsets that Add returned.
type Builder struct {
	store Store
	err   error
}

// NewBuilder returns a builder for records of that many columns; records is a
// hint.
func NewBuilder(columns, records int) *Builder {
	return &Builder{store: Store{
		columns: columns,
		rows:    make([]uint32, 0, columns*records),
		arena:   make([]byte, 1, 1+64*records),
	}}
}

// Add stores a value and returns its offset.
func (b *Builder) Add(json []byte) uint32 {
	offset := len(b.store.arena)
	if len(json) == 0 {
		return 0
	}
	if offset+len(json)+5 > math.MaxUint32 {
		b.err = ErrTooLarge
		return 0
	}
	if len(json) < longValue {
		b.store.arena = append(b.store.arena, byte(len(json)))
	} else {
		b.store.arena = append(b.store.arena, longValue)
		b.store.arena = binary.LittleEndian.AppendUint32(b.store.arena, uint32(len(json)))
	}
	b.store.arena = append(b.store.arena, json...)
	return uint32(offset)
}

// AddID stores the id of the next record.
func (b *Builder) AddID(id [16]byte) { b.store.ids = append(b.store.ids, id[:]...) }

// Append adds a record: one offset a column, 0 for no value.
func (b *Builder) Append(offsets []uint32) {
	b.store.rows = append(b.store.rows, offsets...)
}

// Build returns the store. The builder must not be used afterwards.
func (b *Builder) Build() (*Store, error) {
	if b.err != nil {
		return nil, b.err
	}
	s := b.store
	s.rows, s.ids = huge.Clone(s.rows), huge.Clone(s.ids)
	arena := huge.Make[uint8](len(s.arena) + Padding)
	copy(arena, s.arena)
	s.arena = arena
	return &s, nil
}
