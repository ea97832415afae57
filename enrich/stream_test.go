package enrich_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/snapshot"
)

// streamFormats are all combinations of the formats of input and output.
var streamFormats = map[string]enrich.StreamOptions{
	"json": {}, "csv": {In: enrich.FormatCSV},
	"csv to json": {In: enrich.FormatCSV, Out: enrich.FormatNDJSON}, "json to csv": {Out: enrich.FormatCSV},
}

// anyChunks reads a random number of bytes at a time, sometimes none.
type anyChunks struct {
	src io.Reader
	r   *rand.Rand
}

func (c anyChunks) Read(p []byte) (int, error) {
	n := c.r.IntN(1 << c.r.IntN(12))
	return c.src.Read(p[:min(n, len(p))])
}

// TestStreamAgreesWithAppendJSON compares a stream with AppendJSON of every line, for
// random sizes of reads and numbers of workers.
func TestStreamAgreesWithAppendJSON(t *testing.T) {
	e := enricher(t, acme(t), enrich.Options{Format: "auto", Match: true})
	var in, want []byte
	bad := 0
	for _, name := range []string{"cim", "bad", "windows", "zeek", "ecs"} {
		in = append(in, readFile(t, "../testdata/acme/events/"+name+".ndjson")...)
	}
	for line := range bytes.Lines(in) {
		var err error
		if want, _, err = e.AppendJSON(want, line); err != nil {
			bad++
		}
	}
	in, want = in[:len(in)-1], want[:len(want)-1] // the last line has no end
	for i := range 30 {
		r := rand.New(rand.NewPCG(uint64(i), 3))
		src := []io.Reader{bytes.NewReader(in), iotest.HalfReader(bytes.NewReader(in)), iotest.DataErrReader(bytes.NewReader(in)), anyChunks{bytes.NewReader(in), r}}[i%4]
		var out bytes.Buffer
		stats, err := e.Stream(t.Context(), &out, src, enrich.StreamOptions{Workers: 1 + r.IntN(4)})
		require.NoError(t, err)
		require.Equal(t, string(want), out.String(), "seed %d", i)
		assert.Equal(t, int64(bad), stats.Bad)
		assert.Equal(t, int64(len(in)), stats.BytesIn)
		assert.Equal(t, int64(len(want)), stats.BytesOut)
		assert.Equal(t, int64(bytes.Count(in, []byte{'\n'})+1), stats.Lines)
	}
}

