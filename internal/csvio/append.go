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
	if hasByteBelowMinus(cell) {
		for i := range len(cell) {
			switch cell[i] {
			case ',', '"', '\n', '\r':
				return true
			}
		}
		if isBlank(cell[0]) || isBlank(cell[len(cell)-1]) {
			return true
		}
	}
	return beginsLikeBOM(cell)
}

// hasByteBelowMinus reports whether cell has a byte below '-', as all that asks for quotes
// inside a cell is and letters, digits and most signs are not.
func hasByteBelowMinus[T Text](cell T) bool {
	const highs = 0x80 * ones
	i := 0
	for ; i+8 <= len(cell); i += 8 {
		p := cell[i : i+8]
		w := uint64(p[0]) | uint64(p[1])<<8 | uint64(p[2])<<16 | uint64(p[3])<<24 |
			uint64(p[4])<<32 | uint64(p[5])<<40 | uint64(p[6])<<48 | uint64(p[7])<<56
		if (w-'-'*ones)&^w&highs != 0 {
			return true
		}
	}
	for ; i < len(cell); i++ {
		if cell[i] < '-' {
			return true
		}
	}
	return false
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// beginsLikeBOM reports whether an input that begins with cell could be taken to
// begin with a byte order mark.
func beginsLikeBOM[T Text](cell T) bool {
	switch cell[0] {
	case 0x00, 0xfe, 0xff:
		return true
	}
	return cell[0] == bomUTF8[0] && bytes.HasPrefix([]byte(cell), bomUTF8)
}
