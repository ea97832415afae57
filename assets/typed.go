package assets

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"

	"github.com/gocarina/gocsv"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/typed"
)

// Asset is one row of an asset list. Its values are canonical as ReadCSV gives
// them; WriteCSV writes what is there.
type Asset struct {
	IP             entity.Values `csv:"ip"`
	MAC            entity.Values `csv:"mac"`
	NTHost         entity.Values `csv:"nt_host"`
	DNS            entity.Values `csv:"dns"`
	Owner          string        `csv:"owner"`
	Priority       string        `csv:"priority"`
	Lat            string        `csv:"lat"`
	Long           string        `csv:"long"`
	City           string        `csv:"city"`
	Country        string        `csv:"country"`
	BusinessUnit   string        `csv:"bunit"`
	Category       entity.Values `csv:"category"`
	PCIDomain      entity.Values `csv:"pci_domain"`
	IsExpected     string        `csv:"is_expected"` // "true", "false" or blank, as the following
	ShouldTimesync string        `csv:"should_timesync"`
	ShouldUpdate   string        `csv:"should_update"`
	RequiresAV     string        `csv:"requires_av"`
	Zone           string        `csv:"cim_entity_zone"`

	Custom []entity.CustomValue `csv:"-"` // other columns, in the order of the header
	Line   int                  `csv:"-"` // on which the row begins, from 1; not written
}

// slots are the columns in the order of Fields.
func (a *Asset) slots() []any {
	return []any{
		&a.IP, &a.MAC, &a.NTHost, &a.DNS, &a.Owner, &a.Priority, &a.Lat, &a.Long, &a.City, &a.Country, &a.BusinessUnit,
		&a.Category, &a.PCIDomain, &a.IsExpected, &a.ShouldTimesync, &a.ShouldUpdate, &a.RequiresAV, &a.Zone,
	}
}

// named reports whether a key column names somebody.
func (a *Asset) named(ignored *entity.Ignored) bool {
	if len(a.IP)+len(a.MAC) > 0 {
		return true
	}
	for _, names := range []entity.Values{a.NTHost, a.DNS} {
		for _, name := range names {
			if _, key := Classify(entity.Host, name); !ignored.Value(key) && !ignored.Text(name) {
				return true
			}
		}
	}
	return false
}

// ReadCSV yields the rows of an asset list, whose header names the columns in any
// case and order, as records with canonical values. What cannot be read of a
// row is yielded before it as a *entity.RowError with a zero record, and
// reading goes on; any other error is the last thing that is yielded. source
// names the list in errors. For lists of millions use package merge, which
// reads many times as fast and gives the same values.
func ReadCSV(r io.Reader, source string) iter.Seq2[Asset, error] {
	return func(yield func(Asset, error) bool) {
		in, err := openTyped(r, source)
		if err != nil {
			yield(Asset{}, err)
			return
		}
		for {
			record, found, err := in.next()
			if err != nil {
				yield(Asset{}, err)
				return
			}
			if !found {
				return
			}
			for _, loss := range in.source.Errors() {
				if !yield(Asset{}, loss) {
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
	rows, err := gocsv.NewUnmarshaller(csv.NewReader(source), Asset{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &typedReader{source, rows}, nil
}

// next returns the next record, nil if its row was lost.
func (t *typedReader) next() (record *Asset, found bool, err error) {
	if found, err = t.source.Next(); !found {
		return nil, false, err
	}
	row, custom, err := t.rows.ReadUnmatched()
	if err != nil {
		return nil, false, err
	}
	a := row.(Asset)
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

// WriteCSV writes records as an asset list that ReadCSV and package merge read:
// the columns of Fields, then the custom columns of the first record, which the
// others must have, too, in the same order.
func WriteCSV(w io.Writer, records iter.Seq[Asset]) error {
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
		if err := gocsv.MarshalCSVWithoutHeaders([]Asset{a}, out); err != nil {
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
	return gocsv.MarshalCSV([]Asset{}, out)
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
