package atomicfile

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// createFiles creates files in s that contain their own names.
func createFiles(t *testing.T, s *Set, names ...string) {
	t.Helper()
	for _, name := range names {
		f, err := s.Create(name)
		require.NoError(t, err)
		_, err = f.WriteString(name)
		require.NoError(t, err)
	}
}

func readFolder(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	files := map[string]string{}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		files[e.Name()] = string(text)
	}
	return files
}

func TestCommitReplacesAllFilesAndKeepsModes(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a"), []byte("old"), 0o600))
	s := New(dir, 0o644)
	createFiles(t, s, "a", "b")
	assert.Equal(t, "old", readFolder(t, dir)["a"], "nothing is replaced before Commit")
	require.NoError(t, s.Commit())
	s.Abort() // has no effect
	assert.Equal(t, map[string]string{"a": "a", "b": "b"}, readFolder(t, dir))
	if runtime.GOOS != "windows" {
		info, err := os.Stat(filepath.Join(dir, "a"))
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
}

func TestAbortLeavesOldFiles(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a"), []byte("old"), 0o600))
	s := New(dir, 0o644)
	createFiles(t, s, "a", "b")
	s.Abort()
	assert.Equal(t, map[string]string{"a": "old"}, readFolder(t, dir))

	s = New(dir, 0o644)
	createFiles(t, s, "a")
	require.NoError(t, s.files[0].Close())
	assert.Error(t, s.Commit())
	assert.Equal(t, map[string]string{"a": "old"}, readFolder(t, dir), "after an error of Commit")
}

func TestCreateRefusesWhatIsNotARegularFile(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), []byte("kept"), 0o600))
	refused := map[string]string{"folder": "a directory"}
	if os.Symlink("file", filepath.Join(dir, "link")) == nil {
		refused["link"] = "a symbolic link"
	}
	for name, what := range refused {
		_, err := New(dir, 0o644).Create(name)
		var special *NotReplaceableError
		require.ErrorAs(t, err, &special, "Create(%q)", name)
		assert.Equal(t, filepath.Join(dir, name)+" is "+what+", not a regular file", err.Error())
	}
	assert.NoError(t, CheckReplaceable(filepath.Join(dir, "file")))
	assert.NoError(t, CheckReplaceable(filepath.Join(dir, "absent")))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 1+len(refused), "no temporary file is left")
}
