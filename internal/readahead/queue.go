package readahead

// Queue carries values from a producing goroutine to a consuming one. It
// recycles a fixed number of values, so memory does not grow with the distance
// between the two.
type Queue[T any] struct {
	full, free chan T
	current    T // returned by the last Next
	held       bool
}

// NewQueue returns a queue of n values, which it makes by calling newValue.
func NewQueue[T any](n int, newValue func() T) *Queue[T] {
	q := &Queue[T]{full: make(chan T, n), free: make(chan T, n)}
	for range n {
		q.free <- newValue()
	}
	return q
}

// Fill calls fill for one free value after another and hands each to Next. It
// returns after the value for which fill returned false.
func (q *Queue[T]) Fill(fill func(T) (more bool)) {
	defer close(q.full)
	for more := true; more; {
		value := <-q.free
		more = fill(value)
		q.full <- value
	}
}

// Next recycles the value it returned last and returns the next one. It returns
// false after the last value. Callers must drain the queue, or the goroutine
// that runs Fill blocks forever.
func (q *Queue[T]) Next() (value T, more bool) {
	if q.held {
		q.free <- q.current
	}
	q.current, q.held = <-q.full
	return q.current, q.held
}
