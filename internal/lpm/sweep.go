package lpm

// interval is a prefix as the interval that it covers in one word: all of an IPv4
// address, or either half of an IPv6 one.
type interval struct {
	first, last uint64
	id          uint32
}

// run is a range of addresses with the same longest prefix: from start to the start
// of the next run it is id, or None.
type run struct {
	start uint64
	id    uint32
}

// sweepIntervals turns nested spans, sorted by first and the longer ones first, into
// runs. Outside of all spans the prefix is base. No two neighbours are equal,
// and the first run starts at 0.
func sweepIntervals(spans []interval, base uint32) []run {
	w := sweeper{base: base, runs: make([]run, 0, 2*len(spans)+1)}
	w.emitRun(0, base)
	for _, s := range spans {
		w.closeBefore(s.first)
		w.open = append(w.open, s)
		w.emitRun(s.first, s.id)
	}
	w.closeBefore(^uint64(0))
	return w.runs
}

type sweeper struct {
	base uint32
	runs []run
	open []interval // the spans around the point reached, outermost first
}

// closeBefore leaves the spans that end before the point.
func (w *sweeper) closeBefore(point uint64) {
	for n := len(w.open); n > 0 && w.open[n-1].last < point; n-- {
		last := w.open[n-1].last
		w.open = w.open[:n-1]
		id := w.base
		if n > 1 {
			id = w.open[n-2].id
		}
		w.emitRun(last+1, id)
	}
}

func (w *sweeper) emitRun(start uint64, id uint32) {
	if n := len(w.runs); n > 0 && w.runs[n-1].start == start {
		w.runs = w.runs[:n-1]
	}
	if n := len(w.runs); n > 0 && w.runs[n-1].id == id {
		return
	}
	w.runs = append(w.runs, run{start, id})
}
