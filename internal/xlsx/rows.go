package xlsx

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
)

// The limits of a sheet. Those of rows and columns are Excel's.
const (
	maxLines   = 1 << 20
	maxColumns = 1 << 14
	maxRow     = 16 << 20 // bytes
)

// Rows reads the rows of a sheet that have a cell that is not blank. It must not be used
// concurrently.
type Rows struct {
	Findings

	// DataFrom is the line from which Findings are counted.
	DataFrom int

	workbook *Workbook
	part     io.ReadCloser
	in       *elements
	inData   bool
	err      error

	line   int
	column int // of the last cell; -1 before the first
	cells  []cell
	texts  []byte // backs the cells
	value  []byte // of the current cell, as it is stored
	inline richText
}

// Findings counts what is easily missed in a sheet.
type Findings struct {
	Hidden Finding // rows that are hidden, so far
	Errors Finding // cells with an error such as #N/A, so far
	Merged Finding // ranges of merged cells; counted at the end of the sheet
}

// Finding counts places in a sheet.
type Finding struct {
	Count        int
	Line, Column int    // of the first, from 1
	Text         string // of the first: a range such as A1:B2, or an error such as #N/A
}

func (r *Rows) count(f *Finding, line, column int, text []byte) {
	if line < r.DataFrom {
		return
	}
	if f.Count++; f.Count == 1 {
		f.Line, f.Column, f.Text = line, column, string(text[:min(len(text), 60)])
	}
}

// cell is a cell that is not blank.
type cell struct{ column, from, to int }

// Rows opens a sheet, one of w.Sheets. The rows are valid until w is closed.
func (w *Workbook) Rows(sheet Sheet) (*Rows, error) {
	part, err := w.openPart(sheet.part)
	if err != nil {
		return nil, err
	}
	return &Rows{workbook: w, part: part, in: newElements(part)}, nil
}

// Close ends reading.
func (r *Rows) Close() error { return r.part.Close() }

// Err returns why there is no further row, or nil at the end of the sheet.
func (r *Rows) Err() error { return r.err }

// Line returns the number of the row in the sheet, from 1.
func (r *Rows) Line() int { return r.line }

// Len returns the number of cells that are not blank.
func (r *Rows) Len() int { return len(r.cells) }

// Cell returns a cell that is not blank, and its column in the sheet, from 0. Columns
// ascend. The text is valid until the next call of Next.
func (r *Rows) Cell(i int) (column int, text []byte) {
	c := r.cells[i]
	return c.column, r.texts[c.from:c.to:c.to]
}

// Next reads the next row.
func (r *Rows) Next() bool {
	for r.err == nil {
		if r.err = r.in.next(); r.err != nil || r.in.kind == atEnd {
			break
		}
		if r.in.kind == innerText {
			continue
		}
		isStart := r.in.kind == startTag
		switch string(r.in.name) {
		case "sheetData":
			r.inData = isStart
		case "row":
			if !isStart || !r.inData {
				continue
			}
			if r.err = r.readRow(); r.err == nil && len(r.cells) > 0 {
				return true
			}
		case "mergeCell":
			if isStart && !r.inData {
				r.addMerged()
			}
		}
	}
	r.cells = r.cells[:0]
	return false
}

// readRow reads a row, whose start tag is the current token.
func (r *Rows) readRow() error {
	line, hidden := r.line+1, false
	for name, value, ok := r.in.nextAttr(); ok; name, value, ok = r.in.nextAttr() {
		switch string(name) {
		case "r":
			if line = parseIndex(value); line <= r.line {
				return fmt.Errorf("the workbook is damaged: row %q follows row %d", value, r.line)
			}
		case "hidden":
			hidden = isTrue(value)
		}
	}
	if line > maxLines {
		return fmt.Errorf("the sheet has more than %d rows", maxLines)
	}
	r.line, r.column, r.cells, r.texts = line, -1, r.cells[:0], r.texts[:0]
	for {
		if err := r.in.next(); err != nil {
			return err
		}
		switch {
		case r.in.kind == startTag && string(r.in.name) == "c":
			if err := r.readCell(); err != nil {
				return err
			}
		case r.in.kind == endTag && string(r.in.name) == "row":
			if hidden && len(r.cells) > 0 {
				r.count(&r.Hidden, r.line, 1, nil)
			}
			return r.workbook.spend(len(r.texts))
		case r.in.kind == atEnd:
			return errCutShort
		}
	}
}

