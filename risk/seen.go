package risk

import (
	"encoding/binary"
	"math/bits"
)

// seen remembers what duplicates would share, and when it was. It is cut into
// parts so that making room in one, which drops what need not be remembered,
// costs little at a time.
type seen struct {
	seed  uint64
	parts [seenParts]seenPart
}

const (
	seenPartBits = 8
	seenParts    = 1 << seenPartBits
)

// seenPart is an open-addressed table whose slots lie in the order of the
// hashes.
type seenPart struct {
	slots []memory
	count int
}

// memory is a slot; it is empty if the fingerprint is zero, which no digest is.
type memory struct {
	id fingerprint
	at instant
}

// find returns the slot of id: its own, or an empty one for it. It is good
// until the next find, which may make room: what happened up to stale need not be
// kept.
func (s *seen) find(id fingerprint, stale instant) *memory {
	hash := s.hash(id)
	p := &s.parts[hash>>(64-seenPartBits)]
	if 5*(p.count+1) > 4*len(p.slots) {
		p.makeRoom(s, stale)
	}
	return p.slot(hash, id)
}

func (s *seen) hash(id fingerprint) uint64 {
	return mix(binary.LittleEndian.Uint64(id[:8]) ^ bits.RotateLeft64(binary.LittleEndian.Uint64(id[8:]), 32) ^ s.seed)
}

// keep puts id where find said.
func (s *seen) keep(m *memory, id fingerprint, at instant) {
	if m.id == (fingerprint{}) {
		s.parts[s.hash(id)>>(64-seenPartBits)].count++
	}
	*m = memory{id, at}
}

// reserve makes room for about n.
func (s *seen) reserve(n int) {
	for i := range s.parts {
		if each := n / seenParts * 3 / 2; each > len(s.parts[i].slots) {
			s.parts[i].slots = make([]memory, each)
		}
	}
}

// len returns how many are remembered, some of them stale.
func (s *seen) len() int {
	n := 0
	for i := range s.parts {
		n += s.parts[i].count
	}
	return n
}

func (p *seenPart) home(hash uint64) int {
	at, _ := bits.Mul64(hash<<seenPartBits, uint64(len(p.slots)))
	return int(at)
}

func (p *seenPart) slot(hash uint64, id fingerprint) *memory {
	for i := p.home(hash); ; {
		m := &p.slots[i]
		if m.id == id || m.id == (fingerprint{}) {
			return m
		}
		if i++; i == len(p.slots) {
			i = 0
		}
	}
}

// makeRoom drops what happened up to stale, and grows if that leaves the part
// more than two thirds full.
func (p *seenPart) makeRoom(s *seen, stale instant) {
	live := 0
	for i := range p.slots {
		if m := &p.slots[i]; m.id != (fingerprint{}) && m.at > stale {
			live++
		}
	}
	old, n := p.slots, len(p.slots)
	if 3*(live+1) > 2*n {
		n = max(16, n+n/4)
	}
	p.slots, p.count = make([]memory, n), live
	for i := range old {
		if m := &old[i]; m.id != (fingerprint{}) && m.at > stale {
			*p.slot(s.hash(m.id), m.id) = *m
		}
	}
}

// mix spreads the bits of a number.
func mix(n uint64) uint64 {
	hi, lo := bits.Mul64(n^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	return hi ^ lo
}
