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
	Index  int    // of the literal in value, or -1 if the error concerns the whole key
	Reason string // begins in lower case and quotes the offending text
}

// Path returns the place of the error as a key path that begins below the list of
// clauses, such as "[1].op".
func (e *Error) Path() string { return fmt.Sprintf("[%d].%s", e.Clause, e.keyWithIndex()) }

// keyWithIndex returns the key, followed by the index of the literal if there is one.
func (e *Error) keyWithIndex() string {
	if e.Index < 0 {
		return e.Key
	}
	return fmt.Sprintf("%s[%d]", e.Key, e.Index)
}

// Error returns "clause 2: op: reason", counting from 1.
func (e *Error) Error() string {
	return fmt.Sprintf("clause %d: %s: %s", e.Clause+1, e.keyWithIndex(), e.Reason)
}

// Set is a compiled condition: a set of clauses. It is immutable and may be used by any
// number of goroutines. The zero Set and nil always hold.
type Set struct {
	fields  []string
	clauses []clause
}

type clause struct {
	field      int // index in Set.fields
	op         op
	otherField int // index of value_field, or noField
	literals   []literal
}

const noField = -1

// Compile compiles clauses, which it does not keep. The error joins an [*Error] for
// each mistake, in the order of the clauses.
func Compile(clauses []entity.Clause) (*Set, error) {
	s := &Set{clauses: make([]clause, 0, len(clauses))}
	var all []error
	for i, c := range clauses {
		compiled, errs := s.compileClause(c)
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

// Fields returns the distinct fields that the condition reads, in the order in which
// they are first mentioned. [Source.Values] takes an index of this list.
func (s *Set) Fields() []string {
	if s == nil {
		return nil
	}
	return slices.Clone(s.fields)
}

// fieldIndex returns the index of a field, which it adds if it is new.
func (s *Set) fieldIndex(name string) int {
	if i := slices.Index(s.fields, name); i >= 0 {
		return i
	}
	s.fields = append(s.fields, name)
	return len(s.fields) - 1
}

// compileClause compiles a clause and adds its fields to s. The errors do not state the
// index of the clause yet.
func (s *Set) compileClause(c entity.Clause) (clause, []*Error) {
	var errs []*Error
	report := func(key, format string, args ...any) {
		errs = append(errs, &Error{Key: key, Index: -1, Reason: fmt.Sprintf(format, args...)})
	}
	compiled := clause{otherField: noField}
	if c.Field == "" {
		report("field", "is missing")
	} else {
		compiled.field = s.fieldIndex(c.Field)
	}
	op, err := parseOp(c.Op)
	if err != nil {
		report("op", "%v", err)
		return compiled, errs
	}
	compiled.op = op
	if key, reason := checkOperands(c, op); key != "" {
		report(key, "%s", reason)
		return compiled, errs
	}
	if c.ValueField != "" {
		compiled.otherField = s.fieldIndex(c.ValueField)
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

// checkOperands checks value and value_field of a clause against its operator. It
// returns the key and the reason of an error, or "" if there is none.
func checkOperands(c entity.Clause, op op) (key, reason string) {
	hasValue, hasField := len(c.Value) > 0, c.ValueField != ""
	switch {
	case op == exists && hasField:
		return "value_field", "exists takes no field to compare with: remove it"
	case op == exists && hasValue:
		return "value", "exists takes no value: remove it"
	case op == exists:
		return "", ""
	case hasValue && hasField:
		return "value_field", "cannot be combined with value: remove one of them"
	case op == regex && hasField:
		return "value_field", "regex takes a value, not a field"
	case op == regex && !hasValue:
		return "value", "regex needs a value"
	case !hasValue && !hasField:
		return "value", fmt.Sprintf("%s needs a value or a value_field", c.Op)
	}
	return "", ""
}

// literal is a literal of a clause, or a value of its value_field.
type literal struct {
	text    string
	number  decimal.Decimal // if numeric
	numeric bool            // compare as a number
	pattern *regexp.Regexp  // nil unless the operator is regex
}

// newLiteral compiles a literal. It fails only if op is regex and the text is no regular
// expression.
func newLiteral(text string, op op) (literal, error) {
	l := literal{text: text}
	switch op {
	case regex:
		pattern, err := regexp.Compile(text)
		if err != nil {
			return l, fmt.Errorf("bad regular expression %q: %s", text, patternError(err))
		}
		l.pattern = pattern
	case like:
	default:
		number, err := decimal.Parse(text)
		l.number, l.numeric = number, err == nil
	}
	return l, nil
}

// patternError returns the reason of an error in a regular expression, and the part of
// the expression that it concerns.
func patternError(err error) string {
	var bad *syntax.Error
	if !errors.As(err, &bad) {
		return err.Error()
	}
	return fmt.Sprintf("%s: %q", bad.Code, bad.Expr)
}
