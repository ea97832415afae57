package stream

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestInboxAcknowledgesEveryPutOnce calls Put from several goroutines while blocks are
// processed and committed.
func TestInboxAcknowledgesEveryPutOnce(t *testing.T) {
	inbox := NewInbox(0, 100)
	var mu sync.Mutex
	acknowledged := map[string]int{}
	var passed []string
	var puts sync.WaitGroup
	for g := range 4 {
		puts.Go(func() {
			for i := range 200 {
				line := fmt.Sprintf("%d-%d", g, i)
				assert.NoError(t, inbox.Put(t.Context(), []byte(line), func(err error) {
					mu.Lock()
					defer mu.Unlock()
					assert.NoError(t, err)
					assert.Contains(t, passed, line)
					acknowledged[line]++
				}))
			}
		})
	}
	go func() { puts.Wait(); inbox.Close(nil) }()
	require.NoError(t, Run(t.Context(), inbox, Options{Workers: 2}, mark(t, "P", false), Stage[string]{Ordered: true, Work: func() func(*Block[string]) error {
		return func(b *Block[string]) error {
			mu.Lock()
			defer mu.Unlock()
			passed = slices.AppendSeq(passed, strings.Lines(strings.ReplaceAll(string(b.Data), "\n", "\n")))
			for i := range passed {
				passed[i] = strings.TrimSuffix(passed[i], "\n")
			}
			return nil
		}
	}}))
	assert.Len(t, acknowledged, 800)
	assert.Len(t, passed, 800)
	for line, n := range acknowledged {
		assert.Equal(t, 1, n, line)
	}
}

func TestFullInboxBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inbox := NewInbox(3, 10)
		ignore := func(error) {}
		require.NoError(t, inbox.Put(t.Context(), []byte("0123456789-too-much\n"), ignore), "the only message may exceed the limit")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, inbox.Put(ctx, []byte("a\n"), ignore), context.DeadlineExceeded)
		put := make(chan error)
		go func() { put <- inbox.Put(t.Context(), []byte("b\nc"), ignore) }()
		var c Chunk
		require.NoError(t, inbox.Next(t.Context(), &c))
		assert.Equal(t, 1, c.Len())
		assert.Empty(t, c.Unit(0), "the line is too long")
		require.NoError(t, <-put)
		require.NoError(t, inbox.Next(t.Context(), &c))
		assert.Equal(t, "b\nc\n", string(c.Data))
		assert.EqualValues(t, 2, c.First)
	})
}

func TestClosedInboxRejectsLines(t *testing.T) {
	inbox := NewInbox(0, 0)
	var results []error
	done := func(err error) { results = append(results, err) }
	require.NoError(t, inbox.Put(t.Context(), nil, done), "Put of no lines calls done at once")
	require.NoError(t, inbox.Put(t.Context(), []byte("a\n"), done))
	var c Chunk
	require.NoError(t, inbox.Next(t.Context(), &c))
	require.NoError(t, inbox.Put(t.Context(), []byte("b\n"), done))
	inbox.Acknowledge(c.Position)
	inbox.Close(errBroken)
	require.ErrorIs(t, inbox.Put(t.Context(), []byte("c\n"), done), ErrClosed)
	assert.Equal(t, []error{nil, nil, errBroken}, results)
}
