package snapshot_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/gen"
	"github.com/kithsec/kith/merge"
	"github.com/kithsec/kith/snapshot"
)

// Package risk uses AppendNames if a resolver implements detect.Namer.
var _ detect.Namer = (*snapshot.Snapshot)(nil)

// namesOfWorld returns the tables of a generated world, and texts of which some name
// its entities.
func namesOfWorld(t *testing.T) (*assets.Table, *identities.Table, []string) {
	t.Helper()
	world := gen.World{Seed: 4, Hosts: 400, People: 150}
	list := func(kind entity.Kind, lists ...io.WriterTo) *entity.Entities {
		var sources []merge.Source
		for _, l := range lists {
			var text bytes.Buffer
			_, err := l.WriteTo(&text)
			require.NoError(t, err)
			sources = append(sources, merge.Source{Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text.Bytes())), nil }})
		}
		for i := range sources {
			sources[i].Name = []string{"hosts", "networks"}[i]
		}
		merged, err := merge.Merge(kind, sources, merge.Options{})
		require.NoError(t, err)
		return merged.Entities
	}
	hosts, err := assets.NewTable(list(entity.Asset, gen.AssetList{World: world}, gen.SubnetList{World: world, N: 40}), assets.Options{})
	require.NoError(t, err)
	people, err := identities.NewTable(list(entity.Identity, gen.IdentityList{World: world}), identities.Options{})
	require.NoError(t, err)

	texts := []string{"", "nobody", "10.0.0.1", "203.0.113.7", `CORP\nobody`}
	for i := range 400 {
		h := world.Host(i)
		texts = append(texts, string(h.AppendName(nil)), string(h.AppendFQDN(nil)), h.Addr().String(), string(bytes.ToUpper(h.AppendName(nil))), h.Addr().Next().String())
	}
	for i := range 150 {
		p := world.Person(i)
		texts = append(texts, p.Login(), p.Email(), `CORP\`+p.Login())
	}
	return hosts, people, texts
}

// TestAppendNamesAgreesWithResolve compares both for all combinations of tables, types
// of objects and ways to fill.
func TestAppendNamesAgreesWithResolve(t *testing.T) {
	hosts, people, texts := namesOfWorld(t)
	steps := map[entity.Step]int{}
	for _, s := range []*snapshot.Snapshot{
		{Assets: hosts, Identities: people},
		{Assets: hosts, Identities: people, Fill: assets.FillNone},
		{Assets: hosts, Fill: assets.FillInherit},
		{Identities: people},
		{},
	} {
		for _, typ := range []string{"user", "system", ""} {
			many := make([]entity.Named, len(texts))
			names := s.AppendNames([]byte("before "), "", typ, texts, many)
			for i, text := range texts {
				var single [1]entity.Named
				name := s.AppendNames(nil, "", typ, texts[i:i+1], single[:])
				want, found := s.Resolve("", text, typ)
				if !found {
					require.Zero(t, many[i], "%q as %q", text, typ)
					require.Zero(t, single[0], "%q as %q", text, typ)
					continue
				}
				steps[want.Step]++
				for _, got := range []struct {
					entity.Named
					key []byte
				}{{many[i], names[many[i].From:many[i].To]}, {single[0], name}} {
					require.Equal(t, want.Key, string(got.key), "%q as %q", text, typ)
					require.Equal(t, want.Kind, got.Kind)
					require.Equal(t, want.Step, got.Step)
					highest := entity.Unset
					for _, p := range want.Values("priority") {
						level, _ := entity.ParsePriority(p)
						highest = max(highest, level)
					}
					require.Equal(t, highest, got.Priority, "%q as %q", text, typ)
				}
			}
		}
	}
	require.Greater(t, len(steps), 2, "steps that matched: %v", steps)
}
