package addr

import "math/bits"

// A word holds eight bytes, or two lanes of 32 bits.
const (
	eachByte = 0x0101010101010101
	eachLane = 0x0000000100000001
)

// parseQuad parses an IPv4 address of 8 to 15 bytes, as nearly all are. If ok is false, s
// may still be an address of 7 bytes.
//
// The positions of the dots are unpredictable: a branch on one is mispredicted so often
// that it costs more than a dozen instructions. So the same instructions parse every
// address: the first two fields lie in the first eight bytes, the others in the last
// eight, and all four are converted to numbers at once, two in a word.
func parseQuad[T Text](s T) (addr uint32, ok bool) {
	n := uint(len(s))
	if n-8 > 7 {
		return 0, false
	}
	head, tail := load8(s, 0), load8(s, n-8)
	rest := tail >> (8 * (15 - n) & 63) >> 8 // from the ninth byte on
	inHead, inRest := dotBits(head), dotBits(rest)
	all := (inHead>>7)*0x0102040810204080>>56 | (inRest>>7)*0x0102040810204080>>56<<8
	second := all & (all - 1)
	third := second & (second - 1)
	if third == 0 || third&(third-1) != 0 {
		return 0, false // not three dots
	}
	p1, p2, p3 := uint(bits.TrailingZeros64(all)), uint(bits.TrailingZeros64(second)), uint(bits.TrailingZeros64(third))
	l2, l3, l4 := p2-p1-1, p3-p2-1, n-p3-1
	empty := all & (all>>1 | 1 | 1<<(n-1)) // fields

	// Dots, and the bytes after the end of the text, count as zeros here.
	headDigits := head ^ inHead>>7*('.'^'0') ^ '0'*eachByte
	restDigits := (rest | '0'*eachByte<<(8*(n-8)&63)) ^ inRest>>7*('.'^'0') ^ '0'*eachByte
	bad := headDigits | (headDigits + 0x76*eachByte) | restDigits | (restDigits + 0x76*eachByte)

	// Shift each field to the upper end of a word, then to the lower end of a lane.
	f1 := head << (64 - 8*p1&63)
	f2 := head << (64 - 8*p2&63) & (^uint64(0) << (64 - 8*l2&63))
	f3 := tail << (8 * (n - p3) & 63) & (^uint64(0) << (64 - 8*l3&63))
	f4 := tail & (^uint64(0) << (64 - 8*l4&63))
	a, b := threeDigits(f1>>40|f2>>8), threeDigits(f3>>40|f4>>8)

	// A number without leading zeros has as many digits as its field has bytes, and never
	// more. So it is enough to compare the sums over all fields.
	digits := bits.OnesCount64(above9And99(a) | above9And99(b)>>1)
	if empty != 0 || bad&(0x80*eachByte) != 0 || (a|b)&^(0xff*eachLane) != 0 || digits != int(n)-7 {
		return 0, false
	}
	return uint32(a)<<24 | uint32(a>>32)<<16 | uint32(b)<<8 | uint32(b>>32), true
}

// dotBits sets the highest bit of each byte that is a dot.
func dotBits(x uint64) uint64 {
	x ^= '.' * eachByte
	return ^((x&(0x7f*eachByte) + 0x7f*eachByte) | x | 0x7f*eachByte)
}

// threeDigits returns the numbers whose three digits are in each lane, the first digit in
// the lowest byte.
func threeDigits(digits uint64) uint64 {
	return digits&(0xf*eachLane)*100 + digits>>8&(0xf*eachLane)*10 + digits>>16&(0xf*eachLane)
}

// above9And99 returns two bits for each number, the highest of each half of its lane:
// whether it is above 9, and whether it is above 99.
func above9And99(numbers uint64) uint64 {
	return (numbers*0x10001 + ((1<<15-10)|(1<<15-100)<<16)*eachLane) & (0x80008000 * eachLane)
}

// load8 returns the eight bytes at s[at], the first in the lowest byte.
func load8[T Text](s T, at uint) uint64 {
	_ = s[at+7]
	return uint64(s[at]) | uint64(s[at+1])<<8 | uint64(s[at+2])<<16 | uint64(s[at+3])<<24 |
		uint64(s[at+4])<<32 | uint64(s[at+5])<<40 | uint64(s[at+6])<<48 | uint64(s[at+7])<<56
}
