package bench

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/gen"
)

// shape is a shape of events and its preset.
type shape struct {
	name, format string
	shape        gen.Shape
}

var shapes = []shape{{"flat", "cim", gen.Flat}, {"ecs", "ecs", gen.ECS}, {"windows", "windows", gen.Windows}}

// corpusEvents is the number of events in a corpus. They contain more than 2^18 keys.
const corpusEvents = 90_000

// corpora returns events by shape, one per line. Each corpus is generated on first use.
var corpora = func() map[string]func() []byte {
	all := map[string]func() []byte{}
	for _, s := range shapes {
		all[s.name] = sync.OnceValue(func() []byte {
			var text bytes.Buffer
			must(gen.NewEvents(gen.EventOptions{World: world(numAssets()), Shape: s.shape, Seed: 2}).WriteN(&text, corpusEvents))
			return text.Bytes()
		})
	}
	return all
}()

// loopReader reads a text repeatedly, until it has returned a number of lines. It counts
// the lines before the first Read, so that reading costs only the copy.
type loopReader struct {
	text []byte
	left int // remaining bytes
	at   int
}

func newLoopReader(text []byte, n int) *loopReader {
	lines := max(bytes.Count(text, []byte("\n")), 1)
	e := &loopReader{text: text, left: n / lines * len(text)}
	rest := 0
	for range n % lines {
		rest += bytes.IndexByte(text[rest:], '\n') + 1
	}
	e.left += rest
	return e
}

func (e *loopReader) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), e.left)], e.text[e.at:])
	e.left -= n
	e.at = (e.at + n) % len(e.text)
	return n, nil
}

func TestLoopReaderReturnsExactNumberOfLines(t *testing.T) {
	for n := range 12 {
		got, err := io.ReadAll(newLoopReader([]byte("a\nbb\nccc\n"), n))
		require.NoError(t, err)
		require.Equal(t, n, bytes.Count(got, []byte("\n")), "%d lines: %q", n, got)
	}
}

// addedFields lists the fields that are added for each of three roles.
var addedFields = []string{"asset", "owner", "priority", "bunit", "category"}

// streamEvents enriches b.N events; an operation is one event. The metric ev/cpu-s is the
// number of events per second of processor time. Unlike ev/s it does not depend on other
// processes on the machine.
func streamEvents(b *testing.B, e *enrich.Enricher, text []byte, dst io.Writer, workers int) {
	b.ReportAllocs()
	b.SetBytes(int64(len(text) / corpusEvents))
	// Warm up buffers and tables before the timer starts.
	must(e.Stream(context.Background(), io.Discard, newLoopReader(text, 2_000), enrich.StreamOptions{Workers: workers}))
	b.ResetTimer()
	start := cpuTime()
	s, err := e.Stream(context.Background(), dst, newLoopReader(text, b.N), enrich.StreamOptions{Workers: workers})
	spent := cpuTime() - start
	require.NoError(b, err)
	require.EqualValues(b, b.N, s.Events)
	require.Zero(b, s.Bad)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ev/s")
	if spent > 0 {
		b.ReportMetric(float64(b.N)/spent.Seconds(), "ev/cpu-s")
	}
}

// BenchmarkEnrich measures the complete path of an event: reading, scanning, looking up
// the roles of the preset, adding five fields for each, and writing.
func BenchmarkEnrich(b *testing.B) {
	for _, s := range shapes {
		for _, workers := range []int{1, 2} {
			for _, out := range []string{"null", "file"} {
				b.Run(fmt.Sprintf("shape=%s/assets=%s/workers=%d/out=%s", s.name, sizeLabel(numAssets()), workers, out), func(b *testing.B) {
					e, err := enrich.New(onlyAssets(), enrich.Options{Format: s.format, Fields: addedFields})
					require.NoError(b, err)
					streamEvents(b, e, corpora[s.name](), openOutput(b, out), workers)
				})
			}
		}
	}
}

// openOutput returns io.Discard or a file whose first 256 MB are overwritten repeatedly.
func openOutput(b *testing.B, kind string) io.Writer {
	if kind == "null" {
		return io.Discard
	}
	f, err := os.Create(filepath.Join(b.TempDir(), "events.ndjson"))
	require.NoError(b, err)
	b.Cleanup(func() { f.Close() })
	return &ringFile{file: f}
}

type ringFile struct {
	file *os.File
	size int
}

func (r *ringFile) Write(p []byte) (int, error) {
	if r.size += len(p); r.size > 256<<20 {
		r.size = len(p)
		if _, err := r.file.Seek(0, io.SeekStart); err != nil {
			return 0, err
		}
	}
	return r.file.Write(p)
}

// BenchmarkEnrichAll adds all fields of assets and identities, the match and the urgency.
func BenchmarkEnrichAll(b *testing.B) {
	for _, s := range shapes {
		b.Run(fmt.Sprintf("shape=%s/assets=%s", s.name, sizeLabel(numAssets())), func(b *testing.B) {
			e, err := enrich.New(bothTables(), enrich.Options{Format: s.format, Match: true, Urgency: true})
			require.NoError(b, err)
			streamEvents(b, e, corpora[s.name](), io.Discard, 1)
		})
	}
}

// BenchmarkEnrichAuto selects the preset for every event, and for comparison uses the same
// preset without selection.
func BenchmarkEnrichAuto(b *testing.B) {
	for _, s := range shapes {
		for _, format := range []string{s.format, "auto"} {
			b.Run(fmt.Sprintf("shape=%s/format=%s", s.name, format), func(b *testing.B) {
				e, err := enrich.New(bothTables(), enrich.Options{Format: format, Fields: addedFields})
				require.NoError(b, err)
				streamEvents(b, e, corpora[s.name](), io.Discard, 1)
			})
		}
	}
}

