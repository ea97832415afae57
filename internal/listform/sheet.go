package listform

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/spool"
	"github.com/kithsec/kith/internal/xlsx"
)

// The first bytes of archives and of old Office files, which are also what a workbook with
// a password is kept in.
const (
	magicZIP      = "PK\x03\x04"
	magicEmptyZIP = "PK\x05\x06"
	magicOLE      = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
)

// errOldOffice returns the error for an old Office file that begins with head.
func errOldOffice(head []byte) error {
	if bytes.Contains(head, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")) {
		return errors.New("the list is an Excel workbook with a password: save it without one, or as CSV")
	}
	return errors.New("the list is an old Excel workbook (.xls): save it as .xlsx, or as CSV")
}

// sheet is an opened sheet of a workbook.
type sheet struct {
	name     string
	place    xlsx.Sheet // in the workbook
	workbook *xlsx.Workbook
	file     spool.Spool // the bytes of the workbook
	rows     *xlsx.Rows
	budget   budget // of the unpacked bytes
	opened   budget // what was left of budget before the sheet was inspected

	line  int // of the header; 0 if the sheet has none
	names []string
	guess *guess // what the columns are taken for, or nil
}

// Close closes the sheet and the workbook. It ignores errors of the two, which were only read,
// and returns that of removing the bytes of the workbook.
func (s *sheet) Close() error {
	if s.rows != nil {
		_ = s.rows.Close()
	}
	if s.workbook != nil {
		_ = s.workbook.Close()
	}
	return s.file.Close()
}

// openSheet reads a workbook, finds the sheet and its header, and returns the rows.
func (o *Options) openSheet(text io.Reader, report func(*entity.RowError)) (*sheetRows, error) {
	s := &sheet{}
	err := s.openWorkbook(text, o)
	if err == nil {
		err = s.findHeader(o, report)
	}
	if err == nil {
		err = s.skipToHeader()
	}
	if err != nil {
		_ = s.Close() // the first error says more
		return nil, err
	}
	return &sheetRows{sheet: s, report: report}, nil
}

func (s *sheet) openWorkbook(text io.Reader, o *Options) error {
	if _, err := io.Copy(&s.file, text); err != nil {
		return err
	}
	archive, err := zip.NewReader(&s.file, s.file.Size())
	if err != nil {
		return wrapZIP(err)
	}
	if !xlsx.IsWorkbook(archive) {
		if err := otherSpreadsheet(archive.File); err != nil {
			return err
		}
		return errPacked
	}
	s.budget = newBudget(o.MaxSize)
	if s.workbook, err = xlsx.Open(archive, s.budget.spend); err != nil {
		return err
	}
	s.opened = s.budget
	chosen, err := chooseSheet(s.workbook.Sheets, o.Sheet)
	if err != nil {
		return err
	}
	s.name, s.place = chosen.Name, chosen
	s.rows, err = s.openRows()
	return err
}

// openRows opens the sheet from its beginning. The sheet counts only once towards the largest
// size, although it is also read to find its header and to sample its columns.
func (s *sheet) openRows() (*xlsx.Rows, error) {
	s.budget = s.opened
	return s.workbook.Rows(s.place)
}

// chooseSheet returns the sheet with a name, or the first that is not hidden.
func chooseSheet(sheets []xlsx.Sheet, name string) (xlsx.Sheet, error) {
	var names []string
	for _, s := range sheets {
		if name != "" && fold.Equal(fold.Trim(s.Name), fold.Trim(name)) || name == "" && !s.Hidden {
			return s, nil
		}
		names = append(names, s.Name)
	}
	if name == "" {
		return sheets[0], nil
	}
	return xlsx.Sheet{}, fmt.Errorf("sheet: the workbook has no sheet %s%s: it has %s", problem.Quote(name), problem.DidYouMean(name, names), listSheets(names))
}

// listSheets quotes the names of at most ten sheets.
func listSheets(names []string) string {
	var quoted []string
	for _, name := range names[:min(len(names), 10)] {
		quoted = append(quoted, problem.Quote(name))
	}
	if len(names) > len(quoted) {
		quoted = append(quoted, fmt.Sprintf("and %d more", len(names)-len(quoted)))
	}
	return strings.Join(quoted, ", ")
}

