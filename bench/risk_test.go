package bench

import (
	"bytes"
	"fmt"
	"math"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/gen"
	"github.com/kithsec/kith/risk"
)

// riskDay is before which no clock runs here, so that windows are the same
// whenever this is run.
var riskDay = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

func riskOptions() risk.Options { return risk.Options{Now: func() time.Time { return riskDay }} }

var modifiers = sync.OnceValue(func() [][]byte {
	var text bytes.Buffer
	must(gen.NewModifiers(gen.ModifierOptions{World: world(size()), Seed: 3}).WriteN(&text, 200_000))
	return bytes.Split(bytes.TrimSpace(text.Bytes()), []byte("\n"))
})

// BenchmarkRisk counts modifiers about the world's hosts and people, out of
// order and repeated as they come; an operation is one modifier.
func BenchmarkRisk(b *testing.B) {
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("assets=%s/workers=%d", label(size()), workers), func(b *testing.B) {
			lines, snapshot := modifiers(), both()
			b.ReportAllocs()
			before := liveHeap()
			var e *risk.Engine
			b.ResetTimer()
			for done := 0; done < b.N; {
				o := riskOptions()
				o.Workers = workers
				e = must(risk.New(risk.Config{}, snapshot, o))
				for at := 0; at < len(lines) && done < b.N; at += 1024 {
					n := min(1024, len(lines)-at, b.N-done)
					e.Add(lines[at : at+n])
					done += n
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "modifiers/s")
			if counted := e.Summary().Counted; counted > 10_000 {
				b.ReportMetric(math.Max(0, float64(liveHeap()-before))/float64(counted), "heap-B/modifier")
			}
			runtime.KeepAlive(e)
		})
	}
}

// BenchmarkRiskWindow is the cost of one modifier of an object that has so many
// in its window, by what the rule has to know of them.
func BenchmarkRiskWindow(b *testing.B) {
	off := false
	shipped := []risk.IncidentRule{}
	for _, r := range risk.ShippedIncidentRules() {
		shipped = append(shipped, risk.IncidentRule{Name: r.Name, Enabled: &off})
	}
	for _, c := range []struct {
		name string
		rule risk.IncidentRule
	}{
		{"sum", risk.IncidentRule{When: "score > 1e9"}},
		{"cap", risk.IncidentRule{When: "capped_score > 1e9", Cap: "3x"}},
		{"decay", risk.IncidentRule{When: "score > 1e9", Decay: "12h"}},
		{"p_series", risk.IncidentRule{When: "score > 1e9", Aggregate: risk.Aggregate{PSeries: "1.5"}}},
	} {
		for _, window := range []int{100, 1_000, 10_000} {
			b.Run(fmt.Sprintf("rule=%s/window=%s", c.name, label(window)), func(b *testing.B) {
				rule := c.rule
				rule.Name, rule.Window = "measured", "24h"
				e, err := risk.New(risk.Config{IncidentRules: append(shipped, rule), Windows: []string{"24h"}}, nil, riskOptions())
				require.NoError(b, err)
				at := riskDay.Add(-20 * 365 * 24 * time.Hour)
				add := func(i int) {
					at = at.Add(24 * time.Hour / time.Duration(window))
					e.Add([][]byte{fmt.Appendf(nil, `{"_time":%q,"risk_object":"a","risk_score":%d,"source":"s%d","risk_message":"m%d","n":%d}`,
						at.Format(time.RFC3339Nano), 1+i%20, i%50, i%9, i)})
				}
				for i := range window + window/10 {
					add(i)
				}
				for i := 0; b.Loop(); i++ {
					if at.After(riskDay) {
						b.Fatal("out of time: a shorter -benchtime")
					}
					add(i)
				}
			})
		}
	}
}
