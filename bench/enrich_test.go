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

// shape is a kind of events and the preset that reads them.
type shape struct {
	name, format string
	shape        gen.Shape
}

var shapes = []shape{{"flat", "cim", gen.Flat}, {"ecs", "ecs", gen.ECS}, {"windows", "windows", gen.Windows}}

// corpusEvents hold more than 2^18 keys.
const corpusEvents = 90_000

// corpora are events by shape, one a line; each is made when it is first asked
// for.
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

// loopReader reads a text of many lines over and over, n lines in all. What it has
// to find out is found out before the first Read.
type loopReader struct {
	text []byte
	left int // bytes to come
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

func TestEndless(t *testing.T) {
	for n := range 12 {
		got, err := io.ReadAll(newLoopReader([]byte("a\nbb\nccc\n"), n))
		require.NoError(t, err)
		require.Equal(t, n, bytes.Count(got, []byte("\n")), "%d lines: %q", n, got)
	}
}

// addedFields are the fields that are added for each of three roles.
var addedFields = []string{"asset", "owner", "priority", "bunit", "category"}

// streamEvents enriches b.N events; an operation is one event. ev/cpu-s is what one
// core does if nothing else runs on it, and does not suffer from neighbours.
func streamEvents(b *testing.B, e *enrich.Enricher, text []byte, dst io.Writer, workers int) {
	b.ReportAllocs()
	b.SetBytes(int64(len(text) / corpusEvents))
	// Buffers and tables are warm before the clock starts.
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

// BenchmarkEnrich is the whole way of an event: read, scanned, looked up in the
// roles that the preset has, five fields each added, written.
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

// openOutput returns /dev/null or a file, of which the first 256 MB are written over
// and over.
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

// BenchmarkEnrichAll adds everything that is known, of people, too, and says
// why.
func BenchmarkEnrichAll(b *testing.B) {
	for _, s := range shapes {
		b.Run(fmt.Sprintf("shape=%s/assets=%s", s.name, sizeLabel(numAssets())), func(b *testing.B) {
			e, err := enrich.New(bothTables(), enrich.Options{Format: s.format, Match: true, Urgency: true})
			require.NoError(b, err)
			streamEvents(b, e, corpora[s.name](), io.Discard, 1)
		})
	}
}

// BenchmarkEnrichAuto decides for every event which preset reads it. It is put
// beside the preset that it must find.
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

// BenchmarkEnrichOptions tells what options cost.
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

// BenchmarkEnrichReload swaps snapshots a thousand times a second meanwhile.
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
				_ = e.Swap(onlyAssets()) // of the same tables, which was accepted before
				swaps.Add(1)
			}
		}
	}()
	streamEvents(b, e, corpora["flat"](), io.Discard, 1)
	close(stop)
	<-stopped
	b.ReportMetric(float64(swaps.Load()), "swaps")
}

// BenchmarkEnrichGzip reads compressed events, and only decompresses them.
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

// BenchmarkAppendJSON is what an embedder calls, one event at a time.
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

// BenchmarkMap enriches events that were decoded already.
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

// BenchmarkSoak enriches KITH_BENCH_SOAK events and tells the most memory that
// the program had in the first tenth and in the last.
func BenchmarkSoak(b *testing.B) {
	n := intFromEnv("KITH_BENCH_SOAK", 0)
	if n == 0 {
		b.Skip("KITH_BENCH_SOAK says how many events")
	}
	e, err := enrich.New(onlyAssets(), enrich.Options{Fields: addedFields})
	require.NoError(b, err)
	corpora["flat"]()
	debug.FreeOSMemory() // what making the lists left
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

// memoryInUse is the memory that the program has from the system.
func memoryInUse() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Sys - m.HeapReleased
}