func TestStreamPassesDropsOrFailsOnBadEvents(t *testing.T) {
	e := enricher(t, newLists(t, assetsCSV, "", listOptions{}), enrich.Options{Fields: []string{"priority"}})
	good := `{"src":"10.1.2.3"}`
	enriched := `{"src":"10.1.2.3","src_priority":"high"}`
	in := good + "\n[1]\r\n\n  \t\n" + good + "\r\n" + `{"src":"` + strings.Repeat("x", 60) + "\"}\n" + good + " {}\n{\"src\":\n" + good
	for _, c := range []struct {
		on   enrich.OnError
		want string
	}{
		{enrich.Pass, enriched + "\n[1]\r\n\n  \t\n" + enriched + "\r\n" + good + " {}\n{\"src\":\n" + enriched},
		{enrich.Drop, enriched + "\n\n  \t\n" + enriched + "\r\n" + enriched},
	} {
		for _, src := range []io.Reader{strings.NewReader(in), iotest.OneByteReader(strings.NewReader(in))} {
			var letters []string
			var out bytes.Buffer
			stats, err := e.Stream(t.Context(), &out, src, enrich.StreamOptions{OnError: c.on, MaxLine: 50, DeadLetter: func(b enrich.BadEvent) error {
				letters = append(letters, fmt.Sprintf("%s: %q", b.Error(), b.Raw))
				return nil
			}})
			require.NoError(t, err)
			assert.Equal(t, c.want, out.String())
			assert.Equal(t, []string{
				`line 2: offset 0: not a JSON object: "[1]\r\n"`,
				`line 6: line is longer than the limit: 50 bytes: ""`,
				`line 7: offset 19: text after the object: "{\"src\":\"10.1.2.3\"} {}\n"`,
				`line 8: offset 8: object or array is not closed: "{\"src\":\n"`,
			}, letters)
			assert.Equal(t, fmt.Sprintf("{Lines:9 Events:7 Bad:4 Unmatched:0 Ambiguous:0 BytesIn:%d BytesOut:%d LostMembers:0 matched:[3 0 0 0 0 0]}", len(in), out.Len()), fmt.Sprintf("%+v", stats))
		}
	}
	_, err := e.Stream(t.Context(), io.Discard, strings.NewReader(in), enrich.StreamOptions{OnError: enrich.Fail})
	var bad *enrich.BadEvent
	require.True(t, errors.As(err, &bad), "%v", err)
	assert.Equal(t, int64(2), bad.Line)
	torn := errors.New("disk is full")
	_, err = e.Stream(t.Context(), io.Discard, strings.NewReader(in), enrich.StreamOptions{DeadLetter: func(enrich.BadEvent) error { return torn }})
	assert.ErrorIs(t, err, torn)
	_, err = e.Stream(t.Context(), failingWriter{torn}, strings.NewReader(in), enrich.StreamOptions{})
	assert.ErrorIs(t, err, torn)
	var out bytes.Buffer
	_, err = e.Stream(t.Context(), &out, io.MultiReader(strings.NewReader(good+"\n"), iotest.ErrReader(torn)), enrich.StreamOptions{})
	assert.ErrorIs(t, err, torn)
	assert.Equal(t, enriched+"\n", out.String(), "output before the error")
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// TestStreamDoesNotHoldEventsBack checks that a stream whose input pauses has written
// all events so far, and that a stream whose context is done does not wait for its
// input.
func TestStreamDoesNotHoldEventsBack(t *testing.T) {
	e := enricher(t, newLists(t, assetsCSV, "", listOptions{}), enrich.Options{Fields: []string{"priority"}})
	for name, formats := range streamFormats {
		if name == "json to csv" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			in, feed := io.Pipe()
			out, done := newLineWriter(), make(chan error, 1)
			go func() {
				_, err := e.Stream(ctx, out, in, formats)
				done <- err
			}()
			line := "{\"src\":\"10.1.2.3\"}\n"
			if name != "json" {
				line = "10.1.2.3\n"
				_, err := io.WriteString(feed, "src\n")
				require.NoError(t, err)
				if name == "csv" {
					assert.Contains(t, out.next(t), "src_priority")
				}
			}
			for range 3 {
				_, err := io.WriteString(feed, line)
				require.NoError(t, err)
				assert.Contains(t, out.next(t), "high")
			}
			_, err := io.WriteString(feed, "no end")
			require.NoError(t, err)
			cancel()
			select {
			case err := <-done:
				assert.NoError(t, err)
			case <-time.After(10 * time.Second):
				t.Fatal("the stream waits for its input")
			}
			assert.NotContains(t, out.all.String(), "no end", "an incomplete line must not be written")
			require.NoError(t, feed.Close())
		})
	}
}

// TestStreamStopsWhenTheContextIsDone stops a stream while it reads each kind of text,
// complete or not.
func TestStreamStopsWhenTheContextIsDone(t *testing.T) {
	e := enricher(t, newLists(t, assetsCSV, "", listOptions{}), enrich.Options{})
	for _, text := range []string{"x,", "\"", "10.1.2.3\n", "{\"src\":\"10.1.2.3\"}\n", "\n"} {
		for name, formats := range streamFormats {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			src := io.MultiReader(strings.NewReader("src\n"), &endless{[]byte(text), 1 << 40})
			formats.MaxLine = 1 << 16
			_, err := e.Stream(ctx, io.Discard, src, formats)
			assert.NoError(t, err, "%s, %q", name, text)
			cancel()
		}
	}
}

// lineWriter passes on what is written, through a channel.
type lineWriter struct {
	texts chan string
	all   bytes.Buffer
}

func newLineWriter() *lineWriter { return &lineWriter{texts: make(chan string, 100)} }

func (w *lineWriter) Write(p []byte) (int, error) {
	w.all.Write(p)
	w.texts <- string(p)
	return len(p), nil
}