// BenchmarkEnrichOptions measures the cost of options.
func BenchmarkEnrichOptions(b *testing.B) {
	for _, c := range []struct {
		name string
		o    enrich.Options
	}{
		{"none", enrich.Options{}},
		{"validate", enrich.Options{Validate: true}},
		{"into", enrich.Options{Into: "kith"}},
		{"overwrite", enrich.Options{Overwrite: true}},
		{"match", enrich.Options{Match: true}},
	} {
		b.Run("shape=flat/option="+c.name, func(b *testing.B) {
			c.o.Fields = addedFields
			e, err := enrich.New(onlyAssets(), c.o)
			require.NoError(b, err)
			streamEvents(b, e, corpora["flat"](), io.Discard, 1)
		})
	}
}

// BenchmarkEnrichReload enriches events while another goroutine swaps the snapshot a
// thousand times per second.
func BenchmarkEnrichReload(b *testing.B) {
	e, err := enrich.New(onlyAssets(), enrich.Options{Fields: addedFields})
	require.NoError(b, err)
	var swaps atomic.Int64
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for tick := time.NewTicker(time.Millisecond); ; {
			select {
			case <-stop:
				tick.Stop()
				return
			case <-tick.C:
				_ = e.Swap(onlyAssets()) // cannot fail: New accepted the same tables
				swaps.Add(1)
			}
		}
	}()
	streamEvents(b, e, corpora["flat"](), io.Discard, 1)
	close(stop)
	<-stopped
	b.ReportMetric(float64(swaps.Load()), "swaps")
}

// BenchmarkEnrichGzip enriches compressed events, and for comparison only decompresses
// them.
func BenchmarkEnrichGzip(b *testing.B) {
	text := corpora["flat"]()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	must(w.Write(text))
	require.NoError(b, w.Close())
	e, err := enrich.New(onlyAssets(), enrich.Options{Fields: addedFields})
	require.NoError(b, err)
	for _, what := range []string{"gunzip", "gunzip+enrich"} {
		b.Run("do="+what, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				in := csvio.NewReadCloser(bytes.NewReader(packed.Bytes()))
				if what == "gunzip" {
					must(io.Copy(io.Discard, in))
				} else {
					must(e.Stream(context.Background(), io.Discard, in, enrich.StreamOptions{Workers: 1}))
				}
				require.NoError(b, in.Close())
			}
			b.ReportMetric(corpusEvents*float64(b.N)/b.Elapsed().Seconds(), "ev/s")
		})
	}
}

// BenchmarkAppendJSON enriches one event at a time, as programs that embed Kith do.
func BenchmarkAppendJSON(b *testing.B) {
	for _, s := range shapes {
		b.Run("shape="+s.name, func(b *testing.B) {
			e, err := enrich.New(onlyAssets(), enrich.Options{Format: s.format, Fields: addedFields})
			require.NoError(b, err)
			events := bytes.Split(bytes.TrimSpace(corpora[s.name]()), []byte("\n"))
			b.ReportAllocs()
			var dst []byte
			i := 0
			for b.Loop() {
				dst, _, err = e.AppendJSON(dst[:0], events[i])
				if i++; i == len(events) {
					i = 0
				}
			}
			require.NoError(b, err)
		})
	}
}

// BenchmarkMap enriches decoded events.
func BenchmarkMap(b *testing.B) {
	e, err := enrich.New(onlyAssets(), enrich.Options{Fields: addedFields})
	require.NoError(b, err)
	lines := bytes.Split(bytes.TrimSpace(corpora["flat"]()), []byte("\n"))[:10_000]
	events := make([]map[string]any, len(lines))
	for i, l := range lines {
		require.NoError(b, json.Unmarshal(l, &events[i]))
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		_, err = e.Map(events[i])
		if i++; i == len(events) {
			i = 0
		}
	}
	require.NoError(b, err)
}

// BenchmarkSoak enriches KITH_BENCH_SOAK events and reports the peak memory in the first
// tenth and in the last tenth of them.
func BenchmarkSoak(b *testing.B) {
	n := intFromEnv("KITH_BENCH_SOAK", 0)
	if n == 0 {
		b.Skip("set KITH_BENCH_SOAK to the number of events")
	}
	e, err := enrich.New(onlyAssets(), enrich.Options{Fields: addedFields})
	require.NoError(b, err)
	corpora["flat"]()
	debug.FreeOSMemory() // return the memory that generating the lists used
	for b.Loop() {
		var first, last uint64
		blocks := 0
		_, err := e.Stream(context.Background(), io.Discard, newLoopReader(corpora["flat"](), n), enrich.StreamOptions{
			Progress: func(s enrich.Stats) {
				if blocks++; blocks%64 != 0 {
					return
				}
				switch memory := memoryInUse(); {
				case s.Lines < int64(n/10):
					first = max(first, memory)
				case s.Lines > int64(n-n/10):
					last = max(last, memory)
				}
			},
		})
		require.NoError(b, err)
		b.ReportMetric(float64(first)/1e6, "MB-first-tenth")
		b.ReportMetric(float64(last)/1e6, "MB-last-tenth")
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "ev/s")
}

// memoryInUse returns the number of bytes that the program has obtained from the system
// and not returned.
func memoryInUse() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Sys - m.HeapReleased
}
