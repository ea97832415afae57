package merge_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/merge"
)

func TestListWithoutHeaderIsToldHowToNameItsColumns(t *testing.T) {
	for text, kind := range map[string]entity.Kind{
		"10.0.0.1,ann\n":          entity.Asset,
		"ann,00:00:5e:00:53:01\n": entity.Asset,
		"2001:db8::1\n":           entity.Asset,
		"ann@corp.example,ann\n":  entity.Identity,
	} {
		src := merge.Source{Name: "list", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
		_, err := merge.Merge(kind, []merge.Source{src}, merge.Options{})
		assert.ErrorContains(t, err, "if the list has no header, name its columns, as in header: [", "%q", text)
	}
	src := merge.Source{Name: "list", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("name,site\n")), nil }}
	_, err := merge.Merge(entity.Asset, []merge.Source{src}, merge.Options{})
	assert.NotContains(t, err.Error(), "no header")
}

// TestErrorsQuoteTheBeginningsOfLongValues merges lists whose cells are long in every column,
// in forms that are wrong in different ways.
func TestErrorsQuoteTheBeginningsOfLongValues(t *testing.T) {
	for kind, columns := range map[entity.Kind]string{
		entity.Asset:    "ip,mac,nt_host,dns,owner,priority,lat,long,is_expected,pci_domain",
		entity.Identity: "identity,email,priority,startDate,watchlist,work_lat",
	} {
		for _, piece := range []string{"x", "1.", "a:", "a b", "é", "\xff", "10.0.0.1-", "/", "*", "@", "D\\", "2026-"} {
			value := strings.Repeat(piece, 4000)
			row := strings.Repeat(`"`+value+`",`, strings.Count(columns, ",")) + `"` + value + `"`
			for _, text := range []string{columns + "\n" + row + "\n", row + "\n" + row + "\n"} {
				src := merge.Source{Name: "list", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
				r, err := merge.Merge(kind, []merge.Source{src}, merge.Options{})
				if err != nil {
					assert.Less(t, len(err.Error()), 500, "%.20q", piece)
					continue
				}
				for _, e := range r.Losses {
					assert.Less(t, len(e.Error()), 500, "%s, %.20q", e.Field, piece)
				}
			}
		}
	}
}
