package assets

import (
	"io"
	"iter"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/schema"
	"github.com/kithsec/kith/internal/typedcsv"
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

// typedList takes a row apart: its columns in the order of Fields.
func typedList() typedcsv.List[Asset] {
	return typedcsv.List[Asset]{Fields: schema.AssetFields(), HasKey: (*Asset).hasUsableKey, Targets: func(a *Asset) typedcsv.Targets {
		return typedcsv.Targets{Custom: &a.Custom, Line: &a.Line, Fields: []any{
			&a.IP, &a.MAC, &a.NTHost, &a.DNS, &a.Owner, &a.Priority, &a.Lat, &a.Long, &a.City, &a.Country, &a.BusinessUnit,
			&a.Category, &a.PCIDomain, &a.IsExpected, &a.ShouldTimesync, &a.ShouldUpdate, &a.RequiresAV, &a.Zone,
		}}
	}}
}

// hasUsableKey reports whether a key column names somebody.
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

// ReadCSV yields the rows of an asset list, whose header names the columns in any
// case and order, as records with canonical values. What cannot be read of a
// row is yielded before it as a *entity.RowError with a zero record, and
// reading goes on; any other error is the last thing that is yielded. source
// names the list in errors. For lists of millions use package merge, which
// reads many times as fast and gives the same values.
func ReadCSV(r io.Reader, source string) iter.Seq2[Asset, error] {
	return typedList().Read(r, source)
}

// WriteCSV writes records as an asset list that ReadCSV and package merge read:
// the columns of Fields, then the custom columns of the first record, which the
// others must have, too, in the same order.
func WriteCSV(w io.Writer, records iter.Seq[Asset]) error {
	return typedList().Write(w, records)
}
