package records

import (
	"encoding/binary"
	"hash/maphash"

	"github.com/kithsec/kith/internal/huge"
)

// memo remembers a number for keys, which are bytes. A Go map of strings does
// not let the waits for memory of several look-ups overlap; see touch.
type memo struct {
	seed    maphash.Seed
	slots   []uint64 // open addressing: 32 bits of hash, then where the entry is, from 1; 0 is free
	entries []byte   // each on a multiple of entryUnit: value, length, key
	count   int
	waste   uint64 // keeps the loads of touch from being optimised away
}

const (
	entryUnit = 8
	entryHead = 8
)

func newMemo() memo { return memo{seed: maphash.MakeSeed(), slots: make([]uint64, 64)} }

func (m *memo) hash(key []byte) uint32 { return uint32(maphash.Bytes(m.seed, key) >> 32) }

// entry returns the entry of a slot that is not free, and whatever follows it.
func (m *memo) entry(slot uint64) []byte { return m.entries[(int(uint32(slot))-1)*entryUnit:] }

// touch reads what finding keys with these hashes will read.
func (m *memo) touch(hashes []uint32) {
	mask, sum := uint32(len(m.slots)-1), uint64(0)
	for _, h := range hashes {
		sum += m.slots[h&mask]
	}
	for _, h := range hashes {
		if slot := m.slots[h&mask]; uint32(slot>>32) == h && slot != 0 {
			sum += uint64(m.entry(slot)[0])
		}
	}
	m.waste += sum
}

// find returns the value of a key with that hash.
func (m *memo) find(key []byte, h uint32) (value uint32, found bool) {
	mask := uint32(len(m.slots) - 1)
	for i := h & mask; m.slots[i] != 0; i = (i + 1) & mask {
		if uint32(m.slots[i]>>32) != h {
			continue
		}
		e := m.entry(m.slots[i])
		n := binary.LittleEndian.Uint32(e[4:])
		if string(e[entryHead:entryHead+n]) == string(key) {
			return binary.LittleEndian.Uint32(e), true
		}
	}
	return 0, false
}

// add remembers the value of a key that is not there.
func (m *memo) add(key []byte, h, value uint32) {
	at := len(m.entries) / entryUnit
	m.entries = huge.Grow(m.entries, entryHead+len(key)+entryUnit)
	m.entries = binary.LittleEndian.AppendUint32(m.entries, value)
	m.entries = binary.LittleEndian.AppendUint32(m.entries, uint32(len(key)))
	m.entries = append(m.entries, key...)
	for len(m.entries)%entryUnit != 0 {
		m.entries = append(m.entries, 0)
	}
	m.put(uint64(h)<<32 | uint64(at+1))
	if m.count++; 2*m.count > len(m.slots) {
		m.grow()
	}
}

func (m *memo) grow() {
	old := m.slots
	m.slots = huge.Scratch[uint64](2 * len(old))
	for _, slot := range old {
		if slot != 0 {
			m.put(slot)
		}
	}
}

// put puts an entry into the first slot that is free.
func (m *memo) put(slot uint64) {
	mask := uint32(len(m.slots) - 1)
	i := uint32(slot>>32) & mask
	for m.slots[i] != 0 {
		i = (i + 1) & mask
	}
	m.slots[i] = slot
}
