package stream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// numbers returns the lines "1" to "n".
func numbers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintln(&b, i+1)
	}
	return b.String()
}

// slowly yields a random number of times, so that blocks overtake each other.
func slowly() {
	for range rand.IntN(4) {
		runtime.Gosched()
	}
}

// mark returns a stage that appends a letter to the results of each block. If it is
// ordered, it checks the order of the blocks.
func mark(t *testing.T, letter string, ordered bool) Stage[string] {
	return Stage[string]{Ordered: ordered, Work: func() func(*Block[string]) error {
		last := int64(0)
		return func(b *Block[string]) error {
			slowly()
			if ordered {
				assert.Equal(t, last+1, b.First, "stage %s", letter)
				last += int64(b.Len())
			}
			b.Results += letter
			return nil
		}
	}}
}

// collect returns a last stage that appends the units to text. It checks that every
// block has passed the stages with these letters.
func collect(t *testing.T, text *strings.Builder, letters string) Stage[string] {
	return Stage[string]{Ordered: true, Work: func() func(*Block[string]) error {
		return func(b *Block[string]) error {
			assert.Equal(t, letters, b.Results)
			b.Results = ""
			text.Write(b.Data)
			return nil
		}
	}}
}

func TestEveryUnitPassesAllStagesOnceInOrder(t *testing.T) {
	want := numbers(3000)
	for i, layout := range []string{"", "P", "O", "OP", "PO", "OO", "POPO", "OPPO", "PP", "OPOPOO"} {
		var stages []Stage[string]
		for _, kind := range layout {
			stages = append(stages, mark(t, string(kind), kind == 'O'))
		}
		for workers := range 4 {
			var got strings.Builder
			rng := rand.New(rand.NewPCG(uint64(i), uint64(workers)))
			err := Run(t.Context(), NewLines(&anyChunks{rng, strings.NewReader(want)}, 0, 0, 0), Options{Workers: workers}, append(stages, collect(t, &got, layout))...)
			require.NoError(t, err)
			require.Equal(t, want, got.String(), "%s, %d workers", layout, workers)
		}
	}
}

func TestLastStageMayBeParallel(t *testing.T) {
	var lines atomic.Int64
	err := Run(t.Context(), NewLines(strings.NewReader(numbers(1000)), 0, 0, 0), Options{Workers: 3}, Stage[int]{Work: func() func(*Block[int]) error {
		return func(b *Block[int]) error { lines.Add(int64(b.Len())); return nil }
	}})
	require.NoError(t, err)
	assert.EqualValues(t, 1000, lines.Load())
}

func TestRunWithoutSourceOrStageIsAnError(t *testing.T) {
	assert.Error(t, Run[int](t.Context(), NewLines(strings.NewReader(""), 0, 0, 0), Options{}))
	assert.Error(t, Run(t.Context(), nil, Options{}, mark(t, "", true)))
}

var errBroken = errors.New("broken")

// failAt returns a stage that fails at the block with this unit.
func failAt(unit int, ordered bool) Stage[string] {
	return Stage[string]{Ordered: ordered, Work: func() func(*Block[string]) error {
		return func(b *Block[string]) error {
			if slowly(); bytes.Contains(b.Data, fmt.Appendf(nil, "%d\n", unit)) {
				return fmt.Errorf("%d: %w", unit, errBroken)
			}
			return nil
		}
	}}
}

// TestFirstErrorEndsTheRun puts an error into each kind of stage. All blocks before it
// must pass and none after it, and of two errors Run returns the first in the input.
func TestFirstErrorEndsTheRun(t *testing.T) {
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 9))
		var got strings.Builder
		sum := Stage[string]{Ordered: true, Work: func() func(*Block[string]) error {
			return func(b *Block[string]) error { got.Write(b.Data); return nil }
		}}
		stages := []Stage[string]{failAt(500, true), failAt(501, false), failAt(502, true), failAt(503, false), sum}
		stages = stages[rng.IntN(4):]
		err := Run(t.Context(), NewLines(&anyChunks{rng, strings.NewReader(numbers(600))}, 0, 0, 0), Options{Workers: 3}, stages...)
		require.ErrorIs(t, err, errBroken)
		require.True(t, strings.HasPrefix(numbers(505), got.String()), "units after the error have passed")
		require.Contains(t, got.String(), "\n490\n")
		require.NotContains(t, got.String(), "\n503\n")
	}
	var got strings.Builder
	src := io.MultiReader(strings.NewReader(numbers(9)+"half a l"), &failing{errBroken})
	err := Run(t.Context(), NewLines(src, 0, 0, 0), Options{}, mark(t, "P", false), collect(t, &got, "P"))
	require.ErrorIs(t, err, errBroken)
	assert.Equal(t, numbers(9), got.String(), "units before the error")
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

