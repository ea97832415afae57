package identities

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"

	"github.com/gocarina/gocsv"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/typed"
)

// Identity is one row of an identity list. Its values are canonical as ReadCSV
// gives them; WriteCSV writes what is there.
type Identity struct {
	Identity     entity.Values `csv:"identity"`
	Prefix       string        `csv:"prefix"`
	Nick         string        `csv:"nick"`
	First        string        `csv:"first"`
	Last         string        `csv:"last"`
	Suffix       string        `csv:"suffix"`
	Email        string        `csv:"email"`
	Phone        string        `csv:"phone"`
	Phone2       string        `csv:"phone2"`
	ManagedBy    string        `csv:"managedBy"`
	Priority     string        `csv:"priority"`
	BusinessUnit string        `csv:"bunit"`
	Category     entity.Values `csv:"category"`
	Watchlist    string        `csv:"watchlist"` // "true", "false" or blank
	StartDate    string        `csv:"startDate"` // RFC 3339 UTC
	EndDate      string        `csv:"endDate"`
	WorkCity     string        `csv:"work_city"`
	WorkCountry  string        `csv:"work_country"`
	WorkLat      string        `csv:"work_lat"`
	WorkLong     string        `csv:"work_long"`
	Zone         string        `csv:"cim_entity_zone"`

	Custom []entity.CustomValue `csv:"-"` // other columns, in the order of the header
	Line   int                  `csv:"-"` // on which the row begins, from 1; not written
}

// slots are the columns in the order of Fields.
func (a *Identity) slots() []any {
	return []any{
		&a.Identity, &a.Prefix, &a.Nick, &a.First, &a.Last, &a.Suffix, &a.Email, &a.Phone, &a.Phone2, &a.ManagedBy, &a.Priority,
		&a.BusinessUnit, &a.Category, &a.Watchlist, &a.StartDate, &a.EndDate, &a.WorkCity, &a.WorkCountry, &a.WorkLat, &a.WorkLong, &a.Zone,
	}
}

// named reports whether a key column names somebody.
func (a *Identity) named(ignored *entity.Ignored) bool {
	for _, name := range a.Identity {
		if !ignored.Text(name) {
			return true
		}
	}
	return a.Email != "" && !ignored.Text(a.Email)
}

// ReadCSV yields the rows of an identity list, whose header names the columns in any
// case and order, as records with canonical values. What cannot be read of a
// row is yielded before it as a *entity.RowError with a zero record, and
// reading goes on; any other error is the last thing that is yielded. source
// names the list in errors. For lists of millions use package merge, which
// reads many times as fast and gives the same values.
func ReadCSV(r io.Reader, source string) iter.Seq2[Identity, error] {
	return func(yield func(Identity, error) bool) {
		in, err := openTyped(r, source)
		if err != nil {
			yield(Identity{}, err)
			return
		}
		for {
			record, found, err := in.next()
			if err != nil {
				yield(Identity{}, err)
				return
			}
			if !found {
				return
			}
			for _, loss := range in.source.Errors() {
				if !yield(Identity{}, loss) {
					return
				}
			}
			if record != nil && !yield(*record, nil) {
				return
			}
		}
	}
}

// typedReader maps the records of a source to structs.
type typedReader struct {
	source *typed.Source
	rows   *gocsv.Unmarshaller
}

func openTyped(r io.Reader, name string) (*typedReader, error) {
	source, err := typed.Open(r, name, Fields())
	if err != nil {
		return nil, err
	}
	rows, err := gocsv.NewUnmarshaller(csv.NewReader(source), Identity{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &typedReader{source, rows}, nil
}

// next returns the next record, nil if its row was lost.
func (t *typedReader) next() (record *Identity, found bool, err error) {
	if found, err = t.source.Next(); !found {
		return nil, false, err
	}
	row, custom, err := t.rows.ReadUnmatched()
	if err != nil {
		return nil, false, err
	}
	a := row.(Identity)
	a.Line = t.source.Line()
	slots := a.slots()
	for i, field := range t.source.Fields {
		switch field {
		case typed.Unnamed:
			t.source.Unnamed(i)
		case typed.Custom:
			name := t.source.Names[i]
			a.Custom = append(a.Custom, entity.CustomValue{Name: name, Value: entity.JoinValues(t.source.Values(i, custom[name]))})
		default:
			switch slot := slots[field].(type) {
			case *string:
				*slot = entity.JoinValues(t.source.Values(i, *slot))
			case *entity.Values:
				*slot = append(entity.Values(nil), t.source.Values(i, entity.JoinValues(*slot))...)
			}
		}
	}
	t.source.Beyond()
	if !a.named(t.source.Ignored()) {
		t.source.LostRow()
		return nil, true, nil
	}
	return &a, true, nil
}

// WriteCSV writes records as an identity list that ReadCSV and package merge read:
// the columns of Fields, then the custom columns of the first record, which the
// others must have, too, in the same order.
func WriteCSV(w io.Writer, records iter.Seq[Identity]) error {
	out := typed.NewWriter(w)
	var custom []string
	header := false
	for a := range records {
		if !header {
			for _, c := range a.Custom {
				custom = append(custom, c.Name)
			}
			if err := writeHeader(out, custom); err != nil {
				return err
			}
			header = true
		}
		cells, err := customCells(a.Custom, custom)
		if err != nil {
			return err
		}
		out.Append(cells)
		if err := gocsv.MarshalCSVWithoutHeaders([]Identity{a}, out); err != nil {
			return err
		}
	}
	if !header {
		if err := writeHeader(out, nil); err != nil {
			return err
		}
	}
	return out.Close()
}

func writeHeader(out *typed.Writer, custom []string) error {
	out.Append(custom)
	return gocsv.MarshalCSV([]Identity{}, out)
}

func customCells(values []entity.CustomValue, columns []string) ([]string, error) {
	cells := make([]string, 0, len(columns))
	for i, v := range values {
		if i >= len(columns) || v.Name != columns[i] {
			return nil, fmt.Errorf("custom columns differ: the first record has %q, another %q in place %d", columns, v.Name, i+1)
		}
		cells = append(cells, v.Value)
	}
	if len(cells) < len(columns) {
		return nil, fmt.Errorf("custom columns differ: the first record has %q, another only %d of them", columns, len(cells))
	}
	return cells, nil
}
