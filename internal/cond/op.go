package cond

import (
	"fmt"
	"strings"

	"github.com/kithsec/kith/internal/nearest"
)

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

// Ops returns the operators, in the order of the documentation.
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
	return 0, fmt.Errorf("unknown operator %q%s", s, advice(s, ops))
}

// advice names the operator that s is in other languages, else the nearest
// one, else all.
func advice(s string, ops []string) string {
	near, ok := foreign(strings.ToLower(s))
	if !ok {
		near, ok = nearest.Of(strings.ToLower(s), ops)
	}
	if !ok {
		return ": use one of " + strings.Join(ops, " ")
	}
	return fmt.Sprintf(" (did you mean %q?)", near)
}

func foreign(s string) (string, bool) {
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
