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

// riskDay is what the clock on the wall shows here: late enough that no benchmark
// runs out of days.
var riskDay = time.Date(2230, 1, 1, 0, 0, 0, 0, time.UTC)

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

// windowed is an engine with one rule and one object, whose window is full.
type windowed struct {
	engine *risk.Engine
	at     time.Time
	gap    time.Duration
	n      int
}

// windows keeps full windows by the name of their benchmark: filling one takes
// longer than measuring it.
var windows = map[string]*windowed{}

func fullWindow(b *testing.B, rule risk.IncidentRule, size int) *windowed {
	if w := windows[b.Name()]; w != nil {
		return w
	}
	off := false
	rules := []risk.IncidentRule{rule}
	for _, r := range risk.ShippedIncidentRules() {
		rules = append(rules, risk.IncidentRule{Name: r.Name, Enabled: &off})
	}
	e, err := risk.New(risk.Config{IncidentRules: rules, Windows: []string{"24h"}}, nil, riskOptions())
	require.NoError(b, err)
	w := &windowed{engine: e, at: riskDay.AddDate(-200, 0, 0), gap: 24 * time.Hour / time.Duration(size)}
	for range size + size/10 {
		w.add()
	}
	windows[b.Name()] = w
	return w
}

func (w *windowed) add() {
	w.at = w.at.Add(w.gap)
	w.n++
	w.engine.Add([][]byte{fmt.Appendf(nil, `{"_time":%q,"risk_object":"a","risk_score":%d,"source":"s%d","risk_message":"m%d","n":%d}`,
		w.at.Format(time.RFC3339Nano), 1+w.n%20, w.n%50, w.n%9, w.n)})
}

// BenchmarkRiskWindow is the cost of one modifier of an object that has so many
// in its window, by what the rule has to know of them.
func BenchmarkRiskWindow(b *testing.B) {
	for _, rule := range []risk.IncidentRule{
		{Name: "sum", When: "score > 1e9"},
		{Name: "cap", When: "capped_score > 1e9", Cap: "3x"},
		{Name: "decay", When: "score > 1e9", Decay: "12h"},
		{Name: "p_series", When: "score > 1e9", Aggregate: risk.Aggregate{PSeries: "1.5"}},
	} {
		rule.Window = "24h"
		for _, size := range []int{100, 1_000, 4_000} {
			b.Run(fmt.Sprintf("rule=%s/window=%s", rule.Name, label(size)), func(b *testing.B) {
				w := fullWindow(b, rule, size)
				for b.Loop() {
					w.add()
				}
				if w.at.After(riskDay) {
					b.Fatal("out of time: a shorter -benchtime")
				}
			})
		}
	}
}
