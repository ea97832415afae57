package jsonedit

import "encoding/binary"

const (
	ones = 0x0101010101010101
	low7 = 0x7f * ones
	high = 0x80 * ones
)

// classifyWords is the portable kernel: it classifies event, a multiple of 64
// bytes, into out, eight bytes at a time.
//
// With the top bit of every byte out of the way an addition cannot carry into
// the next byte: x + 0x7f has its top bit set in every byte that is not zero.
func classifyWords(event []byte, out []block) {
	for i := range out {
		b := event[i*blockSize:][:blockSize:blockSize]
		var quotes, slashes, colons, brackets uint64
		for j := 0; j < blockSize; j += 8 {
			w := binary.LittleEndian.Uint64(b[j : j+8])
			x := w & low7
			quotes |= gather(^((x ^ '"'*ones) + low7 | w)) << j
			slashes |= gather(^((x ^ '\\'*ones) + low7 | w)) << j
			colons |= gather(^((x ^ ':'*ones) + low7 | w)) << j
			brackets |= gather(((x|0x20*ones)+('\x80'-'{')*ones)&^w) << j
		}
		out[i] = block{quotes, slashes, colons, brackets}
	}
}

// gather returns the top bits of the eight bytes of m as the lowest eight bits.
func gather(m uint64) uint64 {
	return (m & high >> 7) * 0x0102040810204080 >> 56
}
