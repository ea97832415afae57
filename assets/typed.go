package assets

import (
	"io"
	"iter"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/schema"
	"github.com/kithsec/kith/internal/typedcsv"
)

// Asset is one row of an asset list. ReadCSV returns canonical values; WriteCSV writes the values
// unchanged.
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
	IsExpected     string        `csv:"is_expected"` // "true", "false" or blank, as are the next three
	ShouldTimesync string        `csv:"should_timesync"`
	ShouldUpdate   string        `csv:"should_update"`
	RequiresAV     string        `csv:"requires_av"`
	Zone           string        `csv:"cim_entity_zone"`

	Custom []entity.CustomValue `csv:"-"` // other columns, in the order of the header
	Line   int                  `csv:"-"` // line on which the row begins, from 1; ignored by WriteCSV
}

// typedList describes a row: its columns in the order of schema.AssetFields.
func typedList() typedcsv.List[Asset] {
	return typedcsv.List[Asset]{Fields: schema.AssetFields(), HasKey: (*Asset).hasUsableKey, Targets: func(a *Asset) typedcsv.Targets {
		return typedcsv.Targets{Custom: &a.Custom, Line: &a.Line, Fields: []any{
			&a.IP, &a.MAC, &a.NTHost, &a.DNS, &a.Owner, &a.Priority, &a.Lat, &a.Long, &a.City, &a.Country, &a.BusinessUnit,
			&a.Category, &a.PCIDomain, &a.IsExpected, &a.ShouldTimesync, &a.ShouldUpdate, &a.RequiresAV, &a.Zone,
		}}
	}}
}

// hasUsableKey reports whether the row has a key that is not a placeholder.
func (a *Asset) hasUsableKey(ignored *schema.Ignored) bool {
	if len(a.IP)+len(a.MAC) > 0 {
		return true
	}
	for _, names := range []entity.Values{a.NTHost, a.DNS} {
		for _, name := range names {
			if _, key := schema.Classify(schema.Host, name); !ignored.Value(key) && !ignored.Text(name) {
				return true
			}
		}
	}
	return false
}

// ReadCSV yields the rows of an asset list with canonical values. The header has the names
// of the columns, in any case and order. For every value, cell or row that is lost, ReadCSV
// yields a *entity.RowError with a zero Asset before the row, and continues. It stops after
// any other error. source is the name of the list in errors.
//
// For lists of millions of rows use package merge, which is many times faster and returns
// the same values.
func ReadCSV(r io.Reader, source string) iter.Seq2[Asset, error] {
	return typedList().Read(r, source)
}

// WriteCSV writes rows as an asset list that ReadCSV and package merge can read. The columns are
// those of the struct tags, then the custom columns of the first row. All rows must have the
// same custom columns in the same order.
func WriteCSV(w io.Writer, records iter.Seq[Asset]) error {
	return typedList().Write(w, records)
}
