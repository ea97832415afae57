package merge

import (
	"cmp"
	"fmt"
	"io"
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

	row  oldRow
	more bool
	err  error
}

func openOldFile(path, kind string) (*oldFile, error) {
	in, err := csvio.Open(path)
	if err != nil {
		return nil, err
	}
	f := &oldFile{path: path, kind: kind, in: in, r: csvio.NewReader(in, csvio.Options{}), splunk: make(map[string]bool)}
	if err := f.readHeader(); err != nil {
		_ = in.Close()
		return nil, err
	}
	f.advance()
	return f, nil
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

// advance reads the next row, whose id must be greater than that of the last.
func (f *oldFile) advance() {
	before := f.row.id
	if f.more = f.r.Next(); !f.more {
		if err := f.r.Err(); err != nil {
			f.err = fmt.Errorf("%s:%w", f.path, err)
		}
		return
	}
	f.row = oldRow{cells: make(map[string]string, len(f.names))}
	for i := range min(f.r.Len(), len(f.names)) {
		text := string(f.r.Cell(i))
		name := f.names[i]
		if f.splunk[name] {
			text = strings.ReplaceAll(text, schema.LineSeparator, schema.Separator)
		}
		switch {
		case strings.HasPrefix(name, splunkPrefix): // repeats another column
		case name == f.kind:
			f.row.keys = text
		case name == f.kind+"_id":
			f.row.id = text
		default:
			f.row.cells[name] = text
		}
	}
	if f.row.id <= before {
		f.more = false
		f.err = fmt.Errorf("%s:%d: id %s is out of order: kith did not write this lookup", f.path, f.r.Line(), problem.Quote(f.row.id))
	}
}
