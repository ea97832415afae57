// Package yamlfile strictly decodes a YAML file into plain structs and returns the line
// and column of every key.
//
// It parses with goccy/go-yaml and decodes the syntax tree itself, for three reasons.
// It reports all problems of a file at once, not only the first. Its messages use the
// words of the file, not the names of Go types. And a number or a boolean that is
// decoded into a string keeps its spelling (007 stays 007). A problem that is found
// later, when a value is used, can still be reported with its line and column
// ([File.Errorf]).
//
// The key of a field is its `yaml` tag, or else its Go name in snake case. Therefore
// structs of packages that do not use YAML can be decoded, too. The fields of an
// embedded struct belong to the struct around it. A field with the tag option "later"
// is skipped: its key is decoded later, by its path. A key without a value leaves the
// field unchanged, so that defaults can be set before decoding.
package yamlfile

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
	"github.com/kithsec/kith/internal/problem"
)

// Limits of a file. The parser's running time is quadratic in both.
const (
	MaxSize  = 1 << 20 // bytes
	MaxDepth = 100     // open brackets, or dashes in a row
)

// File is a parsed file. It is immutable and may be used concurrently.
type File struct {
	name    string
	root    ast.Node // nil for an empty file
	aliases map[*ast.AliasNode]ast.Node
}

// Parse parses text, which must contain at most one YAML document. Problems refer to
// the file as name. The error is a *problem.InFile.
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
			return nil, f.problemAt(startOf(doc.Body), "a second document begins here: only one is allowed")
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

// checkLimits rejects text that would take the parser too long, and text that is not
// UTF-8.
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

// TooDeep returns the first line on which more than limit brackets are open, or that
// has more than limit dashes, and reports whether there is one. It also counts brackets
// inside strings and comments: a file with a hundred unclosed brackets is not a
// configuration either.
func TooDeep(text []byte, limit int) (line int, deep bool) {
	open := 0
	for i, s := range bytes.Split(text, []byte("\n")) {
		if bytes.Count(s, []byte("- ")) > limit || bytes.Count(s, []byte("? ")) > limit {
			return i + 1, true
		}
		for _, c := range s {
			switch c {
			case '[', '{':
				open++
			case ']', '}':
				open = max(0, open-1)
			}
			if open > limit {
				return i + 1, true
			}
		}
	}
	return 0, false
}

// syntaxError returns an error of the parser as a problem in one line of text.
func (f *File) syntaxError(err error) *problem.InFile {
	var e yaml.Error
	if !errors.As(err, &e) || e.GetToken() == nil {
		return &problem.InFile{File: f.name, Text: strings.Join(strings.Fields(err.Error()), " ")}
	}
	return f.problemAt(e.GetToken().Position, "%s", plainWords(e.GetMessage()))
}

// plainWords rewrites the most frequent messages of the parser.
func plainWords(message string) string {
	for _, known := range []struct{ part, text string }{
		{"found character '\t'", "tab character: indent with spaces"},
		{"sequence end token ']' not found", `"[" is never closed`},
		{"could not find flow mapping end token", `"{" is never closed`},
		{"could not find flow map content", `"{" is never closed`},
		{"could not find end character of", "the quote is never closed"},
		{"mapping value is not allowed in this context", `": " inside a value: put the value in quotes`},
		{"unexpected scalar value type", "a value is missing here"},
		{"non-map value is specified", `expected "key: value" here`},
		{"is a reserved character", "a value cannot begin with this character: put it in quotes"},
	} {
		if strings.Contains(message, known.part) {
			return known.text
		}
	}
	return message
}

// problemAt returns a problem at a position. Control characters, which keys and
// messages of the parser may contain, become spaces, so that the text is one line.
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

// aliasResolver finds the node that every alias refers to: the last anchor with its
// name that ends before the alias. Therefore no node contains itself.
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

// Join joins the problems of a file in the order of the file: those that decoding found
// and those that were found in the decoded values. A problem of a value is left out if
// decoding reported the same place, because it is a consequence.
func Join(decoding, values error) error {
	all := problemsIn(decoding)
	reported := map[[2]int]bool{}
	for _, p := range all {
		reported[[2]int{p.Line, p.Column}] = true
	}
	for _, p := range problemsIn(values) {
		if !reported[[2]int{p.Line, p.Column}] {
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b *problem.InFile) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	errs := make([]error, len(all))
	for i, p := range all {
		errs[i] = p
	}
	return errors.Join(errs...)
}

// problemsIn returns the problems that err joins.
func problemsIn(err error) []*problem.InFile {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*problem.InFile
		for _, e := range joined.Unwrap() {
			all = append(all, problemsIn(e)...)
		}
		return all
	}
	var p *problem.InFile
	if errors.As(err, &p) {
		return []*problem.InFile{p}
	}
	return nil
}
