package csvio

import "bytes"

// Text is what a cell is written from.
type Text interface{ ~string | ~[]byte }

// AppendCell appends cell to dst as a cell of a record, in quotes if it would
// not be read back as it is without them: if it has a comma, a quote or a line
// end, a blank at either end, or begins like a byte order mark. The comma
// between cells is the caller's; AppendRow writes it.
//
// A CR LF in a cell is written as it is and, like every CR LF in quotes, read
// back as LF.
func AppendCell[T Text](dst []byte, cell T) []byte {
	if !needsQuotes(cell) {
		return append(dst, cell...)
	}
	dst = append(dst, '"')
	from := 0
	for i := range len(cell) {
		if cell[i] == '"' {
			dst = append(dst, cell[from:i+1]...)
			from = i // the second of the two
		}
	}
	dst = append(dst, cell[from:]...)
	return append(dst, '"')
}

// AppendRow appends the record of cells to dst, with LF as its line end. A
// record of one empty cell is written as "", or it would be a blank line; no
// cells at all are a blank line.
func AppendRow[T Text](dst []byte, cells ...T) []byte {
	if len(cells) == 1 && len(cells[0]) == 0 {
		return append(dst, '"', '"', '\n')
	}
	for i, cell := range cells {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendCell(dst, cell)
	}
	return append(dst, '\n')
}

func needsQuotes[T Text](cell T) bool {
	if len(cell) == 0 {
		return false
	}
	for i := range len(cell) {
		// The four, or a byte below '-' that is none of them.
		if c := cell[i]; c < '-' && (c == ',' || c == '"' || c == '\n' || c == '\r') {
			return true
		}
	}
	return isBlank(cell[0]) || isBlank(cell[len(cell)-1]) || likeBOM(cell)
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// likeBOM reports whether an input that begins with cell could be taken to
// begin with a byte order mark.
func likeBOM[T Text](cell T) bool {
	switch cell[0] {
	case 0x00, 0xfe, 0xff:
		return true
	}
	return cell[0] == bomUTF8[0] && bytes.HasPrefix([]byte(cell), bomUTF8)
}
