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

// recordStore holds the values of records as they are written into events: JSON, ready to
// be copied.
//
// A record is one offset per column into a common arena. Equal values are stored once. The
// values of a record that no other record has are adjacent, in record order, so that
// writing a record touches few cache lines. It contains no pointers, so the memory can be
// stored in a file and mapped. A recordStore is immutable and safe for concurrent use.
type recordStore struct {
	columns int
	offsets []uint32 // records × columns: offsets into arena, 0 for no value
	arena   []byte   // values: the length in one byte, or longValue and the length in four bytes, then JSON
	used    []uint8  // by column: 1 if any record has a value, else 0
}

// longValue marks a value whose length needs four bytes.
const longValue = 255

// Columns returns the number of columns.
func (s *recordStore) Columns() int { return s.columns }

// Len returns the number of records.
func (s *recordStore) Len() int {
	if s.columns == 0 {
		return 0
	}
	return len(s.offsets) / s.columns
}

// Size returns the number of bytes that the records occupy.
func (s *recordStore) Size() int { return 4*len(s.offsets) + len(s.arena) }

// Offsets returns the offsets of the values of a record, one per column. Reading them is
// the first of the two cache misses that a value costs.
func (s *recordStore) Offsets(record uint32) []uint32 {
	from := int(record) * s.columns
	return s.offsets[from : from+s.columns : from+s.columns]
}