// findHeader finds the header of the sheet.
func (s *sheet) findHeader(o *Options, report func(*entity.RowError)) error {
	if o.Header != nil {
		for _, name := range o.Header {
			s.names = append(s.names, fold.Trim(name))
		}
	} else if err := s.searchHeader(o, report); err != nil {
		return err
	}
	stated := slices.Clone(s.names)
	numberRepeated(s.names, s.line, report)
	s.reportOthers(o, report)
	if s.guess == nil {
		s.guess = o.guessOrNote(stated, s.line, s.rowsBelow(stated, s.line), report)
	}
	return nil
}

// searchHeader finds the header among the first rows of the sheet.
func (s *sheet) searchHeader(o *Options, report func(*entity.RowError)) error {
	var lines []candidate
	var texts []string
	for c, text := range s.lines(max(o.HeaderLine, 1)) {
		c.rows = s.rowsBelow(c.names, c.line)
		lines, texts = append(lines, c), append(texts, text)
		if o.HeaderLine > 0 {
			break
		}
	}
	switch {
	case s.rows.Err() != nil:
		return s.rowError()
	case len(lines) == 0 && o.HeaderLine > 0:
		return fmt.Errorf("header_line %d: the sheet %s ends before that line", o.HeaderLine, problem.Quote(s.name))
	case len(lines) == 0:
		return fmt.Errorf("the sheet %s is empty: if the rows are in another one, name it with sheet (the workbook has %s)", problem.Quote(s.name), listSheets(s.sheetNames()))
	}
	found := lines[0] // for the error of package merge
	if o.HeaderLine == 0 {
		if header, ok := o.searchHeader(slices.Chunk(lines, 1)); ok {
			found = header
			var before preambleLines
			for i, c := range lines {
				if c.line < found.line {
					before.add(c.line, texts[i])
				}
			}
			before.report(found.line, report)
		}
	}
	s.line, s.names, s.guess = found.line, found.names, found.guess
	return nil
}

// rowsBelow yields the rows below a header without reading those of the sheet. It yields
// none if the sheet cannot be read, which is reported when it is read.
func (s *sheet) rowsBelow(names []string, line int) iter.Seq[csvio.Row] {
	return func(yield func(csvio.Row) bool) {
		rows, err := s.openRows()
		if err != nil {
			return
		}
		defer rows.Close()
		rows.DataFrom = line + 1
		for rows.Line() < line && rows.Next() {
		}
		below := &sheetRows{sheet: &sheet{rows: rows, line: line, names: names}, report: func(*entity.RowError) {}, state: afterHeader}
		for below.Next() && yield(below) {
		}
	}
}

// reportOthers reports the sheets that are not read, unless the configuration names one.
func (s *sheet) reportOthers(o *Options, report func(*entity.RowError)) {
	var others []string
	for _, other := range s.workbook.Sheets {
		if o.Sheet == "" && !other.Hidden && other.Name != s.name {
			others = append(others, other.Name)
		}
	}
	if len(others) > 0 {
		report(note(max(s.line, 1), 0, "other sheets", others[0],
			"only the sheet %s is read, not %s: choose one with sheet", problem.Quote(s.name), listSheets(others)))
	}
}

func (s *sheet) sheetNames() []string {
	var names []string
	for _, other := range s.workbook.Sheets {
		names = append(names, other.Name)
	}
	return names
}

// lines yields the first rows of the sheet, beginning with line from, as candidates, with
// their texts. A sheet does not store blank cells at the end of a row, so a row may be
// shorter than the header.
func (s *sheet) lines(from int) iter.Seq2[candidate, string] {
	return func(yield func(candidate, string) bool) {
		var last *candidate
		var text string
		for s.rows.Next() {
			if s.rows.Line() < from {
				continue
			}
			names := s.rowNames()
			if last != nil {
				last.next = max(len(names), len(last.names))
				if !yield(*last, text) || s.rows.Line() > searchedLines {
					return
				}
			}
			last = &candidate{names: names, line: s.rows.Line(), first: s.rows.Line()}
			text = strings.Join(strings.Fields(strings.Join(names, " ")), " ")
		}
		if last != nil && s.rows.Err() == nil {
			yield(*last, text)
		}
	}
}

