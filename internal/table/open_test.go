package table_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/sections"
	"github.com/kithsec/kith/internal/table"
)

// written returns a reader of the sections that put adds.
func written(t *testing.T, put func(w *sections.Writer)) *sections.Reader {
	t.Helper()
	var w sections.Writer
	put(&w)
	var b bytes.Buffer
	_, err := w.WriteTo(&b)
	require.NoError(t, err)
	r, err := sections.Open(b.Bytes())
	require.NoError(t, err)
	return r
}

func TestOpenedTableHasTheSameMatchesAndValues(t *testing.T) {
	for kind, list := range map[entity.Kind]string{entity.Asset: machines, entity.Identity: employees} {
		o := table.Options{Fallback: true}
		made := built(t, merged(t, kind, list), o)
		r := written(t, func(w *sections.Writer) { require.NoError(t, made.Put(w, "t")) })
		require.True(t, table.Has(r, "t"))
		require.False(t, table.Has(r, "u"))
		opened, err := table.Open(kind, r, "t", o)
		require.NoError(t, err)
		assert.Equal(t, made.Len(), opened.Len())
		assert.Equal(t, made.Columns(), opened.Columns())
		for _, zone := range []entity.Zone{"", "emea", "nowhere"} {
			for _, key := range keysOfAllClasses {
				want, wantOK := made.Lookup(made.Zone(zone), key)
				got, ok := opened.Lookup(opened.Zone(zone), key)
				require.Equal(t, wantOK, ok, "%q in %q", key, zone)
				require.Equal(t, want, got, "%q in %q", key, zone)
				if !ok {
					continue
				}
				a, b := made.Filled(want, table.FillInherit), opened.Filled(got, table.FillInherit)
				for c := range made.Columns() {
					require.Equal(t, string(a.Value(c)), string(b.Value(c)))
					require.Equal(t, made.Used(c), opened.Used(c))
				}
			}
		}
	}
}

// TestOpenRefusesSections replaces one section of a table at a time; its checksum
// is right.
func TestOpenRefusesSections(t *testing.T) {
	made := built(t, merged(t, entity.Asset, machines), table.Options{})
	for name, data := range map[string][]byte{
		"head":                  []byte(`{"Columns":[{"Name":"asset"}],"Zones":[""]}`),
		"filling":               make([]byte, 4),
		"records/shape":         make([]byte, 8),
		"records/used":          {1},
		"records/rows":          {0xff, 0xff, 0xff, 0xff},
		"records/arena":         {0},
		"zone0/owners":          {0, 0, 0, 0},
		"zone0/mac48/shape":     make([]byte, 8),
		"zone0/mac48/records":   {0xfe, 0xff, 0xff, 0xff},
		"zone0/macrange48/from": make([]byte, 8),
		"zone0/hosts/shape":     nil,
		"names.head":            make([]byte, 16),
		"suffixes.head":         nil,
	} {
		r := written(t, func(w *sections.Writer) {
			require.NoError(t, made.Put(w, "t"))
			sections.Put(w, "t/"+name, data) // the last of a name counts
		})
		_, err := table.Open(entity.Asset, r, "t", table.Options{})
		assert.ErrorIs(t, err, sections.ErrFormat, name)
	}
}
