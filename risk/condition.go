package risk

import (
	"errors"

	"github.com/kithsec/kith/internal/expr"
	"github.com/kithsec/kith/risk/score"
)

// measure is one of the eight values that the condition of an incident rule can compare.
type measure uint8

const (
	mScore measure = iota
	mCapped
	mCount
	mSources
	mTactics
	mTechniques
	mThreats
	mMax
	measureCount
)

// String returns the name of m in conditions.
func (m measure) String() string {
	return [...]string{"score", "capped_score", "count", "sources", "tactics", "techniques", "threat_objects", "max"}[m]
}

func measureNames() []string {
	names := make([]string, measureCount)
	for m := range measureCount {
		names[m] = m.String()
	}
	return names
}

// measureSet is a set of measures.
type measureSet uint8

func (s measureSet) has(m measure) bool { return s&(1<<m) != 0 }

// condition is a condition over the measures of a window.
type condition expr.Node[comparison]

// comparison compares a measure with a number.
type comparison struct {
	name  measure
	op    expr.Comparison
	floor score.Score // the greatest whole step ≤ the number
	frac  bool        // whether the number is greater than floor
}

// term returns the i-th operand of c, an And or Or.
func (c *condition) term(i int) *condition { return (*condition)(&c.Terms[i]) }

// usedMeasures returns the measures that c compares.
func (c *condition) usedMeasures() measureSet {
	if c.Op == expr.Leaf {
		return 1 << c.Leaf.name
	}
	var s measureSet
	for i := range c.Terms {
		s |= c.term(i).usedMeasures()
	}
	return s
}

// isMonotone reports whether c, when it is true, stays true if any measure rises.
func (c *condition) isMonotone() bool {
	if c.Op == expr.Leaf {
		return c.Leaf.op == expr.Greater || c.Leaf.op == expr.GreaterEqual
	}
	for i := range c.Terms {
		if !c.term(i).isMonotone() {
			return false
		}
	}
	return true
}

// measures holds the values of all measures. Counts are whole points.
type measures [measureCount]score.Score

// holds reports whether c is true for m.
func (c *condition) holds(m *measures) bool {
	switch c.Op {
	case expr.And:
		for i := range c.Terms {
			if !c.term(i).holds(m) {
				return false
			}
		}
		return true
	case expr.Or:
		for i := range c.Terms {
			if c.term(i).holds(m) {
				return true
			}
		}
		return false
	}
	return c.Leaf.holds(m[c.Leaf.name])
}

// holds reports whether c is true for v.
func (c *comparison) holds(v score.Score) bool {
	order := v.Cmp(c.floor)
	if c.frac && order == 0 {
		order = -1
	}
	return c.op.Allows(order)
}

// outcome is the result of a condition over a range of values.
type outcome uint8

const (
	undecided outcome = iota // true for some values, or not known to be constant
	alwaysTrue
	neverTrue
)

// outcomeBetween returns the outcome of c over all measures from low to high.
func (c *condition) outcomeBetween(low, high *measures) outcome {
	switch c.Op {
	case expr.And:
		return c.combineTerms(low, high, neverTrue, alwaysTrue)
	case expr.Or:
		return c.combineTerms(low, high, alwaysTrue, neverTrue)
	}
	return c.Leaf.outcomeBetween(low[c.Leaf.name], high[c.Leaf.name])
}

// outcomeBetween returns the outcome of c over all values from low to high.
func (c *comparison) outcomeBetween(low, high score.Score) outcome {
	atLow, atHigh := c.holds(low), c.holds(high)
	switch ordered := c.op < expr.Equal; {
	case low == high && atLow, atLow && atHigh && ordered:
		return alwaysTrue
	case low == high, !atLow && !atHigh && ordered:
		return neverTrue
	case c.op == expr.Equal && !c.hasNumberBetween(low, high):
		return neverTrue
	case c.op == expr.NotEqual && !c.hasNumberBetween(low, high):
		return alwaysTrue
	}
	return undecided
}

// hasNumberBetween reports whether the number that c compares with is a score from low to
// high.
func (c *comparison) hasNumberBetween(low, high score.Score) bool {
	return !c.frac && c.floor.Cmp(low) >= 0 && c.floor.Cmp(high) <= 0
}

// combineTerms returns decisive if a term of c has that outcome, neutral if all terms are
// neutral, and undecided otherwise.
func (c *condition) combineTerms(low, high *measures, decisive, neutral outcome) outcome {
	result := neutral
	for i := range c.Terms {
		switch c.term(i).outcomeBetween(low, high) {
		case decisive:
			return decisive
		case undecided:
			result = undecided
		}
	}
	return result
}

// SyntaxError is a syntax error in the condition of an incident rule. Line and Column
// count from 1 within the text of the condition; columns are characters.
type SyntaxError struct {
	Line, Column int
	Reason       string
}

// Error formats e as "line 1, column 9: expected a number, found "x"".
func (e *SyntaxError) Error() string { return (*expr.Error)(e).Error() }

// parseCondition parses a condition, whose leaves have the form "measure op number". A
// syntax error is a *SyntaxError.
func parseCondition(text string) (*condition, error) {
	n, err := expr.Parse(text, parseComparison)
	var bad *expr.Error
	if errors.As(err, &bad) {
		return nil, (*SyntaxError)(bad)
	}
	return (*condition)(n), err
}

func parseComparison(p *expr.Parser) (c comparison, err error) {
	name, err := p.Name(measureNames())
	if err != nil {
		return c, err
	}
	c.name = measure(name)
	if c.op, err = p.Comparison(); err != nil {
		return c, err
	}
	err = p.Number(func(text string) error {
		d, err := score.ParseDecimal(text)
		if err != nil {
			return err
		}
		floor, exact, err := d.Floor()
		c.floor, c.frac = floor, !exact
		return err
	})
	return c, err
}
