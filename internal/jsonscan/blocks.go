package jsonscan

import "math/bits"

// The bits of one block stand for blockSize bytes.
const (
	blockBits = 6
	blockSize = 1 << blockBits
)

// block holds what is known of 64 bytes of an event, a bit for each, the
// lowest for the first. The kernels read it as it lies.
//
// Brackets are found by one comparison instead of four: the bit is set for
// every ASCII byte that is at least '{' once bit 0x20 is set in it. Besides
// the brackets these are \ ^ _ | ~ and DEL, none of which stands outside of
// strings in JSON; the walk refuses them when it gets there.
type block struct {
	quotes   uint64 // those that delimit strings
	slashes  uint64 // '\\', wherever they stand
	plain    uint64 // colons right after a key without escapes, unless the sieve is off
	marks    uint64 // brackets and colons outside of strings, of plain colons at least those that pass the sieve
	brackets uint64 // see above; outside of strings
}

// sifting is what one block has to know of those before it. The kernels read it
// as it lies.
type sifting struct {
	inside  uint64 // all ones within a string
	escape  uint64 // 1 if the first byte is escaped
	dirty   uint64 // 1 within a string, after a backslash in it
	quote   uint64 // 1 if the last byte was a delimiting quote
	dirty2  uint64 // the top two bits of where it was dirty, as the lowest
	slashes uint64 // those of all blocks
}

// sift fills s.blocks for event and reports whether all strings of the event
// are closed.
func (s *Scanner) sift(event []byte, v *sieve) bool {
	n := (len(event) + blockSize - 1) / blockSize
	if cap(s.blocks) < n {
		s.blocks = make([]block, n+n/2)
	}
	s.blocks = s.blocks[:n]
	var st sifting
	last := ^uint64(0) >> (-len(event) & (blockSize - 1))
	if mayReadOn(event, n*blockSize) {
		siftOn(event, s.blocks, last, &st, v)
	} else {
		whole := len(event) / blockSize
		sift(event, 0, s.blocks[:whole], ^uint64(0), &st, v)
		if whole < n {
			s.siftTail(event, whole, last, &st, v)
		}
	}
	s.slashes = st.slashes != 0
	return st.inside == 0
}

// siftTail sifts the last block, which is not whole, in a copy, with what is
// before it.
func (s *Scanner) siftTail(event []byte, whole int, last uint64, st *sifting, v *sieve) {
	var copied [2 * blockSize]byte
	begin := whole * blockSize
	copy(copied[blockSize:], event[begin:])
	if whole > 0 {
		copy(copied[:blockSize], event[begin-blockSize:begin])
	}
	sift(copied[:], blockSize, s.blocks[whole:], last, st, v)
}

// siftWords is the portable kernel: it fills out from the whole blocks from
// event[from] on, the last of which counts only where last has a bit. It lets
// all keys pass: to look at their last bytes when their colons are walked is
// cheaper than to do it one by one before.
func siftWords(event []byte, from int, out []block, last uint64, st *sifting, v *sieve) {
	classifyWords(event[from:], out)
	if len(out) > 0 {
		out[len(out)-1].cut(last)
	}
	to := *st
	for i := range out {
		b := &out[i]
		if b.marks&b.brackets != 0 && to.inside == 0 {
			at := from + i*blockSize
			classifyWords(event[at:at+blockSize], out[i:i+1])
		}
		to.settle(b, v.on)
	}
	*st = to
}

// cut makes only those bytes count that mask has a bit for.
func (b *block) cut(mask uint64) {
	b.quotes &= mask
	b.slashes &= mask
	b.marks &= mask
	b.brackets &= mask
}

// settle turns what the bytes of the next block are into what they mean.
func (st *sifting) settle(b *block, on uint64) {
	b.plain = b.quotes<<1 | st.quote
	if b.slashes|st.escape|st.dirty|st.dirty2 != 0 {
		st.resolve(b)
	}
	st.quote = b.quotes >> 63
	within := prefixXor(b.quotes) ^ st.inside
	st.inside = uint64(int64(within) >> 63)
	b.brackets &^= within
	b.marks &^= within
	b.plain &= b.marks & on
	b.marks |= b.brackets
}

// resolve takes the quotes that are escaped from the quotes of a block, and
// those of keys with escapes from what its plain holds.
func (st *sifting) resolve(b *block) {
	st.slashes |= b.slashes
	var escaped, dirty uint64
	escaped, st.escape = escapes(b.slashes, st.escape)
	b.quotes &^= escaped
	dirty, st.dirty = upTo(b.quotes, b.slashes|st.dirty)
	b.plain = (b.quotes<<1 | st.quote) &^ (dirty<<2 | st.dirty2)
	st.dirty2 = dirty >> 62
}

// escapes returns the bytes that a backslash escapes and, as its lowest bit,
// whether the first byte of the next block is one; first is that bit for this
// block. In a run of backslashes every other one escapes; the sum carries the
// runs that begin on odd bits through to their ends (the method of simdjson).
func escapes(slashes, first uint64) (escaped, next uint64) {
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

// upTo returns the bits from each of those in from up to the next one in stops,
// which is not among them, and whether that goes on in the next block: the sum
// carries from the first of from through the bits that are not stops.
func upTo(stops, from uint64) (bitsBefore, next uint64) {
	from &^= stops
	sum, next := bits.Add64(^stops, from, 0)
	return ^stops&^sum | from, next
}

// prefixXor returns a mask whose every bit is the parity of the bits of m up to
// and including it: the insides of strings, opening quotes included.
func prefixXor(m uint64) uint64 {
	m ^= m << 1
	m ^= m << 2
	m ^= m << 4
	m ^= m << 8
	m ^= m << 16
	return m ^ m<<32
}

// lowest returns the number of the lowest bit of m, which has one.
func lowest(m uint64) int { return bits.TrailingZeros64(m) & 63 }

// after returns the bits above bit at%64.
func after(at int) uint64 { return ^uint64(1) << (at & 63) }

// before returns the bits below bit at%64.
func before(at int) uint64 { return 1<<(at&63) - 1 }
