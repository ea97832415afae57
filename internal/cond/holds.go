package cond

import (
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/decimal"
	"github.com/kithsec/kith/internal/fold"
)

// Source supplies the values with which a condition is evaluated.
type Source interface {
	// Values returns the values of the field with the given index in [Set.Fields], nil
	// if it is absent. They must not change until the evaluation ends.
	Values(field int) [][]byte
}

// Holds reports whether all clauses hold for the values of src.
func (s *Set) Holds(src Source) bool {
	if s == nil {
		return true
	}
	for i := range s.clauses {
		if !s.clauses[i].holdsFor(src) {
			return false
		}
	}
	return true
}

// holdsFor reports whether the clause holds for the values of src.
func (c *clause) holdsFor(src Source) bool {
	values := src.Values(c.field)
	if len(values) == 0 {
		return false
	}
	if c.otherField != noField {
		others := src.Values(c.otherField)
		return len(others) > 0 && c.matchesOther(values, others) != (c.op == notEqual)
	}
	if c.op == exists {
		return true
	}
	for _, v := range values {
		if c.matchesLiteral(bytestext.String(v)) {
			return c.op != notEqual
		}
	}
	return c.op == notEqual
}

// matchesOther reports whether any value matches any value of the other field. For !=
// it reports whether any is equal.
func (c *clause) matchesOther(values, others [][]byte) bool {
	for _, other := range others {
		// Only regex literals can be invalid, and regex takes no field.
		l, _ := newLiteral(bytestext.String(other), c.op)
		for _, v := range values {
			var n lazyNumber
			if l.matchesValue(c.op, bytestext.String(v), &n) {
				return true
			}
		}
	}
	return false
}

// matchesLiteral reports whether v matches any of the literals. For != it reports
// whether v equals any.
func (c *clause) matchesLiteral(v string) bool {
	var n lazyNumber
	for i := range c.literals {
		if c.literals[i].matchesValue(c.op, v, &n) {
			return true
		}
	}
	return false
}

// lazyNumber is a value that is parsed as a number on first use.
type lazyNumber struct {
	decimal.Decimal
	parsed, ok bool
}

// parseOnce parses v unless it was parsed before, and reports whether it is a number.
func (n *lazyNumber) parseOnce(v string) bool {
	if !n.parsed {
		d, err := decimal.Parse(v)
		n.Decimal, n.ok = d, err == nil
		n.parsed = true
	}
	return n.ok
}

// matchesValue reports whether v matches l. != counts as =: the caller negates the
// result. n caches v as a number for the next literal.
func (l *literal) matchesValue(op op, v string, n *lazyNumber) bool {
	switch {
	case op == regex:
		return l.pattern.MatchString(v)
	case op == like:
		return matchLike(l.text, v)
	case !l.numeric:
		return op.acceptsOrder(fold.Compare(v, l.text))
	}
	return n.parseOnce(v) && op.acceptsOrder(n.Compare(&l.number))
}

// acceptsOrder reports whether a comparison holds for an order, which is negative, zero
// or positive as the value is less than, equal to or greater than the literal. != counts
// as =.
func (o op) acceptsOrder(order int) bool {
	switch o {
	case greater:
		return order > 0
	case atLeast:
		return order >= 0
	case less:
		return order < 0
	case atMost:
		return order <= 0
	}
	return order == 0
}
