package keysearch_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/keysearch"
	"github.com/kithsec/kith/merge"
)

func mergePeople(t *testing.T, csv string, caseSensitive bool) *entities.Store {
	t.Helper()
	r, err := merge.Merge(entity.Identity, []merge.Source{{
		Name: "list", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(csv)), nil },
	}}, merge.Options{CaseSensitive: caseSensitive})
	require.NoError(t, err)
	return entities.Of(r.Entities)
}

func TestIdentityNamesBeginWithPrefixIgnoringCase(t *testing.T) {
	e := mergePeople(t, "identity,email,cim_entity_zone\nJDoe,Jane.Doe@corp.example,\njdoe,,\nJDOE2,,\njdoe,,emea\n", true)
	x := keysearch.NewNameIndex(e)
	for _, test := range []struct {
		zone, prefix string
		want         []string
	}{
		{"", "jd", []string{"JDoe", "jdoe", "JDOE2"}},
		{"", "JANE", []string{"Jane.Doe", "Jane.Doe@corp.example"}},
		{"", " jdoe2 ", []string{"JDOE2"}},
		{"", "x", nil},
		{"emea", "", []string{"jdoe"}},
		{"apac", "", nil},
	} {
		var got, scanned []string
		for found := range x.WithPrefix(entity.Zone(test.zone), test.prefix) {
			got = append(got, found.Key)
			assert.Contains(t, keys(e, int(found.Record)), found.Key)
		}
		for record := range e.Len() {
			for _, key := range keys(e, record) {
				if e.Zone(record) == test.zone && strings.HasPrefix(fold.Lower(key), fold.Lower(fold.Trim(test.prefix))) {
					scanned = append(scanned, key)
				}
			}
		}
		assert.Equal(t, test.want, got, "WithPrefix(%q, %q)", test.zone, test.prefix)
		assert.ElementsMatch(t, scanned, got, "WithPrefix(%q, %q)", test.zone, test.prefix)
	}
	for range x.WithPrefix("", "jdoe") {
		break // yield must not be called again
	}
}

func keys(e *entities.Store, record int) []string {
	var all []string
	for _, text := range e.KeysOf(record) {
		all = append(all, text)
	}
	return all
}
