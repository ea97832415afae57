package term

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/kithsec/kith/internal/problem"
	"github.com/schollz/progressbar/v3"
	xterm "golang.org/x/term"
)

// redrawInterval is the shortest time between two updates of the line.
const redrawInterval = 100 * time.Millisecond

// Progress is a line on a terminal that shows the phase of the work, rows and their
// rate, bytes, and the remaining time if the size is known. A nil Progress shows
// nothing. All methods may be called on nil, and concurrently.
type Progress struct {
	w io.Writer

	mu    sync.Mutex
	bar   *progressbar.ProgressBar
	phase string
	unit  string // of rows: "rows", "events"
	rows  int64
	bytes int64 // not yet added to the bar
	began time.Time
	shown time.Time
}

// NewProgress returns a Progress on w, or nil if quiet is set or w is not a terminal.
func NewProgress(w io.Writer, quiet bool) *Progress {
	if quiet || !IsTerminal(w) {
		return nil
	}
	return &Progress{w: w}
}

// IsTerminal reports whether w is a terminal.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && xterm.IsTerminal(int(f.Fd()))
}

// Begin ends the current phase and starts another ("reading hosts.csv"), of size bytes.
// A size of 0 or less is unknown.
func (p *Progress) Begin(phase, unit string, size int64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clearBar()
	if size <= 0 {
		size = -1
	}
	p.phase, p.unit, p.rows, p.bytes, p.began, p.shown = problem.Plain(phase), unit, 0, 0, time.Now(), time.Time{}
	p.bar = progressbar.NewOptions64(size,
		progressbar.OptionSetWriter(p.w),
		progressbar.OptionSetDescription(p.phase),
		progressbar.OptionShowBytes(true),
		progressbar.OptionSetWidth(20),
		progressbar.OptionSetPredictTime(size > 0),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSpinnerType(14),
		// Otherwise the bar redraws a line of unknown size in a goroutine that never ends.
		progressbar.OptionSetSpinnerChangeInterval(0),
	)
}

// Add counts rows and bytes that are done.
func (p *Progress) Add(rows, bytes int) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rows += int64(rows)
	p.bytes += int64(bytes)
	if now := time.Now(); p.bar != nil && now.Sub(p.shown) >= redrawInterval {
		p.shown = now
		p.draw(now)
	}
}

// draw redraws the line. It ignores the error that the bar returns when a file has
// grown and more than size bytes were read.
func (p *Progress) draw(now time.Time) {
	rate := float64(p.rows) / max(now.Sub(p.began).Seconds(), redrawInterval.Seconds())
	p.bar.Describe(fmt.Sprintf("%s  %s %s, %s/s ", p.phase, formatCount(float64(p.rows)), p.unit, formatCount(rate)))
	_ = p.bar.Add64(p.bytes)
	p.bytes = 0
}

// printAbove clears the line and calls print. The line is redrawn below what print wrote.
func (p *Progress) printAbove(print func()) {
	if p == nil {
		print()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear() // fails if the terminal was closed
		p.shown = time.Time{}
	}
	print()
}

// End ends the current phase and clears the line.
func (p *Progress) End() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clearBar()
}

func (p *Progress) clearBar() {
	if p.bar != nil {
		_ = p.bar.Clear() // fails if the terminal was closed
		p.bar = nil
	}
}

// formatCount formats a count with three significant digits: 950, 12.3k, 4.56M.
func formatCount(n float64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.3gG", n/1e9)
	case n >= 999_500:
		return fmt.Sprintf("%.3gM", n/1e6)
	case n >= 999.5:
		return fmt.Sprintf("%.3gk", n/1e3)
	}
	return fmt.Sprintf("%.0f", n)
}

// Messages prints messages above the progress line. Its methods may be called
// concurrently; each message is printed as a whole.
type Messages struct {
	w        io.Writer
	progress *Progress

	mu    sync.Mutex
	muted bool
}

// Write prints text, which must be whole lines.
func (m *Messages) Write(text []byte) (n int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.muted {
		return len(text), nil
	}
	m.progress.printAbove(func() { n, err = m.w.Write(text) })
	return n, err
}

// Printf prints one line that begins with "kith: ".
func (m *Messages) Printf(format string, args ...any) {
	fmt.Fprintf(m, "kith: %s\n", problem.Plain(fmt.Sprintf(format, args...)))
}

// NewMessages returns Messages that are written to w, above p.
func NewMessages(w io.Writer, p *Progress) *Messages { return &Messages{w: w, progress: p} }

// Mute drops all messages from now on.
func (m *Messages) Mute() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.muted = true
}