// TestRunStopsWhenTheContextIsDone checks that exactly the units that were read pass,
// once each, and that Run does not wait for the input.
func TestRunStopsWhenTheContextIsDone(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 5))
		ctx, cancel := context.WithCancel(t.Context())
		text := numbers(2000)
		src := &counting{Source: NewLines(&anyChunks{rng, strings.NewReader(text)}, 0, 0, 0), stopAt: rng.IntN(2000), stop: cancel}
		var got strings.Builder
		err := Run(ctx, src, Options{Workers: 1 + rng.IntN(3)}, mark(t, "P", false), mark(t, "O", true), mark(t, "P", false), collect(t, &got, "POP"))
		require.NoError(t, err)
		require.Equal(t, numbers(int(src.taken)), got.String(), "seed %d", seed)
		require.Less(t, src.taken, 2000, "seed %d", seed)
	}
}

// counting counts the units that are read from a source, and calls stop at one of them.
type counting struct {
	Source
	taken, stopAt int
	stop          func()
}

func (c *counting) Next(ctx context.Context, chunk *Chunk) error {
	err := c.Source.Next(ctx, chunk)
	if c.taken += chunk.Len(); c.taken >= c.stopAt && c.stop != nil {
		go c.stop()
		slowly()
		if c.taken > c.stopAt+20 {
			<-ctx.Done()
		}
	}
	return err
}

// TestNoGoroutineIsLeft relies on synctest, which fails if a goroutine remains.
func TestNoGoroutineIsLeft(t *testing.T) {
	for _, stages := range [][]Stage[string]{
		{mark(t, "", true)},
		{mark(t, "", false), mark(t, "", true), mark(t, "", false)},
		{mark(t, "", false), failAt(3, true), mark(t, "", false), mark(t, "", true)},
	} {
		synctest.Test(t, func(t *testing.T) {
			_ = Run(t.Context(), NewLines(strings.NewReader(numbers(9)), 0, 0, 0), Options{Workers: 3}, stages...)
		})
		synctest.Test(t, func(t *testing.T) {
			inbox := NewInbox(0, 0)
			go inbox.Put(t.Context(), []byte("1\n2\n"), func(error) {})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			assert.NoError(t, Run(ctx, inbox, Options{Workers: 3}, stages[:1]...))
		})
	}
}

// TestSlowStageStopsTheSource checks that a stage that blocks bounds the blocks in
// flight.
func TestSlowStageStopsTheSource(t *testing.T) {
	for _, workers := range []int{1, 5} {
		synctest.Test(t, func(t *testing.T) {
			in := &counting{Source: NewLines(oneLine{}, 0, 0, 0)}
			ctx, cancel := context.WithCancel(t.Context())
			blocked := make(chan struct{})
			done := make(chan error)
			go func() {
				done <- Run(ctx, in, Options{Workers: workers}, mark(t, "", false), Stage[string]{Ordered: true, Work: func() func(*Block[string]) error {
					return func(*Block[string]) error { <-blocked; return nil }
				}})
			}()
			synctest.Wait()
			assert.Equal(t, workers+4, in.taken)
			cancel()
			close(blocked)
			assert.NoError(t, <-done)
			assert.Equal(t, workers+4, in.taken)
		})
	}
}

// oneLine returns one line from every Read.
type oneLine struct{}

func (oneLine) Read(p []byte) (int, error) { return copy(p, "line\n"), nil }