// Value returns the JSON at an offset, nil at offset 0. It also returns nil if the value
// would end beyond the arena, which can only happen in a damaged file. The result must not
// be changed.
func (s *recordStore) Value(offset uint32) []byte {
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

// RecordValue returns the JSON of the value of a record in a column, nil if there is none.
func (s *recordStore) RecordValue(record uint32, column int) []byte {
	return s.Value(s.offsets[int(record)*s.columns+column])
}

// Values and the texts of members are copied in pieces of constant size, because a copy of
// constant size takes a fifth of the time of a copy of exactly the bytes. Therefore at
// least padding bytes must be readable after the length of every value.
const (
	pieceSize = 32
	maxPieces = 3
	padding   = maxPieces * pieceSize
)

// piece is the unit in which values are copied.
type piece struct{ bytes [pieceSize]byte }

// member is a member of a JSON object before its value: `,"src_priority":`.
type member struct {
	head       piece  // text, or its beginning
	size       uint32 // of text, in bytes
	multiPiece uint32 // the least size of a value that needs more than one piece; 0 if text itself does
	text       []byte
}

// newMember returns the member with the given text. It does not retain the slice.
func newMember(text []byte) member {
	m := member{size: uint32(len(text)), multiPiece: pieceSize + 1, text: append([]byte(nil), text...)}
	if copy(m.head.bytes[:], text) < len(text) {
		m.multiPiece = 0
	}
	return m
}

// AppendMembers appends every member that has a value, followed by the value. offsets are
// the offsets of the values, 0 for none.
func (s *recordStore) AppendMembers(dst []byte, members []member, offsets []uint32) []byte {
	offsets = offsets[:len(members)]
	for {
		dst = slices.Grow(dst, len(members)*(1+maxPieces)*pieceSize)
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

// copyShort appends the members before the first one whose text or value is too long to be
// copied in pieces. It returns their number and the end of their text in dst, which must
// have room for one piece of text and maxPieces pieces of value per member.
//
// It is branch-free for absent values, because which values are absent is unpredictable: an
// absent member is copied, too, and then overwritten. The branch for values of several
// pieces is predictable, because they are mostly in the same columns, such as the id.
//
// This loop takes most of the time of writing an event, and bounds checks took most of the
// loop: 102 instructions per member with them, 38 without. Therefore it uses unsafe
// pointers. It writes only into the room of the members so far. It reads only the arena,
// because the last byte that it may read of a value is checked to be inside.
func (s *recordStore) copyShort(dst []byte, members []member, offsets []uint32) (n, to int) {
	arena, last := unsafe.Pointer(unsafe.SliceData(s.arena)), len(s.arena)-1-padding
	room, at := unsafe.Pointer(unsafe.SliceData(dst)), len(dst)
	members = members[:len(offsets)]
	for i, offset := range offsets {
		m := &members[i]
		if int(offset) > last {
			panic("value beyond the end of the records")
		}
		size := uint32(*(*byte)(unsafe.Add(arena, offset)))
		if size >= m.multiPiece {
			if m.multiPiece == 0 || size > padding {
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

// PrefetchRecords prefetches the offsets of several records from column first to column
// last. The result only keeps the compiler from removing the loads.
func (s *recordStore) PrefetchRecords(records []uint32, first, last int) (sum byte) {
	if len(s.offsets) == 0 {
		return 0
	}
	memory := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s.offsets))), offsetSize*len(s.offsets))
	for at, end := offsetSize*first, offsetSize*last; ; at += cacheLine {
		also := min(cacheLine, end-at)
		sum += prefetch.Lines(memory[at:], records, offsetSize*s.columns, also)
		if at+also == end {
			return sum
		}
	}
}

const (
	offsetSize = 4  // bytes
	cacheLine  = 64 // bytes
)

// PrefetchValues prefetches the first piece of each value, which can be in two cache lines.
// The result only keeps the compiler from removing the loads.
func (s *recordStore) PrefetchValues(offsets []uint32) byte {
	return prefetch.Lines(s.arena, offsets, 1, pieceSize)
}

// AppendOffsets appends the offsets of the values of a record in some columns.
func (s *recordStore) AppendOffsets(dst []uint32, record uint32, columns []int) []uint32 {
	row := s.Offsets(record)
	if cap(dst)-len(dst) < len(columns) {
		dst = slices.Grow(dst, len(columns))
	}
	offsets := dst[len(dst):][:len(columns)]
	for i, c := range columns {
		offsets[i] = row[c]
	}
	return dst[:len(dst)+len(columns)]
}

// FindValue returns the offset of a value in a column, 0 if no record has it there. If the
// value was shared from its first use on, every record that has it has this offset.
// FindValue takes time linear in the number of records.
func (s *recordStore) FindValue(column int, json string) uint32 {
	for i := column; i < len(s.offsets); i += s.columns {
		if offset := s.offsets[i]; offset != 0 && string(s.Value(offset)) == json {
			return offset
		}
	}
	return 0
}

// Put adds the store to w as sections whose names begin with name and a slash.
func (s *recordStore) Put(w *sections.Writer, name string) {
	sections.Put(w, name+"/shape", []uint64{uint64(s.columns)})
	sections.Put(w, name+"/rows", s.offsets)
	sections.Put(w, name+"/arena", s.arena)
	sections.Put(w, name+"/used", s.used)
}

// openRecordStore returns the store that Put stored under name. It checks that every value
// begins in the arena, with padding after it. It does not check where values end, because
// that would mean reading the whole arena. The checksum of the section protects the ends,
// and Value checks them, too.
func openRecordStore(r *sections.Reader, name string) (*recordStore, error) {
	shape, err := sections.Get[uint64](r, name+"/shape")
	if err != nil {
		return nil, err
	}
	s := &recordStore{}
	if s.offsets, err = sections.Get[uint32](r, name+"/rows"); err != nil {
		return nil, err
	}
	if s.arena, err = sections.Get[uint8](r, name+"/arena"); err != nil {
		return nil, err
	}
	if s.used, err = sections.Get[uint8](r, name+"/used"); err != nil {
		return nil, err
	}
	if len(shape) != 1 || uint64(len(s.used)) != shape[0] || shape[0] > math.MaxInt32 || len(s.offsets) > 0 && (shape[0] == 0 || len(s.offsets)%int(shape[0]) != 0) {
		return nil, fmt.Errorf("%w: records %q", sections.ErrFormat, name)
	}
	s.columns = int(shape[0])
	if len(s.offsets) > 0 && int64(slices.Max(s.offsets))+1+padding > int64(len(s.arena)) {
		return nil, fmt.Errorf("%w: records %q", sections.ErrFormat, name)
	}
	return s, nil
}
