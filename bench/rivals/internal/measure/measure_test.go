package measure

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMedianOfEvenNumberIsMeanOfMiddleTwo(t *testing.T) {
	for _, c := range []struct {
		in   Samples
		want float64
	}{
		{Samples{}, 0},
		{Samples{3}, 3},
		{Samples{3, 1}, 2},
		{Samples{9, 1, 2}, 2},
	} {
		assert.Equal(t, c.want, c.in.Median(), "%v", c.in)
	}
}

func TestRunReportsAllocationsPerOperation(t *testing.T) {
	var kept []byte
	task := &Task{Work: func() int { kept = make([]byte, 1<<10); return 2 }}
	Run([]*Task{task}, Options{Rounds: 3, Budget: time.Millisecond})
	require.Len(t, task.Samples, 3)
	assert.InDelta(t, 0.5, task.Allocs, 0.1)
	assert.InDelta(t, 512, task.Bytes, 100)
	assert.Len(t, kept, 1<<10)
}

func TestBuildReportsGrowthOfLiveHeap(t *testing.T) {
	var kept []byte
	_, bytes, err := Build(func() error { kept = make([]byte, 8<<20); return nil })
	require.NoError(t, err)
	assert.InDelta(t, 8<<20, bytes, 1<<20)
	assert.Len(t, kept, 8<<20)
}
