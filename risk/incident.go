package risk

import (
	"math/big"
	"time"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/risk/score"
)

// incident is an incident rule, compiled.
type incident struct {
	name    string
	digest  string // name and content
	window  time.Duration
	written string // the window as the configuration has it
	when    *condition
	text    string // of the condition
	uses    measureSet
	rising  bool   // whether the condition only asks for more
	filter  uint64 // the bit that a modifier must carry; 0 takes all
	decay   *score.Decay
	dedup   Dedup
	cap     sourceLimit
	series  *score.Series // nil sums
	steps   []step        // of severity, rising
	floor   entity.Priority
	// suppress and refire say when a span may speak.
	suppress time.Duration
	refire   bool
}

// sourceLimit is what the modifiers of one source may add up to.
type sourceLimit struct {
	set      bool
	absolute score.Score
	times    *score.Decimal // of the largest, if not absolute
}

// of returns the limit for a source whose largest value is max; false if there
// is none.
func (l *sourceLimit) of(max score.Score) (score.Score, bool) {
	switch {
	case !l.set:
		return score.Score{}, false
	case l.times == nil:
		return l.absolute, true
	case max.Sign() <= 0:
		return score.Score{}, false
	}
	if n, fits := max.Steps(); fits && n < 1<<62 {
		return score.Calculate(max, nil, []score.Decimal{*l.times})
	}
	return score.Round(new(big.Rat).Mul(max.Rat(), l.times.Rat()))
}

// step is a severity and the risk score from which on it holds.
type step struct {
	atLeast score.Score
	is      entity.Priority
}

// severity of a notable with this risk score.
func (r *incident) severity(score score.Score) entity.Priority {
	level := r.floor
	for _, s := range r.steps {
		if score.Cmp(s.atLeast) >= 0 {
			level = s.is
		}
	}
	return level
}

// sees reports whether a modifier with this mask passes the filter.
func (r *incident) sees(mask uint64) bool { return r.filter&mask == r.filter }

// discounts reports whether capped_score may differ from score.
func (r *incident) discounts() bool { return r.cap.set || r.dedup != DedupNone }

// drifts reports whether measures change between arrivals and departures.
func (r *incident) drifts() bool { return r.decay != nil }

// scans reports whether measures are taken by looking at the whole window.
func (r *incident) scans() bool { return r.decay != nil || r.series != nil }
