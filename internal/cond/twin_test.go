package cond

import (
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/kithsec/kith/internal/fold"
	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/kithsec/kith/entity"
)

// The twin is a slow, simple implementation that shares no code with the package: it
// compares numbers as big.Rat and texts in lower case, and matches like recursively.

var numberForm = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

func twinNumber(s string) (*big.Rat, bool) {
	if !numberForm.MatchString(s) {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

func twinCompare(op, v, literal string) bool {
	outcome := strings.Compare(fold.Lower(v), fold.Lower(literal))
	if l, ok := twinNumber(literal); ok {
		n, ok := twinNumber(v)
		if !ok {
			return false
		}
		outcome = n.Cmp(l)
	}
	return map[string]bool{
		"=": outcome == 0, ">": outcome > 0, ">=": outcome >= 0, "<": outcome < 0, "<=": outcome <= 0,
	}[op]
}

func twinLike(pattern, s []string) bool {
	if len(pattern) == 0 {
		return len(s) == 0
	}
	if pattern[0] == "%" {
		return twinLike(pattern[1:], s) || len(s) > 0 && twinLike(pattern, s[1:])
	}
	return len(s) > 0 && (pattern[0] == "_" || pattern[0] == s[0]) && twinLike(pattern[1:], s[1:])
}

func twinMatches(op, v, literal string) bool {
	switch op {
	case "regex":
		return regexp.MustCompile(literal).MatchString(v)
	case "like":
		// strings.Split treats a byte that is not UTF-8 as a character, too.
		return twinLike(strings.Split(fold.Lower(literal), ""), strings.Split(fold.Lower(v), ""))
	}
	return twinCompare(op, v, literal)
}

func twinHolds(clauses []entity.Clause, fields map[string][]string) bool {
	for _, c := range clauses {
		values, literals := fields[c.Field], []string(c.Value)
		if c.ValueField != "" {
			literals = fields[c.ValueField]
		}
		if len(values) == 0 || c.Op != "exists" && len(literals) == 0 {
			return false
		}
		op, want := c.Op, true
		if op == "!=" {
			op, want = "=", false
		}
		any := op == "exists"
		for _, v := range values {
			for _, l := range literals {
				any = any || twinMatches(op, v, l)
			}
		}
		if any != want {
			return false
		}
	}
	return true
}

func drawText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`[+-]?0{0,2}[0-9]{0,3}(\.[0-9]{0,3}0{0,2})?([eE][+-]?0?[0-9])?`),
		rapid.SampledFrom([]string{
			"", "a", "A", "ab", "AB", "aB%", "%", "_", "a_", "ä", "Ä", "İ", "\u212A", "k", "ſ", "\xff", "\xc3", "\xc3\x28", "\xe2\x82", "€",
			"0", "-0", "1", "01", "1.0", "10e-1", "9007199254740993", "9007199254740992", "9007199254740993.0", "1e30", "1e", "e1", ".", "+", "1.2.3", "NaN", "Inf", "0x1", "1_0",
		}),
		rapid.StringMatching(`[aAbB%_äÄ]{0,6}`),
	)
}

func TestHoldsAgreesWithTheTwin(t *testing.T) {
	names := []string{"a", "b", "c"}
	rapid.Check(t, func(t *rapid.T) {
		fields := map[string][]string{}
		for _, name := range names {
			fields[name] = rapid.SliceOfN(drawText(), 0, 3).Draw(t, name)
		}
		var clauses []entity.Clause
		for range rapid.IntRange(1, 2).Draw(t, "clauses") {
			c := entity.Clause{Field: rapid.SampledFrom(names).Draw(t, "field"), Op: rapid.SampledFrom(Ops()).Draw(t, "op")}
			switch {
			case c.Op == "exists":
			case c.Op != "regex" && rapid.Bool().Draw(t, "other"):
				c.ValueField = rapid.SampledFrom(names).Draw(t, "value_field")
			default:
				c.Value = rapid.SliceOfN(drawText(), 1, 3).Draw(t, "value")
			}
			if c.Op == "regex" {
				for i, v := range c.Value {
					c.Value[i] = regexp.QuoteMeta(strings.ToValidUTF8(v, "?"))
				}
			}
			clauses = append(clauses, c)
		}
		s, err := Compile(clauses)
		if err != nil {
			t.Fatalf("Compile(%+v): %v", clauses, err)
		}
		e := newEvent(s, fields)
		want := twinHolds(clauses, fields)
		assert.Equal(t, want, s.Holds(e), "Holds of %+v on %q", clauses, fields)
	})
}

func FuzzLike(f *testing.F) {
	f.Add("%a%b_", "xxayybz")
	f.Add("ä%", "Ä")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 12 || len(s) > 24 {
			return
		}
		assert.Equal(t, twinMatches("like", s, pattern), matchLike(pattern, s), "%q like %q", s, pattern)
	})
}
