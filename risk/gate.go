package risk

import (
	"math/rand/v2"
	"time"
)

// gate decides, in order of arrival, what counts: it holds the clock and
// remembers what duplicates would share (SPEC 6.3).
type gate struct {
	lateness  time.Duration
	retention time.Duration
	clock     instant // -never before the first modifier
	seen      seen
}

// fate is what becomes of a modifier.
type fate uint8

const (
	counted fate = iota
	duplicate
	late
)

func newGate(lateness, retention time.Duration) *gate {
	return &gate{lateness: lateness, retention: retention, clock: -never, seen: seen{seed: rand.Uint64()}}
}

// admit decides about one modifier. Duplicates are recognised first.
func (g *gate) admit(f *fact) fate {
	stale := g.stale()
	m := g.seen.find(f.id, stale)
	if m.id == f.id && m.at > stale {
		return duplicate
	}
	if f.at < g.clock.plus(-g.lateness) {
		return late
	}
	g.seen.keep(m, f.id, f.at)
	g.clock = max(g.clock, f.at)
	return counted
}

// follow lets the clock follow the wall clock.
func (g *gate) follow(now instant) { g.clock = max(g.clock, now) }

// stale returns the instant up to which nothing that happened can be repeated
// any more: the longest window and the lateness have passed.
func (g *gate) stale() instant { return g.clock.plus(-g.retention).plus(-g.lateness) }
