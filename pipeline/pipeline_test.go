package pipeline_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/merge"
	"github.com/kithsec/kith/pipeline"
	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/risk/score"
	"github.com/kithsec/kith/snapshot"
	"github.com/kithsec/kith/state"
)

const acmeFolder = "../testdata/acme/"

// acme returns the tables of the sample organisation.
func acme(t testing.TB) *snapshot.Snapshot {
	t.Helper()
	machines, err := merge.Merge(entity.Asset, []merge.Source{merge.File("cmdb", acmeFolder+"assets.csv")}, merge.Options{})
	require.NoError(t, err)
	people, err := merge.Merge(entity.Identity, []merge.Source{merge.File("hr", acmeFolder+"identities.csv")}, merge.Options{})
	require.NoError(t, err)
	s := &snapshot.Snapshot{}
	s.Assets, err = assets.NewTable(machines.Entities, assets.Options{})
	require.NoError(t, err)
	s.Identities, err = identities.NewTable(people.Entities, identities.Options{})
	require.NoError(t, err)
	return s
}

func decimal(t testing.TB, text string) score.Decimal {
	t.Helper()
	d, err := score.ParseDecimal(text)
	require.NoError(t, err)
	return d
}

func equals(field string, values ...string) entity.Clause {
	return entity.Clause{Field: field, Op: "=", Value: values}
}

// riskConfig has rules and factors on fields of the events and on fields that
// enrichment writes.
func riskConfig(t testing.TB) risk.Config {
	return risk.Config{
		Windows: []time.Duration{24 * time.Hour},
		Factors: []detect.Factor{
			{Name: "important source", Multiply: decimal(t, "2"), When: []entity.Clause{equals("src_priority", "high", "critical")}},
			{Name: "watched", Add: decimal(t, "5"), When: []entity.Clause{equals("user_watchlist", "true")}},
			{Name: "nested", Add: decimal(t, "3"), When: []entity.Clause{equals("kith.src.priority", "medium")}},
			{Name: "category", Add: decimal(t, "1"), When: []entity.Clause{{Field: "dest_category", Op: "exists"}}},
			{Name: "own", Add: decimal(t, "7"), When: []entity.Clause{equals("risk_object_bunit", "finance")}},
		},
		Rules: []detect.Rule{
			{
				Name: "web", When: []entity.Clause{equals("sourcetype", "web")}, Message: "$user$ of $user_bunit$ at $src_asset$ ($src_owner$)",
				RiskObjects:   []detect.RiskObject{{Field: "user", Type: "user", Score: decimal(t, "30")}, {Field: "src_asset", Type: "system", Score: decimal(t, "20")}},
				ThreatObjects: []detect.ThreatObject{{Field: "dest", Type: "ip_address"}},
			},
			{
				Name: "known machine", When: []entity.Clause{{Field: "dest_asset_id", Op: "exists"}}, Message: "$dest_dns$ $message$ $urgency$",
				RiskObjects: []detect.RiskObject{{Field: "dest", Score: decimal(t, "40")}}, Attack: []string{"T1110"},
			},
		},
		IncidentRules: []risk.IncidentRule{
			{Name: "any", Window: 24 * time.Hour, When: "score > 10", Severity: entity.Medium, Refire: risk.RefireSeverity},
		},
	}
}

// input returns sample events, modifiers and lines that are neither, in random order.
func input(t testing.TB, seed uint64) []byte {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	var lines []string
	for _, pattern := range []string{"events/*.ndjson", "risk/*.ndjson"} {
		names, err := filepath.Glob(acmeFolder + pattern)
		require.NoError(t, err)
		for _, name := range names {
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			for line := range strings.Lines(string(text)) {
				lines = append(lines, strings.TrimSuffix(line, "\n"))
			}
		}
	}
	for i := range 40 {
		at := fmt.Sprintf("2026-03-01T%02d:%02d:00Z", r.IntN(24), r.IntN(60))
		lines = append(lines,
			fmt.Sprintf(`{"_time":%q,"risk_object":"jdoe","risk_score":%d,"source":"s%d","src":"10.1.2.%d"}`, at, r.IntN(40), i%5, i),
			fmt.Sprintf(`{"_time":%q,"sourcetype":"web","src":"10.1.2.%d","dest":"10.1.3.%d","user":"jdoe","severity":"high","src_priority":"low"}`, at, i, i),
			fmt.Sprintf(`{"timestamp":%q,"event_type":"alert","flow_id":%d,"sourcetype":"web","src":"10.1.2.%d","dest":"10.1.3.%d","user":"jdoe"}`, at, i, i, i))
	}
	lines = append(lines, "", "   ", "not json", `{"src":"10.1.2.3","user":}`, `{"src":"10.1.2.3","risk_object":}`, `{"a":`, `[1]`,
		`{"_time":1772352000,"sourcetype":"web","user":"jdoe","kith":"x","src":"10.1.2.3"}`,
		`{"_time":1772352000,"sourcetype":"web","user":"j\u0064oe","kith":{"src":{"priority":"medium"}},"src":"10.1.2.3"}`)
	r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	return []byte(strings.Join(lines, "\n"))
}

