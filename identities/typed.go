package identities

import (
	"io"
	"iter"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/schema"
	"github.com/kithsec/kith/internal/typedcsv"
)

// Identity is one row of an identity list. ReadCSV returns canonical values; WriteCSV writes the
// values unchanged.
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
	Line   int                  `csv:"-"` // line on which the row begins, from 1; ignored by WriteCSV
}

// typedList describes a row: its columns in the order of schema.IdentityFields.
func typedList() typedcsv.List[Identity] {
	return typedcsv.List[Identity]{Fields: schema.IdentityFields(), HasKey: (*Identity).hasUsableKey, Targets: func(a *Identity) typedcsv.Targets {
		return typedcsv.Targets{Custom: &a.Custom, Line: &a.Line, Fields: []any{
			&a.Identity, &a.Prefix, &a.Nick, &a.First, &a.Last, &a.Suffix, &a.Email, &a.Phone, &a.Phone2, &a.ManagedBy, &a.Priority,
			&a.BusinessUnit, &a.Category, &a.Watchlist, &a.StartDate, &a.EndDate, &a.WorkCity, &a.WorkCountry, &a.WorkLat, &a.WorkLong, &a.Zone,
		}}
	}}
}

// hasUsableKey reports whether the row has a key that is not a placeholder.
func (a *Identity) hasUsableKey(ignored *schema.Ignored) bool {
	for _, name := range a.Identity {
		if !ignored.Text(name) {
			return true
		}
	}
	return a.Email != "" && !ignored.Text(a.Email)
}

// ReadCSV yields the rows of an identity list with canonical values. The header has the
// names of the columns, in any case and order. For every value, cell or row that is lost,
// ReadCSV yields a *entity.RowError with a zero Identity before the row, and continues. It
// stops after any other error. source is the name of the list in errors.
//
// For lists of millions of rows use package merge, which is many times faster and returns
// the same values.
func ReadCSV(r io.Reader, source string) iter.Seq2[Identity, error] {
	return typedList().Read(r, source)
}

// WriteCSV writes rows as an identity list that ReadCSV and package merge can read. The columns are
// those of the struct tags, then the custom columns of the first row. All rows must have the
// same custom columns in the same order.
func WriteCSV(w io.Writer, records iter.Seq[Identity]) error {
	return typedList().Write(w, records)
}
