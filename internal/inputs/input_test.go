package inputs

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHeadIsReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	require.NoError(t, os.WriteFile(path, []byte("a\nbb\nccc\n"), 0o600))
	in, err := Open(path, nil)
	require.NoError(t, err)
	assert.Equal(t, "a\nbb\nccc\n", string(in.Head()))
	text, err := io.ReadAll(in)
	require.NoError(t, err)
	assert.Equal(t, "a\nbb\nccc\n", string(text))
	assert.Equal(t, int64(9), in.Stored())
	require.NoError(t, in.Close())
}

func TestInputsAreOpenedBeforeOneIsRead(t *testing.T) {
	dir := t.TempDir()
	_, err := OpenAll([]string{"-", filepath.Join(dir, "absent")}, strings.NewReader(""))
	assert.ErrorIs(t, err, os.ErrNotExist)
	_, err = OpenAll([]string{dir}, nil)
	assert.EqualError(t, err, dir+": is a directory")
	_, err = OpenAll([]string{"-", "-"}, strings.NewReader(""))
	assert.EqualError(t, err, "- is given twice")
}

func TestDeadLettersAreLinesOfJSON(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dead.ndjson")
	for range 2 { // the second run appends
		d, err := OpenDeadLetters(path, true)
		require.NoError(t, err)
		require.NoError(t, d.Add("a\x1b.ndjson", 7, []byte("{\"a\":\"\x1b\"}"), errors.New("no readable time")))
		require.NoError(t, d.Add("b", 8, []byte("\xff"), errors.New("not UTF-8")))
		require.NoError(t, d.Add("b", 9, nil, errors.New("too long")))
		require.NoError(t, d.Close())
	}
	want := `{"file":"a\u001b.ndjson","line":7,"reason":"no readable time","raw":"{\"a\":\"\u001b\"}"}
{"file":"b","line":8,"reason":"not UTF-8","raw_base64":"/w=="}
{"file":"b","line":9,"reason":"too long"}
`
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, want+want, string(got))
	none, err := OpenDeadLetters("", true)
	require.NoError(t, err)
	require.NoError(t, errors.Join(none.Add("b", 9, nil, nil), none.Flush(), none.Close()))
}

func TestDeadLettersFollowATruncatedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dead.ndjson")
	d, err := OpenDeadLetters(path, false)
	require.NoError(t, err)
	require.NoError(t, d.Add("a", 1, []byte("first"), errors.New("bad")))
	require.NoError(t, d.Flush())
	require.NoError(t, os.Truncate(path, 0))
	require.NoError(t, d.Add("a", 2, []byte("second"), errors.New("bad")))
	require.NoError(t, d.Close())
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, `{"file":"a","line":2,"reason":"bad","raw":"second"}`+"\n", string(got))
}
