package bolt_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/risk/score"
	"github.com/kithsec/kith/state"
	"github.com/kithsec/kith/state/bolt"
)

func config() risk.Config {
	return risk.Config{
		Windows: []time.Duration{30 * time.Minute}, Lateness: 5 * time.Minute,
		IncidentRules: []risk.IncidentRule{
			{Name: "risk_threshold_24h", Window: 20 * time.Minute, When: "score > 60", Refire: risk.RefireSeverity, SeveritySteps: []risk.SeverityStep{{AtLeast: score.DecimalOf(100), Is: entity.High}}},
			{Name: "attack_tactics_7d", Disabled: true},
			{Name: "quiet", Window: 10 * time.Minute, When: "capped_score < 8", Dedup: risk.DedupSource, Suppress: 3 * time.Minute},
		},
	}
}

func now() time.Time { return time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC) }

// input returns n lines that cover an hour; some are late, some are repeated, and some
// are not JSON.
func input(n int) []byte {
	rng := rand.New(rand.NewPCG(7, 7))
	var b bytes.Buffer
	start := now().Add(-2 * time.Hour)
	for i := range n {
		at := start.Add(time.Duration(i)*time.Hour/time.Duration(n) - time.Duration(rng.IntN(2)*rng.IntN(200))*time.Second)
		line := fmt.Sprintf(`{"_time":"%s","risk_object":"u%d","risk_object_type":"user","risk_score":%d,"source":"s%d","n":%d}`,
			at.Format(time.RFC3339), rng.IntN(20), rng.IntN(25)-6, rng.IntN(4), i/2*2+rng.IntN(2))
		if rng.IntN(50) == 0 {
			line = "oops"
		}
		b.WriteString(line + "\n")
	}
	return b.Bytes()
}

// run is a session with an engine whose state is kept in a directory.
type run struct {
	*state.Session
	engine *risk.Engine
	log    *bolt.Log
}

// openRun opens the state in dir for a run with the configuration of these tests.
func openRun(dir string, opt state.Options) (*run, error) {
	log, err := bolt.Open(dir)
	if err != nil {
		return nil, err
	}
	e, err := risk.New(config(), nil, risk.Options{Now: now, State: log})
	if err != nil {
		log.Close()
		return nil, err
	}
	s, err := state.NewSession(log, opt, e)
	if err != nil {
		return nil, err
	}
	return &run{s, e, log}, nil
}

func (r *run) addLine(line []byte, size int64) {
	for _, n := range r.engine.Add([][]byte{line}).Notables {
		r.Emit(n.Change())
	}
	r.Advance(1, size)
}

// openReadOnly opens the state in dir for reading.
func openReadOnly(dir string) (*bolt.Reader, *risk.Engine, error) {
	r, err := bolt.OpenReadOnly(dir)
	if err != nil {
		return nil, nil, err
	}
	cfg, err := risk.StoredConfig(r)
	if err != nil {
		return nil, nil, err
	}
	e, err := risk.New(cfg, nil, risk.Options{Now: now, State: r})
	return r, e, err
}

// feedLines adds lines one by one and commits after every n-th, where n is every. It returns
// errStopped before the first line for which stop returns true.
func feedLines(s *run, lines []byte, every int, stop func(int) bool) error {
	scanner := bufio.NewScanner(bytes.NewReader(lines))
	for i := 0; scanner.Scan(); i++ {
		if stop != nil && stop(i) {
			return errStopped
		}
		s.addLine(scanner.Bytes(), int64(len(scanner.Bytes()))+1)
		if i%every == every-1 {
			if err := s.Commit(); err != nil {
				return err
			}
		}
	}
	return nil
}

var errStopped = errors.New("stopped")

// outputWithoutLog returns what an engine without a log emits.
func outputWithoutLog(t *testing.T, lines []byte) string {
	e, err := risk.New(config(), nil, risk.Options{Now: now})
	require.NoError(t, err)
	var out strings.Builder
	for _, n := range e.Add(bytes.Split(lines, []byte("\n"))).Notables {
		out.Write(n.AppendJSON(nil))
		out.WriteByte('\n')
	}
	require.Greater(t, strings.Count(out.String(), "\n"), 50)
	return out.String()
}

