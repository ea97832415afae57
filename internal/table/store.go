package table

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"unsafe"

	"github.com/kithsec/kith/internal/prefetch"
	"github.com/kithsec/kith/internal/sections"
)

// store holds records: rows of columns, whose values are kept as they are
// written into events: JSON, ready to be copied.
//
// A row is a list of offsets into one arena. Equal values are kept once, and the
// values that only one record has are next to each other, in record order, so
// that writing a record reads few cache lines. Nothing is a pointer: the memory
// is the file. A store is immutable and safe for concurrent use.
type store struct {
	columns int
	rows    []uint32 // records × columns: offsets into arena, 0 for no value
	arena   []byte   // values: a length of one byte, or 255 and four bytes, then JSON
	used    []uint8  // by column: 1 if any record has a value, else 0
}

// longValue marks a value whose length needs four bytes.
const longValue = 255

// Columns returns the width of the records.
func (s *store) Columns() int { return s.columns }

// Len returns the number of records.
func (s *store) Len() int {
	if s.columns == 0 {
		return 0
	}
	return len(s.rows) / s.columns
}

// Size returns the bytes of memory held.
func (s *store) Size() int { return 4*len(s.rows) + len(s.arena) }

// Row returns the offsets of one record's values, for Value. Reading it is the
// first of the two memory accesses that a value costs.
func (s *store) Row(record uint32) []uint32 {
	from := int(record) * s.columns
	return s.rows[from : from+s.columns : from+s.columns]
}

// Value returns the JSON at an offset of a row; nil at 0, and where a damaged
// file has a value that ends beyond its memory. It must not be changed.
func (s *store) Value(offset uint32) []byte {
	if offset == 0 {
		return nil
	}
	from, n := uint64(offset)+1, uint64(s.arena[offset])
	if n == longValue {
		n = uint64(binary.LittleEndian.Uint32(s.arena[from:]))
		from += 4
	}
	if to := from + n; to <= uint64(len(s.arena)) {
		return s.arena[from:to:to]
	}
	return nil
}

// Get returns the JSON of one value, nil if the record has none.
func (s *store) Get(record uint32, column int) []byte {
	return s.Value(s.rows[int(record)*s.columns+column])
}

// Values and the texts of members are copied in pieces of a size that is known to
// the compiler, which takes a fifth of the time of a copy of just the bytes. So a
// value can be read as if it had mostPieces of them.
const (
	pieceSize  = 32
	mostPieces = 3
	padding    = mostPieces * pieceSize // readable bytes behind the beginning of every value
)

// piece is the unit in which values are copied.
type piece struct{ bytes [pieceSize]byte }

// member is a member of a JSON object before its value: `,"src_priority":`.
type member struct {
	head piece  // text, or how it begins
	size uint32 // of text
	long uint32 // the shortest value that needs more than one piece; 0 if text does
	text []byte // all of it
}

// newMember returns the member with that text.
func newMember(text []byte) member {
	m := member{size: uint32(len(text)), long: pieceSize + 1, text: append([]byte(nil), text...)}
	if copy(m.head.bytes[:], text) < len(text) {
		m.long = 0
	}
	return m
}

// AppendMembers appends, for every member that has a value, the member and the
// value; offsets are those of the values, 0 for none.
func (s *store) AppendMembers(dst []byte, members []member, offsets []uint32) []byte {
	offsets = offsets[:len(members)]
	for {
		dst = slices.Grow(dst, len(members)*(1+mostPieces)*pieceSize)
		n, to := s.copyShort(dst, members, offsets)
		dst = dst[:to]
		if n == len(members) {
			return dst
		}
		if json := s.Value(offsets[n]); json != nil {
			dst = append(append(dst, members[n].text...), json...)
		}
		members, offsets = members[n+1:], offsets[n+1:]
	}
}

