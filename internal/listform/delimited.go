package listform

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
)

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
	guess     *guess   // what the columns are taken for, or nil
}

// ParseDelimiter returns the delimiter that a text in the configuration names.
func ParseDelimiter(text string) (byte, error) {
	if fold.Equal(text, "tab") {
		text = "\t"
	}
	if len(text) != 1 || text[0] >= 0x80 || strings.ContainsAny(text, "\"\r\n") {
		return 0, fmt.Errorf("delimiter %s must be one character other than a quote, or tab", problem.Quote(text))
	}
	return text[0], nil
}

// findHeader finds the delimiter and the header of a text that begins with head. If the
// columns are guessed, it reads further from rest.
func (o *Options) findHeader(head []byte, rest io.Reader, report func(*entity.RowError)) (*delimited, error) {
	tried := delimiters
	if o.Delimiter != "" {
		one, err := ParseDelimiter(o.Delimiter)
		if err != nil {
			return nil, err
		}
		tried = []byte{one}
	}
	var d *delimited
	var err error
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
		d, err = o.searchText(head, rest, tried, report)
	}
	if err != nil {
		return nil, err
	}
	if d == nil { // for the error of the reader, or of package merge
		d = &delimited{delimiter: tried[0], head: head, first: 1, line: 1, asIs: true}
		if o.HeaderLine > 0 {
			from, _ := offsetOfLine(head, o.HeaderLine)
			d.head, d.first, d.line = head[from:], o.HeaderLine, o.HeaderLine
		}
	}
	stated := slices.Clone(d.names)
	if numberRepeated(d.names, d.line, report) {
		d.asIs = false
	}
	if d.guess == nil {
		d.guess = o.guessOrNote(stated, d.line, d.rows(), report)
	}
	return d, nil
}

// searchText finds the header among the first lines. If there is none, it returns the first
// line, with the delimiter that gives the most cells. If the columns are guessed, it repeats
// the search with more rows, which it reads from rest.
func (o *Options) searchText(head []byte, rest io.Reader, tried []byte, report func(*entity.RowError)) (*delimited, error) {
	found, ok := o.searchHeader(textLines(head, tried))
	if ok && found.guess != nil && len(head) >= headSize {
		more, err := io.ReadAll(io.LimitReader(rest, sampledBytes))
		if err != nil {
			return nil, err
		}
		head = append(head, more...)
		found, ok = o.searchHeader(textLines(head, tried))
	}
	if ok {
		from, _ := offsetOfLine(head, found.first)
		reportPreamble(head[:from], found.first, report)
		return found.text(head[from:]), nil
	}
	d := o.headerAt(head, 1, tried, anyHeader)
	if d != nil && len(d.names) == 1 && o.headerAt(head, 1, tried[:1], anyHeader) == nil {
		return nil, nil // the error of the first delimiter says more
	}
	return d, nil
}

// textLines yields the first lines of a text, each as the candidates that the delimiters
// give. Blank lines are left out.
func textLines(head []byte, tried []byte) iter.Seq[[]candidate] {
	return func(yield func([]candidate) bool) {
		for line, from := 1, 0; line <= searchedLines && from < len(head); line++ {
			text := head[from:]
			end := bytes.IndexByte(text, '\n') + 1
			if end == 0 {
				end = len(text)
			}
			if !isBlankLine(text[:end]) && !yield(candidatesAt(text, line, tried)) {
				return
			}
			from += end
		}
	}
}

func isBlankLine(line []byte) bool { return len(bytes.Trim(line, "\r\n")) == 0 }

// headerAt splits the line that text begins with by each delimiter and returns the candidate
// with the most cells that accepts returns true for, or nil.
func (o *Options) headerAt(text []byte, line int, tried []byte, accepts func(*candidate) bool) *delimited {
	if found, ok := widest(candidatesAt(text, line, tried), accepts); ok {
		return found.text(text)
	}
	return nil
}

// candidatesAt splits the line that text begins with by each delimiter.
func candidatesAt(text []byte, line int, tried []byte) []candidate {
	var all []candidate
	for _, delimiter := range tried {
		r := csvio.NewReader(nil, csvio.Options{Delimiter: delimiter, FirstLine: line})
		r.ResetBytes(text)
		if !r.Next() {
			continue
		}
		c := candidate{names: namesOf(r), first: line, line: r.Line(), delimiter: delimiter, rows: rowsOf(text, delimiter, 1)}
		if r.Next() {
			c.next = r.Len()
		}
		all = append(all, c)
	}
	return all
}

// rowsOf yields the rows of a text after the first few.
func rowsOf(text []byte, delimiter byte, skipped int) iter.Seq[csvio.Row] {
	return func(yield func(csvio.Row) bool) {
		r := csvio.NewReader(nil, csvio.Options{Delimiter: delimiter})
		r.ResetBytes(text)
		for n := 0; r.Next(); n++ {
			if n >= skipped && !yield(r) {
				return
			}
		}
	}
}

// rows yields the inspected rows below the header.
func (d *delimited) rows() iter.Seq[csvio.Row] { return rowsOf(d.head, d.delimiter, min(d.line, 1)) }

// text returns the delimited text with the candidate as its header. The text begins in
// line c.first.
func (c *candidate) text(from []byte) *delimited {
	return &delimited{delimiter: c.delimiter, head: from, first: c.first, line: c.line, names: c.names, asIs: true, guess: c.guess}
}

func namesOf(r csvio.Row) []string {
	names := make([]string, r.Len())
	for i := range names {
		names[i] = fold.Trim(string(r.Cell(i)))
	}
	return names
}

// withoutHeader returns the text with the configured names. Its delimiter is the one that
// gives the first row as many cells, or else the most.
func (o *Options) withoutHeader(head []byte, tried []byte) *delimited {
	d := o.headerAt(head, 1, tried, func(c *candidate) bool { return len(c.names) == len(o.Header) })
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

// reportPreamble reports the lines before the header.
func reportPreamble(preamble []byte, header int, report func(*entity.RowError)) {
	var p preambleLines
	for i, line := range bytes.Split(preamble, []byte("\n")) {
		p.add(i+1, string(line))
	}
	p.report(header, report)
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
