package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/event"
)

func TestByteSize(t *testing.T) {
	for text, want := range map[string]int{
		"1": 1, "65536": 65536, "64KiB": 65536, "64k": 65536, "64 kib": 65536, "1MB": 1e6, "16MiB": 16 << 20, "1.5K": 1536, "1G": 1 << 30, "7b": 7,
	} {
		var b byteSize
		require.NoError(t, b.Set(text), "%q", text)
		assert.EqualValues(t, want, b, "%q", text)
	}
	for _, text := range []string{"", "x", "0", "-1", "2GiB", "KiB", "1TiB", "NaN", "1e99"} {
		var b byteSize
		assert.Error(t, b.Set(text), "%q", text)
	}
	for size, want := range map[byteSize]string{1: "1", 1000: "1000", 65536: "64KiB", 16 << 20: "16MiB", 1 << 30: "1GiB", 1<<20 + 1: "1048577"} {
		assert.Equal(t, want, size.String())
	}
}

// TestEventFiles reads files of which some lack their last line feed, and finds
// every line again.
func TestEventFiles(t *testing.T) {
	for name, read := range map[string]func(io.Reader) io.Reader{
		"whole": func(r io.Reader) io.Reader { return r },
		"half":  iotest.HalfReader,
		"two":   func(r io.Reader) io.Reader { return bufio.NewReaderSize(twoReader{r}, 16) },
	} {
		t.Run(name, func(t *testing.T) { testEventFiles(t, read) })
	}
}

// twoReader reads two bytes at a time.
type twoReader struct{ io.Reader }

func (r twoReader) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(len(p), 2)]) }

func testEventFiles(t *testing.T, read func(io.Reader) io.Reader) {
	t.Chdir(t.TempDir())
	texts := []string{"a1\na2", "", "c1\n", "\n", "e1\ne2\n\ne4", "f1"}
	in := &eventFiles{form: "ndjson", stdin: strings.NewReader("")}
	var want strings.Builder
	for i, text := range texts {
		name := string(rune('a' + i))
		require.NoError(t, os.WriteFile(name, []byte(text), 0o666))
		in.paths = append(in.paths, name)
		want.WriteString(text)
		if text != "" && !strings.HasSuffix(text, "\n") && i < len(texts)-1 {
			want.WriteByte('\n')
		}
	}
	got, err := io.ReadAll(read(in))
	require.NoError(t, err)
	assert.Equal(t, want.String(), string(got))
	for i, line := range strings.Split(string(got), "\n") {
		if line == "" {
			continue
		}
		file, n := in.place(int64(i + 1))
		assert.Equal(t, line, file+string(rune('0'+n)), "line %d", i+1)
	}
	assert.EqualValues(t, len(strings.Join(texts, "")), in.bytes.Load())
	assert.EqualValues(t, in.bytes.Load(), in.size())
}

func TestTakeHeader(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "",
		"\n\r\n":                             "",
		"a,b\n1,2\n":                         "a,b",
		"a,b":                                "a,b",
		"\xef\xbb\xbfa,b\r\n1":               "a,b",
		"\n\na,\"b\nc\"\n1,2\n":              "a,\"b\nc\"",
		"a,\"b\"\"\nc\"\nd":                  "a,\"b\"\"\nc\"",
		strings.Repeat("x", 100_000) + "\ny": strings.Repeat("x", 100_000),
	} {
		in := &eventFiles{form: "csv", paths: []string{"-", "-"}, stdin: strings.NewReader(text)}
		got, err := io.ReadAll(in)
		require.NoError(t, err, "%q", text)
		assert.True(t, text == string(got), "%d bytes of the first file are read, not %d", len(text), len(got))
		assert.True(t, want == string(in.header), "header %.20q of %.20q", in.header, text)
	}
}

// TestEnrichInterrupted finishes what was read when the context ends while the
// input is open.
func TestEnrichInterrupted(t *testing.T) {
	list := filepath.Join(t.TempDir(), "hosts.csv")
	require.NoError(t, os.WriteFile(list, []byte(hosts("ann")), 0o666))
	ctx, stop := context.WithCancel(t.Context())
	in, feed := io.Pipe()
	var out, errs bytes.Buffer
	go func() {
		_, _ = io.WriteString(feed, `{"src":"10.0.0.1"}`+"\n")
		_, _ = io.WriteString(feed, `{"src":"10.0.0.1"`) // taken once the line before was
		stop()
	}()
	assert.Equal(t, exitDone, run(ctx, []string{"enrich", "--assets", list, "--fields", "owner"}, in, &out, &errs), errs.String())
	assert.Equal(t, `{"src":"10.0.0.1","src_owner":"ann"}`+"\n", out.String())
	assert.Contains(t, errs.String(), "kith: 1 event in ")
}

func TestSummaryText(t *testing.T) {
	s := enrichSummary{Stats: enrich.Stats{Events: 1234567, Unmatched: 1000, Bad: 7, LostMembers: 1}, took: 2 * time.Second, reloads: 3}
	s.matched = []int64{event.Src: 1233567, event.SrcUser: 12}
	assert.Equal(t, `kith: 1,234,567 events in 2s, 617,284/s
  matched    src       1,233,567
             src_user         12
  unmatched                1,000
  bad                          7
  reloads                      3
  1 member of later events had no column and are lost
`, s.text())
}
