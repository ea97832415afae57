package table

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/prefetch"
	"github.com/kithsec/kith/internal/sections"
)

// sample returns a store of n records of three columns, and their values. The values have every
// length at which the layout changes.
func sample(t testing.TB, n int) (*recordStore, [][]string) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	lengths := []int{0, 1, 2, 31, 32, 33, 63, 64, 65, 95, 96, 97, 200, 254, 255, 256, 70_000}
	b := newStoreBuilder(3, n)
	var want [][]string
	for i := range n {
		row := make([]string, 3)
		offsets := make([]uint32, 3)
		for c := range row {
			row[c] = strings.Repeat(fmt.Sprint(i%10), lengths[r.IntN(len(lengths))])
			offsets[c] = b.Add([]byte(row[c]))
		}
		b.AppendRecord(offsets)
		want = append(want, row)
	}
	s, err := b.Build()
	require.NoError(t, err)
	return s, want
}

// checkRecords compares all values of a store.
func checkRecords(t *testing.T, s *recordStore, want [][]string) {
	t.Helper()
	require.Equal(t, len(want), s.Len())
	for i, row := range want {
		for c, v := range row {
			require.Equal(t, v, string(s.RecordValue(uint32(i), c)), "RecordValue(%d, %d)", i, c)
		}
	}
}

func TestStoreReturnsAddedValues(t *testing.T) {
	s, want := sample(t, 300)
	checkRecords(t, s, want)
	assert.Equal(t, 3, s.Columns())
	for i, row := range want {
		if row[1] != "" {
			assert.Equal(t, row[1], string(s.Value(s.FindValue(1, row[1]))), "FindValue of record %d", i)
		}
	}
	assert.Zero(t, s.FindValue(1, "nobody has this"))
}

// TestRecordLayoutIsFixed compares the bytes of a store with literals, because snapshot
// files contain them.
func TestRecordLayoutIsFixed(t *testing.T) {
	long := strings.Repeat("x", longValue)
	b := newStoreBuilder(3, 1)
	part := cap(b.shared)
	require.Equal(t, maxCopies+sharedBytes, part)
	shared := b.AddShared([]byte(`"s"`))
	one, two, none := b.Add([]byte(`"1"`)), b.Add([]byte(long)), b.Add(nil)
	b.AppendRecord([]uint32{shared, one, none})
	b.AppendRecord([]uint32{none, two, none})
	s, err := b.Build()
	require.NoError(t, err)

	assert.Zero(t, none, "no value has offset 0")
	assert.Equal(t, []uint32{maxCopies, uint32(part), 0, 0, uint32(part + 4), 0}, s.offsets, "shared values come first, others follow each other")
	assert.Equal(t, []uint8{1, 1, 0}, s.used)
	assert.Equal(t, "\x03\"s\"", string(s.arena[shared:shared+4]), "the length of a short value takes one byte")
	assert.Equal(t, "\x03\"1\"", string(s.arena[one:one+4]))
	assert.Equal(t, "\xff\xff\x00\x00\x00"+long, string(s.arena[two:int(two)+5+len(long)]), "that of a long value takes five")
	assert.Equal(t, make([]byte, padding), s.arena[int(two)+5+len(long):], "padding follows the last value")
	assert.Equal(t, 2, s.Len())
	assert.Equal(t, 3, s.Columns())
	assert.Equal(t, 4*len(s.offsets)+len(s.arena), s.Size())
}

// TestSharedValuesThatDoNotFitAreAddedLikeOthers exceeds the room for shared values, and
// the length of a short value.
func TestSharedValuesThatDoNotFitAreAddedLikeOthers(t *testing.T) {
	b := newStoreBuilder(1, 1)
	part := uint32(cap(b.shared))
	values := []string{strings.Repeat("a", sharedBytes-1), "b", strings.Repeat("c", longValue), strings.Repeat("d", sharedBytes)}
	var want []uint32
	for _, v := range values {
		want = append(want, b.AddShared([]byte(v)))
		b.AppendRecord(want[len(want)-1:])
	}
	assert.Equal(t, []uint32{maxCopies, part, part + 2, part + 2 + 5 + longValue}, want)
	assert.Zero(t, b.AddShared(nil), "AddShared of no value")
	s, err := b.Build()
	require.NoError(t, err)
	for i, v := range values {
		assert.Equal(t, v, string(s.RecordValue(uint32(i), 0)), "RecordValue(%d, 0)", i)
	}
}

// TestUnfinishedValueIsNotAdded calls beginValue without endValue.
func TestUnfinishedValueIsNotAdded(t *testing.T) {
	b := newStoreBuilder(1, 1)
	_ = append(b.beginValue(3), "abc"...)
	b.AppendRecord([]uint32{b.Add([]byte("de"))})
	s, err := b.Build()
	require.NoError(t, err)
	assert.Equal(t, "de", string(s.RecordValue(0, 0)))
	assert.NotContains(t, string(s.arena), "abc")
}

// TestAppendMembersAppendsMembersAndValues tries several orders of columns, and buffers with and
// without room.
func TestAppendMembersAppendsMembersAndValues(t *testing.T) {
	s, want := sample(t, 300)
	names := []string{`,"a":`, `,"src_priority":`, `,"` + strings.Repeat("n", 40) + `":`}
	for _, columns := range [][]int{{0}, {2, 0}, {0, 1, 2}, {}, {1, 1, 1, 2, 0}} {
		var members []member
		for i, c := range columns {
			members = append(members, newMember([]byte(names[(i+c)%3])))
		}
		for _, room := range []int{0, 10, 1000} {
			for i, row := range want {
				text := "..."
				for j, c := range columns {
					if row[c] != "" {
						text += names[(j+c)%3] + row[c]
					}
				}
				dst := append(make([]byte, 0, 3+room), "..."...)
				require.Equal(t, text, string(s.AppendMembers(dst, members, s.AppendOffsets(nil, uint32(i), columns))), "record %d, columns %v, room %d", i, columns, room)
			}
		}
	}
}

