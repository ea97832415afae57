// Package measure times contestants against each other in one process.
//
// A sample is one contestant working on one input for a while. Rounds are
// interleaved: in every round each contestant takes one sample of each input, in
// another order than in the round before, so that a neighbour who is busy for a
// minute, or a processor that runs slower, hits all of them alike. What is
// reported is the median of the rounds with the least and the greatest.
//
// Time is the processor time of the whole process where the system tells it:
// waiting for a processor that somebody else has does not count, work of the
// collector on other cores does.
package measure

import (
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"time"
)

// Samples are the figures that the rounds gave for one cell of a table, in
// nanoseconds an operation.
type Samples []float64

// Median returns the middle figure, 0 if there is none.
func (s Samples) Median() float64 {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	return (sorted[(len(s)-1)/2] + sorted[len(s)/2]) / 2
}

// Min returns the least figure.
func (s Samples) Min() float64 { return slices.Min(s) }

// Max returns the greatest figure.
func (s Samples) Max() float64 { return slices.Max(s) }

// Task is one cell: one contestant and one input.
type Task struct {
	// Work does some operations, at least one, and returns how many. It is
	// called until the budget of a sample is spent.
	Work    func() int
	Samples Samples
	Allocs  float64 // an operation, over all rounds
	Bytes   float64 // allocated an operation

	ops, mallocs, bytes uint64
}

// Options say how long to measure.
type Options struct {
	Rounds int           // samples of each task
	Budget time.Duration // of one sample, at least
	// Collect leaves the garbage collector on while samples are taken, so that
	// whoever makes garbage pays for it. It is off where all contestants keep
	// their tables in memory at once: a collection would mark those of all of
	// them, and nobody would know who paid for whose.
	Collect bool
}

// Run takes the samples of all tasks.
func Run(tasks []*Task, o Options) {
	if !o.Collect {
		defer debug.SetGCPercent(debug.SetGCPercent(-1))
	}
	order := rand.New(rand.NewPCG(1, 1))
	lying := uint64(0)
	for range o.Rounds {
		for _, i := range order.Perm(len(tasks)) {
			if lying += tasks[i].takeSample(o.Budget); lying > maxGarbage && !o.Collect {
				runtime.GC()
				lying = 0
			}
		}
	}
}

// maxGarbage is how much is left lying before a collection between two samples.
const maxGarbage = 256 << 20

// takeSample takes a sample and returns how many bytes were allocated.
func (t *Task) takeSample(budget time.Duration) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	t.Work() // brings code and table back to the caches after the others
	runtime.ReadMemStats(&before)
	ops := 0
	start := processTime()
	elapsed := time.Duration(0)
	for elapsed < budget {
		ops += t.Work()
		elapsed = processTime() - start
	}
	t.Samples = append(t.Samples, float64(elapsed.Nanoseconds())/float64(ops))
	runtime.ReadMemStats(&after)
	t.ops += uint64(ops)
	t.mallocs += after.Mallocs - before.Mallocs
	t.bytes += after.TotalAlloc - before.TotalAlloc
	t.Allocs = float64(t.mallocs) / float64(t.ops)
	t.Bytes = float64(t.bytes) / float64(t.ops)
	return after.TotalAlloc - before.TotalAlloc
}

// Build runs build once and returns the processor time that it took and the
// live heap that it left.
func Build(build func() error) (took time.Duration, bytes int64, err error) {
	before := liveHeap()
	start := processTime()
	err = build()
	took = processTime() - start
	return took, liveHeap() - before, err
}

func liveHeap() int64 {
	runtime.GC()
	runtime.GC() // what finalizers held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
