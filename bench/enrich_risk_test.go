//go:build linux || darwin

package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkEnrichRisk compares kith enrich --risk with kith enrich | kith risk: the user and
// system time of all processes, from their start, for files of flat events. The rounds of both
// ways alternate. An operation is all of them; run it with -benchtime 1x.
func BenchmarkEnrichRisk(b *testing.B) {
	const rounds, events = 9, 400_000
	dir := b.TempDir()
	kith := filepath.Join(dir, "kith")
	built, err := exec.Command("go", "build", "-o", kith, "../cmd/kith").CombinedOutput()
	require.NoError(b, err, string(built))
	require.NoError(b, bothTables().WriteFile(filepath.Join(dir, "lists.kith")))
	var in bytes.Buffer
	for line, i := corpora["flat"](), 0; i < events; {
		for event := range bytes.Lines(line) {
			if i++; i > events {
				break
			}
			fmt.Fprintf(&in, `{"_time":%d.%06d,%s`, 1772352000+i/1000, i%1000, event[1:])
		}
	}
	require.NoError(b, os.WriteFile(filepath.Join(dir, "events.ndjson"), in.Bytes(), 0o600))
	const config = `enrich: {fields: [%s]}
risk:
  rules:
    - name: critical destination
      when: [{field: dest_priority, op: "=", value: critical}]
      risk_objects: [{field: src, type: system}]
      message: $src$ reached $dest$ of $dest_owner$
      risk_score: 5
`
	require.NoError(b, os.WriteFile(filepath.Join(dir, "kith.yaml"), fmt.Appendf(nil, config, strings.Join(addedFields, ", ")), 0o600))
	run := func(script string) time.Duration {
		c := exec.Command("sh", "-c", script)
		c.Dir = dir
		out, err := c.CombinedOutput()
		require.NoError(b, err, string(out))
		return c.ProcessState.UserTime() + c.ProcessState.SystemTime() // with those of the children that sh has waited for
	}
	var pipe, one, ratios []float64
	for range b.N * rounds {
		p := run("./kith enrich -q --snapshot lists.kith events.ndjson | ./kith risk -q --snapshot lists.kith -o piped.notables")
		o := run("./kith enrich -q --snapshot lists.kith --risk one.notables -o /dev/null events.ndjson")
		pipe, one, ratios = append(pipe, events/p.Seconds()), append(one, events/o.Seconds()), append(ratios, p.Seconds()/o.Seconds())
	}
	for name, values := range map[string][]float64{"pipe-ev/cpu-s": pipe, "one-ev/cpu-s": one, "times": ratios} {
		slices.Sort(values)
		b.ReportMetric(values[len(values)/2], name)
	}
	b.ReportMetric(ratios[0], "least-times")
	b.ReportMetric(ratios[len(ratios)-1], "most-times")
	want, err := os.ReadFile(filepath.Join(dir, "piped.notables"))
	require.NoError(b, err)
	got, err := os.ReadFile(filepath.Join(dir, "one.notables"))
	require.NoError(b, err)
	require.NotEmpty(b, want)
	require.True(b, bytes.Equal(want, got), "the notables differ")
}