// readCell reads a cell, whose start tag is the current token.
func (r *Rows) readCell() error {
	column, kind, style := r.column+1, byte('n'), 0
	for name, value, ok := r.in.nextAttr(); ok; name, value, ok = r.in.nextAttr() {
		switch string(name) {
		case "r":
			column = parseColumn(value)
		case "s":
			style = parseIndex(value)
		case "t":
			kind = kindOfCell(value)
		}
	}
	if column <= r.column || column >= maxColumns {
		return fmt.Errorf("the workbook is damaged: a cell of row %d is out of order or beyond column XFD", r.line)
	}
	r.column = column
	if err := r.readValue(); err != nil {
		return err
	}
	from := len(r.texts)
	if err := r.appendValue(kind, style); err != nil {
		return err
	}
	if len(r.texts) > from {
		r.cells = append(r.cells, cell{column, from, len(r.texts)})
	}
	if len(r.texts) > maxRow {
		return fmt.Errorf("a row is longer than %d bytes", maxRow)
	}
	return nil
}

// The types of cells. Those of two letters or more are named after their first letters.
const (
	cellNumber  = 'n'
	cellShared  = 's' // s: the number of a shared text
	cellFormula = 'f' // str: the text of a formula
	cellInline  = 'i' // inlineStr
	cellBoolean = 'b'
	cellError   = 'e'
	cellDate    = 'd' // an ISO date
)

func kindOfCell(value []byte) byte {
	switch string(value) {
	case "str":
		return cellFormula
	case "inlineStr":
		return cellInline
	case "s", "b", "e", "d":
		return value[0]
	}
	return cellNumber
}

// readValue reads the stored value and the inline text of a cell, up to its end tag.
func (r *Rows) readValue() error {
	r.value, r.inline.text = r.value[:0], r.inline.text[:0]
	inValue := false
	for {
		if err := r.in.next(); err != nil {
			return err
		}
		r.inline.add(r.in)
		switch {
		case r.in.kind == atEnd:
			return errCutShort
		case r.in.kind == innerText && inValue:
			r.value = append(r.value, r.in.text...)
		case r.in.kind == innerText:
		case string(r.in.name) == "v":
			inValue = r.in.kind == startTag
		case string(r.in.name) == "c" && r.in.kind == endTag:
			return nil
		}
		if len(r.value) > maxToken || len(r.inline.text) > maxToken {
			return fmt.Errorf("a cell is longer than %d bytes", maxToken)
		}
	}
}

// appendValue appends the text of a cell to the texts of the row.
func (r *Rows) appendValue(kind byte, style int) (err error) {
	if kind != cellFormula {
		r.value = bytes.TrimSpace(r.value)
	}
	switch {
	case kind == cellInline:
		r.texts = append(r.texts, unescapeControls(r.inline.text)...)
	case len(r.value) == 0:
	case kind == cellShared:
		r.texts, err = r.workbook.texts.appendText(r.texts, parseIndex(r.value))
	case kind == cellError:
		r.count(&r.Errors, r.line, r.column+1, r.value)
	case kind == cellBoolean:
		r.texts = strconv.AppendBool(r.texts, isTrue(r.value))
	case kind == cellFormula:
		r.texts = append(r.texts, unescapeControls(r.value)...)
	case kind == cellDate:
		r.texts = append(r.texts, r.value...)
	case 0 <= style && style < len(r.workbook.formats) && r.workbook.formats[style] != plainNumber:
		r.texts = appendDate(r.texts, r.value, r.workbook.formats[style], r.workbook.date1904)
	default:
		r.texts = appendNumber(r.texts, r.value)
	}
	return err
}

// addMerged counts a range of merged cells.
func (r *Rows) addMerged() {
	for name, value, ok := r.in.nextAttr(); ok; name, value, ok = r.in.nextAttr() {
		if string(name) == "ref" {
			line, column := parseReference(value)
			r.count(&r.Merged, line, column+1, value)
		}
	}
}

// parseColumn returns the column of a reference such as B17, from 0, or -1.
func parseColumn(reference []byte) int {
	_, column := parseReference(reference)
	return column
}

// parseReference returns the line, from 1, and the column, from 0, of a reference such as
// B17 or B17:C18, or 0 and -1.
func parseReference(reference []byte) (line, column int) {
	i := 0
	for ; i < len(reference) && i < 4 && 'A' <= reference[i]&^0x20 && reference[i]&^0x20 <= 'Z'; i++ {
		column = column*26 + int(reference[i]&^0x20-'A') + 1
	}
	for ; i < len(reference) && '0' <= reference[i] && reference[i] <= '9' && line <= maxLines; i++ {
		line = line*10 + int(reference[i]-'0')
	}
	return line, column - 1
}