// discardRun leaves the directory as a killed process would: without locks, and without a
// commit.
func discardRun(t *testing.T, s *run) {
	t.Helper()
	s.Discard()
	require.NoError(t, s.Close())
}

func TestFileContinuesAtCommittedPosition(t *testing.T) {
	lines := input(3000)
	want := outputWithoutLog(t, lines)
	for seed := range 8 {
		rng := rand.New(rand.NewPCG(uint64(seed), 1))
		dir, out := t.TempDir(), filepath.Join(t.TempDir(), "out.ndjson")
		for done := false; !done; {
			s, err := openRun(dir, state.Options{File: out})
			require.NoError(t, err)
			from, err := s.Input("events.ndjson", lines[:4096])
			require.NoError(t, err)
			after := rng.IntN(900)
			err = feedLines(s, lines[from:], 1+rng.IntN(100), func(i int) bool { return i == after })
			if done = err == nil; done {
				require.NoError(t, s.Close())
			} else {
				discardRun(t, s)
			}
		}
		got, err := os.ReadFile(out)
		require.NoError(t, err)
		require.Equal(t, want, string(got), "seed %d", seed)

		s, err := openRun(dir, state.Options{File: out})
		require.NoError(t, err)
		from, err := s.Input("events.ndjson", lines[:4096])
		require.NoError(t, err)
		require.Equal(t, int64(len(lines)), from, "the whole file was read")
		require.NoError(t, s.Close())
	}
}

func TestStandardInputCanBeFedAgain(t *testing.T) {
	lines := input(3000)
	want := map[string]bool{}
	for line := range strings.Lines(outputWithoutLog(t, lines)) {
		want[line] = true
	}
	for seed := range 8 {
		rng := rand.New(rand.NewPCG(uint64(seed), 2))
		dir := t.TempDir()
		got := map[string]bool{}
		for done := false; !done; {
			var out, acks bytes.Buffer
			s, err := openRun(dir, state.Options{Stream: &out, OnCommit: func(p state.Position) error { return json.NewEncoder(&acks).Encode(p) }})
			require.NoError(t, err)
			after := rng.IntN(6000)
			err = feedLines(s, lines, 1+rng.IntN(100), func(i int) bool { return i == after })
			if done = err == nil; done {
				require.NoError(t, s.Close())
				assert.True(t, strings.HasSuffix(acks.String(), fmt.Sprintf("{\"lines\":3000,\"bytes\":%d}\n", len(lines))), acks.String())
			} else {
				discardRun(t, s)
			}
			for line := range strings.Lines(out.String()) {
				got[line] = true
			}
		}
		require.Equal(t, want, got, "seed %d", seed)
	}
}

func TestStreamCanBeAFile(t *testing.T) {
	lines, dir, path := input(1000), t.TempDir(), filepath.Join(t.TempDir(), "out.ndjson")
	for range 2 {
		out, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		require.NoError(t, err)
		s, err := openRun(dir, state.Options{Stream: out})
		require.NoError(t, err)
		require.NoError(t, feedLines(s, lines, 200, nil))
		require.NoError(t, s.Close())
		require.NoError(t, out.Close())
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, outputWithoutLog(t, lines), string(got))
}

