package stream

import (
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// journal records commits and acknowledgements with their times.
type journal struct {
	Source
	began  time.Time
	events []string
}

func (j *journal) note(what string, p Position) {
	j.events = append(j.events, fmt.Sprintf("%v %s %d", time.Since(j.began), what, p.Offset))
}

func (j *journal) Acknowledge(p Position) { j.note("acknowledged", p) }

// commitAll feeds lines with pauses between them, and returns when positions were
// committed and acknowledged. The first byte of a block is its CommitTime.
func commitAll(t *testing.T, lines []string, pauses []time.Duration, flush bool) []string {
	var j *journal
	synctest.Test(t, func(t *testing.T) {
		in, feed := io.Pipe()
		j = &journal{Source: NewLines(in, 0, 0, 0), began: time.Now()}
		commits := &Committer{Commit: func(p Position) error { j.note("committed", p); return nil }}
		go func() {
			for i, line := range lines {
				io.WriteString(feed, line)
				time.Sleep(pauses[i])
			}
			feed.Close()
		}()
		require.NoError(t, Run(t.Context(), j, Options{Commits: commits}, Stage[int]{Ordered: true, Work: func() func(*Block[int]) error {
			return func(b *Block[int]) error { b.Commit = CommitTime(b.Data[0] - '0'); return nil }
		}}))
		if flush {
			require.NoError(t, commits.Flush())
			require.NoError(t, commits.Flush(), "second Flush")
		}
	})
	return j.events
}

func TestCommitsComeWhenTheyAreDue(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name   string
		lines  []string
		pauses []time.Duration
		want   []string
	}{
		{"at once", []string{"2\n", "0\n"}, []time.Duration{ms, ms}, []string{"0s committed 2", "0s acknowledged 2", "2ms committed 4", "2ms acknowledged 4"}},
		{"at the pause", []string{"1\n", "0\n"}, []time.Duration{ms, 150 * ms}, []string{"100ms committed 4", "100ms acknowledged 4"}},
		{"within the interval", []string{"0\n", "0\n", "0\n"}, []time.Duration{600 * ms, 450 * ms, 90 * ms}, []string{"1.05s committed 6", "1.05s acknowledged 6"}},
		{"in a long pause", []string{"0\n"}, []time.Duration{3000 * ms}, []string{"1.1s committed 2", "1.1s acknowledged 2"}},
		{"not at the end of a run", []string{"1\n"}, []time.Duration{ms}, nil},
	} {
		got := commitAll(t, c.lines, c.pauses, c.name == "at once")
		assert.Equal(t, c.want, got, c.name)
	}
}

func TestSourceIsAcknowledgedWithoutCommits(t *testing.T) {
	in, feed := io.Pipe()
	go func() {
		io.WriteString(feed, "a\n")
		feed.Close()
	}()
	j := &journal{Source: NewLines(in, 0, 0, 0)}
	require.NoError(t, Run(t.Context(), j, Options{}, Stage[int]{Work: func() func(*Block[int]) error {
		return func(*Block[int]) error { return nil }
	}}))
	assert.Len(t, j.events, 1)
}

func TestFailedCommitIsNotAcknowledged(t *testing.T) {
	j := &journal{Source: NewLines(oneLine{}, 0, 0, 0)}
	commits := &Committer{Every: 1, Commit: func(Position) error { return errBroken }}
	err := Run(t.Context(), j, Options{Commits: commits}, Stage[int]{Ordered: true, Work: func() func(*Block[int]) error {
		return func(*Block[int]) error { return nil }
	}})
	require.ErrorIs(t, err, errBroken)
	assert.Empty(t, j.events)
}
