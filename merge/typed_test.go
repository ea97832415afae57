package merge_test

import (
	"bytes"
	stdcsv "encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/merge"
)

// readTyped reads a list with the typed API. It returns the rows as CSV, and all errors.
func readTyped(t rapid.TB, kind entity.Kind, csv string) (rows string, errs []string) {
	var b bytes.Buffer
	if kind == entity.Asset {
		var all []assets.Asset
		for a, err := range assets.ReadCSV(strings.NewReader(csv), "list") {
			if err != nil {
				errs = append(errs, err.Error())
			} else {
				all = append(all, a)
			}
		}
		require.NoError(t, assets.WriteCSV(&b, slices.Values(all)))
		return b.String(), errs
	}
	var all []identities.Identity
	for a, err := range identities.ReadCSV(strings.NewReader(csv), "list") {
		if err != nil {
			errs = append(errs, err.Error())
		} else {
			all = append(all, a)
		}
	}
	require.NoError(t, identities.WriteCSV(&b, slices.Values(all)))
	return b.String(), errs
}

// readBulk reads a list with Merge. Its results are like those of readTyped.
func readBulk(t rapid.TB, kind entity.Kind, csv string) (rows string, errs []string) {
	r, err := merge.Merge(kind, []merge.Source{{Name: "list", Open: openerOf([]byte(csv))}}, merge.Options{NoMerge: true})
	require.NoError(t, err)
	l := entities.Of(r.Entities).List
	var cells []string
	for _, f := range l.Fields {
		if !f.Custom || len(l.Rows) > 0 {
			cells = append(cells, f.Name)
		}
	}
	text := csvio.AppendRow(nil, cells...)
	for row := range l.Rows {
		cells = cells[:0]
		for field := range l.Fields {
			cells = append(cells, l.Cell(row, field))
		}
		text = csvio.AppendRow(text, cells...)
	}
	for _, loss := range r.Losses {
		errs = append(errs, loss.Error())
	}
	return string(text), errs
}

// The typed API and Merge read the same rows and report the same losses at the same
// positions.
func TestTypedAPIReadsLikeMerge(t *testing.T) {
	pool := map[entity.Kind][]string{
		entity.Asset: {
			"ip", "MAC", "nt_host", "dns", "owner", "priority", "lat", "long", "city", "country", "bunit", "category",
			"pci_domain", "is_expected", "should_timesync", "should_update", "requires_av", "cim_entity_zone", "os", "Rack", "",
		},
		entity.Identity: {
			"identity", "prefix", "nick", "first", "last", "suffix", "EMAIL", "phone", "phone2", "managedby", "priority", "bunit",
			"category", "watchlist", "startDate", "endDate", "work_city", "work_country", "work_lat", "work_long", "cim_entity_zone", "x", "",
		},
	}
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]entity.Kind{entity.Asset, entity.Identity}).Draw(t, "kind")
		header := rapid.Permutation(pool[kind]).Draw(t, "header")
		text := csvio.AppendRow(nil, header...)
		if rapid.Bool().Draw(t, "bom") {
			text = append([]byte("\xef\xbb\xbf"), text...)
		}
		for range rapid.IntRange(0, 4).Draw(t, "rows") {
			cells := []string{"x"}
			for range rapid.IntRange(0, len(header)+2).Draw(t, "width") {
				cells = append(cells, awkward(t))
			}
			text = csvio.AppendRow(text, cells...)
		}
		rows, errs := readTyped(t, kind, string(text))
		wantRows, wantErrs := readBulk(t, kind, string(text))
		wantErrs = slices.DeleteFunc(wantErrs, func(err string) bool { return strings.Contains(err, "the list has no rows") })
		if len(wantErrs) == 0 {
			wantErrs = nil
		}
		require.Equal(t, wantRows, rows)
		require.Equal(t, wantErrs, errs)

		again, errs := readTyped(t, kind, rows)
		require.Equal(t, rows, again, "rows that were written are read unchanged")
		errs = slices.DeleteFunc(errs, func(err string) bool { return strings.Contains(err, "has blanks; read as one name") })
		require.Empty(t, errs)
	})
}

// A CR LF is one line end, in quoted cells too. A CR before it is part of the cell.
func TestTypedAPIReadsLineEndsInCellsLikeMerge(t *testing.T) {
	for _, c := range []struct {
		name, csv, value string
		errs             []string
	}{
		{"LF", "ip,os\n10.0.0.1,\"a\nb\"\n", "a\nb", nil},
		{"CR LF is LF", "ip,os\r\n10.0.0.1,\"a\r\nb\"\r\n", "a\nb", nil},
		{"CR CR LF in a value", "ip,os\n10.0.0.1,\"a\r\r\nb\"\n", "a\nb", nil},
		{"CR LF in an error", "ip,os\n10.0.0.1,\"a\r\n\xff\"\n", "", []string{`list:2:10: os: invalid UTF-8 "a\n\xff": save the list as UTF-8`}},
		{"CR CR LF in an error", "ip,os\n10.0.0.1,\"a\r\r\n\xff\"\n", "", []string{`list:2:10: os: invalid UTF-8 "a\r\n\xff": save the list as UTF-8`}},
		{"CR CR CR LF in an error", "ip,os\n10.0.0.1,\"a\r\r\r\n\xff\"\n", "", []string{`list:2:10: os: invalid UTF-8 "a\r\r\n\xff": save the list as UTF-8`}},
	} {
		rows, errs := readTyped(t, entity.Asset, c.csv)
		wantRows, wantErrs := readBulk(t, entity.Asset, c.csv)
		require.Equal(t, wantRows, rows, c.name)
		require.Equal(t, wantErrs, errs, c.name)
		require.Equal(t, c.errs, errs, c.name)
		parsed, err := stdcsv.NewReader(strings.NewReader(rows)).ReadAll()
		require.NoError(t, err, c.name)
		last := parsed[len(parsed)-1]
		require.Equal(t, c.value, last[len(last)-1], c.name)
	}
}

func TestTypedAPIReportsErrors(t *testing.T) {
	for _, c := range []struct{ csv, want string }{
		{"", "list: empty file: a list begins with a header line"},
		{"owner\nalice\n", "list:1:1: no key column: the header needs ip, mac, nt_host, dns"},
		{"ip,IP\n", `list:1:4: duplicate column "ip" (columns 1 and 2)`},
		{"ip\n\"10.0.0.1\n", "list:2:1: quoted cell is never closed"},
		{"ip\n\n10.0.0.300,x\n", `list:3:1: ip: ParseAddr("10.0.0.300"): IPv4 field has value >255; use an address, a prefix (10.0.0.0/8) or a range (10.0.0.1-10.0.0.9)`},
	} {
		_, errs := readTyped(t, entity.Asset, c.csv)
		require.NotEmpty(t, errs, "%q", c.csv)
		require.Equal(t, c.want, errs[0])
	}
	err := assets.WriteCSV(&bytes.Buffer{}, slices.Values([]assets.Asset{
		{Custom: []entity.CustomValue{{Name: "os", Value: "x"}}}, {},
	}))
	require.EqualError(t, err, `custom columns differ: the first record has ["os"], another has only 0 of them`)
	for _, err := range assets.ReadCSV(strings.NewReader("ip\nx\n"), "list") {
		var row *entity.RowError
		require.ErrorAs(t, err, &row)
	}
	for range assets.ReadCSV(strings.NewReader("ip\n10.0.0.1\n10.0.0.2\n"), "list") {
		break // the caller may stop at any row
	}
}