// TestSlowInputIsPassedOnLineByLine checks that a line passes all stages before the
// next one arrives.
func TestSlowInputIsPassedOnLineByLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, feed := io.Pipe()
		passed := make(chan string)
		go Run(t.Context(), NewLines(in, 0, 0, 0), Options{}, mark(t, "", false), mark(t, "", true), Stage[string]{Ordered: true, Work: func() func(*Block[string]) error {
			return func(b *Block[string]) error { passed <- string(b.Data); return nil }
		}})
		for _, line := range []string{"a\n", "b\n", "c\n"} {
			io.WriteString(feed, line)
			assert.Equal(t, line, <-passed)
		}
		feed.Close()
	})
}

// TestPanicsAreNotRecovered runs itself as a child process with a panic in each place
// where code of the caller runs.
func TestPanicsAreNotRecovered(t *testing.T) {
	const variable = "KITH_TEST_PANIC"
	panicIn := func(place string) Stage[string] {
		return Stage[string]{Ordered: place != "parallel", Work: func() func(*Block[string]) error {
			return func(*Block[string]) error {
				if os.Getenv(variable) == place {
					panic("in " + place)
				}
				return nil
			}
		}}
	}
	places := []string{"first", "parallel", "ordered", "last", "commit", "source"}
	if os.Getenv(variable) != "" {
		var src Source = NewLines(strings.NewReader("a\n"), 0, 0, 0)
		if os.Getenv(variable) == "source" {
			src = panicking{}
		}
		commits := &Committer{Every: 1, Commit: func(Position) error {
			if os.Getenv(variable) == "commit" {
				panic("in commit")
			}
			return nil
		}}
		_ = Run(t.Context(), src, Options{Commits: commits}, panicIn("first"), panicIn("parallel"), panicIn("ordered"), panicIn("last"))
		return
	}
	for _, place := range places {
		cmd := exec.Command(os.Args[0], "-test.run=^TestPanicsAreNotRecovered$")
		cmd.Env = append(os.Environ(), variable+"="+place)
		out, err := cmd.CombinedOutput()
		assert.Error(t, err, place)
		assert.Contains(t, string(out), "panic: in "+place)
	}
}

type panicking struct{}

func (panicking) Next(context.Context, *Chunk) error { panic("in source") }
func (panicking) Acknowledge(Position)               {}

func TestBadUnitsAreReportedInOrder(t *testing.T) {
	var b Block[int]
	b.Data = []byte("one\ntwo\nfour\n")
	b.First, b.Ends = 11, []int{4, 8, 8, 13}
	b.Out = []byte("ONE")
	b.AddBad(2, errors.New("too long"))
	b.AddBad(1, errors.New("no number"))
	var got []string
	report := func(line int64, unit []byte, err error) error {
		got = append(got, fmt.Sprintf("%d %q %t %v", line, unit, unit == nil, err))
		return nil
	}
	require.NoError(t, b.EachBad(report))
	assert.Equal(t, []string{`12 "two\n" false no number`, `13 "" true too long`}, got)
	b.Out = append(b.Out, "FOUR"...)
	require.ErrorIs(t, b.EachBad(func(int64, []byte, error) error { return errBroken }), errBroken)
	assert.Equal(t, "ONE", string(b.Out), "Out after an error of EachBad")
}

// TestBetweenIsCalledBetweenBlocks sends functions while an input waits and while blocks pass.
// Each must run on the goroutine that called Run, and an error must end the run.
func TestBetweenIsCalledBetweenBlocks(t *testing.T) {
	between, failed := make(chan func() error), errors.New("failed")
	inBlock, calls := false, 0
	in, write := io.Pipe()
	go func() {
		for i := range 100 {
			between <- func() error {
				assert.False(t, inBlock)
				calls++
				return nil
			}
			fmt.Fprintf(write, "line %d\n", i)
		}
		between <- func() error { return failed }
	}()
	err := Run(t.Context(), NewLines(in, 0, 0, 0), Options{Between: between}, Stage[int]{Ordered: true, Work: func() func(*Block[int]) error {
		return func(*Block[int]) error {
			inBlock = true
			defer func() { inBlock = false }()
			return nil
		}
	}})
	assert.ErrorIs(t, err, failed)
	assert.Equal(t, 100, calls)
}
