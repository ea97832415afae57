package kith_test

import (
	"context"
	"hash/maphash"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/explain"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/lists"
	"github.com/kithsec/kith/merge"
	"github.com/kithsec/kith/pipeline"
	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/risk/score"
	"github.com/kithsec/kith/snapshot"
	"github.com/kithsec/kith/state"
	"github.com/kithsec/kith/state/bolt"
)

// TestUnusableArgumentsAreErrors passes nil, zero and unknown values to functions
// that cannot work with them. Each must return an error and not panic.
func TestUnusableArgumentsAreErrors(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "file")
	unmerged := new(entity.Entities)
	empty, err := snapshot.Build(nil, nil, snapshot.Options{})
	require.NoError(t, err)
	people, err := merge.Merge(entity.Identity, nil, merge.Options{})
	require.NoError(t, err)
	enricher, err := enrich.New(empty, enrich.Options{})
	require.NoError(t, err)
	preset := func(p event.Preset) error {
		return event.NewBuilder(event.Options{Format: p.Name, Presets: []event.Preset{p}}).Roles()
	}
	mergeFrom := func(open func() (io.ReadCloser, error)) error {
		_, err := merge.Merge(entity.Asset, []merge.Source{{Name: "list", Open: open}}, merge.Options{})
		return err
	}
	huge, err := score.ParseDecimal("1e999999999")
	require.NoError(t, err)
	for name, call := range map[string]func() error{
		"assets.NewTable(nil)":            func() error { _, err := assets.NewTable(nil, assets.Options{}); return err },
		"assets.NewTable(unmerged)":       func() error { _, err := assets.NewTable(unmerged, assets.Options{}); return err },
		"identities.NewTable(nil)":        func() error { _, err := identities.NewTable(nil, identities.Options{}); return err },
		"identities.NewTable(unmerged)":   func() error { _, err := identities.NewTable(unmerged, identities.Options{}); return err },
		"merge.Merge(no kind)":            func() error { _, err := merge.Merge(0, nil, merge.Options{}); return err },
		"merge.Merge(unknown kind)":       func() error { _, err := merge.Merge(9, nil, merge.Options{}); return err },
		"merge.Merge(no Open)":            func() error { return mergeFrom(nil) },
		"merge.Merge(Open of nothing)":    func() error { return mergeFrom(func() (io.ReadCloser, error) { return nil, nil }) },
		"merge.Write(nil)":                func() error { return merge.Write(path, merge.WriteOptions{}, nil) },
		"merge.Write(zero)":               func() error { return merge.Write(path, merge.WriteOptions{}, &merge.Result{}) },
		"merge.WriteReport(nil)":          func() error { return merge.WriteReport(io.Discard, nil) },
		"merge.WriteProvenance(unmerged)": func() error { return merge.WriteProvenance(io.Discard, &merge.Result{Entities: unmerged}) },
		"merge.Diff(nil)": func() (err error) {
			for _, err = range merge.Diff(path, nil) {
				return err
			}
			return err
		},
		"snapshot.Build(unmerged)":             func() error { _, err := snapshot.Build(unmerged, nil, snapshot.Options{}); return err },
		"snapshot.Open()":                      func() error { _, err := snapshot.Open("", snapshot.Options{}); return err },
		"Snapshot.WriteFile(nil)":              func() error { return empty.WriteFile(path, nil) },
		"Snapshot.WriteFile(unmerged)":         func() error { return empty.WriteFile(path, unmerged) },
		"enrich.New(nil)":                      func() error { _, err := enrich.New(nil, enrich.Options{}); return err },
		"enrich.New(unknown format)":           func() error { _, err := enrich.New(empty, enrich.Options{Format: "nope"}); return err },
		"Enricher.Swap(nil)":                   func() error { return enricher.Swap(nil) },
		"Enricher.Apply(nil, nil)":             func() error { _, err := enricher.Apply(nil, nil); return err },
		"Enricher.CSV(nil)":                    func() error { _, err := enricher.CSV(nil); return err },
		"Enricher.Stream(nil, nil)":            func() error { _, err := enricher.Stream(ctx, nil, nil, enrich.StreamOptions{}); return err },
		"Builder.Roles(unknown)":               func() error { return event.NewBuilder(event.Options{}).Roles(event.NumRoles) },
		"Builder.Roles of a nameless preset":   func() error { return preset(event.Preset{Prefixes: []string{""}}) },
		"Builder.Roles of a preset named auto": func() error { return preset(event.Preset{Name: event.Auto, Prefixes: []string{""}}) },
		"Builder.Roles without prefixes":       func() error { return preset(event.Preset{Name: "mine"}) },
		"detect.New(huge factor)": func() error {
			when := []entity.Clause{{Field: "a", Op: "exists"}}
			_, err := detect.New(detect.Config{Factors: []detect.Factor{{Name: "huge", Add: huge, When: when}}})
			return err
		},
		"risk.New(negative contributions)": func() error {
			_, err := risk.New(risk.Config{}, nil, risk.Options{MaxContributions: -1})
			return err
		},
		"state.NewSession(nil)":   func() error { _, err := state.NewSession(nil, state.Options{}); return err },
		"bolt.Open()":             func() error { _, err := bolt.Open(""); return err },
		"bolt.OpenReadOnly()":     func() error { _, err := bolt.OpenReadOnly(""); return err },
		"pipeline.New(nil)":       func() error { _, err := pipeline.New(nil, pipeline.Options{}); return err },
		"config.Open(folder)":     func() error { _, err := config.Open(t.TempDir()); return err },
		"lists.Load(nil)":         func() error { _, err := lists.Load(ctx, nil, lists.Options{}); return err },
		"lists.LoadVersion(nil)":  func() error { _, err := lists.LoadVersion(ctx, nil, "", lists.Options{}); return err },
		"lists.LoadSnapshot(nil)": func() error { _, err := lists.LoadSnapshot(nil, path); return err },
		"lists.OpenSnapshot(nil)": func() error { _, err := lists.OpenSnapshot(nil, path); return err },
		"lists.Check(nil)":        func() error { return lists.Check(ctx, nil, nil, lists.Options{}).Err },
		"lists.NewReloader(nil)":  func() error { _, err := lists.NewReloader(nil, lists.ReloadOptions{}); return err },
		"explain.New(nil)":        func() error { _, err := explain.New(explain.Lists{}); return err },
		"explain.New(unmerged)":   func() error { _, err := explain.New(explain.Lists{Assets: unmerged, Identities: unmerged}); return err },
		"explain.New(people as machines)": func() error {
			_, err := explain.New(explain.Lists{Assets: people.Entities, Identities: people.Entities})
			return err
		},
	} {
		assert.NotPanics(t, func() { assert.Error(t, call(), name) }, name)
	}
	assert.NoFileExists(t, path)
	assert.Equal(t, "unknown", event.Role(event.NumRoles).String())
}

// TestZeroOptionsAndEarlyCallsAreDefaults calls methods before anything was added, and
// omits arguments for which a default is documented.
func TestZeroOptionsAndEarlyCallsAreDefaults(t *testing.T) {
	engine, err := risk.New(risk.Config{}, nil, risk.Options{})
	require.NoError(t, err)
	assert.Empty(t, engine.Top(time.Hour, risk.ProfileSum, -1))
	detector, err := detect.New(detect.Config{})
	require.NoError(t, err)
	readings := make([]detect.Reading, 1)
	detector.NewReader(nil, maphash.MakeSeed()).ReadLines([][]byte{[]byte(`{"_time":1,"risk_object":"a","risk_score":1}`)}, readings)
	assert.Error(t, readings[0].Err, "before Reset every modifier is in the future")
}
