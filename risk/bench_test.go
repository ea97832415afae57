package risk_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/risk/score"
)

// stream returns modifiers in event-time order, whose objects have a Zipf distribution.
func stream(n, objects int, days float64) [][]byte {
	rng := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(rng, 1.1, 8, uint64(objects-1))
	lines := make([][]byte, n)
	start := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	for i := range lines {
		detection := rng.IntN(200)
		at := start.Add(time.Duration(float64(i) / float64(n) * days * 24 * float64(time.Hour)))
		lines[i] = fmt.Appendf(nil, `{"_time":"%s","risk_object":"user%d","risk_object_type":"user","risk_score":%d,"source":"Detection %d","risk_message":"something happened, kind %d","annotations":{"mitre_attack":["T%d"]},"threat_object":"203.0.113.%d","threat_object_type":"ip_address"}`,
			at.Format(time.RFC3339Nano), zipf.Uint64(), 1+rng.IntN(20), detection, rng.IntN(5000), 1003+detection/2, rng.IntN(250))
	}
	return lines
}

func BenchmarkAdd(b *testing.B) {
	for _, objects := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("objects=%d", objects), func(b *testing.B) {
			lines := stream(400_000, objects, 10)
			b.ReportAllocs()
			for b.Loop() {
				e, err := risk.New(risk.Config{}, nil, risk.Options{Now: frozen})
				if err != nil {
					b.Fatal(err)
				}
				for i := 0; i < len(lines); i += 1024 {
					e.Add(lines[i:min(len(lines), i+1024)])
				}
			}
			b.ReportMetric(float64(len(lines))*float64(b.N)/b.Elapsed().Seconds(), "modifiers/s")
		})
	}
}

// BenchmarkMemory reports the heap size per live modifier.
func BenchmarkMemory(b *testing.B) {
	lines := stream(1_000_000, 100_000, 6)
	for b.Loop() {
		before := heap()
		e, _ := risk.New(risk.Config{}, nil, risk.Options{Now: frozen})
		for i := 0; i < len(lines); i += 1024 {
			e.Add(lines[i:min(len(lines), i+1024)])
		}
		b.ReportMetric(float64(heap()-before)/float64(e.Summary().Counted), "B/modifier")
		runtime.KeepAlive(e)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkArrival measures the cost of adding a modifier, by the number of modifiers in the
// window of its object and the kind of rule.
func BenchmarkArrival(b *testing.B) {
	base := []risk.IncidentRule{{Name: "risk_threshold_24h", Disabled: true}, {Name: "attack_tactics_7d", Disabled: true}}
	for _, c := range []struct {
		name string
		rule risk.IncidentRule
		late bool
	}{
		{name: "sum", rule: risk.IncidentRule{When: "score > 1e9"}},
		{name: "cap+dedup", rule: risk.IncidentRule{When: "capped_score > 1e9 or tactics > 20", Cap: risk.Cap{Times: score.DecimalOf(3)}, Dedup: risk.DedupMessage}},
		{name: "decay", rule: risk.IncidentRule{When: "score > 1e9", Decay: 12 * time.Hour}},
		{name: "p_series", rule: risk.IncidentRule{When: "score > 1e9", PSeries: score.DecimalOf(1.5)}},
		{name: "sum", rule: risk.IncidentRule{When: "score > 1e9"}, late: true},
	} {
		for _, window := range []int{100, 1_000, 10_000} {
			b.Run(fmt.Sprintf("rule=%s/late=%t/window=%d", c.name, c.late, window), func(b *testing.B) {
				rule := c.rule
				rule.Name, rule.Window = "r", 24*time.Hour
				e, err := risk.New(risk.Config{IncidentRules: append([]risk.IncidentRule{rule}, base...), Windows: []time.Duration{24 * time.Hour}}, nil, risk.Options{Now: frozen})
				if err != nil {
					b.Fatal(err)
				}
				gap := 24 * time.Hour / time.Duration(window)
				at := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)
				add := func(at time.Time, i int) {
					e.Add([][]byte{fmt.Appendf(nil, `{"_time":"%s","risk_object":"a","risk_score":1,"source":"s%d","risk_message":"m%d","n":%d}`, at.Format(time.RFC3339Nano), i%50, i%9, i)})
				}
				n := 0
				for range window + window/10 {
					at = at.Add(gap)
					n++
					add(at, n)
				}
				for b.Loop() {
					n++
					if c.late {
						add(at.Add(-12*time.Hour), n)
						continue
					}
					if at = at.Add(gap); at.After(frozen()) {
						b.Skip("out of time")
					}
					add(at, n)
				}
			})
		}
	}
}