// copyShort appends the members up to the first whose text or value is longer than
// its pieces, and returns how many these are and where they end. There is room for
// a piece of text and mostPieces of value for each member.
//
// Which values are absent is unpredictable, so that no branch depends on it: an
// absent member is copied, too, and overwritten. Values of several pieces are
// mostly those of the same columns, such as the id.
//
// This loop is most of the time of writing an event, and bounds checks were most
// of the loop: 102 instructions a member with them, 38 without. It writes only into
// the room of the members so far, and it reads only the arena, because the last
// byte that each value may need is in it.
func (s *store) copyShort(dst []byte, members []member, offsets []uint32) (n, to int) {
	arena, last := unsafe.Pointer(unsafe.SliceData(s.arena)), len(s.arena)-1-padding
	room, at := unsafe.Pointer(unsafe.SliceData(dst)), len(dst)
	members = members[:len(offsets)]
	for i, offset := range offsets {
		m := &members[i]
		if int(offset) > last {
			panic("a value is outside of the records")
		}
		size := uint32(*(*byte)(unsafe.Add(arena, offset)))
		if size >= m.long {
			if m.long == 0 || size > padding {
				return i, at
			}
			rest, to := int(offset)+1+pieceSize, at+int(m.size)+pieceSize
			*(*piece)(unsafe.Add(room, to)) = *(*piece)(unsafe.Add(arena, rest))
			*(*piece)(unsafe.Add(room, to+pieceSize)) = *(*piece)(unsafe.Add(arena, rest+pieceSize))
		}
		*(*piece)(unsafe.Add(room, at)) = m.head
		*(*piece)(unsafe.Add(room, at+int(m.size))) = *(*piece)(unsafe.Add(arena, int(offset)+1))
		wrote := m.size + size
		if size == 0 {
			wrote = 0
		}
		at += int(wrote)
	}
	return len(offsets), at
}

// PrefetchRows prefetches the rows of several records from column first to
// column last. The result only keeps the compiler from removing the loads.
func (s *store) PrefetchRows(records []uint32, first, last int) (sum byte) {
	if len(s.rows) == 0 {
		return 0
	}
	memory := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s.rows))), offsetSize*len(s.rows))
	for at, end := offsetSize*first, offsetSize*last; ; at += cacheLine {
		also := min(cacheLine, end-at)
		sum += prefetch.Lines(memory[at:], records, offsetSize*s.columns, also)
		if at+also == end {
			return sum
		}
	}
}

const (
	offsetSize = 4  // bytes of an offset in a row
	cacheLine  = 64 // bytes that processors read at once
)

// PrefetchValues prefetches values: both cache lines of those whose first piece lies
// in two.
func (s *store) PrefetchValues(offsets []uint32) byte {
	return prefetch.Lines(s.arena, offsets, 1, pieceSize)
}

// AppendOffsets appends where the values of some columns of a record are.
func (s *store) AppendOffsets(dst []uint32, record uint32, columns []int) []uint32 {
	row := s.Row(record)
	if cap(dst)-len(dst) < len(columns) {
		dst = slices.Grow(dst, len(columns))
	}
	offsets := dst[len(dst):][:len(columns)]
	for i, c := range columns {
		offsets[i] = row[c]
	}
	return dst[:len(dst)+len(columns)]
}

// Find returns the offset of a value that at least one record has in the
// column, so that it can be recognised by comparing offsets; 0 if none has it.
// It takes time linear in the number of records.
func (s *store) Find(column int, json string) uint32 {
	for i := column; i < len(s.rows); i += s.columns {
		if offset := s.rows[i]; offset != 0 && string(s.Value(offset)) == json {
			return offset
		}
	}
	return 0
}

// Put adds the store's sections to w.
func (s *store) Put(w *sections.Writer, name string) {
	sections.Put(w, name+"/shape", []uint64{uint64(s.columns)})
	sections.Put(w, name+"/rows", s.rows)
	sections.Put(w, name+"/arena", s.arena)
	sections.Put(w, name+"/used", s.used)
}

// Open returns the store whose sections Put wrote. That every value begins in
// the arena, with room behind it for a copy, is checked; that it ends there is
// left to the checksum of the sections and to Value.
func openStore(r *sections.Reader, name string) (*store, error) {
	shape, err := sections.Get[uint64](r, name+"/shape")
	if err != nil {
		return nil, err
	}
	s := &store{}
	if s.rows, err = sections.Get[uint32](r, name+"/rows"); err != nil {
		return nil, err
	}
	if s.arena, err = sections.Get[uint8](r, name+"/arena"); err != nil {
		return nil, err
	}
	if s.used, err = sections.Get[uint8](r, name+"/used"); err != nil {
		return nil, err
	}
	if len(shape) != 1 || uint64(len(s.used)) != shape[0] || shape[0] > math.MaxInt32 || len(s.rows) > 0 && (shape[0] == 0 || len(s.rows)%int(shape[0]) != 0) {
		return nil, fmt.Errorf("%w: records %q", sections.ErrFormat, name)
	}
	s.columns = int(shape[0])
	if len(s.rows) > 0 && int64(slices.Max(s.rows))+1+padding > int64(len(s.arena)) {
		return nil, fmt.Errorf("%w: records %q", sections.ErrFormat, name)
	}
	return s, nil
}
