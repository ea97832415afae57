package cond

import (
	"fmt"
	"strings"

	"github.com/kithsec/kith/internal/nearest"
)

// op is an operator. The constants are in the order of Ops.
type op uint8

const (
	equal op = iota
	notEqual
	regex
	like
	greater
	atLeast
	less
	atMost
	exists
)

// Ops returns the operators in the order in which they are documented.
func Ops() []string {
	return []string{"=", "!=", "regex", "like", ">", ">=", "<", "<=", "exists"}
}

func parseOp(s string) (op, error) {
	ops := Ops()
	for i, name := range ops {
		if s == name {
			return op(i), nil
		}
	}
	if s == "" {
		return 0, fmt.Errorf("is missing: use one of %s", strings.Join(ops, " "))
	}
	return 0, fmt.Errorf("unknown operator %q%s", s, operatorAdvice(s, ops))
}

// operatorAdvice returns a hint for an unknown operator: the operator with the same
// meaning as s in another language, or else the one with the most similar name, or else
// all.
func operatorAdvice(s string, ops []string) string {
	near, ok := foreignOperator(strings.ToLower(s))
	if !ok {
		near, ok = nearest.Of(strings.ToLower(s), ops)
	}
	if !ok {
		return ": use one of " + strings.Join(ops, " ")
	}
	return fmt.Sprintf(" (did you mean %q?)", near)
}

// foreignOperator returns the operator that has the meaning of s in another language.
func foreignOperator(s string) (string, bool) {
	switch s {
	case "==", "===", "eq", "is", "in", "equals":
		return "=", true
	case "<>", "ne", "not", "!==", "not in":
		return "!=", true
	case "~", "=~", "matches", "match":
		return "regex", true
	case "gt":
		return ">", true
	case "ge", "gte", "=>":
		return ">=", true
	case "lt":
		return "<", true
	case "le", "lte", "=<":
		return "<=", true
	case "present", "isnotnull":
		return "exists", true
	}
	return "", false
}
