package bench

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	cut "github.com/kithsec/kith/internal/stream"
	"github.com/kithsec/kith/pipeline"
	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/risk/score"
)

// onePassRisk returns a configuration that scores events with a critical destination.
func onePassRisk() risk.Config {
	return risk.Config{Rules: []detect.Rule{{
		Name: "critical destination", Score: must(score.ParseDecimal("5")), Message: "$src$ reached $dest$ of $dest_owner$",
		When:        []entity.Clause{{Field: "dest_priority", Op: "=", Value: entity.Literals{"critical"}}},
		RiskObjects: []detect.RiskObject{{Field: "src", Type: "system"}},
	}}}
}

// BenchmarkOnePass enriches b.N events and counts their risk: in one pass, and as the two
// commands do, where the enriched lines go through a pipe and are scanned again. An
// operation is one event.
func BenchmarkOnePass(b *testing.B) {
	enriching := enrich.Options{Format: "cim", Fields: addedFields}
	measure := func(b *testing.B, run func(n int)) {
		run(2_000)
		b.ReportAllocs()
		b.ResetTimer()
		start := cpuTime()
		run(b.N)
		if spent := cpuTime() - start; spent > 0 {
			b.ReportMetric(float64(b.N)/spent.Seconds(), "ev/cpu-s")
		}
	}
	b.Run("way=pipeline/assets="+sizeLabel(numAssets()), func(b *testing.B) {
		p, err := pipeline.New(bothTables(), pipeline.Options{Enrich: enriching, Risk: onePassRisk(), Engine: riskOptions(1), Workers: 1})
		require.NoError(b, err)
		measure(b, func(n int) { must(p.Run(context.Background(), io.Discard, newLoopReader(corpora["flat"](), n))) })
	})
	b.Run("way=pipe/assets="+sizeLabel(numAssets()), func(b *testing.B) {
		e := must(enrich.New(bothTables(), enriching))
		engine, err := risk.New(onePassRisk(), bothTables(), riskOptions(1))
		require.NoError(b, err)
		measure(b, func(n int) {
			r, w := io.Pipe()
			go func() {
				_, err := e.Stream(context.Background(), w, newLoopReader(corpora["flat"](), n), enrich.StreamOptions{Workers: 1})
				w.CloseWithError(err)
			}()
			require.NoError(b, countLines(engine, r))
		})
	})
}

// countLines counts the risk of lines as kith risk does.
func countLines(engine *risk.Engine, r io.Reader) error {
	return cut.Run(context.Background(), cut.NewLines(r, 0, 0, 0), cut.Options{}, cut.Stage[[][]byte]{
		Ordered: true,
		Work: func() func(*cut.Block[[][]byte]) error {
			return func(b *cut.Block[[][]byte]) error {
				b.Results = b.AppendUnits(b.Results[:0])
				engine.Add(b.Results)
				return nil
			}
		},
	})
}
