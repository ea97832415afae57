package merge

import (
	"errors"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/readahead"
)

// CountRows reads a list to its end, as [Merge] would, and returns the number of its rows
// without the header. It keeps none of them. If the list cannot be read, or if its header
// has no key column, it returns the error that Merge would return for it.
func CountRows(kind entity.Kind, src Source, o Options) (int, error) {
	s, err := newListFields(kind, o)
	if err != nil {
		return 0, err
	}
	f, err := src.open()
	if err != nil {
		return 0, &SourceError{Source: src.Name, Path: src.Path, Err: err}
	}
	text := readahead.NewReader(f)
	defer text.Stop()
	in, err := src.openRows(text)
	if err != nil {
		return 0, sourceError(src, err)
	}
	defer in.close()
	if _, err := s.readFirst(src, in.rows); err != nil {
		return 0, sourceError(src, err)
	}
	in.endHeader()
	next := in.rows.Next
	if in.text != nil {
		next = in.text.Next
	}
	rows := 0
	for next() {
		rows++
	}
	if err := in.rows.Err(); err != nil {
		return 0, sourceError(src, err)
	}
	return rows, nil
}

// readFirst reads the header, which is the first row.
func (s *listFields) readFirst(src Source, in Rows) (*header, error) {
	if !in.Next() {
		if err := in.Err(); err != nil {
			return nil, err
		}
		return nil, errors.New("empty file: a list begins with a header line")
	}
	return s.readHeader(src, in)
}
