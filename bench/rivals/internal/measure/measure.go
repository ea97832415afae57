// Package measure compares the running times of contestants in one process.
//
// In a sample, one contestant processes one input for some time. Samples are interleaved:
// in every round, each contestant takes one sample of each input, in a different order
// than in the round before, so that a process that is busy for a minute, or a slower
// processor, affects all of them equally. The result is the median of the rounds, with the
// least and the greatest sample.
//
// Time is the processor time of the whole process, if the system reports it: waiting for a
// processor does not count, but garbage collection on other cores does.
package measure

import (
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"time"
)

// Samples contains the figures of all rounds for one cell of a table, in nanoseconds per
// operation.
type Samples []float64

// Median returns the median figure, or 0 without samples.
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

// Task is one cell of a table: one contestant and one input.
type Task struct {
	// Work performs at least one operation and returns their number. It is called until
	// the budget of a sample is used up.
	Work    func() int
	Samples Samples
	Allocs  float64 // allocations per operation, over all rounds
	Bytes   float64 // allocated bytes per operation

	ops, mallocs, bytes uint64
}

// Options select how long to measure.
type Options struct {
	Rounds int           // samples of each task
	Budget time.Duration // minimum time of a sample
	// Collect leaves the garbage collector on during samples, so that contestants that
	// allocate pay for it. It is false if all contestants have tables in memory at once:
	// a collection would mark the tables of all, at the expense of the contestant that
	// happens to be measured.
	Collect bool
}

// Run takes o.Rounds samples of every task.
func Run(tasks []*Task, o Options) {
	if !o.Collect {
		defer debug.SetGCPercent(debug.SetGCPercent(-1))
	}
	order := rand.New(rand.NewPCG(1, 1))
	garbage := uint64(0)
	for range o.Rounds {
		for _, i := range order.Perm(len(tasks)) {
			if garbage += tasks[i].takeSample(o.Budget); garbage > maxGarbage && !o.Collect {
				runtime.GC()
				garbage = 0
			}
		}
	}
}

// maxGarbage is the number of allocated bytes after which Run collects garbage between two
// samples.
const maxGarbage = 256 << 20

// takeSample takes a sample and returns the number of allocated bytes.
func (t *Task) takeSample(budget time.Duration) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	t.Work() // load code and table into the caches again
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

// Build runs build once. It returns the processor time it took, and the growth of the
// live heap.
func Build(build func() error) (took time.Duration, bytes int64, err error) {
	before := liveHeap()
	start := processTime()
	err = build()
	took = processTime() - start
	return took, liveHeap() - before, err
}

func liveHeap() int64 {
	runtime.GC()
	runtime.GC() // frees objects whose finalizers have run
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
