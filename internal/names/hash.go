package names

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// secret is what a seed becomes: the keys of the hash.
type secret struct {
	k0, k1, k2, k3 uint64
}

// newSecret spreads the seed by splitmix64.
func newSecret(seed uint64) secret {
	next := func() uint64 {
		seed += 0x9e3779b97f4a7c15
		z := seed
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		return z ^ z>>31
	}
	return secret{next(), next(), next(), next()}
}

// start returns the state before the first block: the zone, keyed, so that no
// name can make up for another zone.
func (k *secret) start(zone uint32) uint64 { return mix(uint64(zone)^k.k0, k.k1) }

// block takes 16 bytes into the state.
func (k *secret) block(s, x, y uint64) uint64 { return mix(x^k.k2, y^s) }

// finish takes the last words and the length of the folded name.
func (k *secret) finish(s, a, b uint64, n int) uint64 {
	hi, lo := bits.Mul64(a^k.k3, b^s)
	return mix(lo^k.k0^uint64(n), hi^k.k2)
}

// sum returns the keyed hash of zone and name, in the manner of wyhash: blocks
// of 16 bytes, then the last 16 bytes again. ASCII letters are lowered where
// fold, which is highs or 0, says so; if fold is highs and the name holds a
// byte beyond ASCII then the sum is worthless and plain is false.
func (k *secret) sum(zone uint32, name string, fold uint64) (h uint64, plain bool) {
	p, n := unsafe.Pointer(unsafe.StringData(name)), len(name)
	s := k.start(zone)
	var seen uint64
	if n > 16 {
		for q, left := p, n; left > 16; left -= 16 {
			x, y := load64(q, 0), load64(q, 8)
			seen |= x | y
			s = k.block(s, lower(x, fold), lower(y, fold))
			q = unsafe.Add(q, 16)
		}
	}
	a, b := ends(p, n)
	seen |= a | b
	return k.finish(s, lower(a, fold), lower(b, fold), n), seen&fold == 0
}

// ends returns the last 16 bytes at p as two words; of fewer than 16 bytes, all
// of them, some twice.
func ends(p unsafe.Pointer, n int) (a, b uint64) {
	switch {
	case n >= 16:
		return load64(p, n-16), load64(p, n-8)
	case n >= 8:
		return load64(p, 0), load64(p, n-8)
	case n >= 4:
		return load32(p, 0), load32(p, n-4)
	case n > 0:
		return uint64(load8(p, 0)) | uint64(load8(p, n>>1))<<8 | uint64(load8(p, n-1))<<16, 0
	}
	return 0, 0
}

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// lower returns x, eight ASCII bytes, with the letters A to Z lowered in those
// bytes whose high bit is set in fold.
func lower(x, fold uint64) uint64 {
	above := x + ones*(0x80-'A') // high bit: the byte is at least 'A'
	beyond := x + ones*(0x7f-'Z')
	return x | (above^beyond)&fold>>2
}

// The loads do not check bounds: the caller does.

func load64(p unsafe.Pointer, at int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(p, at))[:])
}

func load32(p unsafe.Pointer, at int) uint64 {
	return uint64(binary.LittleEndian.Uint32((*[4]byte)(unsafe.Add(p, at))[:]))
}

func load8(p unsafe.Pointer, at int) byte { return *(*byte)(unsafe.Add(p, at)) }