func TestOpenedStoreHasTheSameValues(t *testing.T) {
	s, want := sample(t, 50)
	var w sections.Writer
	s.Put(&w, "r")
	var buf bytes.Buffer
	_, err := w.WriteTo(&buf)
	require.NoError(t, err)
	r, err := sections.Open(buf.Bytes())
	require.NoError(t, err)
	opened, err := openRecordStore(r, "r")
	require.NoError(t, err)
	checkRecords(t, opened, want)
}

func TestValueBeyondTheArenaIsMissing(t *testing.T) {
	for _, n := range []byte{1, 200, 255} {
		s := recordStore{columns: 1, offsets: []uint32{5}, arena: make([]byte, 5+1+padding)}
		s.arena[5] = n
		copy(s.arena[6:], "\xff\xff\xff\xff")
		if n > 1 {
			assert.Nil(t, s.RecordValue(0, 0), "length %d", n)
			assert.Empty(t, string(s.AppendMembers(nil, []member{newMember([]byte(`,"a":`))}, []uint32{5})), "length %d", n)
		} else {
			assert.Len(t, s.RecordValue(0, 0), 1)
		}
	}
}

// TestOpenRejectsSectionsThatDoNotFit opens inconsistent sections whose checksums match.
func TestOpenRejectsSectionsThatDoNotFit(t *testing.T) {
	const room = 9 + padding
	tests := []struct {
		name  string
		shape []uint64
		rows  []uint32
		arena int
		used  int
	}{
		{"no columns", []uint64{0}, []uint32{1}, room, 0},
		{"half a row", []uint64{2}, []uint32{0, 0, 0}, room, 2},
		{"offset whose value may end beyond the arena", []uint64{1}, []uint32{9}, room, 1},
		{"offset beyond the arena", []uint64{1}, []uint32{1 << 31}, room, 1},
		{"no arena", []uint64{1}, []uint32{0}, 0, 1},
		{"another number of used columns", []uint64{1}, []uint32{0}, room, 2},
		{"no shape", nil, nil, 0, 0},
		{"huge shape", []uint64{1 << 40}, []uint32{0}, room, 1},
	}
	for _, tt := range tests {
		var w sections.Writer
		sections.Put(&w, "r/shape", tt.shape)
		sections.Put(&w, "r/rows", tt.rows)
		sections.Put(&w, "r/arena", make([]uint8, tt.arena))
		sections.Put(&w, "r/used", make([]uint8, tt.used))
		var buf bytes.Buffer
		_, err := w.WriteTo(&buf)
		require.NoError(t, err)
		r, err := sections.Open(buf.Bytes())
		require.NoError(t, err)
		_, err = openRecordStore(r, "r")
		assert.ErrorIs(t, err, sections.ErrFormat, tt.name)
	}
}

// TestOpenAcceptsSectionsThatJustFit opens a store without records, and a store whose arena ends
// with the padding of its last value.
func TestOpenAcceptsSectionsThatJustFit(t *testing.T) {
	for _, s := range []recordStore{
		{},
		{columns: 2, used: make([]uint8, 2)},
		{columns: 1, offsets: []uint32{8}, arena: make([]uint8, 8+1+padding), used: make([]uint8, 1)},
	} {
		var w sections.Writer
		s.Put(&w, "r")
		var buf bytes.Buffer
		_, err := w.WriteTo(&buf)
		require.NoError(t, err)
		r, err := sections.Open(buf.Bytes())
		require.NoError(t, err)
		opened, err := openRecordStore(r, "r")
		require.NoError(t, err, "%d columns", s.columns)
		require.Equal(t, len(s.offsets), opened.Len(), "%d columns", s.columns)
	}
}

// TestPrefetchRecordsReadsEveryCacheLine prefetches records of several widths. On processors
// without a prefetch instruction, the result is the sum of the bytes that were loaded: one of
// the first and one of the last column, and one of every cache line between.
func TestPrefetchRecordsReadsEveryCacheLine(t *testing.T) {
	for _, width := range []int{1, 2, 16, 17, 18, 33, 40} {
		const n = 5
		b := newStoreBuilder(width, n)
		for i := range n {
			offsets := make([]uint32, width)
			for c := range offsets {
				offsets[c] = b.Add(fmt.Appendf(nil, "%d/%d", i, c))
			}
			b.AppendRecord(offsets)
		}
		s, err := b.Build()
		require.NoError(t, err)
		for first := range width {
			for _, record := range []uint32{0, 3, n - 1} {
				offsets, last := s.Offsets(record), width-1
				var want byte
				for c := first; !prefetch.Able; c += 16 {
					also := min(c+16, last)
					want += byte(offsets[c]) + byte(offsets[also])
					if also == last {
						break
					}
				}
				require.Equal(t, want, s.PrefetchRecords([]uint32{record}, first, last), "columns %d to %d of record %d", first, last, record)
			}
		}
		require.Zero(t, s.PrefetchRecords(nil, 0, 0))
	}
	require.Zero(t, new(recordStore).PrefetchRecords(nil, 0, 0))
}