// A partial database, such as one that was being created when the disk was full, is
// created again. A file that is not the beginning of a database is left unchanged.
func TestPartialDatabaseIsCreatedAgain(t *testing.T) {
	whole := t.TempDir()
	db, err := bbolt.Open(filepath.Join(whole, "risk.db"), 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	text, err := os.ReadFile(filepath.Join(whole, "risk.db"))
	require.NoError(t, err)
	page := os.Getpagesize()
	require.GreaterOrEqual(t, len(text), 4*page)
	for _, size := range []int{0, 100, page, page + 1, 2 * page, 3 * page, 4*page - 1} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "risk.db"), text[:size], 0o600))
		if size > 0 {
			_, _, err := openReadOnly(dir)
			require.ErrorIs(t, err, state.ErrEmpty, "%d bytes", size)
		}
		s, err := openRun(dir, state.Options{Stream: io.Discard})
		require.NoError(t, err, "%d bytes", size)
		require.NoError(t, feedLines(s, input(100), 10, nil))
		require.NoError(t, s.Close())
	}
	for _, other := range []string{"x", strings.Repeat("no database ", 100)} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "risk.db"), []byte(other), 0o600))
		_, err := openRun(dir, state.Options{Stream: io.Discard})
		require.Error(t, err)
		left, err := os.ReadFile(filepath.Join(dir, "risk.db"))
		require.NoError(t, err)
		require.Equal(t, other, string(left))
	}
}

func TestSecondProcessIsRejected(t *testing.T) {
	dir := t.TempDir()
	s, err := openRun(dir, state.Options{Stream: io.Discard})
	require.NoError(t, err)
	defer s.Close()
	_, err = openRun(dir, state.Options{Stream: io.Discard})
	require.ErrorIs(t, err, state.ErrInUse)
	assert.Equal(t, "state directory "+dir+" is used by another process", err.Error())
}

func TestExpiredModifiersAreDeleted(t *testing.T) {
	dir := t.TempDir()
	s, err := openRun(dir, state.Options{Stream: io.Discard})
	require.NoError(t, err)
	require.NoError(t, feedLines(s, input(3000), 100, nil))
	most := s.log.Len("risk/blocks")
	for i := range 10 {
		line := fmt.Appendf(nil, `{"_time":"%s","risk_object":"x","risk_score":1}`, now().Add(time.Duration(i-40)*time.Minute).Format(time.RFC3339))
		s.addLine(line, int64(len(line)))
		require.NoError(t, s.Commit())
	}
	assert.Greater(t, most, 15)
	assert.Less(t, s.log.Len("risk/blocks"), 15)
	require.NoError(t, s.Close())
	again, err := openRun(dir, state.Options{Stream: io.Discard})
	require.NoError(t, err)
	require.NoError(t, again.Close())
}

// A flipped bit is detected, or it is in a part of the file that is not read.
func TestFlippedBitNeverChangesOutput(t *testing.T) {
	lines := input(2000)
	half := bytes.LastIndexByte(lines[:len(lines)/2], '\n') + 1
	dir := t.TempDir()
	s, err := openRun(dir, state.Options{Stream: io.Discard})
	require.NoError(t, err)
	require.NoError(t, feedLines(s, lines[:half], 50, nil))
	require.NoError(t, s.Close())
	whole, err := os.ReadFile(filepath.Join(dir, "risk.db"))
	require.NoError(t, err)
	rest := func(dir string) (string, error) {
		var out bytes.Buffer
		s, err := openRun(dir, state.Options{Stream: &out})
		if err != nil {
			return "", err
		}
		err = feedLines(s, lines[half:], 500, nil)
		if err == nil {
			err = s.Close()
		} else {
			s.Discard()
			s.Close()
		}
		return out.String(), err
	}
	copied := t.TempDir()
	write := func(data []byte) {
		require.NoError(t, os.WriteFile(filepath.Join(copied, "risk.db"), data, 0o600))
	}
	write(whole)
	want, err := rest(copied)
	require.NoError(t, err)
	flipped := func(at int, bit int) (string, error) {
		data := bytes.Clone(whole)
		data[at] ^= 1 << bit
		write(data)
		return rest(copied)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 60 { // most pages are free, and how many differs from run to run
		at := rng.IntN(len(whole))
		got, err := flipped(at, rng.IntN(8))
		if err != nil {
			var e *state.Error
			assert.ErrorAs(t, err, &e, "byte %d", at)
			continue
		}
		assert.Equal(t, want, got, "byte %d", at)
	}
	read, err := bolt.Records(dir)
	require.NoError(t, err)
	require.NotEmpty(t, read)
	for _, span := range read {
		_, err := flipped(span.Offset+rng.IntN(span.Len), rng.IntN(8))
		require.ErrorIs(t, err, state.ErrDamaged, "record %v", span)
	}
}

// TestKilled repeatedly kills a process that reads a file and compares the output with
// that of an uninterrupted run.
func TestKilled(t *testing.T) {
	if dir := os.Getenv("KITH_STORE_CHILD"); dir != "" {
		runChild(dir)
		return
	}
	kills := 15
	if n, err := strconv.Atoi(os.Getenv("KITH_KILLS")); err == nil {
		kills = n
	}
	dir := t.TempDir()
	lines := input(20_000)
	want := outputWithoutLog(t, lines)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "in"), lines, 0o600))
	rng := rand.New(rand.NewPCG(1, 1))
	for i := 0; ; i++ {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), "KITH_STORE_CHILD="+dir)
		var said bytes.Buffer
		cmd.Stderr, cmd.Stdout = &said, &said
		require.NoError(t, cmd.Start())
		if i < kills {
			time.Sleep(time.Duration(rng.IntN(60)) * time.Millisecond)
			cmd.Process.Kill()
			cmd.Wait()
			continue
		}
		require.NoError(t, cmd.Wait(), said.String())
		break
	}
	got, err := os.ReadFile(filepath.Join(dir, "out"))
	require.NoError(t, err)
	require.Equal(t, want, string(got))
}

