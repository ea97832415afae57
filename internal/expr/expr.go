// Package expr parses conditions, which are comparisons joined by "and", "or"
// and parentheses.
//
//	or   = and {"or" and}
//	and  = term {"and" term}
//	term = "(" or ")" | leaf
//
// "and" binds tighter than "or". Words are case-insensitive. The caller supplies a function
// that parses a leaf with the methods of [Parser].
package expr

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Node is a parsed condition: a leaf, or terms joined by And or Or.
type Node[T any] struct {
	Op    Op
	Terms []Node[T] // of And and Or
	Leaf  T         // of Leaf
}

// Op is the kind of a node.
type Op uint8

// The kinds of nodes.
const (
	Leaf Op = iota
	And
	Or
)

// Comparison is a comparison operator.
type Comparison uint8

// The comparisons.
const (
	Greater Comparison = iota
	GreaterEqual
	Less
	LessEqual
	Equal
	NotEqual
)

var comparisons = [...]string{">", ">=", "<", "<=", "=", "!="}

// Allows reports whether c is true for two values whose order is less than 0, 0 or greater
// than 0, as returned by cmp.Compare.
func (c Comparison) Allows(order int) bool {
	switch c {
	case Greater:
		return order > 0
	case GreaterEqual:
		return order >= 0
	case Less:
		return order < 0
	case LessEqual:
		return order <= 0
	case Equal:
		return order == 0
	}
	return order != 0
}

// Error is a syntax error. Line and Column count from 1; columns are characters.
type Error struct {
	Line, Column int
	Reason       string
}

// Error formats e as "line 1, column 9: expected a number, found "x"".
func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Reason)
}

// maxDepth is the maximum nesting of parentheses.
const maxDepth = 100

// Parse parses a condition. It calls leaf to parse each leaf. A syntax error is an
// [*Error].
func Parse[T any](text string, leaf func(*Parser) (T, error)) (*Node[T], error) {
	p := nodeReader[T]{Parser: Parser{text: text}, leaf: leaf}
	p.nextToken()
	n, err := p.readOr(0)
	if err == nil && p.kind != endToken {
		err = p.expectedError(`"and", "or" or the end`)
	}
	if err != nil {
		return nil, err
	}
	return &n, nil
}

// nodeReader parses nodes by recursive descent.
type nodeReader[T any] struct {
	Parser
	leaf func(*Parser) (T, error)
}

func (r *nodeReader[T]) readOr(depth int) (Node[T], error) {
	return r.readChain("or", Or, func() (Node[T], error) { return r.readAnd(depth) })
}

func (r *nodeReader[T]) readAnd(depth int) (Node[T], error) {
	return r.readChain("and", And, func() (Node[T], error) { return r.readTerm(depth) })
}

// readChain reads one or more operands joined by a word, "and" or "or".
func (r *nodeReader[T]) readChain(word string, op Op, operand func() (Node[T], error)) (Node[T], error) {
	first, err := operand()
	if err != nil || !r.isKeyword(word) {
		return first, err
	}
	n := Node[T]{Op: op, Terms: []Node[T]{first}}
	for r.isKeyword(word) {
		r.nextToken()
		term, err := operand()
		if err != nil {
			return n, err
		}
		n.Terms = append(n.Terms, term)
	}
	return n, nil
}

func (r *nodeReader[T]) readTerm(depth int) (Node[T], error) {
	if r.kind != openToken {
		leaf, err := r.leaf(&r.Parser)
		return Node[T]{Leaf: leaf}, err
	}
	if depth == maxDepth {
		return Node[T]{}, r.Fail("parentheses are nested too deeply")
	}
	r.nextToken()
	n, err := r.readOr(depth + 1)
	if err != nil {
		return n, err
	}
	if r.kind != closeToken {
		return n, r.expectedError(`")"`)
	}
	r.nextToken()
	return n, nil
}

// Parser reads the tokens of a condition. Its methods are for the leaf function of [Parse].
// Each reads one token, or returns an [*Error] with the position of the token.
type Parser struct {
	text  string
	at    int // offset after the current token
	start int // offset of the current token
	kind  tokenKind
	token string // the current token
}

// Name reads one of names, ignoring case, and returns its index.
func (p *Parser) Name(names []string) (int, error) {
	if p.kind != wordToken {
		return 0, p.expectedError("a name or \"(\"")
	}
	for i, name := range names {
		if strings.EqualFold(p.token, name) {
			p.nextToken()
			return i, nil
		}
	}
	return 0, p.Fail(fmt.Sprintf("unknown name %q (known: %s)", p.token, strings.Join(names, ", ")))
}

// Comparison reads a comparison operator.
func (p *Parser) Comparison() (Comparison, error) {
	for i, op := range comparisons {
		if p.kind == opToken && p.token == op {
			p.nextToken()
			return Comparison(i), nil
		}
	}
	return 0, p.expectedError(`">", ">=", "<", "<=", "=" or "!="`)
}

// Number reads a number and calls parse with its text. An error of parse becomes an
// [*Error].
func (p *Parser) Number(parse func(text string) error) error {
	if p.kind != numberToken {
		return p.expectedError("a number")
	}
	if err := parse(p.token); err != nil {
		return p.Fail(fmt.Sprintf("%q: %v", p.token, err))
	}
	p.nextToken()
	return nil
}

// Fail returns an [*Error] with the position of the current token.
func (p *Parser) Fail(reason string) error {
	before := p.text[:p.start]
	line := 1 + strings.Count(before, "\n")
	column := 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return &Error{Line: line, Column: column, Reason: reason}
}

func (p *Parser) expectedError(what string) error {
	found := "the end"
	if p.kind != endToken {
		found = fmt.Sprintf("%q", p.token)
	}
	return p.Fail(fmt.Sprintf("expected %s, found %s", what, found))
}

func (p *Parser) isKeyword(word string) bool {
	return p.kind == wordToken && strings.EqualFold(p.token, word)
}

type tokenKind uint8

const (
	endToken tokenKind = iota
	wordToken
	numberToken
	opToken
	openToken
	closeToken
	badToken
)

// nextToken makes the next token the current one.
func (p *Parser) nextToken() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
	p.start = p.at
	if p.at == len(p.text) {
		p.kind, p.token = endToken, ""
		return
	}
	width := 1
	switch c := p.text[p.at]; {
	case c == '(':
		p.kind = openToken
	case c == ')':
		p.kind = closeToken
	case strings.IndexByte("<>=!", c) >= 0:
		p.kind, width = opToken, prefixWidth(p.text[p.at:], func(c byte) bool { return strings.IndexByte("<>=!", c) >= 0 })
	case c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.':
		p.kind, width = numberToken, numberWidth(p.text[p.at:])
	case isWordByte(c):
		p.kind, width = wordToken, prefixWidth(p.text[p.at:], isWordByte)
	default:
		p.kind = badToken
		_, width = utf8.DecodeRuneInString(p.text[p.at:])
	}
	p.at += width
	p.token = p.text[p.start:p.at]
}

func isWordByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func prefixWidth(s string, in func(byte) bool) int {
	n := 0
	for n < len(s) && in(s[n]) {
		n++
	}
	return n
}

// numberWidth returns the length of the number at the start of s. It includes word bytes
// that do not belong to a number, so that an error quotes the whole token.
func numberWidth(s string) int {
	n := 1
	for n < len(s) && (isWordByte(s[n]) || s[n] == '.' || (s[n] == '-' || s[n] == '+') && s[n-1]|0x20 == 'e') {
		n++
	}
	return n
}
