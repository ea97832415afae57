package cond

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
)

// event is a Source over the fields of a Set.
type event [][][]byte

func (e event) Values(field int) [][]byte { return e[field] }

func newEvent(s *Set, fields map[string][]string) event {
	var e event
	for _, name := range s.Fields() {
		var values [][]byte
		for _, v := range fields[name] {
			values = append(values, []byte(v))
		}
		e = append(e, values)
	}
	return e
}

func holdsFor(t *testing.T, clauses []entity.Clause, fields map[string][]string) bool {
	t.Helper()
	s, err := Compile(clauses)
	require.NoError(t, err, "Compile(%+v)", clauses)
	return s.Holds(newEvent(s, fields))
}

// splitValues splits the values of a field in the tables below at "|". "" stands for an
// absent field.
func splitValues(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "|")
}

func TestClauseHoldsForLiterals(t *testing.T) {
	for _, test := range []struct {
		field   string // values of a
		op      string
		literal string
		want    bool
	}{
		// No operator holds for an absent field.
		{"", "=", "x", false},
		{"", "!=", "x", false},
		{"", "regex", ".*", false},
		{"", "like", "%", false},
		{"", ">", "1", false},
		{"", ">=", "1", false},
		{"", "<", "1", false},
		{"", "<=", "x", false},
		{"", "exists", "", false},

		// Text.
		{"Failure", "=", "fAILURE", true},
		{"ÄÖ", "=", "äö", true},
		{"\u212A", "=", "k", true}, // KELVIN SIGN in lower case is k
		{"ſ", "=", "s", false},     // LATIN SMALL LETTER LONG S is lower case already
		{"straße", "=", "STRASSE", false},
		{"\xff", "=", "\xff", true},
		{"\xff", "=", "\ufffd", false},
		{"failure ", "=", "failure", false},
		{"failure", "!=", "FAILURE", false},
		{"failure", "!=", "success", true},
		{"beta", ">", "ALPHA", true},
		{"beta", ">", "BETA", false},
		{"beta", ">=", "BETA", true},
		{"alpha", "<", "Beta", true},
		{"alpha", "<=", "Alpha", true},
		{"alpha", "<", "alphabet", true},
		{"10", "<", "9a", true}, // the literal is not a number
		{"é", ">", "z", true},
		{"\xc3", "<", "é", true}, // the first byte of é
		{"x", "exists", "", true},

		// Numbers.
		{"4624", "=", "4624", true},
		{"4624.0", "=", "4624", true},
		{"4.624e3", "=", "4624", true},
		{"+4624", "=", "4624.00", true},
		{"04624", "=", "4624", true},
		{"4625", "=", "4624", false},
		{"4624x", "=", "4624", false},
		{"x", "!=", "4624", true},
		{"4624.0", "!=", "4624", false},
		{"9007199254740993", "=", "9007199254740992", false},
		{"9007199254740993", ">", "9007199254740992", true},
		{"0.1", "=", "1e-1", true},
		{"0.30000000000000000001", ">", "0.3", true},
		{"10", ">", "9", true},
		{"10", "<", "9", false},
		{"-10", "<", "9", true},
		{"-10", "<", "-9", true},
		{"-0", "=", "0", true},
		{"-0.0", "<", "0", false},
		{".5", "=", "0.5", true},
		{"5.", "=", "5", true},
		{".", "=", "0", false},
		{"1e400", ">", "1e399", true},
		{"1e-400", ">", "0", true},
		{"0e999", "=", "0", true},
		{"1e9999999999999999999", ">", "1", false}, // out of range, so not a number
		{"high", ">", "9", false},
		{"high", "<", "9", false},
		{"high", "<=", "9", false},
		{"NaN", ">=", "0", false},
		{"true", "=", "1", false},
		{"", ">", "", false},
		{"0x10", "=", "16", false},
		{"1_000", "=", "1000", false},
		{"10.0.0.1", ">", "9", false},

		// like and regex match the text.
		{"EDR alert", "like", "edr %", true},
		{"EDR", "like", "edr %", false},
		{"the EDR alert", "like", "edr%", false},
		{"abc", "like", "a_c", true},
		{"aöc", "like", "A_C", true},
		{"aÖc", "like", "aöc", true},
		{"a\xffc", "like", "a_c", true},
		{"ac", "like", "a_c", false},
		{"abc", "like", "%", true},
		{"abc", "like", "%%c", true},
		{"aabab", "like", "%ab", true},
		{"aabab", "like", "%_a%b", true},
		{"aaaa", "like", "%b%", false},
		{"a%c", "like", "a%c", true},
		{"4624.0", "like", "4624", false},
		{"ABC", "regex", "b", false},
		{"abc", "regex", "b", true},
		{"ABC", "regex", "(?i)b", true},
		{"abc", "regex", "^b$", false},
		{"4624.0", "regex", "^4624$", false},

		// Several values: any must match, none for !=.
		{"a|b|c", "=", "B", true},
		{"a|b|c", "=", "d", false},
		{"a|b|c", "!=", "B", false},
		{"a|b|c", "!=", "d", true},
		{"1|20", ">", "10", true},
		{"x|20", ">", "10", true},
		{"1|2", ">", "10", false},
		{"x|10.0", "!=", "10", false},
		{"xa|b", "regex", "^b", true},
		{"xa|bz", "like", "b%", true},

		// Several literals: any must match, none for !=.
		{"4732", "=", "4728|4732|root", true},
		{"ROOT", "=", "4728|4732|root", true},
		{"4733", "=", "4728|4732|root", false},
		{"4733", "!=", "4728|4732|root", true},
		{"4732.0", "!=", "4728|4732|root", false},
		{"5", ">", "10|3", true},
		{"abc", "like", "x%|%c", true},
		{"abc", "regex", "^x|c$", true},
	} {
		clause := entity.Clause{Field: "a", Op: test.op, Value: splitValues(test.literal)}
		if test.op == "exists" {
			clause.Value = nil
		} else if test.literal == "" {
			clause.Value = entity.Literals{""}
		}
		got := holdsFor(t, []entity.Clause{clause}, map[string][]string{"a": splitValues(test.field)})
		assert.Equal(t, test.want, got, "%q %s %q", test.field, test.op, test.literal)
	}
}

