package jsonscan

import "math/bits"

// VisitDottedKeys calls visit for every key with a dot in the event that was scanned last,
// at any depth, with its escapes resolved and the offset of the colon after it. The key is
// valid until the next call.
//
// It does not examine most keys. An addition carries from each dot through the bytes that
// are not quotes, up to the next quote: a key with a dot is one whose closing quote such a
// carry reaches.
func (s *Scanner) VisitDottedKeys(event []byte, visit func(key []byte, colon int)) {
	collectDots(s, event)
	var carry, after uint64 // after: whether such a quote ends the block before
	for i := range s.blocks {
		b := &s.blocks[i]
		sum, next := bits.Add64(s.dots[i], ^b.quotes, carry)
		carry = next
		reached := sum & b.quotes
		keys := b.plain & (reached<<1 | after)
		after = reached >> 63
		for ; keys != 0; keys &= keys - 1 {
			colon := i<<blockBits + lowestBit(keys)
			visit(event[s.openingQuote(colon-1)+1:colon-1], colon)
		}
		if others := b.marks &^ b.brackets &^ b.plain; others != 0 {
			visitOthers(s, event, i, others, visit)
		}
	}
}

// visitOthers is VisitDottedKeys for the colons of a block that do not follow a key without
// escapes directly.
func visitOthers(s *Scanner, event []byte, block int, colons uint64, visit func(key []byte, colon int)) {
	for ; colons != 0; colons &= colons - 1 {
		colon := block<<blockBits + lowestBit(colons)
		key, ok := s.keyBefore(event, colon)
		for i := range key {
			if ok && key[i] == '.' {
				visit(key, colon)
				break
			}
		}
	}
}

// collectDots sets s.dots to the masks of the dots of the event.
func collectDots(s *Scanner, event []byte) {
	n := len(s.blocks)
	if cap(s.dots) < n {
		s.dots = make([]uint64, n+n/2)
	}
	s.dots = s.dots[:n]
	whole := len(event) / blockSize
	findDots(event, s.dots[:whole])
	if whole < n {
		var tail [blockSize]byte
		copy(tail[:], event[whole*blockSize:])
		findDots(tail[:], s.dots[whole:])
	}
}

// findDotsInWords is the portable kernel of findDots.
func findDotsInWords(event []byte, out []uint64) {
	for i := range out {
		mask := uint64(0)
		for j, c := range event[i*blockSize : (i+1)*blockSize] {
			if c == '.' {
				mask |= 1 << j
			}
		}
		out[i] = mask
	}
}

// DepthAt returns the number of objects and arrays of the scanned event in which the byte at
// an offset is.
func (s *Scanner) DepthAt(event []byte, at int) (depth int) {
	for i := range s.blocks[:at>>blockBits+1] {
		brackets := s.blocks[i].brackets
		if i == at>>blockBits {
			brackets &= bitsBefore(at)
		}
		for ; brackets != 0; brackets &= brackets - 1 {
			switch event[i<<blockBits+lowestBit(brackets)] {
			case '{', '[':
				depth++
			case '}', ']':
				depth--
			}
		}
	}
	return depth
}
