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
