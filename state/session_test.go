package state_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/state"
)

// counter is an engine whose state is one number.
type counter struct{ n byte }

func (c *counter) AppendChanges(dst []state.Change) []state.Change {
	return append(dst, state.Change{Space: "counter", Key: []byte("n"), Value: []byte{c.n}})
}

// failingLog is a log whose commits fail.
type failingLog struct{ state.Memory }

var errBroken = errors.New("no space left on device")

func (*failingLog) Commit([]state.Change) error { return errBroken }

func newSession(t *testing.T, log state.Log, opt state.Options, engines ...state.Engine) *state.Session {
	t.Helper()
	s, err := state.NewSession(log, opt, engines...)
	require.NoError(t, err)
	return s
}

func outputLine(id, text string) state.Change {
	return state.Change{Space: "lines", Key: []byte(id), Value: []byte(text)}
}

func TestCommitIncludesEnginesLinesAndPositions(t *testing.T) {
	log, a, b := new(state.Memory), &counter{1}, &counter{2}
	var out bytes.Buffer
	s := newSession(t, log, state.Options{Stream: &out}, a)
	_, err := s.Input("events", []byte("head"))
	require.NoError(t, err)
	s.Emit(outputLine("1", "first"))
	s.Advance(2, 17)
	require.Empty(t, out.String(), "a line is written after its commit")
	require.NoError(t, s.Commit())
	assert.Equal(t, "first\n", out.String())
	got, err := log.Get("lines", []byte("1"))
	require.NoError(t, err)
	assert.Equal(t, "first", string(got))
	require.NoError(t, s.Close())

	s = newSession(t, log, state.Options{Stream: &out}, a, b)
	from, err := s.Input("events", []byte("head and more"))
	require.NoError(t, err)
	assert.EqualValues(t, 17, from)
	s.Advance(0, 0)
	require.NoError(t, s.Close())
	got, err = log.Get("counter", []byte("n"))
	require.NoError(t, err)
	assert.Equal(t, []byte{2}, got, "the changes of all engines are committed, in their order")
	assert.Equal(t, "first\n", out.String(), "lines that the stream received are not repeated")
}

func TestInputContinuesOnlyInTheSameFile(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, c := range []struct {
		about, path, before, now string
		want                     int64
	}{
		{"the same file", "a", "head", "head", 100},
		{"a file that has grown", "a", "head", "head and more", 100},
		{"a long file is identified by its first 4096 bytes", "a", long, long[:4096] + "y", 100},
		{"a file that begins with something else", "a", "head", "heap", 0},
		{"a file that has shrunk", "a", "head", "he", 0},
		{"another file", "b", "head", "head", 0},
		{"standard input", "", "head", "head", 0},
	} {
		log := new(state.Memory)
		s := newSession(t, log, state.Options{Stream: new(bytes.Buffer)})
		_, err := s.Input("a", []byte(c.before))
		require.NoError(t, err)
		s.Advance(1, 100)
		require.NoError(t, s.Close())
		s = newSession(t, log, state.Options{Stream: new(bytes.Buffer)})
		from, err := s.Input(c.path, []byte(c.now))
		require.NoError(t, err)
		assert.Equal(t, c.want, from, c.about)
		require.NoError(t, s.Close())
	}
}

func TestStreamReceivesAgainWhatItMayHaveMissed(t *testing.T) {
	log := new(state.Memory)
	s := newSession(t, log, state.Options{Stream: failingWriter{}})
	s.Emit(outputLine("1", "a"))
	s.Emit(outputLine("2", "b"))
	require.ErrorIs(t, s.Commit(), errBroken)
	require.ErrorIs(t, s.Commit(), errBroken, "a failed session cannot commit")
	require.NoError(t, s.Close())

	var out bytes.Buffer
	require.NoError(t, newSession(t, log, state.Options{Stream: &out}).Close())
	assert.Equal(t, "a\nb\n", out.String())
	require.NoError(t, newSession(t, log, state.Options{Stream: &out}).Close())
	assert.Equal(t, "a\nb\n", out.String())
}

// failingWriter is a stream that is full.
type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestFileIsTruncatedToCommittedLength(t *testing.T) {
	log, path := new(state.Memory), filepath.Join(t.TempDir(), "out")
	s := newSession(t, log, state.Options{File: path})
	s.Emit(outputLine("1", "a"))
	require.NoError(t, s.Commit())
	s.Emit(outputLine("2", "b"))
	s.Discard()
	require.NoError(t, s.Close())
	require.NoError(t, os.WriteFile(path, []byte("a\nb\nhal"), 0o600)) // as a killed process may leave it

	s = newSession(t, log, state.Options{File: path})
	s.Emit(outputLine("3", "c"))
	require.NoError(t, s.Close())
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "a\nc\n", string(text))

	require.NoError(t, os.Truncate(path, 1))
	_, err = state.NewSession(log, state.Options{File: path})
	assert.ErrorContains(t, err, "out: has 1 bytes, but 4 were committed to it")
}

func TestDiscardCommitsNothing(t *testing.T) {
	log, e := new(state.Memory), &counter{1}
	s := newSession(t, log, state.Options{Stream: new(bytes.Buffer)}, e)
	s.Advance(1, 1)
	s.Discard()
	require.NoError(t, s.Close())
	require.NoError(t, s.Close(), "closing again has no effect")
	assert.Zero(t, log.Len("counter"))
	assert.Error(t, s.Commit())
}

