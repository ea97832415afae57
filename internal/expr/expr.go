// Package expr parses conditions that join comparisons by "and", "or" and
// parentheses:
//
//	or   = and {"or" and}
//	and  = term {"and" term}
//	term = "(" or ")" | leaf
//
// "and" binds tighter than "or", and words are read in any case. What a leaf looks
// like is up to the caller, whose function reads it with the methods of [Parser].
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

// Op is what a node does.
type Op uint8

// The kinds of nodes.
const (
	Leaf Op = iota
	And
	Or
)

// Comparison is an operator between two values.
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

// Allows reports whether c holds between two values that compare as order: less
// than 0, 0, or greater than 0.
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

// Error describes where a condition is malformed. Line and Column count from 1,
// columns in characters.
type Error struct {
	Line, Column int
	Reason       string
}

// Error formats e as "line 1, column 9: expected a number, found "x"".
func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Reason)
}

// maxDepth limits the nesting of parentheses.
const maxDepth = 100

// Parse parses a condition. leaf reads a leaf from the parser. Errors of the
// syntax are an [*Error].
func Parse[T any](text string, leaf func(*Parser) (T, error)) (*Node[T], error) {
	p := reader[T]{Parser: Parser{text: text}, leaf: leaf}
	p.next()
	n, err := p.or(0)
	if err == nil && p.kind != endToken {
		err = p.expected(`"and", "or" or the end`)
	}
	if err != nil {
		return nil, err
	}
	return &n, nil
}

// reader reads nodes.
type reader[T any] struct {
	Parser
	leaf func(*Parser) (T, error)
}

func (r *reader[T]) or(depth int) (Node[T], error) {
	return r.chain("or", Or, func() (Node[T], error) { return r.and(depth) })
}

func (r *reader[T]) and(depth int) (Node[T], error) {
	return r.chain("and", And, func() (Node[T], error) { return r.term(depth) })
}

// chain reads operands joined by one word.
func (r *reader[T]) chain(word string, op Op, operand func() (Node[T], error)) (Node[T], error) {
	first, err := operand()
	if err != nil || !r.keyword(word) {
		return first, err
	}
	n := Node[T]{Op: op, Terms: []Node[T]{first}}
	for r.keyword(word) {
		r.next()
		term, err := operand()
		if err != nil {
			return n, err
		}
		n.Terms = append(n.Terms, term)
	}
	return n, nil
}

func (r *reader[T]) term(depth int) (Node[T], error) {
	if r.kind != openToken {
		leaf, err := r.leaf(&r.Parser)
		return Node[T]{Leaf: leaf}, err
	}
	if depth == maxDepth {
		return Node[T]{}, r.Fail("parentheses are nested too deeply")
	}
	r.next()
	n, err := r.or(depth + 1)
	if err != nil {
		return n, err
	}
	if r.kind != closeToken {
		return n, r.expected(`")"`)
	}
	r.next()
	return n, nil
}

// Parser reads the tokens of a condition. Its methods are for leaf functions;
// each reads one token, or returns an [*Error] that points at it.
type Parser struct {
	text  string
	at    int // after the token
	start int // of the token
	kind  tokenKind
	token string
}

// Name reads one of some names, in any case, and returns its index.
func (p *Parser) Name(names []string) (int, error) {
	if p.kind != wordToken {
		return 0, p.expected("a name or \"(\"")
	}
	for i, name := range names {
		if strings.EqualFold(p.token, name) {
			p.next()
			return i, nil
		}
	}
	return 0, p.Fail(fmt.Sprintf("unknown name %q (known: %s)", p.token, strings.Join(names, ", ")))
}

// Comparison reads an operator.
func (p *Parser) Comparison() (Comparison, error) {
	for i, op := range comparisons {
		if p.kind == opToken && p.token == op {
			p.next()
			return Comparison(i), nil
		}
	}
	return 0, p.expected(`">", ">=", "<", "<=", "=" or "!="`)
}

// Number reads a number, which parse parses.
func (p *Parser) Number(parse func(text string) error) error {
	if p.kind != numberToken {
		return p.expected("a number")
	}
	if err := parse(p.token); err != nil {
		return p.Fail(fmt.Sprintf("%q: %v", p.token, err))
	}
	p.next()
	return nil
}

// Fail returns an error that points at the current token.
func (p *Parser) Fail(reason string) error {
	before := p.text[:p.start]
	line := 1 + strings.Count(before, "\n")
	column := 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return &Error{Line: line, Column: column, Reason: reason}
}

func (p *Parser) expected(what string) error {
	found := "the end"
	if p.kind != endToken {
		found = fmt.Sprintf("%q", p.token)
	}
	return p.Fail(fmt.Sprintf("expected %s, found %s", what, found))
}

func (p *Parser) keyword(word string) bool {
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

// next reads the next token.
func (p *Parser) next() {
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
		p.kind, width = opToken, span(p.text[p.at:], func(c byte) bool { return strings.IndexByte("<>=!", c) >= 0 })
	case c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.':
		p.kind, width = numberToken, numberWidth(p.text[p.at:])
	case isWordByte(c):
		p.kind, width = wordToken, span(p.text[p.at:], isWordByte)
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

func span(s string, in func(byte) bool) int {
	n := 0
	for n < len(s) && in(s[n]) {
		n++
	}
	return n
}

// numberWidth returns the width of everything that could belong to a number, so
// that an error quotes the whole of it.
func numberWidth(s string) int {
	n := 1
	for n < len(s) && (isWordByte(s[n]) || s[n] == '.' || (s[n] == '-' || s[n] == '+') && s[n-1]|0x20 == 'e') {
		n++
	}
	return n
}