func TestClauseHoldsForValuesOfAnotherField(t *testing.T) {
	for _, test := range []struct {
		a, op, b string
		want     bool
	}{
		{"x", "=", "X", true},
		{"x", "=", "y", false},
		{"x", "!=", "y", true},
		{"x", "!=", "", false}, // absent on either side
		{"", "!=", "x", false},
		{"x", "=", "", false},
		{"7.0", "=", "7", true},
		{"10", ">", "9", true},
		{"10", ">", "9a", false},
		{"x", ">", "9", false},
		{"a|b", "=", "c|B", true},
		{"a|b", "!=", "c|B", false},
		{"a|b", "!=", "c|d", true},
		{"1|2", ">=", "5|2", true},
		{"abc", "like", "a%", true},
		{"abc", "like", "b%|%C", true},
	} {
		clauses := []entity.Clause{{Field: "a", Op: test.op, ValueField: "b"}}
		got := holdsFor(t, clauses, map[string][]string{"a": splitValues(test.a), "b": splitValues(test.b)})
		assert.Equal(t, test.want, got, "%q %s %q", test.a, test.op, test.b)
	}
}

func TestAllClausesMustHold(t *testing.T) {
	assert.True(t, holdsFor(t, nil, nil), "no clauses")
	assert.True(t, (*Set)(nil).Holds(nil), "no set")
	both := []entity.Clause{{Field: "a", Op: "=", Value: entity.Literals{"1"}}, {Field: "b", Op: "exists"}}
	assert.True(t, holdsFor(t, both, map[string][]string{"a": {"1"}, "b": {""}}), "an empty text is a value")
	assert.False(t, holdsFor(t, both, map[string][]string{"a": {"1"}}))
	assert.False(t, holdsFor(t, both, map[string][]string{"a": {"2"}, "b": {"x"}}))
	same := []entity.Clause{{Field: "a", Op: "=", ValueField: "a"}}
	assert.True(t, holdsFor(t, same, map[string][]string{"a": {"x"}}))
}

func setWithEveryOp(t testing.TB) (*Set, Source) {
	s, err := Compile([]entity.Clause{
		{Field: "EventID", Op: "=", Value: entity.Literals{"4728", "4729", "4732.0"}},
		{Field: "EventID", Op: "!=", Value: entity.Literals{"1", "y"}},
		{Field: "EventID", Op: ">=", Value: entity.Literals{"4e3"}},
		{Field: "user", Op: "like", Value: entity.Literals{"%BC\\j_ö%", "ab%"}},
		{Field: "user", Op: "regex", Value: entity.Literals{`^ABC\\`}},
		{Field: "user", Op: "exists"},
		{Field: "user", Op: "!=", ValueField: "src_user"},
		{Field: "user", Op: "<", Value: entity.Literals{"b"}},
		{Field: "user", Op: "=", Value: entity.Literals{"nobody", "abc\\jdöe"}},
	})
	require.NoError(t, err)
	return s, newEvent(s, map[string][]string{
		"EventID": {"x", "4732"}, "user": {"ABC\\JDÖE"}, "src_user": {"1", "abc\\JDÖEX"},
	})
}

func TestHoldsDoesNotAllocate(t *testing.T) {
	s, e := setWithEveryOp(t)
	require.True(t, s.Holds(e))
	assert.Zero(t, testing.AllocsPerRun(100, func() { s.Holds(e) }))
}

func BenchmarkHolds(b *testing.B) {
	s, e := setWithEveryOp(b)
	group, err := Compile([]entity.Clause{{Field: "EventID", Op: "=", Value: entity.Literals{"4728", "4729", "4732", "4733", "4756", "4757"}}})
	require.NoError(b, err)
	logon := Source(newEvent(group, map[string][]string{"EventID": {"4624"}}))
	b.Run("condition=group-member", func(b *testing.B) {
		for b.Loop() {
			group.Holds(logon)
		}
	})
	b.Run("condition=every-op", func(b *testing.B) {
		for b.Loop() {
			s.Holds(e)
		}
	})
}
