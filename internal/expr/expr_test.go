package expr

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// letter reads a leaf: one of the names a to d, an operator and a number other than 13.
func letter(p *Parser) (string, error) {
	names := []string{"a", "b", "c", "d"}
	i, err := p.Name(names)
	if err != nil {
		return "", err
	}
	op, err := p.Comparison()
	if err != nil {
		return "", err
	}
	number := ""
	err = p.Number(func(text string) error {
		if number = text; text == "13" {
			return errors.New("unlucky")
		}
		return nil
	})
	return names[i] + comparisons[op] + number, err
}

func render(n *Node[string]) string {
	if n.Op == Leaf {
		return n.Leaf
	}
	var terms []string
	for i := range n.Terms {
		terms = append(terms, render(&n.Terms[i]))
	}
	return "(" + strings.Join(terms, [...]string{And: " and ", Or: " or "}[n.Op]) + ")"
}

func TestAndBindsTighterThanOr(t *testing.T) {
	for text, want := range map[string]string{
		"a>1":                       "a>1",
		"a>1 and b<2 or c=3":        "((a>1 and b<2) or c=3)",
		"a>1 or b<2 and c=3":        "(a>1 or (b<2 and c=3))",
		"(a>1 or b<2) and c=3":      "((a>1 or b<2) and c=3)",
		"((A >= -1.5e3))":           "a>=-1.5e3",
		"a>1 AND b>1\n\tAnd c!=.5":  "(a>1 and b>1 and c!=.5)",
		"a>1 or (b>1 or c>1) or d>": "",
	} {
		n, err := Parse(text, letter)
		if want == "" {
			require.EqualError(t, err, "line 1, column 26: expected a number, found the end")
			continue
		}
		require.NoError(t, err, "Parse(%q)", text)
		assert.Equal(t, want, render(n), "Parse(%q)", text)
	}
}

func TestErrorsPointAtTheToken(t *testing.T) {
	for text, want := range map[string]string{
		"":                       `line 1, column 1: expected a name or "(", found the end`,
		"a > 13":                 `line 1, column 5: "13": unlucky`,
		"a > 5x":                 "",
		"a > 1\nand e > 1":       `line 2, column 5: unknown name "e" (known: a, b, c, d)`,
		"a > 1 b > 2":            `line 1, column 7: expected "and", "or" or the end, found "b"`,
		"(a > 1":                 `line 1, column 7: expected ")", found the end`,
		"a ≥ 1":                  `line 1, column 3: expected ">", ">=", "<", "<=", "=" or "!=", found "≥"`,
		strings.Repeat("(", 101): "line 1, column 101: parentheses are nested too deeply",
	} {
		_, err := Parse(text, letter)
		if want == "" {
			assert.NoError(t, err, "Parse(%q): a leaf judges its numbers", text)
			continue
		}
		assert.EqualError(t, err, want, "Parse(%q)", text)
		assert.ErrorAs(t, err, new(*Error), "Parse(%q)", text)
	}
}
