// Package records keeps what a lookup answers with: rows of columns whose
// values stand in the form in which they are written into events, JSON, ready
// to be copied.
//
// A row is a line of offsets into one arena. Equal values are kept once, and
// the values that only one record has stand beside each other, in record
// order, so that writing a record touches few cache lines. Nothing is a
// pointer: the memory is the file.
package records

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/kithsec/kith/internal/flat"
)

// Store is an immutable table of records. It is safe for concurrent use.
type Store struct {
	columns int
	rows    []uint32 // records × columns: offsets into arena, 0 for no value
	ids     []byte   // 16 a record
	arena   []byte   // values: a length of one byte, or 255 and four bytes, then JSON
}

// longValue marks a value whose length needs four bytes.
const longValue = 255

// Columns returns the width of the records.
func (s *Store) Columns() int { return s.columns }

// Len returns the number of records.
func (s *Store) Len() int {
	if s.columns == 0 {
		return 0
	}
	return len(s.rows) / s.columns
}

// Size returns the bytes of memory held.
func (s *Store) Size() int { return 4*len(s.rows) + len(s.ids) + len(s.arena) }

// Row returns the offsets of one record's values, for Value. Reading it is the
// first of the two memory accesses that a value costs.
func (s *Store) Row(record uint32) []uint32 {
	from := int(record) * s.columns
	return s.rows[from : from+s.columns : from+s.columns]
}

// Value returns the JSON at an offset of a row; nil at 0. It must not be
// changed.
func (s *Store) Value(offset uint32) []byte {
	if offset == 0 {
		return nil
	}
	n := uint32(s.arena[offset])
	if n != longValue {
		return s.arena[offset+1 : offset+1+n : offset+1+n]
	}
	n = binary.LittleEndian.Uint32(s.arena[offset+1:])
	return s.arena[offset+5 : offset+5+n : offset+5+n]
}

// Get returns the JSON of one value, nil if the record has none.
func (s *Store) Get(record uint32, column int) []byte {
	return s.Value(s.rows[int(record)*s.columns+column])
}

// Padding is how many bytes can be read behind every value, and should be
// behind what AppendMember is given, so that short texts are copied in one
// piece of a size that is known: that takes a fifth of the time of a copy of
// just the bytes.
const Padding = 32

// AppendMember appends member and the value at an offset of a row; nothing at
// offset 0.
func (s *Store) AppendMember(dst, member []byte, offset uint32) []byte {
	if offset == 0 {
		return dst
	}
	n, at, end := int(s.arena[offset]), int(offset)+1, len(dst)+len(member)
	if n > Padding || len(member) > Padding || cap(member) < Padding || cap(dst) < end+2*Padding || at+Padding > len(s.arena) {
		return append(append(dst, member...), s.Value(offset)...)
	}
	room := dst[len(dst) : end+Padding]
	copyPadded(room, member[:Padding])
	copyPadded(room[len(member):], s.arena[at:])
	return dst[:end+n]
}

// copyPadded copies Padding bytes. Word by word, because an assignment of
// arrays that might overlap is a call of memmove.
func copyPadded(dst, src []byte) {
	_, _ = dst[Padding-1], src[Padding-1]
	a, b := binary.LittleEndian.Uint64(src), binary.LittleEndian.Uint64(src[8:])
	c, d := binary.LittleEndian.Uint64(src[16:]), binary.LittleEndian.Uint64(src[24:])
	binary.LittleEndian.PutUint64(dst, a)
	binary.LittleEndian.PutUint64(dst[8:], b)
	binary.LittleEndian.PutUint64(dst[16:], c)
	binary.LittleEndian.PutUint64(dst[24:], d)
}

// TouchRows reads the rows of records, so that they are near when they are
// used. Nothing else happens in its loops, so that many reads are under way at
// once. The result means nothing.
func (s *Store) TouchRows(records []uint32) (sum uint32) {
	rows, columns := s.rows, uint64(s.columns)
	for _, record := range records {
		at := uint64(record) * columns
		sum += rows[at] + rows[at+columns-1]
		if columns > 16 { // a row is longer than a cache line
			sum += rows[at+15]
		}
	}
	return sum
}

// TouchValues reads where the values of records in some columns begin, as
// TouchRows does.
func (s *Store) TouchValues(records []uint32, columns []int) (sum uint32) {
	for _, record := range records {
		row := s.Row(record)
		for _, c := range columns {
			sum += uint32(s.arena[row[c]])
		}
	}
	return sum
}

// Find returns the offset of a value that at least one record has in the
// column, so that it can be recognised by comparing offsets; 0 if none has it.
// It takes time linear in the number of records.
func (s *Store) Find(column int, json string) uint32 {
	for i := column; i < len(s.rows); i += s.columns {
		if offset := s.rows[i]; offset != 0 && string(s.Value(offset)) == json {
			return offset
		}
	}
	return 0
}

// Put adds the store's sections to w.
func (s *Store) Put(w *flat.Writer, name string) {
	flat.Put(w, name+"/shape", []uint64{uint64(s.columns)})
	flat.Put(w, name+"/rows", s.rows)
	flat.Put(w, name+"/ids", s.ids)
	flat.Put(w, name+"/arena", s.arena)
}

// Open returns the store whose sections Put wrote. That every value begins in
// the arena is checked; that it ends there is left to the checksum of the
// sections and to the bounds of slices.
func Open(r *flat.Reader, name string) (*Store, error) {
	shape, err := flat.Get[uint64](r, name+"/shape")
	if err != nil {
		return nil, err
	}
	s := &Store{}
	if s.rows, err = flat.Get[uint32](r, name+"/rows"); err != nil {
		return nil, err
	}
	if s.ids, err = flat.Get[uint8](r, name+"/ids"); err != nil {
		return nil, err
	}
	if s.arena, err = flat.Get[uint8](r, name+"/arena"); err != nil {
		return nil, err
	}
	if len(shape) != 1 || shape[0] > math.MaxInt32 || len(s.rows) > 0 && (shape[0] == 0 || len(s.rows)%int(shape[0]) != 0) {
		return nil, fmt.Errorf("%w: records %q", flat.ErrFormat, name)
	}
	s.columns = int(shape[0])
	if len(s.ids) != 16*s.Len() {
		return nil, fmt.Errorf("%w: records %q", flat.ErrFormat, name)
	}
	for _, offset := range s.rows {
		if int64(offset) >= int64(len(s.arena)) {
			return nil, fmt.Errorf("%w: records %q", flat.ErrFormat, name)
		}
	}
	return s, nil
}
