package ahead

// Belt carries values from a goroutine that fills them to one that uses them. The
// values go round, so that memory does not depend on how far one is ahead of the
// other.
type Belt[T any] struct {
	full, free chan T
	hand       T // what Next gave
	held       bool
}

// NewBelt returns a belt of so many values.
func NewBelt[T any](n int, value func() T) *Belt[T] {
	b := &Belt[T]{full: make(chan T, n), free: make(chan T, n)}
	for range n {
		b.free <- value()
	}
	return b
}

// Fill hands over value after value as fill leaves it, until fill says that there
// are no more.
func (b *Belt[T]) Fill(fill func(T) (more bool)) {
	defer close(b.full)
	for more := true; more; {
		value := <-b.free
		more = fill(value)
		b.full <- value
	}
}

// Next gives back the value that it returned last and returns the next one, or
// false after the last. Whoever does not ask until then leaves Fill waiting.
func (b *Belt[T]) Next() (value T, more bool) {
	if b.held {
		b.free <- b.hand
	}
	b.hand, b.held = <-b.full
	return b.hand, b.held
}