func runChild(dir string) {
	lines, err := os.ReadFile(filepath.Join(dir, "in"))
	must(err)
	s, err := openRun(filepath.Join(dir, "state"), state.Options{File: filepath.Join(dir, "out")})
	must(err)
	from, err := s.Input(filepath.Join(dir, "in"), lines[:4096])
	must(err)
	must(feedLines(s, lines[from:], 200, nil))
	must(s.Close())
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func TestNextSessionWritesWhatTheStreamMissed(t *testing.T) {
	lines := input(1000)
	want := outputWithoutLog(t, lines)
	dir := t.TempDir()
	s, err := openRun(dir, state.Options{Stream: fullDisk{}})
	require.NoError(t, err)
	require.ErrorIs(t, feedLines(s, lines, 100_000, nil), nil)
	require.ErrorIs(t, s.Commit(), errFull)
	require.Error(t, s.Commit())
	require.NoError(t, s.Close())
	var out bytes.Buffer
	s, err = openRun(dir, state.Options{Stream: &out})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.Equal(t, want, out.String())
	out.Reset()
	s, err = openRun(dir, state.Options{Stream: &out})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.Empty(t, out.String(), "lines are not written twice")
}

type fullDisk struct{}

var errFull = errors.New("no space left on device")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestOtherVersionIsRejected(t *testing.T) {
	for version, want := range map[int]struct {
		err  error
		text string
	}{
		4: {state.ErrVersion, "has a newer version: 4, but this program reads up to 3"},
		2: {state.ErrOldVersion, "has an older version: 2, but this program reads 3"},
	} {
		dir := t.TempDir()
		s, err := openRun(dir, state.Options{Stream: io.Discard})
		require.NoError(t, err)
		require.NoError(t, bolt.SetVersion(s.log, version))
		require.NoError(t, s.Close())
		_, err = openRun(dir, state.Options{Stream: io.Discard})
		require.ErrorIs(t, err, want.err)
		assert.Equal(t, "state directory "+dir+" "+want.text, err.Error())
	}
}

func TestReadOnlyStateHasCommittedNotables(t *testing.T) {
	dir := t.TempDir()
	_, _, err := openReadOnly(dir)
	require.ErrorIs(t, err, state.ErrEmpty)
	var out bytes.Buffer
	s, err := openRun(dir, state.Options{Stream: &out})
	require.NoError(t, err)
	require.NoError(t, feedLines(s, input(1000), 100, nil))
	top := s.engine.Top(30*time.Minute, risk.ProfileSum, 3)
	require.NoError(t, s.Close())

	v, e, err := openReadOnly(dir)
	require.NoError(t, err)
	defer v.Close()
	assert.Equal(t, top, e.Top(30*time.Minute, risk.ProfileSum, 3))
	assert.Equal(t, strings.Count(out.String(), "\n"), v.Len(risk.NotableSpace))
	for line := range strings.Lines(out.String()) {
		id := line[len(`{"id":"`):][:32]
		got, found, err := risk.StoredNotable(v, id)
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, line, string(got.AppendJSON(nil))+"\n")
	}
	_, found, err := risk.StoredNotable(v, "nobody")
	require.NoError(t, err)
	require.False(t, found)
}

