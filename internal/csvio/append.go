package csvio

import "bytes"

// Text is the type of the text of a cell.
type Text interface{ ~string | ~[]byte }

// AppendCell appends cell to dst as a cell of a record. It quotes a cell that contains a
// comma, a quote or a line end, that begins or ends with a space or tab, or that begins
// like a byte order mark. It writes no comma between cells; AppendRow does.
//
// A CR LF in a cell is written unchanged and, like every CR LF in quotes, read back as LF.
func AppendCell[T Text](dst []byte, cell T) []byte {
	if !needsQuotes(cell) {
		return append(dst, cell...)
	}
	return appendQuoted(dst, cell)
}

// AppendCellFor is AppendCell for records whose cells are separated by delimiter.
func AppendCellFor(dst []byte, delimiter byte, cell []byte) []byte {
	if delimiter != ',' && bytes.IndexByte(cell, delimiter) >= 0 {
		return appendQuoted(dst, cell)
	}
	return AppendCell(dst, cell)
}

func appendQuoted[T Text](dst []byte, cell T) []byte {
	dst = append(dst, '"')
	from := 0
	for i := range len(cell) {
		if cell[i] == '"' {
			dst = append(dst, cell[from:i+1]...)
			from = i // append the quote a second time
		}
	}
	dst = append(dst, cell[from:]...)
	return append(dst, '"')
}

// AppendRow appends a record to dst, with LF as its line end. A record with a single empty
// cell is written as "" to distinguish it from a blank line. Without cells, AppendRow
// appends a blank line.
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

// needsQuotes reports whether a cell would not be read back unchanged without quotes.
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

// hasByteBelowMinus reports whether cell contains a byte below '-'. It is a fast filter:
// all bytes that require quotes inside a cell are below '-', while letters, digits and
// most punctuation are not.
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

// beginsLikeBOM reports whether an input that begins with cell could be taken for one
// with a byte order mark.
func beginsLikeBOM[T Text](cell T) bool {
	switch cell[0] {
	case 0x00, 0xfe, 0xff:
		return true
	}
	return cell[0] == bomUTF8[0] && bytes.HasPrefix([]byte(cell), bomUTF8)
}
