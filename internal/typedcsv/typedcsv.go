// Package typedcsv reads lists row by row for the typed API of assets and
// identities.
//
// The library that maps cells to structs uses encoding/csv, which supports neither
// byte order marks nor limits, and counts positions in its own input. The list is
// therefore read with package csvio, and each record is passed on when it is needed,
// as wide as the header. Errors have their place in the list, as in a merge.
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

// List is a kind of list whose rows are structs of type T.
type List[T any] struct {
	Fields  []schema.Field
	Targets func(*T) Targets
	HasKey  func(*T, *schema.Ignored) bool // whether a row names somebody
}

// Targets are what a row is put into.
type Targets struct {
	Fields []any                 // *string or *entity.Values, in the order of the fields
	Custom *[]entity.CustomValue // other columns
	Line   *int                  // on which the row begins
}

// Read yields the rows of a list as records with canonical values. What cannot
// be read of a row is yielded before it as a *entity.RowError with a zero
// record; any other error is the last thing that is yielded.
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

// next returns the next record, nil if its row was lost.
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

// fillRow makes the values of a row canonical, and adds the custom ones.
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
