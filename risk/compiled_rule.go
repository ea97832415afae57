package risk

import (
	"math/big"
	"time"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/risk/score"
)

// compiledRule is a compiled incident rule.
type compiledRule struct {
	name    string
	digest  string // name and content
	window  time.Duration
	windowText string // the window as the configuration has it
	when    *condition
	whenText    string // of the condition
	uses    measureSet
	monotone  bool   // whether the condition stays true when measures rise
	filter  uint64 // the bit that a modifier must have; 0 for all modifiers
	decay   *score.Decay
	dedup   Dedup
	cap     sourceLimit
	series  *score.Series  // nil: the sum
	steps   []severityStep // ascending
	baseSeverity   entity.Priority
	// suppress and refire are those of window.Policy.
	suppress time.Duration
	refire   bool
}

// sourceLimit is the cap of a source.
type sourceLimit struct {
	set      bool
	absolute score.Score
	times    *score.Decimal // of the largest, if not absolute
}

// limitFor returns the limit of a source whose largest value is max, and false if there is
// none.
func (l *sourceLimit) limitFor(max score.Score) (score.Score, bool) {
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

// severityStep is a severity and the risk score from which on it applies.
type severityStep struct {
	atLeast score.Score
	is      entity.Priority
}

// severityFor returns the severity of a notable with a risk score.
func (r *compiledRule) severityFor(score score.Score) entity.Priority {
	level := r.baseSeverity
	for _, s := range r.steps {
		if score.Cmp(s.atLeast) >= 0 {
			level = s.is
		}
	}
	return level
}

// passesFilter reports whether a modifier with a mask passes the filter.
func (r *compiledRule) passesFilter(mask uint64) bool { return r.filter&mask == r.filter }

// hasDiscounts reports whether capped_score may differ from score.
func (r *compiledRule) hasDiscounts() bool { return r.cap.set || r.dedup != DedupNone }

// movesWithTime reports whether measures change between arrivals and departures.
func (r *compiledRule) movesWithTime() bool { return r.decay != nil }

// needsFullWindow reports whether measures are computed from the full window.
func (r *compiledRule) needsFullWindow() bool { return r.decay != nil || r.series != nil }
