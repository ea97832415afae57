package risk

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// measure is one of the eight names that the condition of an incident rule
// may use.
type measure uint8

const (
	mScore measure = iota
	mCapped
	mCount
	mSources
	mTactics
	mTechniques
	mThreats
	mMax
	measureCount
)

// measureName returns the name that conditions use.
func (m measure) String() string {
	return [...]string{"score", "capped_score", "count", "sources", "tactics", "techniques", "threat_objects", "max"}[m]
}

func measureNames() []string {
	names := make([]string, measureCount)
	for m := range measureCount {
		names[m] = m.String()
	}
	return names
}

// measureSet is a set of measures.
type measureSet uint8

func (s measureSet) has(m measure) bool { return s&(1<<m) != 0 }

// condition is a parsed condition over the measures of a window:
//
//	or    = and {"or" and}
//	and   = term {"and" term}
//	term  = "(" or ")" | name op number
//	op    = ">" | ">=" | "<" | "<=" | "=" | "!="
//
// Words are read in any case. Numbers are exact decimals.
type condition struct {
	op    boolOp
	terms []condition // of opAnd, opOr
	// of opCompare
	name  measure
	cmp   comparison
	floor Score // the greatest whole step ≤ the number
	frac  bool  // whether the number lies above floor
}

type boolOp uint8

const (
	opCompare boolOp = iota
	opAnd
	opOr
)

type comparison uint8

const (
	greater comparison = iota
	greaterEqual
	less
	lessEqual
	equal
	notEqual
)

// uses returns the measures that c names.
func (c *condition) uses() measureSet {
	if c.op == opCompare {
		return 1 << c.name
	}
	var s measureSet
	for i := range c.terms {
		s |= c.terms[i].uses()
	}
	return s
}

// rising reports whether c, once true, stays true when measures rise.
func (c *condition) rising() bool {
	if c.op == opCompare {
		return c.cmp == greater || c.cmp == greaterEqual
	}
	for i := range c.terms {
		if !c.terms[i].rising() {
			return false
		}
	}
	return true
}

// measures are the values of all names, in steps of 0.000001, counts as well.
type measures [measureCount]Score

// holds reports whether c is true of m.
func (c *condition) holds(m *measures) bool {
	switch c.op {
	case opAnd:
		for i := range c.terms {
			if !c.terms[i].holds(m) {
				return false
			}
		}
		return true
	case opOr:
		for i := range c.terms {
			if c.terms[i].holds(m) {
				return true
			}
		}
		return false
	}
	return c.compare(m[c.name])
}

// compare reports whether v, a whole number of steps, stands to the number as
// c asks.
func (c *condition) compare(v Score) bool {
	order := v.Cmp(c.floor)
	if c.frac && order == 0 {
		order = -1
	}
	switch c.cmp {
	case greater:
		return order > 0
	case greaterEqual:
		return order >= 0
	case less:
		return order < 0
	case lessEqual:
		return order <= 0
	case equal:
		return order == 0
	}
	return order != 0
}

// verdict is what is known of a condition over a range of values.
type verdict uint8

const (
	mixed verdict = iota // true or false, or both
	always
	neverTrue
)

// within says what c is for measures anywhere between low and high.
func (c *condition) within(low, high *measures) verdict {
	switch c.op {
	case opAnd:
		return c.fold(low, high, neverTrue, always)
	case opOr:
		return c.fold(low, high, always, neverTrue)
	}
	l, h := low[c.name], high[c.name]
	atLow, atHigh := c.compare(l), c.compare(h)
	switch {
	case l == h && atLow, atLow && atHigh && c.cmp < equal:
		return always
	case l == h, !atLow && !atHigh && c.cmp < equal:
		return neverTrue
	case c.cmp == equal && !c.inside(l, h):
		return neverTrue
	case c.cmp == notEqual && !c.inside(l, h):
		return always
	}
	return mixed
}

// inside reports whether the number of c is a value between l and h.
func (c *condition) inside(l, h Score) bool {
	return !c.frac && c.floor.Cmp(l) >= 0 && c.floor.Cmp(h) <= 0
}

// fold combines terms: one decisive term decides, all neutral ones are neutral.
func (c *condition) fold(low, high *measures, decisive, neutral verdict) verdict {
	result := neutral
	for i := range c.terms {
		switch c.terms[i].within(low, high) {
		case decisive:
			return decisive
		case mixed:
			result = mixed
		}
	}
	return result
}

