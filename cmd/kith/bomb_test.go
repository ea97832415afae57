//go:build unix

package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestLongLinesAreNotHeldInMemory reads files of a few kilobytes that decompress to one
// line of 256 MiB. A list must be refused and an event skipped without holding the line.
func TestLongLinesAreNotHeldInMemory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	blow := func(name string, w io.WriteCloser, file *bytes.Buffer) {
		_, err := io.WriteString(w, "ip,owner\n10.0.0.1,")
		require.NoError(t, err)
		for range 256 {
			_, err = w.Write(bytes.Repeat([]byte("x"), 1<<20))
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())
		require.Less(t, file.Len(), 2<<20)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), file.Bytes(), 0o600))
	}
	var gz, zst bytes.Buffer
	packed, err := zstd.NewWriter(&zst, zstd.WithEncoderConcurrency(1))
	require.NoError(t, err)
	blow("bomb.gz", gzip.NewWriter(&gz), &gz)
	blow("bomb.zst", packed, &zst)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "hosts.csv"), []byte("ip\n10.0.0.1\n"), 0o600))

	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"merge", "--assets", "bomb.gz"}, exitFailed, "kith: bomb.gz:2:1: line is longer than 16 MiB\n"},
		{[]string{"merge", "--assets", "bomb.zst"}, exitFailed, "kith: bomb.zst:2:1: line is longer than 16 MiB\n"},
		{[]string{"enrich", "--assets", "hosts.csv", "bomb.gz"}, exitDone, "kith: bomb.gz:2: line is longer than the limit: 16777216 bytes\n"},
		{[]string{"enrich", "--assets", "hosts.csv", "--in", "csv", "bomb.zst"}, exitDone, "kith: bomb.zst:2: line is longer than the limit: 16777216 bytes\n"},
		{[]string{"risk", "bomb.zst"}, exitDone, "kith: bomb.zst:2: line is longer than the limit of 16777216 bytes\n"},
	} {
		var errs bytes.Buffer
		c := kithCommand(t, dir, test.args...)
		c.Stderr = &errs
		require.NoError(t, c.Start())
		_ = c.Wait() // the exit code is checked below
		assert.Equal(t, test.code, c.ProcessState.ExitCode(), "%q: %s", test.args, errs.String())
		assert.Contains(t, errs.String(), test.want, "%q", test.args)
		if usage, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok && runtime.GOOS == "linux" {
			assert.Less(t, usage.Maxrss>>10, int64(200), "MiB of memory for %q", test.args)
		}
	}
}