func drawOptions(r *rand.Rand) enrich.Options {
	return enrich.Options{
		Format: []string{"", "auto", "ecs", "windows"}[r.IntN(4)], Fields: [][]string{nil, {"priority", "asset", "bunit"}}[r.IntN(2)],
		Into: []string{"", "", "kith"}[r.IntN(3)], Owner: r.IntN(3) == 0, Overwrite: r.IntN(3) == 0, Defaults: r.IntN(3) == 0,
		Match: r.IntN(3) == 0, Urgency: r.IntN(2) == 0, Zone: event.ZoneOptions{Default: ""},
	}
}

func engineOptions() risk.Options {
	return risk.Options{Now: func() time.Time { return time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC) }}
}

// result is the whole output of a run.
type result struct {
	events, notables string
	bad              []string
	risk             risk.Summary
}

// runInSequence does what kith enrich | kith risk does.
func runInSequence(t *testing.T, s *snapshot.Snapshot, o enrich.Options, in []byte) (out result) {
	t.Helper()
	e, err := enrich.New(s, o)
	require.NoError(t, err)
	var enriched bytes.Buffer
	_, err = e.Stream(t.Context(), &enriched, bytes.NewReader(in), enrich.StreamOptions{DeadLetter: func(b enrich.BadEvent) error {
		out.bad = append(out.bad, b.Error())
		return nil
	}})
	require.NoError(t, err)
	out.events = enriched.String()
	engine, err := risk.New(riskConfig(t), s, engineOptions())
	require.NoError(t, err)
	for line := range bytes.Lines(enriched.Bytes()) {
		for _, n := range engine.Add([][]byte{bytes.TrimSuffix(line, []byte("\n"))}).Notables {
			out.notables += string(n.AppendJSON(nil)) + "\n"
		}
	}
	out.risk = engine.Summary()
	return out
}

// runInOnePass runs a Pipeline.
func runInOnePass(t *testing.T, s *snapshot.Snapshot, o pipeline.Options, in io.Reader) (out result) {
	t.Helper()
	o.Risk, o.Engine = riskConfig(t), engineOptions()
	o.Notable = func(n *risk.Notable) error {
		out.notables += string(n.AppendJSON(nil)) + "\n"
		return nil
	}
	o.Bad = func(b pipeline.BadLine) error {
		out.bad = append(out.bad, fmt.Sprintf("line %d: %v", b.Line, b.Err))
		return nil
	}
	p, err := pipeline.New(s, o)
	require.NoError(t, err)
	var events bytes.Buffer
	summary, err := p.Run(t.Context(), &events, in)
	require.NoError(t, err)
	require.NoError(t, p.Close())
	out.events, out.risk = events.String(), summary.Risk
	return out
}

// TestOnePassEqualsTheCommandsInSequence compares the outputs byte for byte, for random
// options, sizes of reads and numbers of workers.
func TestOnePassEqualsTheCommandsInSequence(t *testing.T) {
	s := acme(t)
	notables := 0
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 7))
		o, in := drawOptions(r), input(t, seed)
		want := runInSequence(t, s, o, in)
		notables += strings.Count(want.notables, "\n")
		readers := map[string]io.Reader{"whole": bytes.NewReader(in), "halves": iotest.HalfReader(bytes.NewReader(in))}
		for name, src := range readers {
			got := runInOnePass(t, s, pipeline.Options{Enrich: o, Workers: 1 + r.IntN(4)}, src)
			require.Equal(t, want.events, got.events, "seed %d, %s, %+v", seed, name, o)
			require.Equal(t, want.notables, got.notables, "seed %d, %s, %+v", seed, name, o)
			require.Equal(t, want.risk, got.risk, "seed %d, %s, %+v", seed, name, o)
			require.Subset(t, got.bad, want.bad, "seed %d", seed)
		}
	}
	assert.Greater(t, notables, 100)
}

// TestStateIsCommittedWithTheNotables runs twice with the same log. The second run must
// not count or emit anything again.
func TestStateIsCommittedWithTheNotables(t *testing.T) {
	s, in := acme(t), input(t, 3)
	var log state.Memory
	var first, second bytes.Buffer
	acknowledged := state.Position{}
	o := pipeline.Options{
		Log: &log, Session: state.Options{Stream: &first, OnCommit: func(p state.Position) error { acknowledged = p; return nil }},
	}
	got := runInOnePass(t, s, o, bytes.NewReader(in))
	assert.Equal(t, got.notables, first.String())
	assert.EqualValues(t, len(in), acknowledged.Bytes)
	o.Session.Stream = &second
	again := runInOnePass(t, s, o, bytes.NewReader(in))
	assert.Empty(t, again.notables)
	assert.Zero(t, again.risk.Counted)
	assert.Equal(t, got.events, again.events)
}

