package merge

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/schema"
)

// oldLookup reads the existing merged lookups of one kind in the order of their ids, and
// combines rows of different files that have the same id.
type oldLookup struct {
	kind  string
	files []*oldFile
}

// oldRow is one entity of the existing files.
type oldRow struct {
	id    string
	keys  string // joined from all files
	moved bool   // whether the keys may be in another order than Write gives them
	cells map[string]string
}

// next returns the entity with the next id, or false if there are no more.
func (o *oldLookup) next() (row oldRow, more bool, err error) {
	for _, f := range o.files {
		if !f.more {
			if f.err != nil {
				return row, false, f.err
			}
			continue
		}
		if !more || f.row.id < row.id {
			row, more = f.row, true
		} else if f.row.id == row.id {
			row.keys = schema.JoinValues([]string{row.keys, f.row.keys})
			row.moved = row.moved || f.row.moved
		}
	}
	for _, f := range o.files {
		if f.more && f.row.id == row.id {
			f.advance()
		}
	}
	return row, more, nil
}

func (o *oldLookup) close() {
	for _, f := range o.files {
		_ = f.in.Close()
	}
}

// oldFile is one open merged lookup.
type oldFile struct {
	path  string
	kind  string
	in    io.ReadCloser
	r     *csvio.Reader
	names []string
	// splunk holds the columns that have a companion, in Splunk's own lookup format: line
	// feeds separate their values.
	splunk map[string]bool

	row       oldRow   // the current entity
	more      bool     // whether there is one
	ahead     oldRow   // the row after it
	aheadRead bool     // whether there is one
	sorted    []oldRow // the remaining rows of a file that is not sorted by id; otherwise nil
	err       error
}

// openOldFile opens a file that is sorted by id. If it has networks, it may instead be sorted
// by their lengths; its rows are then held in memory.
func openOldFile(path, kind string, networks bool) (*oldFile, error) {
	f, err := openRows(path, kind)
	if err != nil || !networks {
		return startOldFile(f, err)
	}
	last, ascending := "", true
	for f.readAhead(); f.aheadRead && ascending; f.readAhead() {
		ascending, last = f.ahead.id >= last, f.ahead.id
	}
	_ = f.in.Close()
	if f, err = openRows(path, kind); err == nil && !ascending {
		if err = f.sortRows(); err != nil {
			_ = f.in.Close()
		}
	}
	return startOldFile(f, err)
}

// startOldFile reads the first entity of a file, unless opening it failed with err.
func startOldFile(f *oldFile, err error) (*oldFile, error) {
	if err != nil {
		return nil, err
	}
	f.readAhead()
	f.advance()
	return f, nil
}

// openRows opens a file and reads its header.
func openRows(path, kind string) (*oldFile, error) {
	in, err := csvio.Open(path)
	if err != nil {
		return nil, err
	}
	f := &oldFile{path: path, kind: kind, in: in, r: csvio.NewReader(in, csvio.Options{}), splunk: make(map[string]bool)}
	if err := f.readHeader(); err != nil {
		_ = in.Close()
		return nil, err
	}
	return f, nil
}

// sortRows reads all rows and sorts them by id.
func (f *oldFile) sortRows() error {
	var rows []oldRow
	for f.readAhead(); f.aheadRead; f.readAhead() {
		f.ahead.moved = true
		rows = append(rows, f.ahead)
	}
	slices.SortStableFunc(rows, func(a, b oldRow) int { return cmp.Compare(a.id, b.id) })
	f.sorted = rows
	return f.err
}

func (f *oldFile) readHeader() error {
	if !f.r.Next() {
		return fmt.Errorf("%s: %w", f.path, cmp.Or(f.r.Err(), io.ErrUnexpectedEOF))
	}
	for i := range f.r.Len() {
		f.names = append(f.names, string(f.r.Cell(i)))
	}
	if !slices.Contains(f.names, f.kind+"_id") {
		return fmt.Errorf("%s: no column %q: the file is not a merged lookup", f.path, f.kind+"_id")
	}
	for _, name := range f.names {
		if column, ok := strings.CutPrefix(name, splunkPrefix); ok {
			f.splunk[column] = true
		}
	}
	return nil
}

// advance reads the next entity, whose id must be greater than that of the last. Successive
// rows that differ only in their keys are one entity.
func (f *oldFile) advance() {
	f.row, f.more = f.ahead, f.aheadRead
	for f.more {
		f.readAhead()
		if !f.aheadRead || f.ahead.id != f.row.id || !maps.Equal(f.ahead.cells, f.row.cells) {
			break
		}
		f.row.keys = schema.JoinValues([]string{f.row.keys, f.ahead.keys})
	}
	if f.more && f.aheadRead && f.ahead.id <= f.row.id {
		f.aheadRead = false
		f.err = fmt.Errorf("%s:%d: id %s is out of order: kith did not write this lookup", f.path, f.r.Line(), problem.Quote(f.ahead.id))
	}
}

// readAhead reads the row after the current entity.
func (f *oldFile) readAhead() {
	if f.sorted != nil {
		if f.aheadRead = len(f.sorted) > 0; f.aheadRead {
			f.ahead, f.sorted = f.sorted[0], f.sorted[1:]
		}
		return
	}
	if f.aheadRead = f.r.Next(); !f.aheadRead {
		if err := f.r.Err(); err != nil {
			f.err = fmt.Errorf("%s:%w", f.path, err)
		}
		return
	}
	f.ahead = oldRow{cells: make(map[string]string, len(f.names))}
	for i := range min(f.r.Len(), len(f.names)) {
		text := string(f.r.Cell(i))
		name := f.names[i]
		if f.splunk[name] {
			text = strings.ReplaceAll(text, schema.LineSeparator, schema.Separator)
		}
		switch {
		case strings.HasPrefix(name, splunkPrefix): // repeats another column
		case name == f.kind:
			f.ahead.keys = text
		case name == f.kind+"_id":
			f.ahead.id = text
		default:
			f.ahead.cells[name] = text
		}
	}
}
