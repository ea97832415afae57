package cond

import (
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/decimal"
)

// Source yields the values of an event's fields. Values returns those of the
// field with the given index in [Set.Fields], nil if it is absent; they must
// stay as they are until the condition is decided.
type Source interface {
	Values(field int) [][]byte
}

// Holds reports whether all clauses hold for what src yields.
func (s *Set) Holds(src Source) bool {
	if s == nil {
		return true
	}
	for i := range s.clauses {
		if !s.clauses[i].holds(src) {
			return false
		}
	}
	return true
}

func (c *clause) holds(src Source) bool {
	values := src.Values(c.field)
	if len(values) == 0 {
		return false
	}
	if c.other != none {
		others := src.Values(c.other)
		return len(others) > 0 && c.anyOf(values, others) != (c.op == notEqual)
	}
	if c.op == exists {
		return true
	}
	for _, v := range values {
		if c.matches(bytestext.String(v)) {
			return c.op != notEqual
		}
	}
	return c.op == notEqual
}

// anyOf reports whether any value matches any value of the other field.
func (c *clause) anyOf(values, others [][]byte) bool {
	for _, other := range others {
		// No operator that takes a field can fail to make a literal.
		l, _ := newLiteral(bytestext.String(other), c.op)
		for _, v := range values {
			var n number
			if l.matches(c.op, bytestext.String(v), &n) {
				return true
			}
		}
	}
	return false
}

// matches reports whether v matches any of the literals; for != whether it
// equals one.
func (c *clause) matches(v string) bool {
	var n number
	for i := range c.literals {
		if c.literals[i].matches(c.op, v, &n) {
			return true
		}
	}
	return false
}

// number is a value parsed as a number, on first use.
type number struct {
	decimal.Decimal
	known, ok bool
}

func (n *number) of(v string) bool {
	if !n.known {
		d, err := decimal.Parse(v)
		n.Decimal, n.ok = d, err == nil
		n.known = true
	}
	return n.ok
}

// matches reports whether v compares to l as op requires; != is passed as =. It keeps
// the number that v is in n for the next literal.
func (l *literal) matches(op op, v string, n *number) bool {
	switch {
	case op == regex:
		return l.pattern.MatchString(v)
	case op == like:
		return matchLike(l.text, v)
	case !l.numeric:
		return op.allows(compareFold(v, l.text))
	}
	return n.of(v) && op.allows(n.Compare(&l.number))
}

// allows reports whether op, which is a comparison, holds for an outcome.
func (o op) allows(outcome int) bool {
	switch o {
	case greater:
		return outcome > 0
	case atLeast:
		return outcome >= 0
	case less:
		return outcome < 0
	case atMost:
		return outcome <= 0
	}
	return outcome == 0
}
