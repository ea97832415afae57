package jsonscan

import "math/bits"

// A mask has a bit for each of the blockSize bytes of a block.
const (
	blockBits = 6
	blockSize = 1 << blockBits
)

// block holds the classification of 64 bytes of an event. Each mask has a bit for each
// byte, the lowest one for the first byte. The assembly depends on the order of the fields.
//
// Brackets are found by one comparison instead of four: the mask has the bit of every ASCII
// byte c for which c|0x20 >= '{'. Besides the brackets, these are \ ^ _ | ~ and DEL. None
// of them occurs outside strings in JSON, and walkMarks rejects them.
type block struct {
	quotes   uint64 // quotes that delimit strings
	slashes  uint64 // backslashes, within strings or not
	plain    uint64 // colons right after a key without escapes; none if the filter is off
	marks    uint64 // brackets and colons outside strings, except plain colons of keys that the filter rejects
	brackets uint64 // outside strings, as explained above
}

// carry is the state that the classification of a block needs from the blocks before it.
// The assembly depends on the order of the fields.
type carry struct {
	inside  uint64 // all ones within a string
	escape  uint64 // 1 if the first byte is escaped
	dirty   uint64 // 1 within a string that has had a backslash
	quote   uint64 // 1 if the last byte was a delimiting quote
	dirty2  uint64 // the top two bits of the last dirty mask, in the lowest two bits
	slashes uint64 // the OR of the slashes of all blocks
}

// classifyBlocks fills s.blocks for event and reports whether all strings of the event
// are closed.
func (s *Scanner) classifyBlocks(event []byte, f *keyFilter) bool {
	n := (len(event) + blockSize - 1) / blockSize
	if cap(s.blocks) < n {
		s.blocks = make([]block, n+n/2)
	}
	s.blocks = s.blocks[:n]
	var c carry
	last := ^uint64(0) >> (-len(event) & (blockSize - 1))
	if mayReadPast(event, n*blockSize) {
		classifyPast(event, s.blocks, last, &c, f)
	} else {
		whole := len(event) / blockSize
		classify(event, 0, s.blocks[:whole], ^uint64(0), &c, f)
		if whole < n {
			s.classifyTail(event, whole, last, &c, f)
		}
	}
	s.slashes = c.slashes != 0
	return c.inside == 0
}

// classifyTail classifies the last block, which the event does not fill, in a copy that
// begins with the block before it.
func (s *Scanner) classifyTail(event []byte, whole int, last uint64, c *carry, f *keyFilter) {
	var copied [2 * blockSize]byte
	begin := whole * blockSize
	copy(copied[blockSize:], event[begin:])
	if whole > 0 {
		copy(copied[:blockSize], event[begin-blockSize:begin])
	}
	classify(copied[:], blockSize, s.blocks[whole:], last, c, f)
}

// classifyWords is the portable kernel: it fills out from the whole blocks from event[from]
// on. Bytes of the last block without a bit in last are ignored. It does not filter keys:
// checking the last bytes of a key when walkMarks reaches its colon is cheaper than
// checking all keys one by one here.
func classifyWords(event []byte, from int, out []block, last uint64, c *carry, f *keyFilter) {
	collectMasks(event[from:], out)
	if len(out) > 0 {
		out[len(out)-1].keepBytes(last)
	}
	next := *c
	for i := range out {
		b := &out[i]
		if b.marks&b.brackets != 0 && next.inside == 0 {
			at := from + i*blockSize
			collectMasks(event[at:at+blockSize], out[i:i+1])
		}
		next.finishBlock(b, f.on)
	}
	*c = next
}

// keepBytes clears the bits of all bytes that have no bit in mask.
func (b *block) keepBytes(mask uint64) {
	b.quotes &= mask
	b.slashes &= mask
	b.marks &= mask
	b.brackets &= mask
}

// finishBlock turns masks of all quotes, colons and brackets of the next block into
// those of block: without escaped quotes, and outside strings.
func (c *carry) finishBlock(b *block, on uint64) {
	b.plain = b.quotes<<1 | c.quote
	if b.slashes|c.escape|c.dirty|c.dirty2 != 0 {
		c.resolveEscapes(b)
	}
	c.quote = b.quotes >> 63
	within := prefixXor(b.quotes) ^ c.inside
	c.inside = uint64(int64(within) >> 63)
	b.brackets &^= within
	b.marks &^= within
	b.plain &= b.marks & on
	b.marks |= b.brackets
}

// resolveEscapes removes escaped quotes from the quotes of a block, and the ends of keys
// with escapes from its plain mask.
func (c *carry) resolveEscapes(b *block) {
	c.slashes |= b.slashes
	var escaped, dirty uint64
	escaped, c.escape = escapedBytes(b.slashes, c.escape)
	b.quotes &^= escaped
	dirty, c.dirty = fillUpTo(b.quotes, b.slashes|c.dirty)
	b.plain = (b.quotes<<1 | c.quote) &^ (dirty<<2 | c.dirty2)
	c.dirty2 = dirty >> 62
}

// escapedBytes returns the mask of the bytes that a backslash escapes, and in the lowest
// bit of next, whether the first byte of the next block is escaped. first is the same bit
// for this block. In a run of backslashes, every other one escapes the byte after it. An
// addition carries through the runs that begin on odd bits, to their ends. This is the
// method of simdjson.
func escapedBytes(slashes, first uint64) (escaped, next uint64) {
	if slashes == 0 {
		return first, 0
	}
	const even = 0x5555555555555555
	slashes &^= first
	after := slashes<<1 | first
	odd := slashes &^ even &^ after
	sum, next := bits.Add64(odd, slashes, 0)
	return (even ^ sum<<1) & after, next
}

// fillUpTo returns runs of bits: each begins at a bit of starts and ends before the next
// bit of stops. Bit 0 of next is set if the last run continues in the next block. An
// addition carries from each start through the bits that are not stops.
func fillUpTo(stops, starts uint64) (filled, next uint64) {
	starts &^= stops
	sum, next := bits.Add64(^stops, starts, 0)
	return ^stops&^sum | starts, next
}

// prefixXor returns a mask in which each bit is the parity of the bits of m up to and
// including that bit. If m has the bits of the quotes, the result has those of the bytes
// inside strings, and of the opening quotes.
func prefixXor(m uint64) uint64 {
	m ^= m << 1
	m ^= m << 2
	m ^= m << 4
	m ^= m << 8
	m ^= m << 16
	return m ^ m<<32
}

// lowestBit returns the number of the lowest bit of m, which is not zero.
func lowestBit(m uint64) int { return bits.TrailingZeros64(m) & 63 }

// bitsAfter returns the bits above bit at%64.
func bitsAfter(at int) uint64 { return ^uint64(1) << (at & 63) }

// bitsBefore returns the bits below bit at%64.
func bitsBefore(at int) uint64 { return 1<<(at&63) - 1 }