func (w *lineWriter) next(t *testing.T) string {
	select {
	case text := <-w.texts:
		return text
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was written")
		return ""
	}
}

// TestStreamMemoryIsBounded checks that memory grows neither with the input nor with a
// line that does not end.
func TestStreamMemoryIsBounded(t *testing.T) {
	e := enricher(t, newLists(t, assetsCSV, "", listOptions{}), enrich.Options{})
	line := []byte(`{"src":"10.1.2.3","note":"` + strings.Repeat("n", 200) + "\"}\n")
	for name, src := range map[string]io.Reader{
		"lines":      &endless{line, 60 << 20},
		"a line":     &endless{[]byte("{x"), 60 << 20},
		"csv record": &endless{[]byte("x,"), 60 << 20},
		"csv cell":   &endless{[]byte("\"\""), 60 << 20},
		"csv":        &endless{[]byte("10.1.2.3\n\n\"10.1.2.3\"\n"), 10 << 20},
	} {
		o := enrich.StreamOptions{Workers: 2, MaxLine: 1 << 20}
		if strings.HasPrefix(name, "csv") {
			o.In, src = enrich.FormatCSV, io.MultiReader(strings.NewReader("src\n"), src)
		}
		most := uint64(0)
		var before, now runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		_, err := e.Stream(t.Context(), writerFunc(func(p []byte) {
			if runtime.ReadMemStats(&now); now.HeapInuse > before.HeapInuse {
				most = max(most, now.HeapInuse-before.HeapInuse)
			}
		}), src, o)
		require.NoError(t, err)
		assert.Less(t, most, uint64(40<<20), name)
	}
}

// endless repeats a text, up to n bytes.
type endless struct {
	text []byte
	n    int
}

func (s *endless) Read(p []byte) (int, error) {
	if s.n <= 0 {
		return 0, io.EOF
	}
	n := 0
	for n+len(s.text) <= len(p) {
		n += copy(p[n:], s.text)
	}
	s.n -= n
	return n, nil
}

type writerFunc func(p []byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}

// TestStreamWritesTheLinesBeforeAReadError checks that the complete lines before a read
// error are written, and the incomplete one is not.
func TestStreamWritesTheLinesBeforeAReadError(t *testing.T) {
	broken := errors.New("the disk is broken")
	e := enricher(t, acme(t), enrich.Options{Fields: []string{"priority"}})
	for text, want := range map[string]int{
		`{"src":"10.1.2.3"}` + "\n" + `{"src":"10.1`: 1, `{"src":"10.1`: 0, `{"a":1}` + "\n": 1, "": 0, `{"a":1}` + "\n\n" + `{"a":1}`: 2,
	} {
		var out bytes.Buffer
		_, err := e.Stream(t.Context(), &out, io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)), enrich.StreamOptions{Workers: 1})
		require.ErrorIs(t, err, broken)
		require.Equal(t, want, strings.Count(out.String(), "\n"), "%q", text)
		require.True(t, out.Len() == 0 || strings.HasSuffix(out.String(), "\n"), "%q becomes %q", text, out.String())
	}
}