// TestRejectedNotablesAreEmittedAgain lets the caller fail at a notable. After a
// restart, that notable and all later ones must be emitted.
func TestRejectedNotablesAreEmittedAgain(t *testing.T) {
	s, in := acme(t), input(t, 3)
	var all, stream bytes.Buffer
	runInOnePass(t, s, pipeline.Options{Log: new(state.Memory), Session: state.Options{Stream: &all}}, bytes.NewReader(in))
	require.Greater(t, bytes.Count(all.Bytes(), []byte("\n")), 2)
	log, failed, taken := new(state.Memory), errors.New("not now"), 0
	p, err := pipeline.New(s, pipeline.Options{
		Risk: riskConfig(t), Engine: engineOptions(), Log: log, Session: state.Options{Stream: &stream},
		Notable: func(*risk.Notable) error {
			if taken++; taken == 2 {
				return failed
			}
			return nil
		},
	})
	require.NoError(t, err)
	_, err = p.Run(t.Context(), io.Discard, bytes.NewReader(in))
	assert.ErrorIs(t, err, failed)
	_, err = p.Run(t.Context(), io.Discard, bytes.NewReader(in))
	assert.Error(t, err)
	require.NoError(t, p.Close())
	runInOnePass(t, s, pipeline.Options{Log: log, Session: state.Options{Stream: &stream}}, bytes.NewReader(in))
	assert.Equal(t, all.String(), stream.String())
}

// TestLogWithoutOutputsKeepsTheNotables uses a log without a session. A closed pipeline
// must not run.
func TestLogWithoutOutputsKeepsTheNotables(t *testing.T) {
	log := new(state.Memory)
	p, err := pipeline.New(acme(t), pipeline.Options{Risk: riskConfig(t), Engine: engineOptions(), Log: log})
	require.NoError(t, err)
	sum, err := p.Run(t.Context(), io.Discard, bytes.NewReader(input(t, 3)))
	require.NoError(t, err)
	require.NoError(t, p.Close())
	assert.Positive(t, sum.Risk.Notables)
	assert.EqualValues(t, sum.Risk.Notables, log.Len(risk.NotableSpace))
	_, err = p.Run(t.Context(), io.Discard, strings.NewReader("{}\n"))
	assert.ErrorContains(t, err, "closed")
}

func TestSwapReplacesTheSnapshot(t *testing.T) {
	p, err := pipeline.New(acme(t), pipeline.Options{Enrich: enrich.Options{Fields: []string{"asset"}}, Risk: riskConfig(t), Engine: engineOptions()})
	require.NoError(t, err)
	run := func() string {
		var out bytes.Buffer
		_, err := p.Run(t.Context(), &out, strings.NewReader(`{"src":"203.0.113.77"}`))
		require.NoError(t, err)
		return out.String()
	}
	assert.NotContains(t, run(), "src_asset")
	open := func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("ip,nt_host\n203.0.113.77,new\n")), nil
	}
	machines, err := merge.Merge(entity.Asset, []merge.Source{{Name: "new", Open: open}}, merge.Options{})
	require.NoError(t, err)
	table, err := assets.NewTable(machines.Entities, assets.Options{})
	require.NoError(t, err)
	require.NoError(t, p.Swap(&snapshot.Snapshot{Assets: table}))
	assert.Contains(t, run(), `"src_asset":"new"`)
	assert.Error(t, p.Swap(nil))
}

func TestFailuresEndTheRun(t *testing.T) {
	s := acme(t)
	_, err := pipeline.New(nil, pipeline.Options{})
	assert.Error(t, err)
	_, err = pipeline.New(s, pipeline.Options{Enrich: enrich.Options{Format: "nope"}})
	assert.ErrorContains(t, err, "nope")
	_, err = pipeline.New(s, pipeline.Options{Risk: risk.Config{ESFactors: []string{"nope"}}})
	assert.ErrorContains(t, err, "nope")
	_, err = pipeline.New(s, pipeline.Options{OnError: 9})
	assert.ErrorContains(t, err, "unknown action")
	_, err = pipeline.New(s, pipeline.Options{Session: state.Options{File: "notables"}})
	assert.ErrorContains(t, err, "log")
	p, err := pipeline.New(s, pipeline.Options{OnError: enrich.Fail})
	require.NoError(t, err)
	var out bytes.Buffer
	_, err = p.Run(t.Context(), &out, strings.NewReader("{\"src\":\"x\"}\nbad\n{\"src\":\"y\"}\n"))
	assert.ErrorContains(t, err, "line 2")
	assert.Equal(t, "{\"src\":\"x\"}\n", out.String())
	_, err = p.Run(t.Context(), nil, nil)
	assert.Error(t, err)
	failed := fmt.Errorf("full")
	p, err = pipeline.New(s, pipeline.Options{Risk: riskConfig(t), Engine: engineOptions(), Notable: func(*risk.Notable) error { return failed }})
	require.NoError(t, err)
	_, err = p.Run(t.Context(), io.Discard, bytes.NewReader(input(t, 1)))
	assert.ErrorIs(t, err, failed)
}
