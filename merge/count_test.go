package merge_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/merge"
)

// TestCountRowsFailsLikeMerge checks that CountRows accepts what Merge accepts, and otherwise
// returns the same error.
func TestCountRowsFailsLikeMerge(t *testing.T) {
	for _, test := range []struct {
		text string
		rows int
	}{
		{"ip,owner\n10.0.0.1,ann\n10.0.0.300,bob\n", 2},
		{"ip\n", 0},
		{"", 0},
		{"owner\nann\n", 0},
		{"ip,ip\n10.0.0.1,10.0.0.2\n", 0},
		{"ip,owner\n10.0.0.1,\"ann\n", 0},
		{"ip\n" + strings.Repeat("10.0.0.1\n", 10_000), 10_000},
	} {
		src := merge.Source{Name: "list", Path: "list.csv", Open: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(test.text)), nil
		}}
		rows, err := merge.CountRows(entity.Asset, src, merge.Options{})
		_, want := merge.Merge(entity.Asset, []merge.Source{src}, merge.Options{})
		assert.Equal(t, want, err, "%.40q", test.text)
		assert.Equal(t, test.rows, rows, "%.40q", test.text)
	}
}