// rowNames returns the cells of the current row, with the blank ones between them.
func (s *sheet) rowNames() []string {
	var names []string
	for i := range s.rows.Len() {
		column, text := s.rows.Cell(i)
		for len(names) <= column {
			names = append(names, "")
		}
		names[column] = fold.Trim(string(text))
	}
	return names
}

// skipToHeader opens the sheet again and reads the rows up to the header.
func (s *sheet) skipToHeader() error {
	_ = s.rows.Close() // it is opened again
	var err error
	if s.rows, err = s.openRows(); err != nil {
		return err
	}
	s.rows.DataFrom = s.line + 1
	for s.rows.Line() < s.line && s.rows.Next() {
	}
	return s.rowError()
}

// rowError returns why there is no further row, with its place.
func (s *sheet) rowError() error {
	err := s.rows.Err()
	if err == nil {
		return nil
	}
	return &csvio.SyntaxError{Line: max(s.rows.Line(), 1), Column: 1, Err: fmt.Errorf("sheet %s: %w", problem.Quote(s.name), err)}
}

// describe returns the form in words.
func (s *sheet) describe() string {
	if s.line == 0 {
		return fmt.Sprintf("XLSX, sheet %s, no header", problem.Quote(s.name))
	}
	return fmt.Sprintf("XLSX, sheet %s, header in line %d", problem.Quote(s.name), s.line)
}

// sheetRows reads the rows of a sheet, the header first. A row has as many cells as the
// header, and then those beyond it that are not blank. Lines and columns are those of the
// sheet.
type sheetRows struct {
	*sheet
	report func(*entity.RowError)

	state   headerState
	cells   [][]byte
	columns []int // of the cells beyond the header
	ended   bool
}

// Next reads the next row.
func (r *sheetRows) Next() bool {
	if r.state < afterHeader {
		r.state++
	}
	r.cells, r.columns = r.cells[:0], r.columns[:0]
	if r.state == atHeader {
		for _, name := range r.names {
			r.cells = append(r.cells, []byte(name))
		}
		return true
	}
	if !r.rows.Next() {
		r.reportFindings()
		return false
	}
	for range r.names {
		r.cells = append(r.cells, nil)
	}
	for i := range r.rows.Len() {
		column, text := r.rows.Cell(i)
		if column < len(r.names) {
			r.cells[column] = text
			continue
		}
		r.cells, r.columns = append(r.cells, text), append(r.columns, column)
	}
	return true
}

// reportFindings reports what is easily missed in the sheet, once.
func (r *sheetRows) reportFindings() {
	if r.ended || r.rows.Err() != nil {
		return
	}
	r.ended = true
	if f := r.rows.Errors; f.Count > 0 {
		r.report(note(f.Line, f.Column, "cells with errors", f.Text, "%s with an error such as %s: such cells are read as blank", problem.Plural(f.Count, "cell"), problem.Quote(f.Text)))
	}
	if f := r.rows.Hidden; f.Count > 0 {
		r.report(note(f.Line, 0, "hidden rows", "", "%s hidden, as by a filter: hidden rows are read like the others", problem.Plural(f.Count, "row")))
	}
	if f := r.rows.Merged; f.Count > 0 {
		r.report(note(f.Line, f.Column, "merged cells", f.Text, "%s of merged cells, such as %s: only the first cell of each has the value", problem.Plural(f.Count, "range"), f.Text))
	}
}

// Len returns the number of cells.
func (r *sheetRows) Len() int { return len(r.cells) }

// Cell returns a cell.
func (r *sheetRows) Cell(i int) []byte { return r.cells[i] }

// Line returns the row of the sheet.
func (r *sheetRows) Line() int {
	if r.state == atHeader {
		return r.line
	}
	return r.rows.Line()
}

// Pos returns the row and the column of a cell in the sheet.
func (r *sheetRows) Pos(i int) (line, column int) {
	switch {
	case r.state == atHeader && r.line == 0:
		return 0, 0
	case i >= len(r.names):
		return r.Line(), r.columns[i-len(r.names)] + 1
	}
	return r.Line(), i + 1
}

// Err returns why there is no further row.
func (r *sheetRows) Err() error { return r.rowError() }
