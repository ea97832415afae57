package csvio

// Record is one record of a Reader or of Records.
type Record struct {
	raw, end   []byte
	line       int // on which the record begins
	cells      []span
	unquoted   []byte   // the values of cells with doubled quotes or CR LF
	openQuotes []uint32 // offset in raw of the opening quote of each of those cells
	places     []place  // of the cells, if they do not follow from raw
}

// place is the position of a cell.
type place struct{ line, column uint32 }

// Row is a row that is not read from CSV. Its methods are like those of a Record.
type Row interface {
	Len() int
	Cell(i int) []byte
	Line() int
	Pos(i int) (line, column int)
}

// span holds the bounds of the value of a cell. They are offsets in unquoted if the bit
// inUnquoted of from is set, and otherwise in raw.
type span struct{ from, to uint32 }

// inUnquoted marks spans of unquoted.
const inUnquoted = 1 << 31

// Len returns the number of cells.
func (r *Record) Len() int { return len(r.cells) }

// Cell returns the value of cell i, counted from 0. It panics if there is no such cell.
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

// Pos returns the position of cell i: the line, and the byte in that line, both from 1. A
// quoted cell begins with its quote. A byte order mark is not counted. Pos panics if there
// is no such cell.
func (r *Record) Pos(i int) (line, column int) {
	if r.places != nil {
		return int(r.places[i].line), int(r.places[i].column)
	}
	return positionAfter(r.raw[:r.cellOffset(i)], r.line)
}

// cellOffset returns the offset of cell i in raw.
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

// Raw returns the bytes of the record as in the input, without the line end and without a
// byte order mark.
func (r *Record) Raw() []byte { return r.raw }

// End returns the line end of the record: LF or CR LF, or for the last record possibly CR
// or nothing.
func (r *Record) End() []byte { return r.end }

// Records holds copies of records, which stay valid when the Reader continues. The zero
// Records is empty.
type Records struct {
	records    []Record
	bytes      []byte // the records with their line ends
	texts      []byte // the unquoted values of all records
	cells      []span
	openQuotes []uint32
	places     []place
}

// maxKept is the capacity in bytes above which Reset releases memory.
const maxKept = 4 << 20

// Reset removes all records. It keeps the memory for reuse, unless it is unusually large.
func (s *Records) Reset() {
	if cap(s.bytes) > maxKept || cap(s.cells) > maxKept/8 {
		*s = Records{}
	}
	s.records, s.bytes, s.texts, s.cells, s.openQuotes = s.records[:0], s.bytes[:0], s.texts[:0], s.cells[:0], s.openQuotes[:0]
	s.places = s.places[:0]
}

// Add adds a copy of a record.
func (s *Records) Add(r *Record) {
	s.records = append(s.records, Record{
		raw: appendCopy(&s.bytes, r.raw), end: appendCopy(&s.bytes, r.end), line: r.line,
		cells: appendCopy(&s.cells, r.cells), unquoted: appendCopy(&s.texts, r.unquoted), openQuotes: appendCopy(&s.openQuotes, r.openQuotes),
	})
}

// AddRow adds a copy of a row. The record has no bytes: Raw and End return nothing.
func (s *Records) AddRow(r Row) {
	texts, cells, places := len(s.texts), len(s.cells), len(s.places)
	for i := range r.Len() {
		from := uint32(len(s.texts) - texts)
		s.texts = append(s.texts, r.Cell(i)...)
		s.cells = append(s.cells, span{from | inUnquoted, uint32(len(s.texts) - texts)})
		line, column := r.Pos(i)
		s.places = append(s.places, place{uint32(line), uint32(column)})
	}
	s.records = append(s.records, Record{
		line: r.Line(), cells: s.cells[cells:len(s.cells):len(s.cells)],
		unquoted: s.texts[texts:len(s.texts):len(s.texts)], places: s.places[places:len(s.places):len(s.places)],
	})
}

// appendCopy appends s to memory and returns the copy. Earlier copies stay valid, because
// they keep the old array alive if the append moves memory.
func appendCopy[T any](memory *[]T, s []T) []T {
	from := len(*memory)
	*memory = append(*memory, s...)
	return (*memory)[from:len(*memory):len(*memory)]
}

// Len returns the number of records.
func (s *Records) Len() int { return len(s.records) }

// Size returns the size of the copies in bytes. Values with doubled quotes or CR LF count
// twice.
func (s *Records) Size() int { return len(s.bytes) + len(s.texts) }

// Bytes returns all records with their line ends, one after another. The slice is valid
// until the next Reset.
func (s *Records) Bytes() []byte { return s.bytes }

// At returns record i, counted from 0. It is valid until the next Add.
func (s *Records) At(i int) *Record { return &s.records[i] }