// TestAutoFormatIgnoresEarlierEvents puts every event after every other, good or bad,
// and compares its output and error with those of the event alone. The format auto
// expects each event to have the format of the last one, and reads more of it if the
// last one was ambiguous; neither may show in the result.
func TestAutoFormatIgnoresEarlierEvents(t *testing.T) {
	e := enricher(t, acme(t), enrich.Options{Format: "auto", Match: true})
	events := []string{
		`{"src":"10.1.2.3","user":"jdoe"}`, `{"src":"10.1.2.3","TargetUserName":}`, `{"src":"10.1.2.3","EventID":4624,"Computer":"ws-17"}`,
		`{"src":,"EventID":4624}`, `{"src":"10.1.2.3","EventID":}`, `{"src":"10.1.2.3","class_uid":nul}`, `{"src":"10.1.2.3","user":{"name":}}`,
		`{"src":"10.1.2.3","user":{"name":},"@timestamp":"x","source":{"ip":"10.1.2.3"}}`, `{"src":1,"@timestamp":"x","source.geo.name":"x","host":{"name":"ws-17"}}`,
		`{"src":"10.1.2.3","class_uid":3002,"device":{"ip":"10.1.2.3"}}`, `{"src":"10.1.2.3","event_type":"alert","src_ip":"10.1.2.3"}`,
		`{"src":"10.1.2.3","source.ip":}`, `{"src":"10.1.2.3","@timestamp":"x","source.port":}`, `{"src":"10.1.2.3","@timestamp":"x"}`,
		`{"EventID":4624,"@timestamp":"x","Computer":"ws-17"}`, `{"EventID":4624,"@timestamp":"x","Computer":"ws-17","event.kind":}`,
		`{"ts":1,"uid":"C1","id.orig_h":"10.1.2.3"}`, `{"ts":1,"src":"10.1.2.3"}`, `{"ts":1,"uid":,"src":"10.1.2.3"}`, `{"ts":1,"uid":"C1","EventID":4624`,
	}
	alone := map[string]string{}
	for _, event := range events {
		alone[event], _ = streamed(t, e, event+"\n", enrich.StreamOptions{Workers: 1})
	}
	for _, first := range events {
		for _, event := range events {
			_, _, refused := e.AppendJSON(nil, []byte(event))
			_, _, firstToo := e.AppendJSON(nil, []byte(first))
			for n := 1; n <= 3; n++ {
				got, stats := streamed(t, e, strings.Repeat(first+"\n", n)+event+"\n", enrich.StreamOptions{Workers: 1})
				require.Equal(t, strings.Repeat(alone[first], n)+alone[event], got, "%s behind %d of %s", event, n, first)
				require.EqualValues(t, count(refused != nil)+n*count(firstToo != nil), stats.Bad, "%s behind %d of %s", event, n, first)
			}
		}
	}
}

func count(all ...bool) (n int) {
	for _, isTrue := range all {
		if isTrue {
			n++
		}
	}
	return n
}

// TestEveryEventIsEnrichedFromOneSnapshot swaps snapshots during a stream. No event may
// be lost, duplicated, reordered or enriched from two of them.
func TestEveryEventIsEnrichedFromOneSnapshot(t *testing.T) {
	const events, swaps = 200_000, 50
	snapshotOf := func(version int) *snapshot.Snapshot {
		return newLists(t, fmt.Sprintf("ip,city\n10.0.0.1,v%d\n10.0.0.2,v%d\n", version, version), "", listOptions{}).snapshot
	}
	versions := make([]*snapshot.Snapshot, swaps+1)
	for i := range versions {
		versions[i] = snapshotOf(i)
	}
	e, err := enrich.New(versions[0], enrich.Options{Fields: []string{"city"}})
	require.NoError(t, err)
	var in bytes.Buffer
	for i := range events {
		fmt.Fprintf(&in, `{"n":%d,"src":"10.0.0.1","dest":"10.0.0.2"}`+"\n", i)
	}
	var written atomic.Int64
	n, seen, last := 0, map[string]bool{}, ""
	out := writerFunc(func(p []byte) {
		for line := range bytes.Lines(p) {
			var number int
			var src, dest string
			_, err := fmt.Sscanf(string(line), `{"n":%d,"src":"10.0.0.1","dest":"10.0.0.2","src_city":%q,"dest_city":%q}`, &number, &src, &dest)
			require.NoError(t, err, "%s", line)
			require.Equal(t, n, number)
			require.Equal(t, src, dest, "an event was enriched from two snapshots")
			n, last, seen[src] = n+1, src, true
		}
		written.Add(int64(len(p)))
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 1; i <= swaps; i++ {
			for written.Load() < int64(i)*int64(in.Cap())/swaps*9/10 {
				time.Sleep(10 * time.Microsecond)
			}
			assert.NoError(t, e.Swap(versions[i]))
		}
	}()
	stats, err := e.Stream(t.Context(), out, anyChunks{bytes.NewReader(in.Bytes()), rand.New(rand.NewPCG(1, 1))}, enrich.StreamOptions{Workers: 2})
	require.NoError(t, err)
	<-done
	assert.Equal(t, events, n)
	assert.Equal(t, int64(events), stats.Matched(event.Dest))
	assert.Greater(t, len(seen), swaps/3, "number of versions seen, the last being %s", last)
}
