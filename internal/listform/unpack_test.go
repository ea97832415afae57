package listform_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/listform"
)

func zipOf(t *testing.T, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		require.NoError(t, err)
		_, err = f.Write([]byte(files[i+1]))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func gzipOf(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// unpack writes a file and reads all of its unpacked contents.
func unpack(t *testing.T, contents []byte, maxSize int64) (string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "list")
	require.NoError(t, os.WriteFile(path, contents, 0o600))
	in, err := listform.Unpack(path, maxSize)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(in)
	_ = in.Close() // repeats the error of reading
	return string(text), err
}

func TestListsAreUnpackedByContent(t *testing.T) {
	const text = "ip,owner\n10.0.0.1,x\n"
	for name, contents := range map[string][]byte{
		"plain":                     []byte(text),
		"gzip":                      gzipOf(t, []byte(text)),
		"ZIP":                       zipOf(t, "hosts.csv", text),
		"ZIP with folders":          zipOf(t, "export/", "", "export/hosts.csv", text),
		"ZIP of macOS":              zipOf(t, "hosts.csv", text, "__MACOSX/._hosts.csv", "junk"),
		"ZIP at the limit of bytes": zipOf(t, "hosts.csv", text),
	} {
		got, err := unpack(t, contents, int64(len(text)))
		require.NoError(t, err, name)
		assert.Equal(t, text, got, name)
	}
}

func TestBadArchivesAreRejected(t *testing.T) {
	const text = "ip,owner\n10.0.0.1,x\n"
	whole := zipOf(t, "hosts.csv", strings.Repeat(text, 100))
	encrypted := zipOf(t, "hosts.csv", text)
	for _, signature := range []string{"PK\x03\x04", "PK\x01\x02"} {
		at := bytes.Index(encrypted, []byte(signature))
		encrypted[at+6+2*strings.Count(signature, "\x01")] |= 1
	}
	damaged := bytes.Clone(whole)
	damaged[60] ^= 0xff
	for _, test := range []struct {
		contents []byte
		want     string
	}{
		{whole[:len(whole)/2], "the ZIP archive or Excel workbook is damaged or cut short"},
		{damaged, "the ZIP archive or Excel workbook is damaged or cut short"},
		{encrypted, "the ZIP archive is encrypted"},
		{zipOf(t, "a.csv", text, "b.csv", text), `the ZIP archive has 2 files ("a.csv", "b.csv" …)`},
		{zipOf(t), "the ZIP archive has no file in it"},
		{zipOf(t, "xl/workbook.bin", "x", "[Content_Types].xml", "x"), "the list is a binary Excel workbook (.xlsb)"},
		{gzipOf(t, []byte(text))[:20], "gzip data is cut short"},
	} {
		_, err := unpack(t, test.contents, 0)
		assert.ErrorContains(t, err, test.want)
	}
}

func TestBombsStopAtMaxSize(t *testing.T) {
	zeros := strings.Repeat("0", 64<<20)
	for name, contents := range map[string][]byte{"ZIP": zipOf(t, "bomb.csv", zeros), "gzip": gzipOf(t, []byte(zeros))} {
		path := filepath.Join(t.TempDir(), "list")
		require.NoError(t, os.WriteFile(path, contents, 0o600))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		in, err := listform.Unpack(path, 1<<20)
		require.NoError(t, err)
		n, err := io.Copy(io.Discard, in)
		runtime.ReadMemStats(&after)
		_ = in.Close() // the rest is not read
		assert.EqualValues(t, 1<<20, n, name)
		assert.ErrorContains(t, err, "longer than 1048576 bytes when it is unpacked: raise max_size", name)
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8<<20), name)
	}
}

func TestListIsUnpackedOnce(t *testing.T) {
	for name, text := range map[string][]byte{"ZIP": zipOf(t, "a.csv", "ip\n"), "gzip": gzipOf(t, []byte("ip\n"))} {
		_, err := readList(t, string(text), listform.Options{})
		assert.EqualError(t, err, "the list is packed twice: unpack it once", name)
	}
}
