// Package yamlfile decodes a YAML file into plain structs, strictly, and says
// where in the file everything stands.
//
// It takes the syntax tree of goccy/go-yaml and does the decoding itself, for
// three reasons: all problems of a file are reported at once, not the first
// alone; they are told in the words of the file, not of Go's types; and a
// number or a truth value that a struct wants as text is the text as it was
// written (007 stays 007). Whatever is found wrong later, when the values are
// put to use, can still be reported with its line and column (At).
//
// A key is known if the struct has a field of its name: the field's `yaml` tag,
// else its Go name in snake case, so that a struct of a package that knows
// nothing of YAML can be decoded into. Anonymous structs lend their fields. A field
// with the tag option "later" is skipped: its key is decoded later, by its path.
// A key without a value leaves the field as it was, which is how defaults work.
package yamlfile

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
	"github.com/kithsec/kith/internal/problem"
)

// Limits of a file. The parser needs time in the square of both.
const (
	MaxSize  = 1 << 20 // bytes
	MaxDepth = 100     // brackets open at once, or dashes in a row
)

// File is a parsed file. It never changes and may be used concurrently.
type File struct {
	name    string
	root    ast.Node // nil for an empty file
	aliases map[*ast.AliasNode]ast.Node
}

// Parse reads the one YAML document that text holds; name is what problems call
// the file. The error is a *Problem.
func Parse(name string, text []byte) (*File, error) {
	f := &File{name: name, aliases: map[*ast.AliasNode]ast.Node{}}
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	if err := f.checkLimits(text); err != nil {
		return nil, err
	}
	tree, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, f.syntaxError(err)
	}
	for i, doc := range tree.Docs {
		if i > 0 && doc.Body != nil {
			return nil, f.problemAt(startOf(doc.Body), "a second document begins here: one is allowed")
		}
		if doc.Body != nil {
			if err := CheckAliases(name, doc.Body); err != nil {
				return nil, err
			}
			f.root = doc.Body
			ast.Walk(&aliasResolver{anchors: map[string]ast.Node{}, aliases: f.aliases}, doc.Body)
		}
	}
	return f, nil
}

// checkLimits turns down what the parser would choke on.
func (f *File) checkLimits(text []byte) error {
	if len(text) > MaxSize {
		return &problem.InFile{File: f.name, Text: fmt.Sprintf("larger than the limit of %d bytes", MaxSize)}
	}
	for i, line := range bytes.Split(text, []byte("\n")) {
		if !utf8.Valid(line) {
			column := utf8.RuneCount(line[:len(line)-len(bytes.TrimLeftFunc(line, isValidRune))]) + 1
			return &problem.InFile{File: f.name, Line: i + 1, Column: column, Text: "not UTF-8"}
		}
	}
	if line, deep := TooDeep(text, MaxDepth); deep {
		return &problem.InFile{File: f.name, Line: line, Column: 1, Text: fmt.Sprintf("nested deeper than the limit of %d", MaxDepth)}
	}
	return nil
}

func isValidRune(r rune) bool { return r != utf8.RuneError }

// TooDeep finds the line on which more than most brackets are open, or that has
// more dashes. It counts brackets wherever they stand: a text that opens a
// hundred and closes none is no configuration either.
func TooDeep(text []byte, most int) (line int, deep bool) {
	open := 0
	for i, s := range bytes.Split(text, []byte("\n")) {
		if bytes.Count(s, []byte("- ")) > most || bytes.Count(s, []byte("? ")) > most {
			return i + 1, true
		}
		for _, c := range s {
			switch c {
			case '[', '{':
				open++
			case ']', '}':
				open = max(0, open-1)
			}
			if open > most {
				return i + 1, true
			}
		}
	}
	return 0, false
}

// syntaxError puts an error of the parser on one line.
func (f *File) syntaxError(err error) *problem.InFile {
	var e yaml.Error
	if !errors.As(err, &e) || e.GetToken() == nil {
		return &problem.InFile{File: f.name, Text: strings.Join(strings.Fields(err.Error()), " ")}
	}
	return f.problemAt(e.GetToken().Position, "%s", plainWords(e.GetMessage()))
}

// plainWords rewrites the parser's messages that people do meet.
func plainWords(message string) string {
	for _, known := range []struct{ part, text string }{
		{"found character '\t'", "a tab: indent with spaces"},
		{"sequence end token ']' not found", `"[" is never closed`},
		{"could not find flow mapping end token", `"{" is never closed`},
		{"could not find flow map content", `"{" is never closed`},
		{"could not find end character of", "the quote is never closed"},
		{"mapping value is not allowed in this context", `": " inside a value: put the value in quotes`},
		{"unexpected scalar value type", "a value is missing here"},
		{"non-map value is specified", `want "key: value" here`},
		{"is a reserved character", "a value cannot begin with this character: put it in quotes"},
	} {
		if strings.Contains(message, known.part) {
			return known.text
		}
	}
	return message
}

// problemAt keeps its text on one line, whatever a key or the parser says.
func (f *File) problemAt(at *token.Position, format string, args ...any) *problem.InFile {
	text := strings.Map(controlToSpace, fmt.Sprintf(format, args...))
	return &problem.InFile{File: f.name, Line: at.Line, Column: at.Column, Text: text}
}

func controlToSpace(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
}

// aliasResolver finds what every alias stands for: the last anchor of its name that
// was closed before it, so that nothing contains itself.
type aliasResolver struct {
	anchors map[string]ast.Node
	aliases map[*ast.AliasNode]ast.Node
}

func (a *aliasResolver) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.AnchorNode:
		ast.Walk(a, n.Value)
		a.anchors[n.Name.String()] = n.Value
		return nil
	case *ast.AliasNode:
		if target, ok := a.anchors[n.Value.String()]; ok {
			a.aliases[n] = target
		}
		return nil
	}
	return a
}
