package listform

import (
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/schema"
)

// searchedLines is the number of lines in which the header is searched.
const searchedLines = 50

// delimiters are tried in this order; of two that give as many cells, the first is taken.
var delimiters = []byte{',', ';', '\t', '|'}

// delimited is a delimited text that has been inspected.
type delimited struct {
	delimiter byte
	head      []byte   // the inspected bytes, from the header or a blank line before it on
	first     int      // the line that head begins with
	line      int      // of the header, from 1; 0 if the list has none
	names     []string // of the columns
	asIs      bool     // names are those in the text
}

// ParseDelimiter returns the delimiter that a text in the configuration names.
func ParseDelimiter(text string) (byte, error) {
	if fold.Equal(text, "tab") {
		text = "\t"
	}
	if len(text) != 1 || text[0] >= 0x80 || strings.ContainsAny(text, "\"\r\n") {
		return 0, fmt.Errorf("delimiter %q must be one character other than a quote, or tab", text)
	}
	return text[0], nil
}

// findHeader finds the delimiter and the header of a text that begins with head.
func (o *Options) findHeader(head []byte, report func(*entity.RowError)) (*delimited, error) {
	tried := delimiters
	if o.Delimiter != "" {
		one, err := ParseDelimiter(o.Delimiter)
		if err != nil {
			return nil, err
		}
		tried = []byte{one}
	}
	var d *delimited
	switch {
	case o.Header != nil:
		d = o.withoutHeader(head, tried)
	case o.HeaderLine > 0:
		from, ok := offsetOfLine(head, o.HeaderLine)
		if !ok {
			return nil, fmt.Errorf("header_line %d: the list ends before that line", o.HeaderLine)
		}
		d = o.headerAt(head[from:], o.HeaderLine, tried, anyHeader)
	default:
		d = o.searchHeader(head, tried, report)
	}
	if d == nil { // for the error of the reader, or of package merge
		d = &delimited{delimiter: tried[0], head: head, first: 1, line: 1, asIs: true}
		if o.HeaderLine > 0 {
			from, _ := offsetOfLine(head, o.HeaderLine)
			d.head, d.first, d.line = head[from:], o.HeaderLine, o.HeaderLine
		}
	}
	d.numberRepeated(report)
	return d, nil
}

// searchHeader searches the header in the first lines. If none has a key column it
// returns the first line, with the delimiter that gives most cells.
func (o *Options) searchHeader(head []byte, tried []byte, report func(*entity.RowError)) *delimited {
	isFirst := true
	for line, from := 1, 0; line <= searchedLines && from < len(head); line++ {
		text := head[from:]
		end := bytes.IndexByte(text, '\n') + 1
		if end == 0 {
			end = len(text)
		}
		if !isBlankLine(text[:end]) {
			accepts := o.acceptsLater
			if isFirst {
				accepts = o.acceptsFirst
			}
			isFirst = false
			if d := o.headerAt(text, line, tried, accepts); d != nil {
				reportPreamble(head[:from], line, report)
				return d
			}
		}
		from += end
	}
	d := o.headerAt(head, 1, tried, anyHeader)
	if d != nil && len(d.names) == 1 && o.headerAt(head, 1, tried[:1], anyHeader) == nil {
		return nil // the error of the first delimiter says more
	}
	return d
}

func isBlankLine(line []byte) bool { return len(bytes.Trim(line, "\r\n")) == 0 }

// candidate is a line that may be the header, split by one delimiter.
type candidate struct {
	names []string
	next  int // number of cells of the next row; 0 if there is none
}

func anyHeader(candidate) bool { return true }

func (o *Options) acceptsFirst(c candidate) bool { return o.hasKeyColumn(c.names) }

func (o *Options) acceptsLater(c candidate) bool {
	return len(c.names) == c.next && o.hasKeyColumn(c.names) && !slices.ContainsFunc(c.names, looksLikeValue)
}

// looksLikeValue reports whether a cell is an address, a MAC address or an e-mail address,
// and therefore not the name of a column.
func looksLikeValue(cell string) bool {
	if _, err := netip.ParseAddr(cell); err == nil {
		return true
	}
	if _, err := netip.ParsePrefix(cell); err == nil {
		return true
	}
	if _, bits, ok := schema.ParseMAC(cell); ok && bits >= 48 {
		return true
	}
	name, domain, ok := strings.Cut(cell, "@")
	return ok && name != "" && strings.Contains(domain, ".")
}

// headerAt splits the line that text begins with by each delimiter and returns the one
// with most cells that accepts accepts, or nil.
func (o *Options) headerAt(text []byte, line int, tried []byte, accepts func(candidate) bool) *delimited {
	var best *delimited
	for _, delimiter := range tried {
		r := csvio.NewReader(nil, csvio.Options{Delimiter: delimiter, FirstLine: line})
		r.ResetBytes(text)
		if !r.Next() {
			continue
		}
		c := candidate{names: namesOf(r)}
		at := r.Line()
		if r.Next() {
			c.next = r.Len()
		}
		if accepts(c) && (best == nil || len(c.names) > len(best.names)) {
			best = &delimited{delimiter: delimiter, head: text, first: line, line: at, names: c.names, asIs: true}
		}
	}
	return best
}

