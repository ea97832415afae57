package bench

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/state"
	"github.com/kithsec/kith/state/bolt"
)

// stateDirs caches directories with states by their number of modifiers, because creating
// one takes longer than measuring it. TestMain removes them at the end.
var stateDirs = map[int]string{}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, dir := range stateDirs {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

// stateEngine is an engine whose state is in a directory, with a commit every second.
type stateEngine struct {
	testing.TB
	*state.Session
	engine   *risk.Engine
	commitAt time.Time
}

func (s *stateEngine) addLines(lines [][]byte) {
	size := 0
	for _, line := range lines {
		size += len(line) + 1
	}
	for _, n := range s.engine.Add(lines).Notables {
		s.Emit(n.Change())
	}
	s.Advance(len(lines), int64(size))
	if s.engine.Unsaved() >= 32<<20 || time.Now().After(s.commitAt) {
		require.NoError(s, s.Commit())
		s.commitAt = time.Now().Add(time.Second)
	}
}

func openState(b *testing.B, dir string) *stateEngine {
	log, err := bolt.Open(dir)
	require.NoError(b, err)
	o := riskOptions(1)
	o.State = log
	e, err := risk.New(risk.Config{}, bothTables(), o)
	require.NoError(b, err)
	s, err := state.NewSession(log, state.Options{Stream: io.Discard}, e)
	require.NoError(b, err)
	return &stateEngine{b, s, e, time.Now().Add(time.Second)}
}

// BenchmarkRiskState counts modifiers with a state on disk that is empty at first, with a
// commit every second. An operation is one modifier. The last commit is included.
func BenchmarkRiskState(b *testing.B) {
	b.Run(fmt.Sprintf("assets=%s/workers=1", sizeLabel(numAssets())), func(b *testing.B) {
		s := openState(b, b.TempDir())
		b.ReportAllocs()
		newModifierStream(10*numAssets()).addMeasured(b, s)
		require.NoError(b, s.Close())
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "modifiers/s")
	})
}

// BenchmarkRiskStart measures how long a process takes to start with a state of up to ten
// live modifiers per asset.
func BenchmarkRiskStart(b *testing.B) {
	for live := 10 * numAssets() / 100; live <= 10*numAssets(); live *= 10 {
		b.Run(fmt.Sprintf("assets=%s/live=%s", sizeLabel(numAssets()), sizeLabel(live)), func(b *testing.B) {
			dir := stateDir(b, live)
			b.ResetTimer()
			spent, held := cpuTime(), 0.0
			for b.Loop() {
				s := openState(b, dir)
				b.StopTimer()
				held = float64(s.engine.Live())
				require.NoError(b, s.Close())
				b.StartTimer()
			}
			b.ReportMetric((cpuTime()-spent).Seconds()/float64(b.N), "cpu-s/start")
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*1e9/held, "ns/modifier")
			info, err := os.Stat(filepath.Join(dir, "risk.db"))
			require.NoError(b, err)
			b.ReportMetric(float64(info.Size())/held, "disk-B/modifier")
		})
	}
}

func stateDir(b *testing.B, live int) string {
	if stateDirs[live] == "" {
		dir, err := os.MkdirTemp("", "kith-bench-state")
		require.NoError(b, err)
		stateDirs[live] = dir
		s := openState(b, dir)
		newModifierStream(live).addUnmeasured(s, live)
		require.NoError(b, s.Close())
	}
	return stateDirs[live]
}
