// Package typedcsv reads lists row by row for the typed API of assets and
// identities.
//
// The library that maps cells to structs, gocsv, uses encoding/csv, which supports neither
// byte order marks nor limits and whose positions refer to its own input. The list is
// therefore read with package csvio, and each record is encoded again for gocsv, with as
// many cells as the header. Errors have the positions in the list, as in a merge.
package typedcsv

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"

	"github.com/gocarina/gocsv"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/schema"
)

// List describes a kind of list whose rows are structs of type T. The csv tags of T are
// the names of Fields.
type List[T any] struct {
	Fields  []schema.Field
	Targets func(*T) Targets
	HasKey  func(*T, *schema.Ignored) bool // reports whether a row has a usable key
}

// Targets are the fields of a struct that a row is stored in.
type Targets struct {
	Fields []any                 // a *string or *entity.Values for each of List.Fields
	Custom *[]entity.CustomValue // the values of all other columns
	Line   *int                  // the line on which the row begins, from 1
}

// Read yields the rows of a list with canonical values. A value, cell or row that cannot
// be read is yielded as a *entity.RowError with a zero T, before the row it belongs to; a
// row without a usable key is not yielded. Any other error is the last element.
func (l List[T]) Read(r io.Reader, name string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		in, err := l.openReader(r, name)
		if err != nil {
			yield(zero, err)
			return
		}
		for {
			record, found, err := in.next()
			if err != nil {
				yield(zero, err)
				return
			}
			if !found {
				return
			}
			for _, loss := range in.source.takeErrors() {
				if !yield(zero, loss) {
					return
				}
			}
			if record != nil && !yield(*record, nil) {
				return
			}
		}
	}
}

// reader maps the records of a source to structs.
type reader[T any] struct {
	list   List[T]
	source *source
	rows   *gocsv.Unmarshaller
}

func (l List[T]) openReader(r io.Reader, name string) (*reader[T], error) {
	source, err := openSource(r, name, l.Fields)
	if err != nil {
		return nil, err
	}
	var row T
	rows, err := gocsv.NewUnmarshaller(csv.NewReader(source), row)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &reader[T]{l, source, rows}, nil
}

// next returns the next row, or nil if the row has no usable key. It reports whether
// there was one.
func (r *reader[T]) next() (record *T, found bool, err error) {
	if found, err = r.source.next(); !found {
		return nil, false, err
	}
	row, unmatched, err := r.rows.ReadUnmatched()
	if err != nil {
		return nil, false, err
	}
	t := row.(T)
	r.fillRow(r.list.Targets(&t), unmatched)
	r.source.reportExtraCells()
	if !r.list.HasKey(&t, r.source.ignored) {
		r.source.reportLostRow()
		return nil, true, nil
	}
	return &t, true, nil
}

// fillRow makes the values of a row canonical and adds those of custom columns. The
// cells that gocsv could not map to fields are in unmatched.
func (r *reader[T]) fillRow(row Targets, unmatched map[string]string) {
	*row.Line = r.source.in.Line()
	for i, field := range r.source.fields {
		switch field {
		case unnamedColumn:
			r.source.reportUnnamedCell(i)
		case customColumn:
			name := r.source.names[i]
			value := schema.JoinValues(r.source.cellValues(i, unmatched[name]))
			*row.Custom = append(*row.Custom, entity.CustomValue{Name: name, Value: value})
		default:
			switch slot := row.Fields[field].(type) {
			case *string:
				*slot = schema.JoinValues(r.source.cellValues(i, *slot))
			case *entity.Values:
				*slot = append(entity.Values(nil), r.source.cellValues(i, schema.JoinValues(*slot))...)
			}
		}
	}
}
