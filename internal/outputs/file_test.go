package outputs

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func write(t *testing.T, f *File, text string) {
	t.Helper()
	_, err := f.Write([]byte(text))
	require.NoError(t, err)
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// TestFileIsContinuedAfterRotation renames the file, and truncates it as copytruncate does.
func TestFileIsContinuedAfterRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	require.NoError(t, os.WriteFile(path, []byte("old\n"), 0o600))
	f, err := Append(path)
	require.NoError(t, err)
	write(t, f, "a\n")
	require.NoError(t, os.Rename(path, path+".1"))
	write(t, f, "b\n")
	require.NoError(t, f.Reopen())
	write(t, f, "c\n")
	assert.Equal(t, "old\na\nb\n", read(t, path+".1"))
	assert.Equal(t, "c\n", read(t, path))
	require.NoError(t, os.Truncate(path, 0))
	write(t, f, "d\n")
	assert.Equal(t, "d\n", read(t, path), "without a hole")
	size, err := f.Sync()
	require.NoError(t, err)
	assert.EqualValues(t, 2, size)
	require.NoError(t, f.Close())
	f, err = Create(path)
	require.NoError(t, err)
	assert.Empty(t, read(t, path))
	require.NoError(t, f.Close())
}

// TestEndLineEndsALineThatWasCutShort has no effect on whole lines.
func TestEndLineEndsALineThatWasCutShort(t *testing.T) {
	for content, want := range map[string]string{"": "b\n", "a\n": "a\nb\n", "a": "a\nb\n", "a\n{\"c": "a\n{\"c\nb\n"} {
		path := filepath.Join(t.TempDir(), "out")
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		f, err := Append(path)
		require.NoError(t, err)
		require.NoError(t, f.EndLine())
		write(t, f, "b\n")
		assert.Equal(t, want, read(t, path), "%q", content)
		require.NoError(t, f.Close())
	}
	f, err := Append(os.DevNull)
	require.NoError(t, err)
	require.NoError(t, f.EndLine(), "devices are written as they are")
	require.NoError(t, f.Close())
}

// TestReopenKeepsTheFileIfItFails removes the folder of the file.
func TestReopenKeepsTheFileIfItFails(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "logs")
	require.NoError(t, os.Mkdir(folder, 0o700))
	f, err := Create(filepath.Join(folder, "out"))
	require.NoError(t, err)
	require.NoError(t, os.Rename(folder, folder+".1"))
	assert.ErrorIs(t, f.Reopen(), os.ErrNotExist)
	write(t, f, "a\n")
	require.NoError(t, f.Close())
	assert.Equal(t, "a\n", read(t, filepath.Join(folder+".1", "out")))
}

func TestResumeCutsOffWhatWasNotCommitted(t *testing.T) {
	for _, c := range []struct {
		about, text string
		length      int64
		clean       bool
		want, err   string
	}{
		{"all was committed", "ab", 2, false, "ab", ""},
		{"half a line was written", "ab", 1, false, "a", ""},
		{"nothing was committed", "ab", 0, false, "", ""},
		{"the file was truncated", "a", 2, false, "a", "has 1 bytes, but 2 were committed to it: restore it or name another file"},
		{"the file was truncated between two sessions", "a", 2, true, "a", "has 1 bytes, but 2 were committed to it: restore it or name another file"},
		{"the file was rotated while it was written", "", 2, false, "", "has 0 bytes, but 2 were committed to it: restore it or name another file"},
		{"the file was rotated between two sessions", "", 2, true, "", ""},
	} {
		path := filepath.Join(t.TempDir(), "out")
		require.NoError(t, os.WriteFile(path, []byte(c.text), 0o600))
		f, err := Append(path)
		require.NoError(t, err)
		_, err = f.Resume(c.length, c.clean)
		if c.err == "" {
			assert.NoError(t, err, c.about)
		} else {
			assert.EqualError(t, err, path+": "+c.err, c.about)
		}
		require.NoError(t, f.Close())
		assert.Equal(t, c.want, read(t, path), c.about)
	}
}

func TestDevicesAreWrittenAsTheyAre(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no /dev/null")
	}
	for _, open := range []func(string) (*File, error){Create, Append} {
		f, err := open(os.DevNull)
		require.NoError(t, err)
		assert.False(t, f.IsRegular())
		write(t, f, "a\n")
		size, err := f.Sync()
		require.NoError(t, err)
		assert.Zero(t, size)
		size, err = f.Resume(7, false)
		require.NoError(t, err)
		assert.Zero(t, size)
		require.NoError(t, f.Reopen())
		require.NoError(t, f.Close())
	}
}
