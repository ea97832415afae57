package identities

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/kithsec/kith/internal/nearest"
)

// Convention builds a key from the columns of an identity: literals and
// column(i), the first i characters, or column(), all of it. "first(1)last()"
// makes JDoe of John Doe.
type Convention struct {
	text  string
	parts []part
}

type part struct {
	literal string
	column  string // "" for a literal
	first   int    // characters; 0 for all
}

// ParseConvention parses text; columns are the names that it may use. An error
// names the place by its byte in text, from 1.
func ParseConvention(text string, columns []string) (Convention, error) {
	c := Convention{text: text}
	rest := text
	for rest != "" {
		open := strings.IndexByte(rest, '(')
		if open < 0 {
			c.appendLiteral(rest)
			break
		}
		at := len(text) - len(rest)
		length := strings.IndexByte(rest[open:], ')')
		if length < 0 {
			return c, fmt.Errorf("convention %q: no \")\" for the \"(\" at %d", text, at+open+1)
		}
		column := longestColumn(rest[:open], columns)
		if column == "" {
			return c, fmt.Errorf("convention %q: no column before the \"(\" at %d: %s", text, at+open+1, columnHint(rest[:open], columns))
		}
		n, err := parseCount(rest[open+1 : open+length])
		if err != nil {
			return c, fmt.Errorf("convention %q: %w at %d", text, err, at+open+2)
		}
		c.appendLiteral(rest[:open-len(column)])
		c.parts = append(c.parts, part{column: column, first: n})
		rest = rest[open+length+1:]
	}
	if !slices.ContainsFunc(c.parts, func(p part) bool { return p.column != "" }) {
		if near, ok := nearest.Of(strings.ToLower(text), fixedKeys); ok {
			return c, fmt.Errorf("convention %q: names no column (did you mean %q?)", text, near)
		}
		return c, fmt.Errorf("convention %q: names no column, such as first(1)last()", text)
	}
	return c, nil
}

// fixedKeys are the words that stand beside conventions in a list of keys.
var fixedKeys = []string{"identity", "email", "email_short"}

// columnHint returns a hint for an unknown column of a convention: the nearest column, or
// else all columns, and how to declare a column that only the lists have. A
// convention is parsed before the lists are read, because the end of its literals is
// only known with all column names: "ADMIN_hire()" is ambiguous without them.
func columnHint(word string, columns []string) string {
	text := "use one of " + strings.Join(columns, ", ")
	if near, ok := nearest.Of(word, columns); ok {
		text = fmt.Sprintf("did you mean %q?", near)
	}
	if name := lastWord(word); name != "" {
		text += fmt.Sprintf(" (a custom column must stand in fields: {%s: {}})", name)
	}
	return text
}

// lastWord returns the letters, digits and underscores that end s.
func lastWord(s string) string {
	word := func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
	return s[len(strings.TrimRightFunc(s, word)):]
}

func (c *Convention) appendLiteral(s string) {
	if s != "" {
		c.parts = append(c.parts, part{literal: s})
	}
}

// longestColumn returns the longest column name that ends s.
func longestColumn(s string, columns []string) string {
	best := ""
	for _, column := range columns {
		if len(column) > len(best) && len(s) >= len(column) && strings.EqualFold(s[len(s)-len(column):], column) {
			best = column
		}
	}
	return best
}

func parseCount(s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 1000 {
		return 0, fmt.Errorf("%q is no number of characters from 1 to 1000", s)
	}
	return n, nil
}

// String returns the text that was parsed.
func (c Convention) String() string { return c.text }

// Columns returns the columns that the convention is made of, as ParseConvention
// was given them. The slice is the caller's.
func (c Convention) Columns() []string {
	var columns []string
	for _, p := range c.parts {
		if p.column != "" && !slices.Contains(columns, p.column) {
			columns = append(columns, p.column)
		}
	}
	return columns
}

// Apply builds the key of one identity; value returns a column's value, ""
// if it is missing. A missing column yields no key.
func (c Convention) Apply(value func(column string) string) (key string, ok bool) {
	var b strings.Builder
	for _, p := range c.parts {
		if p.column == "" {
			b.WriteString(p.literal)
			continue
		}
		v := value(p.column)
		if v == "" {
			return "", false
		}
		b.WriteString(firstRunes(v, p.first))
	}
	return b.String(), true
}

func firstRunes(s string, n int) string {
	if n == 0 {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
