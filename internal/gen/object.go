package gen

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

// ObjectOptions select what Object generates.
type ObjectOptions struct {
	// Paths are member paths, such as "id.orig_h", that Object generates often: as
	// nested objects, as one key with dots, or mixed; with escapes; repeated; and inside
	// other objects, where they do not count. For "target[type=User].id", Object
	// generates arrays with such elements and others.
	Paths []string
	// Values are strings that Object often generates as values, with and without escapes.
	Values []string
	// Depth is the maximum nesting; 0 means 6.
	Depth int
}

// Object appends one random JSON object (RFC 8259) and returns the extended buffer. It
// uses the whole grammar: white space everywhere, escapes in keys and values, repeated
// members, numbers outside the range of float64, lone surrogates, empty keys, and strings
// that look like JSON syntax. The object is valid UTF-8 and one line, without white space
// at its beginning or end.
func Object(r *rand.Rand, dst []byte, o ObjectOptions) []byte {
	if o.Depth == 0 {
		o.Depth = 6
	}
	g := grammar{r, o}
	return g.appendObject(dst, o.Depth)
}

type grammar struct {
	r *rand.Rand
	o ObjectOptions
}

func (g *grammar) appendObject(dst []byte, depth int) []byte {
	dst = append(dst, '{')
	dst = g.appendSpace(dst)
	for i := range g.r.IntN(8) {
		if i > 0 {
			dst = append(dst, ',')
			dst = g.appendSpace(dst)
		}
		dst = g.appendMember(dst, depth)
		dst = g.appendSpace(dst)
	}
	return append(dst, '}')
}

func (g *grammar) appendMember(dst []byte, depth int) []byte {
	if len(g.o.Paths) > 0 && g.r.IntN(2) == 0 {
		return g.appendPath(dst, g.o.Paths[g.r.IntN(len(g.o.Paths))], depth)
	}
	dst = g.appendText(dst, oddTexts[g.r.IntN(len(oddTexts))])
	dst = g.appendColon(dst)
	return g.appendValue(dst, depth)
}

// appendPath appends a member for a path, which is split into nested objects at some of
// its dots.
func (g *grammar) appendPath(dst []byte, path string, depth int) []byte {
	name, elements, throughArray := strings.Cut(path, "[")
	for i := range len(name) {
		if path[i] != '.' || depth < 2 || g.r.IntN(2) == 0 {
			continue
		}
		dst = g.appendText(dst, path[:i])
		dst = g.appendColon(dst)
		dst = append(dst, '{')
		dst = g.appendSpace(dst)
		dst = g.appendPath(dst, path[i+1:], depth-1)
		for range g.r.IntN(2) {
			dst = append(dst, ',')
			dst = g.appendMember(dst, depth-1)
		}
		dst = g.appendSpace(dst)
		return append(dst, '}')
	}
	dst = g.appendText(dst, name)
	dst = g.appendColon(dst)
	if throughArray && depth > 1 {
		return g.appendElements(dst, elements, depth-1)
	}
	return g.appendValue(dst, depth)
}

// appendElements appends an array for a path through it. step is the rest of the path,
// after the opening bracket: "type=User].id".
func (g *grammar) appendElements(dst []byte, step string, depth int) []byte {
	condition, rest, _ := strings.Cut(step, "]")
	member, text, isConditional := strings.Cut(condition, "=")
	rest = strings.TrimPrefix(rest, ".")
	dst = append(dst, '[')
	for i := range g.r.IntN(4) {
		if i > 0 {
			dst = append(dst, ',')
		}
		if rest == "" || g.r.IntN(4) == 0 {
			dst = g.appendValue(dst, depth)
			continue
		}
		dst = append(dst, '{')
		if isConditional && g.r.IntN(4) > 0 {
			dst = g.appendText(dst, member)
			dst = g.appendColon(dst)
			dst = append(g.appendText(dst, text), ',')
		}
		dst = append(g.appendPath(dst, rest, depth), '}')
	}
	return append(dst, ']')
}

