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

// redraw is how often the line on the terminal changes.
const redraw = 100 * time.Millisecond

// Progress is one line on a terminal that shows how far the work is: the phase,
// rows and their rate, bytes, and the remaining time if the size is known. A nil
// Progress shows nothing. All methods may be called on nil, and concurrently.
type Progress struct {
	w io.Writer

	mu    sync.Mutex
	bar   *progressbar.ProgressBar
	phase string
	unit  string // what rows are called: "rows", "events"
	rows  int64
	bytes int64 // not yet added to the bar
	began time.Time
	shown time.Time
}

// NewProgress returns the progress on w, or nil if w is no terminal or the user
// wants it quiet.
func NewProgress(w io.Writer, quiet bool) *Progress {
	if quiet || !IsTerminal(w) {
		return nil
	}
	return &Progress{w: w}
}

func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && xterm.IsTerminal(int(f.Fd()))
}

// Begin starts a phase ("reading hosts.csv"), after ending the one before. A
// size of 0 or less bytes is an unknown one.
func (p *Progress) Begin(phase, unit string, size int64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
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
		// Otherwise a goroutine of the bar would redraw a line of unknown size for ever.
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
	if now := time.Now(); p.bar != nil && now.Sub(p.shown) >= redraw {
		p.shown = now
		p.show(now)
	}
}

// show redraws the line. The bar returns an error for more bytes than were
// announced (of a file that grows), which is ignored.
func (p *Progress) show(now time.Time) {
	rate := float64(p.rows) / max(now.Sub(p.began).Seconds(), redraw.Seconds())
	p.bar.Describe(fmt.Sprintf("%s  %s %s, %s/s ", p.phase, short(float64(p.rows)), p.unit, short(rate)))
	_ = p.bar.Add64(p.bytes)
	p.bytes = 0
}

// aside clears the line while print writes something else; the line comes back
// below it.
func (p *Progress) aside(print func()) {
	if p == nil {
		print()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear() // a terminal that went away
		p.shown = time.Time{}
	}
	print()
}

// End clears the line, so that whatever is printed next stands alone.
func (p *Progress) End() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

func (p *Progress) clear() {
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
