package merge

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
)

// reader reads the rows of one kind's sources into a list.
type reader struct {
	schema  *schema
	ignored *entity.Ignored
	list    *entity.List
	keys    *keyIndex
	errs    []*entity.RowError

	cell  entity.Cell
	cells []entity.TextID // by field

	// The texts of the row at hand that are still to be interned, the fields
	// that they belong to, and the keys among them.
	texts  []string
	fields []textOf
	found  []foundKey
	keyed  bool // the row states a key
	ids    []entity.TextID

	unstated string // a key field that has a value, but Options.Keys does not name it
}

// textOf says that a text is the cell of a field.
type textOf struct{ field, text int }

func newReader(s *schema) *reader {
	list := entity.NewList(s.kind, s.fields)
	return &reader{schema: s, ignored: entity.NewIgnored(s.options.IgnoreKeys), list: list, keys: newKeyIndex(list.Texts)}
}

func (r *reader) readSource(rank int, src Source) error {
	f, err := src.Open()
	if err != nil {
		return &SourceError{Source: src.Name, Path: src.Path, Err: err}
	}
	defer f.Close()
	sum := sha256.New()
	in := csvio.NewReader(io.TeeReader(f, sum), csvio.Options{})
	if err := r.readRows(rank, src, in); err != nil {
		return sourceError(src, err)
	}
	r.list.Sources[rank].SHA256 = sumText(sum)
	return nil
}

func sumText(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

func sourceError(src Source, err error) error {
	out := &SourceError{Source: src.Name, Path: src.Path, Err: err}
	var syntax *csvio.SyntaxError
	var source *SourceError
	switch {
	case errors.As(err, &source):
		return err
	case errors.As(err, &syntax):
		out.Line, out.Column, out.Err = syntax.Line, syntax.Column, syntax.Err
	}
	return out
}

func (r *reader) readRows(rank int, src Source, in *csvio.Reader) error {
	r.list.Sources = append(r.list.Sources, entity.Source{Name: src.Name, Path: src.Path})
	if !in.Next() {
		if err := in.Err(); err != nil {
			return err
		}
		return errors.New("empty file: a list begins with a header line")
	}
	head, err := r.readHeader(src, in)
	if err != nil {
		return err
	}
	info := &r.list.Sources[rank]
	info.Merged = head.merged
	r.list.Fields = r.schema.fields
	for in.Next() {
		if r.readRow(rank, src, head, in) {
			info.Rows++
		} else {
			info.Lost++
		}
		if n := info.Rows + info.Lost; r.schema.options.Progress != nil && n%(1<<14) == 0 {
			r.schema.options.Progress(src.Name, n)
		}
	}
	return in.Err()
}
