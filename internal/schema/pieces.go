package schema

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kithsec/kith/internal/fold"
)

// pieceMarks are the characters that separate or enclose the values in a cell of addresses,
// except for white space.
const pieceMarks = ",;" + brackets

// brackets are the characters around the values of exported lists: ["10.0.0.1", "10.0.0.2"].
const brackets = "[]{}\"'"

// readPieces reads a value of an address or MAC field that is not a single value: pieces
// between commas and semicolons, perhaps in brackets or quotes. A piece that is one value
// stays whole, such as 00 00 5e 00 53 04 or 10.0.0.1 - 10.0.0.9. Any other piece is split at
// white space.
func (f *Field) readPieces(c *Cell, v string, ignored *Ignored) {
	for piece := range strings.FieldsFuncSeq(v, isPieceSeparator) {
		piece = trimBrackets(piece)
		if piece == "" || ignored.Text(piece) {
			continue
		}
		err := f.addForm(c, piece, ignored)
		if err != nil && !f.addWords(c, piece, ignored) {
			c.addLoss(err)
		}
	}
}

// addWords adds the values of a piece that white space separates. It reports false, and adds
// none, if no word of the piece is a value: the piece is then one loss.
func (f *Field) addWords(c *Cell, piece string, ignored *Ignored) bool {
	words := splitWords(piece)
	known := false
	for _, word := range words {
		_, err := f.applyForm(nil, trimBrackets(word))
		known = known || err == nil
	}
	if !known || len(words) < 2 {
		return false
	}
	for _, word := range words {
		if word = trimBrackets(word); word == "" || ignored.Text(word) {
			continue
		}
		if err := f.addForm(c, word, ignored); err != nil {
			c.addLoss(err)
		}
	}
	return true
}

func isPieceSeparator(r rune) bool { return r == ',' || r == ';' }

// trimBrackets removes white space, brackets and quotes around a piece.
func trimBrackets(piece string) string {
	return strings.TrimFunc(piece, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(brackets, r) })
}

// splitWords splits a text at white space, except beside a hyphen or a slash, which belong
// to a range or a prefix: "10.0.0.1 - 10.0.0.9 10.1.0.1" has two words.
func splitWords(text string) []string {
	var words []string
	text = fold.Trim(text)
	for from := 0; ; {
		at := strings.IndexFunc(text[from:], unicode.IsSpace)
		if at < 0 {
			return append(words, text)
		}
		at += from
		rest := strings.TrimLeftFunc(text[at:], unicode.IsSpace)
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		if strings.ContainsRune("-/", before) || strings.ContainsRune("-/", rune(rest[0])) {
			from = len(text) - len(rest)
			continue
		}
		words = append(words, text[:at])
		text, from = rest, 0
	}
}
