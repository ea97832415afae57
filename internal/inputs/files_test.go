package inputs

import (
	"bufio"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFilesAreReadAsOne reads files of which some lack their last line feed, and
// locates every line.
func TestFilesAreReadAsOne(t *testing.T) {
	for name, read := range map[string]func(io.Reader) io.Reader{
		"whole": func(r io.Reader) io.Reader { return r },
		"half":  iotest.HalfReader,
		"two":   func(r io.Reader) io.Reader { return bufio.NewReaderSize(twoReader{r}, 16) },
	} {
		t.Run(name, func(t *testing.T) { testFiles(t, read) })
	}
}

// twoReader reads two bytes at a time.
type twoReader struct{ io.Reader }

func (r twoReader) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(len(p), 2)]) }

func testFiles(t *testing.T, read func(io.Reader) io.Reader) {
	t.Chdir(t.TempDir())
	texts := []string{"a1\na2", "", "c1\n", "\n", "e1\ne2\n\ne4", "f1"}
	in := &Files{stdin: strings.NewReader("")}
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
		file, n := in.Place(int64(i + 1))
		assert.Equal(t, line, file+string(rune('0'+n)), "line %d", i+1)
	}
	assert.EqualValues(t, len(strings.Join(texts, "")), in.Stored())
	assert.EqualValues(t, in.Stored(), in.Size())
}

func TestHeaderOfCSVMaySpanLines(t *testing.T) {
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
		in := &Files{delimiter: ',', paths: []string{"-", "-"}, stdin: strings.NewReader(text)}
		got, err := io.ReadAll(in)
		require.NoError(t, err, "%q", text)
		assert.True(t, text == string(got), "%d bytes of the first file are read, not %d", len(text), len(got))
		assert.True(t, want == string(in.header), "header %.20q of %.20q", in.header, text)
	}
}
