package cond

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/decimal"
)

// Error reports an error in one clause.
type Error struct {
	Clause int    // index of the clause, from 0
	Key    string // field, op, value or value_field
	Index  int    // of the literal of value, -1 if it is about the whole
	Reason string // begins with a small letter, quotes the offending text
}

// Path returns the place of the error below the list of clauses, in the form of
// a key path: "[1].op".
func (e *Error) Path() string { return fmt.Sprintf("[%d].%s", e.Clause, e.key()) }

// key returns the key with the index of the literal.
func (e *Error) key() string {
	if e.Index < 0 {
		return e.Key
	}
	return fmt.Sprintf("%s[%d]", e.Key, e.Index)
}

// Error returns "clause 2: op: reason", counting from 1.
func (e *Error) Error() string {
	return fmt.Sprintf("clause %d: %s: %s", e.Clause+1, e.key(), e.Reason)
}

// Set is a compiled condition. It never changes and may be used by any number
// of goroutines. The zero Set and nil hold always.
type Set struct {
	fields  []string
	clauses []clause
}

type clause struct {
	field    int
	op       op
	other    int // index of value_field, or none
	literals []literal
}

const none = -1

// Compile compiles clauses, which it does not keep. The error joins an [*Error]
// for everything that is wrong, in order.
func Compile(clauses []entity.Clause) (*Set, error) {
	s := &Set{clauses: make([]clause, 0, len(clauses))}
	var all []error
	for i, c := range clauses {
		compiled, errs := s.compile(c)
		for _, e := range errs {
			e.Clause = i
			all = append(all, e)
		}
		s.clauses = append(s.clauses, compiled)
	}
	if len(all) > 0 {
		return nil, errors.Join(all...)
	}
	return s, nil
}

// Fields returns the distinct fields that the condition reads, in order of first
// mention. A [Source] gets their indexes.
func (s *Set) Fields() []string {
	if s == nil {
		return nil
	}
	return slices.Clone(s.fields)
}

func (s *Set) field(name string) int {
	if i := slices.Index(s.fields, name); i >= 0 {
		return i
	}
	s.fields = append(s.fields, name)
	return len(s.fields) - 1
}

func (s *Set) compile(c entity.Clause) (clause, []*Error) {
	var errs []*Error
	report := func(key, format string, args ...any) {
		errs = append(errs, &Error{Key: key, Index: -1, Reason: fmt.Sprintf(format, args...)})
	}
	compiled := clause{other: none}
	if c.Field == "" {
		report("field", "is missing")
	} else {
		compiled.field = s.field(c.Field)
	}
	op, err := parseOp(c.Op)
	if err != nil {
		report("op", "%v", err)
		return compiled, errs
	}
	compiled.op = op
	if key, reason := unfit(c, op); key != "" {
		report(key, "%s", reason)
		return compiled, errs
	}
	if c.ValueField != "" {
		compiled.other = s.field(c.ValueField)
	}
	for i, text := range c.Value {
		l, err := newLiteral(text, op)
		if err != nil {
			report("value", "%v", err)
			if len(c.Value) > 1 {
				errs[len(errs)-1].Index = i
			}
		}
		compiled.literals = append(compiled.literals, l)
	}
	return compiled, errs
}

// unfit returns the key and the reason of an error in the operands of an operator, or
// "".
func unfit(c entity.Clause, op op) (key, reason string) {
	given, other := len(c.Value) > 0, c.ValueField != ""
	switch {
	case op == exists && other:
		return "value_field", "exists takes none: remove it"
	case op == exists && given:
		return "value", "exists takes none: remove it"
	case op == exists:
		return "", ""
	case given && other:
		return "value_field", "value is given, too: remove one of them"
	case op == regex && other:
		return "value_field", "regex takes a value, not a field"
	case op == regex && !given:
		return "value", "regex needs a value"
	case !given && !other:
		return "value", fmt.Sprintf("%s needs a value or a value_field", c.Op)
	}
	return "", ""
}

// literal is what values are compared with.
type literal struct {
	text    string
	number  decimal.Decimal
	numeric bool
	pattern *regexp.Regexp // of regex
}

func newLiteral(text string, op op) (literal, error) {
	l := literal{text: text}
	switch op {
	case regex:
		pattern, err := regexp.Compile(text)
		if err != nil {
			return l, fmt.Errorf("bad regular expression %q: %s", text, plain(err))
		}
		l.pattern = pattern
	case like:
	default:
		number, err := decimal.Parse(text)
		l.number, l.numeric = number, err == nil
	}
	return l, nil
}

// plain returns what is wrong with a pattern, and with which part of it.
func plain(err error) string {
	var bad *syntax.Error
	if !errors.As(err, &bad) {
		return err.Error()
	}
	return fmt.Sprintf("%s: %q", bad.Code, bad.Expr)
}
