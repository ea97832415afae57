package term

import (
	"fmt"
	"io"
	"sync"

	"github.com/kithsec/kith/internal/problem"
)

// Messages prints messages to the user from several goroutines, one at a time and
// above the line of progress.
type Messages struct {
	w        io.Writer
	progress *Progress

	mu     sync.Mutex
	silent bool
}

// Write prints text, which must be whole lines.
func (t *Messages) Write(text []byte) (n int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.silent {
		return len(text), nil
	}
	t.progress.aside(func() { n, err = t.w.Write(text) })
	return n, err
}

// Printf prints one line that begins with "kith: ".
func (t *Messages) Printf(format string, args ...any) {
	fmt.Fprintf(t, "kith: %s\n", problem.Plain(fmt.Sprintf(format, args...)))
}

// NewMessages returns a teller that writes to w.
func NewMessages(w io.Writer, p *Progress) *Messages { return &Messages{w: w, progress: p} }

// Mute drops all messages from now on.
func (t *Messages) Mute() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.silent = true
}