// SyntaxError says where the condition of an incident rule goes wrong. Line
// and Column count from 1 in the text of the condition, columns in characters.
type SyntaxError struct {
	Line, Column int
	Reason       string
}

// Error formats e as "line 1, column 9: expected a number, found "x"".
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Reason)
}

// maxDepth bounds the nesting of parentheses.
const maxDepth = 100

func parseCondition(text string) (*condition, error) {
	p := parser{text: text}
	p.next()
	c, err := p.or(0)
	if err == nil && p.kind != endToken {
		err = p.expected(`"and", "or" or the end`)
	}
	if err != nil {
		return nil, err
	}
	return &c, nil
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

type parser struct {
	text  string
	at    int // after the token
	start int // of the token
	kind  tokenKind
	token string
}

func (p *parser) next() {
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

// numberWidth takes everything that could belong to a number, so that an error
// quotes the whole of it.
func numberWidth(s string) int {
	n := 1
	for n < len(s) && (isWordByte(s[n]) || s[n] == '.' || (s[n] == '-' || s[n] == '+') && s[n-1]|0x20 == 'e') {
		n++
	}
	return n
}

func (p *parser) expected(what string) error {
	found := "the end"
	if p.kind != endToken {
		found = fmt.Sprintf("%q", p.token)
	}
	return p.fail(fmt.Sprintf("expected %s, found %s", what, found))
}

func (p *parser) fail(reason string) error {
	before := p.text[:p.start]
	line := 1 + strings.Count(before, "\n")
	column := 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return &SyntaxError{Line: line, Column: column, Reason: reason}
}

func (p *parser) keyword(word string) bool {
	return p.kind == wordToken && strings.EqualFold(p.token, word)
}

func (p *parser) or(depth int) (condition, error) { return p.chain("or", opOr, depth, (*parser).and) }

func (p *parser) and(depth int) (condition, error) {
	return p.chain("and", opAnd, depth, (*parser).term)
}

// chain reads operands joined by one word.
func (p *parser) chain(word string, op boolOp, depth int, operand func(*parser, int) (condition, error)) (condition, error) {
	first, err := operand(p, depth)
	if err != nil || !p.keyword(word) {
		return first, err
	}
	c := condition{op: op, terms: []condition{first}}
	for p.keyword(word) {
		p.next()
		term, err := operand(p, depth)
		if err != nil {
			return c, err
		}
		c.terms = append(c.terms, term)
	}
	return c, nil
}

func (p *parser) term(depth int) (condition, error) {
	if p.kind == openToken {
		if depth == maxDepth {
			return condition{}, p.fail("parentheses are nested too deeply")
		}
		p.next()
		c, err := p.or(depth + 1)
		if err != nil {
			return c, err
		}
		if p.kind != closeToken {
			return c, p.expected(`")"`)
		}
		p.next()
		return c, nil
	}
	return p.comparison()
}

func (p *parser) comparison() (condition, error) {
	var c condition
	if p.kind != wordToken {
		return c, p.expected("a name or \"(\"")
	}
	found := false
	for m := range measureCount {
		if strings.EqualFold(p.token, m.String()) {
			c.name, found = m, true
		}
	}
	if !found {
		return c, p.fail(fmt.Sprintf("unknown name %q (known: %s)", p.token, strings.Join(measureNames(), ", ")))
	}
	p.next()
	if err := p.operator(&c); err != nil {
		return c, err
	}
	return c, p.number(&c)
}

func (p *parser) operator(c *condition) error {
	for i, op := range [...]string{">", ">=", "<", "<=", "=", "!="} {
		if p.kind == opToken && p.token == op {
			c.cmp = comparison(i)
			p.next()
			return nil
		}
	}
	return p.expected(`">", ">=", "<", "<=", "=" or "!="`)
}

func (p *parser) number(c *condition) error {
	if p.kind != numberToken {
		return p.expected("a number")
	}
	d, err := parseDecimal(p.token)
	if err != nil {
		return p.fail(fmt.Sprintf("%q: %v", p.token, err))
	}
	floor, rest, err := d.floorSteps()
	if err != nil {
		return p.fail(fmt.Sprintf("%q: %v", p.token, err))
	}
	c.floor, c.frac = floor, rest != nothing
	if d.neg {
		c.floor = floor.Neg()
		if c.frac {
			c.floor = c.floor.Sub(steps(1))
		}
	}
	p.next()
	return nil
}
