package csvio

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/bits"
	"slices"
)

// splitCells adds the cells between the offsets p and to, where there are no quotes. It
// processes 64 bytes at a time, so that the inner loop, which runs over the commas, ends
// once per 64 bytes and not once per 8: the branch at its end is often mispredicted, which
// costs more than the arithmetic. The delimiter is called a comma here and below.
func (r *Reader) splitCells(p, to int) error {
	line := r.buf[r.start : r.start+to]
	commas := uint64(r.delimiter) * ones
	cells, n, from := r.cells[:cap(r.cells)], len(r.cells), uint32(p)
	for base := p; base < len(line); base += 64 {
		// 64 bytes contain at most 64 commas; one more cell follows the last.
		if len(cells) < n+65 {
			cells = slices.Grow(cells[:n], 65)
			cells = cells[:cap(cells)]
		}
		for m := commaMask(line[base:min(base+64, len(line))], commas); m != 0; m &= m - 1 {
			comma := uint32(base + bits.TrailingZeros64(m))
			cells[n] = span{from, comma}
			n++
			from = comma + 1
		}
		if n > r.limits.Columns {
			break
		}
	}
	r.cells = append(cells[:n], span{from, uint32(to)})
	if len(r.cells) > r.limits.Columns {
		return r.errorAt(int(r.cells[r.limits.Columns].from), r.limits.tooManyColumns())
	}
	if to-p > r.limits.Cell {
		return r.checkCells()
	}
	return nil
}

// checkCells returns an error if an unquoted cell is too long.
func (r *Reader) checkCells() error {
	for _, c := range r.cells {
		if c.from < inUnquoted && int(c.to-c.from) > r.limits.Cell {
			return r.errorAt(int(c.from), r.limits.cellTooLong())
		}
	}
	return nil
}

const (
	ones   = 0x0101010101010101
	lows   = 0x7f * ones
	gather = 0x0102040810204080 // multiplying by it collects the lowest bits of all bytes in the top byte, in order
)

// commaMask returns a mask of the commas in b, which has at most 64 bytes. Every byte of
// commas is a comma.
func commaMask(b []byte, commas uint64) uint64 {
	var m uint64
	i := 0
	for ; i+8 <= len(b); i += 8 {
		m |= commaMask8(binary.LittleEndian.Uint64(b[i:]), commas) << i
	}
	switch {
	case i == len(b):
	case len(b) >= 8: // the last eight bytes, without those already processed
		m |= commaMask8(binary.LittleEndian.Uint64(b[len(b)-8:])>>(64-8*(len(b)-i)), commas) << i
	default:
		for ; i < len(b); i++ {
			if b[i] == byte(commas) {
				m |= 1 << i
			}
		}
	}
	return m
}

// commaMask8 returns a mask of the commas in the eight bytes of w.
func commaMask8(w, commas uint64) uint64 {
	w ^= commas
	w = ^((w&lows + lows) | w | lows) // 0x80 in exactly those bytes that were commas
	return (w >> 7) * gather >> 56
}

// splitQuoted finds the cells of a record whose first line contains a quote. It reads more
// lines if a quoted cell contains line ends. The arguments are the results of findLine for
// the first line of the record, and the results are those for its last line.
func (r *Reader) splitQuoted(text, next int) (int, int, error) {
	var err error
	for p := 0; ; p++ {
		if p < text && r.buf[r.start+p] == '"' {
			p, text, next, err = r.readQuotedCell(p, text, next)
		} else {
			p, err = r.splitUnquoted(p, text)
		}
		if err != nil || p == text {
			return text, next, err
		}
	}
}

// splitUnquoted adds the cells from offset p to the next quoted one, on a line that ends
// at text. It returns the offset of their end.
func (r *Reader) splitUnquoted(p, text int) (int, error) {
	to := text
	if i := bytes.IndexByte(r.buf[r.start+p:r.start+text], '"'); i >= 0 {
		to = p + i - 1 // at the comma before the quote
		if r.buf[r.start+to] != r.delimiter {
			return 0, r.errorAt(p+i, ErrBareQuote)
		}
	}
	return to, r.splitCells(p, to)
}

// readQuotedCell reads the quoted cell at offset open of a line that ends at text. It
// returns the offset of the end of the cell, and the results of findLine for the line on
// which the cell ends.
func (r *Reader) readQuotedCell(open, text, next int) (int, int, int, error) {
	asIs := true
	p := open + 1
	if len(r.cells) == r.limits.Columns {
		return 0, 0, 0, r.errorAt(open, r.limits.tooManyColumns())
	}
	for {
		i := bytes.IndexByte(r.buf[r.start+p:r.start+text], '"')
		if i < 0 {
			// Unquoting at most halves the length.
			if text-open > 2*r.limits.Cell+1 {
				return 0, 0, 0, r.errorAt(open, r.limits.openCellTooLong())
			}
			asIs = asIs && next-text < 2
			var err error
			p = next
			if text, next, err = r.findLine(next); err == io.EOF {
				err = r.errorAt(open, ErrUnterminated)
			}
			if err != nil {
				return 0, 0, 0, err
			}
			r.lines++
			continue
		}
		p += i + 1
		if p == text || r.buf[r.start+p] == r.delimiter {
			return p, text, next, r.addQuoted(open, p, asIs)
		}
		if r.buf[r.start+p] != '"' {
			return 0, 0, 0, r.errorAt(p-1, ErrQuote)
		}
		asIs = false
		p++
	}
}

// addQuoted adds the quoted cell from offset open to end, including its quotes. If asIs is
// true, it contains no doubled quote and no CR LF.
func (r *Reader) addQuoted(open, end int, asIs bool) error {
	from, to := uint32(open+1), uint32(end-1)
	if !asIs {
		from = uint32(len(r.unquoted))
		r.unquoted = appendUnquoted(r.unquoted, r.buf[r.start+open+1:r.start+end-1])
		to = uint32(len(r.unquoted))
	}
	if int(to-from) > r.limits.Cell {
		return r.errorAt(open, r.limits.cellTooLong())
	}
	if !asIs {
		from |= inUnquoted
		r.openQuotes = append(r.openQuotes, uint32(open))
	}
	r.cells = append(r.cells, span{from, to})
	return nil
}

// appendUnquoted appends the value of a quoted cell to dst. The argument written is the
// text between its quotes.
func appendUnquoted(dst, written []byte) []byte {
	for {
		i := bytes.IndexAny(written, "\"\r")
		if i < 0 || i == len(written)-1 {
			return append(dst, written...)
		}
		dst = append(dst, written[:i]...)
		if written[i] == '"' || written[i+1] == '\n' {
			i++ // skip the first of two quotes, or the CR of a CR LF
		}
		dst = append(dst, written[i])
		written = written[i+1:]
	}
}
