package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// redraw is how often the line on the terminal changes.
const redraw = 100 * time.Millisecond

// progress is one line on a terminal that tells how far the work is: the phase,
// rows and their rate, bytes, and how long it will take where the size is
// known. A nil progress tells nothing; all methods may be called on it, and
// concurrently.
type progress struct {
	w io.Writer

	mu    sync.Mutex
	bar   *progressbar.ProgressBar
	phase string
	unit  string // what rows are called: "rows", "events"
	rows  int64
	bytes int64 // not yet told to the bar
	began time.Time
	shown time.Time
}

// newProgress returns the progress on w, or nil if w is no terminal or the user
// wants it quiet.
func newProgress(w io.Writer, quiet bool) *progress {
	if quiet || !isTerminal(w) {
		return nil
	}
	return &progress{w: w}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// begin starts a phase ("reading hosts.csv"), after ending the one before. A
// size of 0 or less bytes is an unknown one.
func (p *progress) begin(phase, unit string, size int64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	if size <= 0 {
		size = -1
	}
	p.phase, p.unit, p.rows, p.bytes, p.began, p.shown = plain(phase), unit, 0, 0, time.Now(), time.Time{}
	p.bar = progressbar.NewOptions64(size,
		progressbar.OptionSetWriter(p.w),
		progressbar.OptionSetDescription(p.phase),
		progressbar.OptionShowBytes(true),
		progressbar.OptionSetWidth(20),
		progressbar.OptionSetPredictTime(size > 0),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSpinnerType(14),
	)
}

// add counts rows and bytes that are done.
func (p *progress) add(rows, bytes int) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rows += int64(rows)
	p.bytes += int64(bytes)
	if now := time.Now(); p.bar != nil && now.Sub(p.shown) >= redraw {
		p.shown = now
		p.show(now)
	}
}

// show redraws the line. The bar complains of more bytes than it was promised
// (a file that grows), which is no reason to stop.
func (p *progress) show(now time.Time) {
	rate := float64(p.rows) / max(now.Sub(p.began).Seconds(), redraw.Seconds())
	p.bar.Describe(fmt.Sprintf("%s  %s %s, %s/s ", p.phase, short(float64(p.rows)), p.unit, short(rate)))
	_ = p.bar.Add64(p.bytes)
	p.bytes = 0
}

// aside lets something be said where the line stands; the line comes back below
// it.
func (p *progress) aside(say func()) {
	if p == nil {
		say()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear() // a terminal that went away
		p.shown = time.Time{}
	}
	say()
}

// end takes the line off the terminal, so that what is said next stands alone.
func (p *progress) end() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear() // a terminal that went away
		p.bar = nil
	}
}

// short writes a count with at most four digits: 950, 12.3k, 4.56M.
func short(n float64) string {
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
