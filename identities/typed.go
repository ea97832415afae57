package identities

import (
	"io"
	"iter"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/schema"
	"github.com/kithsec/kith/internal/typedcsv"
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

// typedList takes a row apart: its columns in the order of Fields.
func typedList() typedcsv.List[Identity] {
	return typedcsv.List[Identity]{Fields: schema.IdentityFields(), HasKey: (*Identity).hasUsableKey, Targets: func(a *Identity) typedcsv.Targets {
		return typedcsv.Targets{Custom: &a.Custom, Line: &a.Line, Fields: []any{
			&a.Identity, &a.Prefix, &a.Nick, &a.First, &a.Last, &a.Suffix, &a.Email, &a.Phone, &a.Phone2, &a.ManagedBy, &a.Priority,
			&a.BusinessUnit, &a.Category, &a.Watchlist, &a.StartDate, &a.EndDate, &a.WorkCity, &a.WorkCountry, &a.WorkLat, &a.WorkLong, &a.Zone,
		}}
	}}
}

// hasUsableKey reports whether a key column names somebody.
func (a *Identity) hasUsableKey(ignored *schema.Ignored) bool {
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
	return typedList().Read(r, source)
}

// WriteCSV writes records as an identity list that ReadCSV and package merge read:
// the columns of Fields, then the custom columns of the first record, which the
// others must have, too, in the same order.
func WriteCSV(w io.Writer, records iter.Seq[Identity]) error {
	return typedList().Write(w, records)
}