func TestSessionFailsAfterErrorOfTheLog(t *testing.T) {
	var out bytes.Buffer
	s := newSession(t, new(failingLog), state.Options{Stream: &out, OnCommit: func(state.Position) error { return errors.New("called") }})
	s.Emit(outputLine("1", "a"))
	s.Advance(1, 1)
	require.ErrorIs(t, s.Commit(), errBroken)
	require.ErrorIs(t, s.Commit(), errBroken)
	require.NoError(t, s.Close())
	assert.Empty(t, out.String(), "lines that are not committed are not written")
}

func TestOnCommitAcknowledgesOnlyNewInput(t *testing.T) {
	var acked []state.Position
	s := newSession(t, new(state.Memory), state.Options{
		Stream:   new(bytes.Buffer),
		OnCommit: func(p state.Position) error { acked = append(acked, p); return nil },
	})
	s.Advance(2, 20)
	require.NoError(t, s.Commit())
	s.Emit(outputLine("1", "a"))
	require.NoError(t, s.Commit(), "a commit without input is not acknowledged")
	s.Advance(1, 5)
	require.NoError(t, s.Close())
	assert.Equal(t, []state.Position{{Lines: 2, Bytes: 20}, {Lines: 3, Bytes: 25}}, acked)
}

func TestSessionWithoutOutputsCommits(t *testing.T) {
	_, err := state.NewSession(nil, state.Options{})
	require.Error(t, err)
	log := new(state.Memory)
	s, err := state.NewSession(log, state.Options{})
	require.NoError(t, err)
	s.Emit(state.Change{Space: "words", Key: []byte("a"), Value: []byte("1")})
	require.NoError(t, s.Commit())
	require.NoError(t, s.Close())
	assert.Equal(t, 1, log.Len("words"))
	assert.ErrorContains(t, s.Commit(), "closed")
}

// fileOutput is an Output that the test writes.
type fileOutput struct {
	path string
	text string
}

func (o *fileOutput) Path() string { return o.path }

func (o *fileOutput) Sync() (int64, error) {
	return int64(len(o.text)), os.WriteFile(o.path, []byte(o.text), 0o600)
}

func (o *fileOutput) Resume(length int64, known, clean bool) (int64, error) {
	text, err := os.ReadFile(o.path)
	if err != nil || !known || len(text) == 0 && clean {
		return 0, err
	}
	o.text = string(text[:length])
	return length, nil
}

// TestReopenGoesOnInNewFiles renames both outputs of a session, whose next session continues
// the new files.
func TestReopenGoesOnInNewFiles(t *testing.T) {
	log, dir := new(state.Memory), t.TempDir()
	o := &fileOutput{path: filepath.Join(dir, "events")}
	require.NoError(t, os.WriteFile(o.path, nil, 0o600))
	opt := state.Options{File: filepath.Join(dir, "lines"), Outputs: []state.Output{o}}
	s := newSession(t, log, opt)
	emit := func(id string) {
		s.Emit(outputLine(id, id))
		o.text += "event " + id + "\n"
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		return string(text)
	}
	emit("1")
	require.NoError(t, os.Rename(opt.File, opt.File+".1"))
	require.NoError(t, s.Reopen(func() error {
		defer func() { o.text = "" }()
		return os.Rename(o.path, o.path+".1")
	}))
	emit("2")
	require.NoError(t, s.Commit())
	emit("3")
	s.Discard()
	require.NoError(t, s.Close())
	o.text = "" // as a killed process leaves it
	s = newSession(t, log, opt)
	emit("4")
	require.NoError(t, s.Close())
	assert.Equal(t, "1\n", read("lines.1"))
	assert.Equal(t, "event 1\n", read("events.1"))
	assert.Equal(t, "2\n4\n", read("lines"))
	assert.Equal(t, "event 2\nevent 4\n", read("events"))
}

// TestOutputsMayBeRotatedBetweenSessions renames the file of a session that was closed. Of one
// that was not, the old file may have lines that the next session would write again.
func TestOutputsMayBeRotatedBetweenSessions(t *testing.T) {
	for _, clean := range []bool{true, false} {
		log, path := new(state.Memory), filepath.Join(t.TempDir(), "out")
		s := newSession(t, log, state.Options{File: path})
		s.Emit(outputLine("1", "a"))
		require.NoError(t, s.Commit())
		if !clean {
			s.Discard()
		}
		require.NoError(t, s.Close())
		require.NoError(t, os.Rename(path, path+".1"))
		s, err := state.NewSession(log, state.Options{File: path})
		if !clean {
			assert.ErrorContains(t, err, "out: has 0 bytes, but 2 were committed to it: restore it or name another file")
			continue
		}
		require.NoError(t, err)
		s.Emit(outputLine("2", "b"))
		require.NoError(t, s.Close())
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, "b\n", string(text))
	}
}

func TestAppendKeepsWhatNoSessionWrote(t *testing.T) {
	log, path := new(state.Memory), filepath.Join(t.TempDir(), "out")
	require.NoError(t, os.WriteFile(path, []byte("before\n"), 0o600))
	for _, id := range []string{"1", "2"} {
		s := newSession(t, log, state.Options{File: path, Append: true})
		s.Emit(outputLine(id, id))
		require.NoError(t, s.Close())
	}
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "before\n1\n2\n", string(text))
}