func (g *grammar) appendColon(dst []byte) []byte {
	dst = g.appendSpace(dst)
	dst = append(dst, ':')
	return g.appendSpace(dst)
}

func (g *grammar) appendValue(dst []byte, depth int) []byte {
	if len(g.o.Values) > 0 && g.r.IntN(3) == 0 {
		return g.appendText(dst, g.o.Values[g.r.IntN(len(g.o.Values))])
	}
	switch k := g.r.IntN(10); {
	case k < 3:
		return g.appendText(dst, oddTexts[g.r.IntN(len(oddTexts))])
	case k < 4:
		return append(dst, oddStrings[g.r.IntN(len(oddStrings))]...)
	case k < 6 || depth < 2:
		return append(dst, oddScalars[g.r.IntN(len(oddScalars))]...)
	case k < 8:
		return g.appendArray(dst, depth-1)
	}
	return g.appendObject(dst, depth-1)
}

func (g *grammar) appendArray(dst []byte, depth int) []byte {
	dst = append(dst, '[')
	dst = g.appendSpace(dst)
	for i := range g.r.IntN(4) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = g.appendSpace(dst)
		dst = g.appendValue(dst, depth)
		dst = g.appendSpace(dst)
	}
	return append(dst, ']')
}

// appendText appends s as a JSON string, sometimes with \u escapes for some or all of its
// ASCII characters, in upper or lower case.
func (g *grammar) appendText(dst []byte, s string) []byte {
	escape := []int{0, 0, 0, 0, 1, 4}[g.r.IntN(6)]
	dst = append(dst, '"')
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ', c < 0x80 && g.r.IntN(4) < escape:
			from := len(dst) + 2
			dst = append(dst, `\u00`...)
			dst = appendHex(dst, uint64(c), 2)
			if g.r.IntN(2) == 0 {
				upperASCII(dst[from:])
			}
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

func (g *grammar) appendSpace(dst []byte) []byte {
	for range max(0, g.r.IntN(6)-3) {
		dst = append(dst, " \t\r"[g.r.IntN(3)])
	}
	return dst
}

// Decimal returns a JSON number that is difficult to handle as a decimal: with a half of
// the sixth decimal place, a sign, or an exponent.
func Decimal(r *rand.Rand) string {
	switch r.IntN(6) {
	case 0:
		return strconv.Itoa(r.IntN(200) - 50)
	case 1:
		return strconv.Itoa(r.IntN(100)) + ".0000005"
	case 2:
		return strconv.Itoa(r.IntN(100)) + "." + strconv.Itoa(r.IntN(10_000_000))
	case 3:
		return strconv.Itoa(r.IntN(100)) + "e" + strconv.Itoa(r.IntN(7)-3)
	case 4:
		return "-" + strconv.Itoa(r.IntN(100)) + ".50"
	}
	return strconv.Itoa(r.IntN(1_000_000_000)) + ".999999"
}

var (
	// oddTexts are unescaped keys and values.
	oddTexts = []string{
		"", " ", "a", "src ", "Src", "note", "}", "{", "]", `"`, `\`, `\\`, `\"`, `","src":"10.0.0.1`, "src\x00", "\x01\x1f",
		"é", "东京", "😀", "\u2028", "a.b", ".", "..", "a..b", "null", "true", "-", "e\u0301", "\u007f", "/", "0",
		"a text that is longer than a vector register, so that a scan takes more than one step to find its end \\",
	}

	// oddStrings are strings in JSON notation.
	oddStrings = []string{
		`"\ud800"`, `"\udc00\ud800"`, `"\uD83D\uDE00"`, `"\/\b\f\n\r\t"`, `"\\\\\\\""`, `"\u0022\u005c"`, `"\u0000"`, `""`,
	}

	oddScalars = []string{
		"null", "true", "false", "0", "-0", "-0.0e-10", "1", "1.0", "1E5", "1e+400", "9223372036854775808",
		"123456789012345678901234567890", "0.1000000000000000055511151231257827", "1e-400", "-1", "42", "[]", "{}", "[{}]", "[[],[[]]]",
	}
)
