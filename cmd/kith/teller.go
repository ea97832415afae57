package main

import (
	"fmt"
	"io"
	"sync"
)

// teller writes to the user from several goroutines, one piece at a time and
// beside the line of progress.
type teller struct {
	w        io.Writer
	progress *progress

	mu     sync.Mutex
	silent bool
}

// Write tells text, which is whole lines.
func (t *teller) Write(text []byte) (n int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.silent {
		return len(text), nil
	}
	t.progress.aside(func() { n, err = t.w.Write(text) })
	return n, err
}

// say tells one line.
func (t *teller) say(format string, args ...any) {
	fmt.Fprintf(t, "kith: %s\n", plain(fmt.Sprintf(format, args...)))
}

// silence ends the telling: what is still at work has nobody to tell.
func (t *teller) silence() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.silent = true
}
