package bolt_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/state"
	"github.com/kithsec/kith/state/bolt"
	"github.com/stretchr/testify/require"
)

func lines(n int) [][]byte {
	rng := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(rng, 1.1, 8, 99_999)
	out := make([][]byte, n)
	for i := range out {
		at := now().Add(time.Duration(float64(i-n)/float64(n)*144*float64(time.Hour)) - time.Minute)
		d := rng.IntN(200)
		out[i] = fmt.Appendf(nil, `{"_time":"%s","risk_object":"user%d","risk_object_type":"user","risk_score":%d,"source":"Detection %d","risk_message":"kind %d","annotations":{"mitre_attack":["T%d"]},"threat_object":"203.0.113.%d","threat_object_type":"ip_address"}`,
			at.Format(time.RFC3339Nano), zipf.Uint64(), 1+rng.IntN(20), d, rng.IntN(5000), 1003+d/2, rng.IntN(250))
	}
	return out
}

// BenchmarkState counts half a million modifiers with a commit every second, and then
// opens the state again.
func BenchmarkState(b *testing.B) {
	in := lines(500_000)
	for b.Loop() {
		dir := b.TempDir()
		open := func() (*state.Session, *risk.Engine) {
			log, err := bolt.Open(dir)
			require.NoError(b, err)
			e, err := risk.New(risk.Config{}, nil, risk.Options{State: log})
			require.NoError(b, err)
			s, err := state.NewSession(log, state.Options{Stream: io.Discard}, e)
			require.NoError(b, err)
			return s, e
		}
		start := time.Now()
		s, e := open()
		commitAt := start.Add(time.Second)
		for i := 0; i < len(in); i += 1000 {
			for _, n := range e.Add(in[i : i+1000]).Notables {
				s.Emit(n.Change())
			}
			if s.Advance(1000, 1); time.Now().After(commitAt) {
				require.NoError(b, s.Commit())
				commitAt = time.Now().Add(time.Second)
			}
		}
		require.NoError(b, s.Close())
		b.ReportMetric(float64(len(in))/time.Since(start).Seconds(), "modifiers/s")
		start = time.Now()
		s, _ = open()
		b.ReportMetric(float64(len(in))/time.Since(start).Seconds(), "restored/s")
		info, err := os.Stat(filepath.Join(dir, "risk.db"))
		require.NoError(b, err)
		b.ReportMetric(float64(info.Size())/float64(len(in)), "B/modifier")
		require.NoError(b, s.Close())
	}
}
