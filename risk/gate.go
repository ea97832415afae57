package risk

import "time"

// gate decides, in order of arrival, what counts: it holds the clock and
// remembers what duplicates would share (SPEC 6.3).
type gate struct {
	lateness  time.Duration
	retention time.Duration
	clock     instant // -never before the first modifier
	seen      map[fingerprint]instant
	swept     instant
}

// fate is what becomes of a modifier.
type fate uint8

const (
	counted fate = iota
	duplicate
	late
)

func newGate(lateness, retention time.Duration) *gate {
	return &gate{lateness: lateness, retention: retention, clock: -never, seen: map[fingerprint]instant{}, swept: -never}
}

// admit decides about one modifier. Duplicates are recognised first.
func (g *gate) admit(f *fact) fate {
	if at, found := g.seen[f.id]; found && g.remembers(at) {
		return duplicate
	}
	if f.at < g.clock.plus(-g.lateness) {
		return late
	}
	g.seen[f.id] = f.at
	g.clock = max(g.clock, f.at)
	g.forget()
	return counted
}

// follow lets the clock follow the wall clock.
func (g *gate) follow(now instant) { g.clock = max(g.clock, now) }

// remembers reports whether what happened at an instant may still be repeated:
// until the longest window and the lateness have passed.
func (g *gate) remembers(at instant) bool {
	return g.clock < at.plus(g.retention).plus(g.lateness)
}

// forget drops now and then what is not remembered any more.
func (g *gate) forget() {
	if g.swept == -never {
		g.swept = g.clock
	}
	if time.Duration(g.clock-g.swept) < (g.retention+g.lateness)/looks+1 {
		return
	}
	g.swept = g.clock
	for id, at := range g.seen {
		if !g.remembers(at) {
			delete(g.seen, id)
		}
	}
}
