package names

import (
	"encoding/binary"
	"math/bits"
	"unsafe"

	"github.com/kithsec/kith/internal/fold"
)

// highs has the top bit of each byte set.
const highs = 0x8080808080808080

// hashKeys are the keys of the hash, which depend on the seed only.
type hashKeys struct {
	k0, k1, k2, k3 uint64
}

// newHashKeys derives the keys from the seed by splitmix64.
func newHashKeys(seed uint64) hashKeys {
	next := func() uint64 {
		seed += 0x9e3779b97f4a7c15
		z := seed
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		return z ^ z>>31
	}
	return hashKeys{next(), next(), next(), next()}
}

// begin returns the state before the first block. It mixes the zone with the keys, so that
// no choice of names can cancel out a difference of zones.
func (k *hashKeys) begin(zone uint32) uint64 { return multiplyFold(uint64(zone)^k.k0, k.k1) }

// addBlock adds 16 bytes to the state.
func (k *hashKeys) addBlock(s, x, y uint64) uint64 { return multiplyFold(x^k.k2, y^s) }

// finish adds the last words and the length of the folded name, and returns the hash.
func (k *hashKeys) finish(s, a, b uint64, n int) uint64 {
	hi, lo := bits.Mul64(a^k.k3, b^s)
	return multiplyFold(lo^k.k0^uint64(n), hi^k.k2)
}

// hashName returns the keyed hash of zone and name, in the manner of wyhash: blocks of 16
// bytes, then the last 16 bytes again. If mask is highs, ASCII letters are folded; if it is
// 0, they are not. If mask is highs and the name is not ASCII, ascii is false and the hash
// must not be used.
func (k *hashKeys) hashName(zone uint32, name string, mask uint64) (h uint64, ascii bool) {
	p, n := unsafe.Pointer(unsafe.StringData(name)), len(name)
	s := k.begin(zone)
	var seen uint64
	if n > 16 {
		for q, left := p, n; left > 16; left -= 16 {
			x, y := load64(q, 0), load64(q, 8)
			seen |= x | y
			s = k.addBlock(s, fold.LowerWord(x, mask), fold.LowerWord(y, mask))
			q = unsafe.Add(q, 16)
		}
	}
	a, b := lastWords(p, n)
	seen |= a | b
	return k.finish(s, fold.LowerWord(a, mask), fold.LowerWord(b, mask), n), seen&mask == 0
}

// lastWords returns the last 16 of the n bytes at p as two words. If n < 16, the words
// contain all bytes, some of them twice.
func lastWords(p unsafe.Pointer, n int) (a, b uint64) {
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

// multiplyFold returns the XOR of both halves of the 128-bit product.
func multiplyFold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// The functions below do not check bounds. Their callers must.

func load64(p unsafe.Pointer, at int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(p, at))[:])
}

func load32(p unsafe.Pointer, at int) uint64 {
	return uint64(binary.LittleEndian.Uint32((*[4]byte)(unsafe.Add(p, at))[:]))
}

func load8(p unsafe.Pointer, at int) byte { return *(*byte)(unsafe.Add(p, at)) }