// Changes without a commit do not invalidate a copy.
func TestCopyIsRejectedAfterCommit(t *testing.T) {
	dir, lines := t.TempDir(), input(1000)
	s, err := openRun(dir, state.Options{Stream: io.Discard})
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, feedLines(s, lines, 100, nil))
	require.NoError(t, s.Commit())

	folder := t.TempDir()
	rejected, err := bolt.CopyMeanwhile(folder, dir, func() error { return feedLines(s, lines, 1<<30, nil) })
	require.NoError(t, err)
	require.False(t, rejected)
	v, _, err := openReadOnly(folder)
	require.NoError(t, err)
	require.NoError(t, v.Close())

	rejected, err = bolt.CopyMeanwhile(folder, dir, s.Commit)
	require.Error(t, err)
	require.True(t, rejected)
}

// The test repeatedly opens a directory that is being written.
func TestReaderSeesExactlyOneCommit(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	dir, lines := t.TempDir(), input(3000)
	s, err := openRun(dir, state.Options{Stream: io.Discard})
	require.NoError(t, err)
	_, err = s.Input("events", lines[:4096])
	require.NoError(t, err)
	require.NoError(t, s.Commit())

	want := map[int64][]risk.Standing{} // by committed bytes
	var mu sync.Mutex
	written := make(chan error, 1)
	go func() {
		written <- func() error {
			at := int64(0)
			for line := range bytes.Lines(lines) {
				s.addLine(bytes.TrimSuffix(line, []byte("\n")), int64(len(line)))
				if at += int64(len(line)); at%29 == 0 {
					mu.Lock()
					want[at] = s.engine.Top(30*time.Minute, risk.ProfileSum, 5)
					mu.Unlock()
					if err := s.Commit(); err != nil {
						return err
					}
				}
			}
			return nil
		}()
	}()
	looks := 0
	for done := false; !done; {
		select {
		case err := <-written:
			require.NoError(t, err)
			done = true
		default:
		}
		v, e, err := openReadOnly(dir)
		if errors.Is(err, state.ErrInUse) && !done {
			continue // commits were faster than the copy
		}
		require.NoError(t, err)
		if at := offset(t, v); at > 0 {
			looks++
			mu.Lock()
			require.Equal(t, want[at], e.Top(30*time.Minute, risk.ProfileSum, 5), "after %d bytes", at)
			mu.Unlock()
		}
		require.NoError(t, v.Close())
	}
	require.Positive(t, looks)
	require.NoError(t, s.Close())
	left, err := os.ReadDir(temporary)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestOutputFileThatShrankIsRejected(t *testing.T) {
	dir, out := t.TempDir(), filepath.Join(t.TempDir(), "out")
	s, err := openRun(dir, state.Options{File: out})
	require.NoError(t, err)
	require.NoError(t, feedLines(s, input(1000), 100, nil))
	require.NoError(t, s.Close())
	require.NoError(t, os.Truncate(out, 10))
	_, err = openRun(dir, state.Options{File: out})
	require.ErrorContains(t, err, "out: has 10 bytes, but")
}

// offset returns the committed position in the only input.
func offset(t *testing.T, r *bolt.Reader) int64 {
	text, err := r.Get("session", []byte("state"))
	require.NoError(t, err)
	if text == nil {
		return 0
	}
	var record struct {
		Inputs map[string]struct{ Offset int64 }
	}
	require.NoError(t, json.Unmarshal(text, &record))
	for _, in := range record.Inputs {
		return in.Offset
	}
	return 0
}
