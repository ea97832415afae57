package csvio

// Record is one record. It is that of a Reader, or of Records.
type Record struct {
	raw, end   []byte
	line       int // on which it begins
	cells      []span
	unquoted   []byte   // values that are not written as they are meant
	openQuotes []uint32 // where each of those begins in raw, at its quote
}

// span is where the value of a cell stands: in raw, or with inUnquoted set, in
// unquoted.
type span struct{ from, to uint32 }

const inUnquoted = 1 << 31

// Len returns the number of cells.
func (r *Record) Len() int { return len(r.cells) }

// Cell returns the value of the cell i, counted from 0. It panics if there is
// no such cell.
func (r *Record) Cell(i int) []byte {
	c := r.cells[i]
	if c.from < inUnquoted {
		return r.raw[c.from:c.to:c.to]
	}
	return r.unquoted[c.from-inUnquoted : c.to : c.to]
}

// AppendCells appends the values of all cells to dst. They are not copied.
func (r *Record) AppendCells(dst [][]byte) [][]byte {
	for i := range r.cells {
		dst = append(dst, r.Cell(i))
	}
	return dst
}

// Line returns the line on which the record begins, from 1; after an error,
// the line on which the record that could not be read begins.
func (r *Record) Line() int { return r.line }

// Pos returns where the cell i begins: the line, and the byte in that line,
// both from 1. A quoted cell begins with its quote; a byte order mark is not
// counted. It panics if there is no such cell.
func (r *Record) Pos(i int) (line, column int) {
	return positionAfter(r.raw[:r.cellOffset(i)], r.line)
}

// cellOffset returns where the cell i begins in raw.
func (r *Record) cellOffset(i int) uint32 {
	from := r.cells[i].from
	if from >= inUnquoted {
		n := 0
		for _, c := range r.cells[:i] {
			if c.from >= inUnquoted {
				n++
			}
		}
		return r.openQuotes[n]
	}
	if from > 0 && r.raw[from-1] == '"' {
		from--
	}
	return from
}

// Raw returns the bytes of the record as they stand in the input, without the
// line end and without a byte order mark.
func (r *Record) Raw() []byte { return r.raw }

// End returns the line end of the record: LF, CR LF, or at the end of the
// input nothing or CR.
func (r *Record) End() []byte { return r.end }

// Records are records that were copied, to be looked at when the Reader has gone
// on. The zero Records are empty.
type Records struct {
	records    []Record
	bytes      []byte // the records with their line ends
	texts      []byte // values that are not written as they are meant
	cells      []span
	openQuotes []uint32
}

// maxKept is from how many bytes on memory is not kept.
const maxKept = 4 << 20

// Reset empties s and keeps its memory, unless that is much.
func (s *Records) Reset() {
	if cap(s.bytes) > maxKept || cap(s.cells) > maxKept/8 {
		*s = Records{}
	}
	s.records, s.bytes, s.texts, s.cells, s.openQuotes = s.records[:0], s.bytes[:0], s.texts[:0], s.cells[:0], s.openQuotes[:0]
}

// Add adds a copy of a record.
func (s *Records) Add(r *Record) {
	s.records = append(s.records, Record{
		raw: appendCopy(&s.bytes, r.raw), end: appendCopy(&s.bytes, r.end), line: r.line,
		cells: appendCopy(&s.cells, r.cells), unquoted: appendCopy(&s.texts, r.unquoted), openQuotes: appendCopy(&s.openQuotes, r.openQuotes),
	})
}

// appendCopy returns a copy of what, in memory that grows. What was copied earlier
// stays where it is.
func appendCopy[T any](memory *[]T, what []T) []T {
	from := len(*memory)
	*memory = append(*memory, what...)
	return (*memory)[from:len(*memory):len(*memory)]
}

// Len returns the number of records.
func (s *Records) Len() int { return len(s.records) }

// Size returns the bytes of the copies: those of the records, and once more those
// of values that are not written as they are meant.
func (s *Records) Size() int { return len(s.bytes) + len(s.texts) }

// Bytes returns the records with their line ends, one after another. They are
// valid until the next Reset.
func (s *Records) Bytes() []byte { return s.bytes }

// At returns the record i, counted from 0, which is valid until the next Add.
func (s *Records) At(i int) *Record { return &s.records[i] }
