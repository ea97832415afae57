package assets_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/gen"
	"github.com/kithsec/kith/internal/schema"
	"github.com/kithsec/kith/internal/sections"
	"github.com/kithsec/kith/internal/table"
)

// TestParallelBuildGivesTheSameBytes compares tables built on one and on several cores.
func TestParallelBuildGivesTheSameBytes(t *testing.T) {
	var list bytes.Buffer
	_, err := gen.AssetList{World: gen.World{Seed: 3, Hosts: 3000, People: 600}}.WriteTo(&list)
	require.NoError(t, err)
	for name, csv := range map[string]string{"generated": list.String(), "zones": network} {
		want, e := newTable(t, assets.Options{Seed: 7}, csv)
		got, err := assets.NewTable(e, assets.Options{Seed: 7, Parallel: true})
		require.NoError(t, err)
		require.Equal(t, saveTable(t, want), saveTable(t, got), name)
	}
}

func saveTable(t *testing.T, at *assets.Table) []byte {
	t.Helper()
	var w sections.Writer
	require.NoError(t, table.Of(at).Put(&w, "t"))
	var buf bytes.Buffer
	_, err := w.WriteTo(&buf)
	require.NoError(t, err)
	return buf.Bytes()
}

// TestNewTableRejectsInvalidEntities builds tables of entities that package merge never creates.
func TestNewTableRejectsInvalidEntities(t *testing.T) {
	tests := []struct {
		name  string
		keys  []string // of one record each
		class schema.KeyClass
		want  string
	}{
		{"name", []string{"web", "WEB"}, schema.NameKey, `names: "web" was added twice in zone 0`},
		{"suffix", []string{"*.acme", "*.Acme"}, schema.SuffixKey, `names: "acme" was added twice in zone 0`},
		{"address", []string{"10.0.0.1", "::ffff:10.0.0.1"}, schema.AddressKey, `host 1: "10.0.0.1": not greater than its predecessor`},
		{"no address", []string{"web"}, schema.AddressKey, `ParseAddr("web"): unable to parse IP`},
		{"no prefix", []string{"10.0.0.0/40"}, schema.PrefixKey, `netip.ParsePrefix("10.0.0.0/40"): prefix length out of range`},
	}
	for _, tt := range tests {
		merged := new(entity.Entities)
		e := entities.Of(merged)
		*e = entities.Store{Kind: entities.Asset, Texts: entities.NewInterner()}
		for i, text := range tt.keys {
			e.Keys = append(e.Keys, entities.Key{Class: tt.class, Text: e.Texts.Intern(text)})
			e.Append(entities.Record{Keys: entities.Span{From: uint32(i), To: uint32(i + 1)}}, nil)
		}
		for _, parallel := range []bool{false, true} {
			_, err := assets.NewTable(merged, assets.Options{Parallel: parallel})
			assert.ErrorContains(t, err, tt.want, "%s, parallel %t", tt.name, parallel)
		}
	}
	people := new(entity.Entities)
	entities.Of(people).Kind = entities.Identity
	_, err := assets.NewTable(people, assets.Options{})
	assert.EqualError(t, err, "cannot build a table of assets from entities of kind identity")
	_, err = assets.NewTable(nil, assets.Options{})
	assert.EqualError(t, err, "cannot build a table of assets from nil entities")
}