func namesOf(r *csvio.Reader) []string {
	names := make([]string, r.Len())
	for i := range names {
		names[i] = fold.Trim(string(r.Cell(i)))
	}
	return names
}

// withoutHeader returns the text with the configured names. Its delimiter is the one that
// gives the first row as many cells, or else the most.
func (o *Options) withoutHeader(head []byte, tried []byte) *delimited {
	d := o.headerAt(head, 1, tried, func(c candidate) bool { return len(c.names) == len(o.Header) })
	if d == nil {
		d = o.headerAt(head, 1, tried, anyHeader)
	}
	if d == nil {
		d = &delimited{delimiter: tried[0], head: head}
	}
	d.line, d.asIs, d.names = 0, false, nil
	for _, name := range o.Header {
		d.names = append(d.names, fold.Trim(name))
	}
	return d
}

// offsetOfLine returns the offset of a line, counted from 1.
func offsetOfLine(head []byte, line int) (from int, ok bool) {
	for ; line > 1; line-- {
		i := bytes.IndexByte(head[from:], '\n')
		if i < 0 {
			return 0, false
		}
		from += i + 1
	}
	return from, from < len(head)
}

// reportPreamble reports the lines before the header, except comments and Excel's sep=.
func reportPreamble(preamble []byte, header int, report func(*entity.RowError)) {
	var first string
	at, count := 0, 0
	for i, line := range bytes.Split(preamble, []byte("\n")) {
		text := fold.Trim(string(line))
		if text == "" || text[0] == '#' || strings.HasPrefix(fold.Lower(text), "sep=") {
			continue
		}
		if count++; count == 1 {
			at, first = i+1, text
		}
	}
	if count > 0 {
		lines := "1 line before the header is not read"
		if count > 1 {
			lines = fmt.Sprintf("%d lines before the header are not read", count)
		}
		report(note(at, 0, "lines before the header", first, "%s (the header is in line %d): %s", lines, header, quoteText(first)))
	}
}

// numberRepeated gives a repeated name the next free number, from 2.
func (d *delimited) numberRepeated(report func(*entity.RowError)) {
	taken := map[string]bool{}
	for _, name := range d.names {
		taken[fold.Name(name)] = true
	}
	seen := map[string]bool{}
	for i, name := range d.names {
		if folded := fold.Name(name); name == "" || !seen[folded] {
			seen[folded] = true
			continue
		}
		n := 2
		for taken[fold.Name(fmt.Sprintf("%s.%d", name, n))] {
			n++
		}
		d.names[i] = fmt.Sprintf("%s.%d", name, n)
		d.asIs = false
		seen[fold.Name(d.names[i])], taken[fold.Name(d.names[i])] = true, true
		report(note(d.line, 0, "repeated column", name, "column %d repeats the name %s: it is read as %s", i+1, quoteText(name), quoteText(d.names[i])))
	}
}

// describe returns the form in words.
func (d *delimited) describe() string {
	word := map[byte]string{',': "comma", ';': "semicolon", '\t': "tab", '|': "bar"}[d.delimiter]
	if word == "" {
		word = fmt.Sprintf("delimiter %q", d.delimiter)
	}
	if d.line == 0 {
		return word + ", no header"
	}
	return fmt.Sprintf("%s, header in line %d", word, d.line)
}

// open returns the rows. The inspected bytes are followed by rest.
func (d *delimited) open(rest io.Reader) *delimitedRows {
	text := io.MultiReader(bytes.NewReader(d.head), rest)
	r := &delimitedRows{Reader: csvio.NewReader(text, csvio.Options{Delimiter: d.delimiter, FirstLine: d.first}), hasHeader: d.line > 0}
	if !d.asIs {
		r.names = d.names
	}
	return r
}

// delimitedRows reads the rows of a delimited text. Its header may have other names than
// the text, or none in the text.
type delimitedRows struct {
	*csvio.Reader
	names     []string // of the header; nil if they are those of the text
	hasHeader bool     // the text has a header
	state     headerState
}

// headerState states whether the header is the current row.
type headerState int8

const (
	beforeHeader headerState = iota
	atHeader
	afterHeader
)

// Next reads the next row.
func (r *delimitedRows) Next() bool {
	if r.state < afterHeader {
		r.state++
	}
	if r.state == atHeader && !r.hasHeader {
		return true
	}
	return r.Reader.Next()
}

func (r *delimitedRows) renamed() bool { return r.state == atHeader && r.names != nil }

// Len returns the number of cells.
func (r *delimitedRows) Len() int {
	if r.renamed() {
		return len(r.names)
	}
	return r.Reader.Len()
}

// Cell returns a cell.
func (r *delimitedRows) Cell(i int) []byte {
	if r.renamed() {
		return []byte(r.names[i])
	}
	return r.Reader.Cell(i)
}

// Pos returns the position of a cell.
func (r *delimitedRows) Pos(i int) (line, column int) {
	if r.state == atHeader && !r.hasHeader {
		return 0, 0
	}
	return r.Reader.Pos(i)
}
