package identities

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/kithsec/kith/internal/nearest"
)

// Convention builds a key from the columns of an identity. Its text consists of literals,
// column(n) for the first n characters of a column, and column() for the whole column.
// "first(1)last()" builds JDoe from John Doe.
type Convention struct {
	text  string
	parts []part
}

// part is a literal or a column of a convention.
type part struct {
	literal string
	column  string // "" for a literal
	first   int    // number of characters; 0 for all
}

// ParseConvention parses the text of a convention. columns are the names of columns that it
// can use. Errors contain the byte position in text, counted from 1.
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
			return c, fmt.Errorf("convention %q: the \"(\" at %d has no \")\"", text, at+open+1)
		}
		column := longestColumn(rest[:open], columns)
		if column == "" {
			return c, fmt.Errorf("convention %q: no column before the \"(\" at %d: %s", text, at+open+1, columnHint(rest[:open], columns))
		}
		n, err := parseCount(rest[open+1 : open+length])
		if err != nil {
			return c, fmt.Errorf("convention %q: the number of characters at %d %w", text, at+open+2, err)
		}
		c.appendLiteral(rest[:open-len(column)])
		c.parts = append(c.parts, part{column: column, first: n})
		rest = rest[open+length+1:]
	}
	if !slices.ContainsFunc(c.parts, func(p part) bool { return p.column != "" }) {
		if near, ok := nearest.Of(strings.ToLower(text), fixedKeys); ok {
			return c, fmt.Errorf("convention %q: contains no column (did you mean %q?)", text, near)
		}
		return c, fmt.Errorf("convention %q: contains no column, such as first(1)last()", text)
	}
	return c, nil
}

// fixedKeys are the keys that a list of keys can contain in addition to conventions.
var fixedKeys = []string{"identity", "email", "email_short"}

// columnHint returns a hint for an unknown column: the nearest column, or else all columns, and
// how to declare a custom column. Custom columns must be declared, because conventions are
// parsed before the lists are read, and only the names of all columns determine where a
// literal ends: "ADMIN_hire()" is ambiguous without them.
func columnHint(word string, columns []string) string {
	text := "use one of " + strings.Join(columns, ", ")
	if near, ok := nearest.Of(word, columns); ok {
		text = fmt.Sprintf("did you mean %q?", near)
	}
	if name := lastWord(word); name != "" {
		text += fmt.Sprintf(" (declare a custom column with fields: {%s: {}})", name)
	}
	return text
}

// lastWord returns the longest suffix of s of letters, digits and underscores.
func lastWord(s string) string {
	word := func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
	return s[len(strings.TrimRightFunc(s, word)):]
}

// appendLiteral appends a literal unless it is empty.
func (c *Convention) appendLiteral(s string) {
	if s != "" {
		c.parts = append(c.parts, part{literal: s})
	}
}

// longestColumn returns the longest column name that is a suffix of s, ignoring case, "" if
// there is none.
func longestColumn(s string, columns []string) string {
	best := ""
	for _, column := range columns {
		if len(column) > len(best) && len(s) >= len(column) && strings.EqualFold(s[len(s)-len(column):], column) {
			best = column
		}
	}
	return best
}

// parseCount parses a number of characters. For "" it returns 0, which means all.
func parseCount(s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 1000 {
		return 0, fmt.Errorf("must be from 1 to 1000, not %q", s)
	}
	return n, nil
}

// String returns the text that was parsed.
func (c Convention) String() string { return c.text }

// Columns returns the columns that the convention uses, in the spelling that was passed to
// ParseConvention. The caller owns the slice.
func (c Convention) Columns() []string {
	var columns []string
	for _, p := range c.parts {
		if p.column != "" && !slices.Contains(columns, p.column) {
			columns = append(columns, p.column)
		}
	}
	return columns
}

// Apply builds the key of one identity. value returns the value of a column, "" if there is
// none. Apply returns false if a column has no value.
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

// firstRunes returns the first n runes of s, or all of s if n is 0.
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
