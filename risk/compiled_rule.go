package risk

import (
	"math/big"
	"time"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/risk/score"
)

// compiledRule is a compiled IncidentRule. It is immutable, except that a Series caches
// weights.
type compiledRule struct {
	name         string
	digest       string // of name and content, see IncidentRule.digest
	window       time.Duration
	windowText   string // window as the configuration writes it
	when         *condition
	whenText     string // text of the condition
	uses         measureSet
	monotone     bool   // see condition.isMonotone
	filter       uint64 // bit that modifiers must have; 0 to accept all
	decay        *score.Decay
	dedup        Dedup
	cap          sourceLimit
	series       *score.Series  // nil if contributions are summed
	steps        []severityStep // ascending
	baseSeverity entity.Priority
	// suppress and refire have the meaning of window.Policy.
	suppress time.Duration
	refire   bool
}

// sourceLimit is the cap of a source.
type sourceLimit struct {
	set      bool
	absolute score.Score
	times    *score.Decimal // of the largest value; nil if the limit is absolute
}

// limitFor returns the limit of a source whose largest value is max. It reports whether
// there is a limit.
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

// severityStep is the severity of notables whose risk score is at least atLeast.
type severityStep struct {
	atLeast score.Score
	is      entity.Priority
}

// severityFor returns the severity of a notable with the given risk score.
func (r *compiledRule) severityFor(score score.Score) entity.Priority {
	level := r.baseSeverity
	for _, s := range r.steps {
		if score.Cmp(s.atLeast) >= 0 {
			level = s.is
		}
	}
	return level
}

// passesFilter reports whether a modifier with these filter bits passes the filter.
func (r *compiledRule) passesFilter(mask uint64) bool { return r.filter&mask == r.filter }

// hasDiscounts reports whether capped_score may differ from score.
func (r *compiledRule) hasDiscounts() bool { return r.cap.set || r.dedup != DedupNone }

// movesWithTime reports whether measures change while no modifier enters or leaves.
func (r *compiledRule) movesWithTime() bool { return r.decay != nil }

// needsFullWindow reports whether running sums cannot compute the measures.
func (r *compiledRule) needsFullWindow() bool { return r.decay != nil || r.series != nil }
