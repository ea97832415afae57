package risk_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/risk/score"
)

// TestFormsOfEventsCauseTheSameNotables adds the same modifiers and events as JSON
// lines, CSV records, maps, and through events of the caller's own.
func TestFormsOfEventsCauseTheSameNotables(t *testing.T) {
	enrich := detect.Rule{
		Name: "logon", When: []entity.Clause{{Field: "EventID", Op: "=", Value: entity.Literals{"4625"}}},
		RiskObjects: []detect.RiskObject{{Field: "dest", Score: score.DecimalOf(30)}, {Field: "user.name", Type: "user", Score: score.DecimalOf(12.5)}},
		Message:     "logon of $user.name$ at $dest$ ($risk_score$)", Attack: []string{"T1110"},
		ThreatObjects: []detect.ThreatObject{{Field: "src", Type: "ip_address"}},
	}
	cfg := risk.Config{
		Rules:     []detect.Rule{enrich},
		Factors:   []detect.Factor{{Name: "vpn", Multiply: score.DecimalOf(1.5), When: []entity.Clause{{Field: "vpn", Op: "=", Value: entity.Literals{"true"}}}}},
		ESFactors: []string{"admin_user"},
	}
	now := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	header := []string{"_time", "risk_object", "risk_object_type", "risk_score", "source", "vpn", "threat_object", "annotations.mitre_attack", "orig_sid", "orig_rid", "EventID", "dest", "user.name", "src"}
	rng := rand.New(rand.NewPCG(7, 7))
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	var lines [][]byte
	var records [][]string
	var maps []map[string]any
	for i := range 600 {
		cells := map[string]string{"_time": now.Add(time.Duration(i-700) * time.Minute).Format(time.RFC3339), "vpn": pick("true", "", "no"), "src": pick("10.0.0.1", "10.0.0.2")}
		if i%3 == 0 {
			cells["EventID"], cells["dest"], cells["user.name"] = "4625", pick("web1", "WEB2", ""), pick("jdoe", "root", "")
		} else {
			cells["risk_object"], cells["risk_score"] = pick("web1", " jdoe ", "ÜNÏ"), pick("10", "25.5", "-3", "x")
			cells["risk_object_type"], cells["source"] = pick("", "user", "System"), pick("a", "b", "c", "")
			cells["threat_object"], cells["annotations.mitre_attack"] = pick("", "evil.exe"), pick("", "T1003", "TA0001,T1059")
			if rng.IntN(4) == 0 {
				cells["orig_sid"], cells["orig_rid"] = "s", fmt.Sprint(rng.IntN(100))
			}
		}
		record, decoded := make([]string, len(header)), map[string]any{}
		for k, name := range header {
			if record[k] = cells[name]; record[k] != "" {
				decoded[name] = record[k]
			}
		}
		line, err := json.Marshal(decoded)
		require.NoError(t, err)
		lines, records, maps = append(lines, line), append(records, record), append(maps, decoded)
	}

	run := func(add func(e *risk.Engine, from, to int) risk.Result) (out []string, bad []int, summary risk.Summary) {
		e, err := risk.New(cfg, nil, risk.Options{Now: func() time.Time { return now }, Workers: 2})
		require.NoError(t, err)
		for from := 0; from < len(lines); from += 77 {
			result := add(e, from, min(len(lines), from+77))
			for _, n := range result.Notables {
				out = append(out, string(n.AppendJSON(nil)))
			}
			for _, b := range result.Bad {
				bad = append(bad, from+b.Index)
			}
		}
		return out, bad, e.Summary()
	}
	want, bad, summary := run(func(e *risk.Engine, from, to int) risk.Result { return e.Add(lines[from:to]) })
	require.Greater(t, len(want), 10)
	require.NotEmpty(t, bad)
	forms := map[string]func(e *risk.Engine, from, to int) risk.Result{
		"records": func(e *risk.Engine, from, to int) risk.Result { return e.AddRecords(header, records[from:to]) },
		"maps":    func(e *risk.Engine, from, to int) risk.Result { return e.AddMaps(maps[from:to]) },
		"events": func(e *risk.Engine, from, to int) risk.Result {
			r := e.NewReader(nil)
			r.Reset(now)
			events := make([]event.Event, to-from)
			for i := range events {
				form := r.Schema().NewJSON()
				require.NoError(t, form.Scan(lines[from+i]))
				events[i] = form
			}
			readings := make([]detect.Reading, to-from)
			r.ReadEvents(events, lines[from:to], readings)
			return e.AddReadings(readings)
		},
	}
	for name, add := range forms {
		got, gotBad, gotSummary := run(add)
		require.Equal(t, want, got, name)
		require.True(t, slices.Equal(bad, gotBad), name)
		require.Equal(t, summary, gotSummary, name)
	}
}
