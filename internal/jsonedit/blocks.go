package jsonedit

import "math/bits"

// The bits of one block stand for blockSize bytes.
const (
	blockBits = 6
	blockSize = 1 << blockBits
)

// block holds what is known of 64 bytes of an event, a bit for each, the
// lowest for the first. A kernel fills it with what the bytes are, wherever
// they stand; settle then turns it into what they mean.
//
// Brackets are found by one comparison instead of four: the bit is set for
// every ASCII byte that is at least '{' once bit 0x20 is set in it. Besides
// the brackets these are \ ^ _ | ~ and DEL, none of which stands outside of
// strings in JSON; the walk refuses them when it gets there.
type block struct {
	quotes   uint64 // '"';            settled: those that delimit strings
	slashes  uint64 // '\\'
	marks    uint64 // ':';            settled: colons and brackets outside of strings
	brackets uint64 // brackets, see above; settled: those outside of strings
}

// classify fills s.blocks for event and reports whether all strings of the
// event are closed.
func (s *Scanner) classify(event []byte) bool {
	n := (len(event) + blockSize - 1) / blockSize
	if cap(s.blocks) < n {
		s.blocks = make([]block, n+n/2)
	}
	s.blocks = s.blocks[:n]
	whole := len(event) / blockSize
	if whole > 0 {
		classify(event[:whole*blockSize], s.blocks[:whole])
	}
	if whole < n {
		// The tail is classified in a block of its own: no kernel ever
		// reads beyond the event.
		var tail [blockSize]byte
		copy(tail[:], event[whole*blockSize:])
		classify(tail[:], s.blocks[whole:])
	}
	return s.settle()
}

// settle turns what the bytes are into what they mean, and reports whether the
// last string is closed.
func (s *Scanner) settle() bool {
	var slashes, escape, inside uint64 // inside is all ones within a string
	for i := range s.blocks {
		b := &s.blocks[i]
		slashes |= b.slashes
		var escaped uint64
		escaped, escape = escapes(b.slashes, escape)
		b.quotes &^= escaped
		within := prefixXor(b.quotes) ^ inside
		inside = uint64(int64(within) >> 63)
		b.brackets &^= within
		b.marks = b.marks&^within | b.brackets
	}
	s.slashes = slashes != 0
	return inside == 0
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

// after returns the bits above bit at%64.
func after(at int) uint64 { return ^uint64(1) << (at & 63) }

// before returns the bits below bit at%64.
func before(at int) uint64 { return 1<<(at&63) - 1 }
