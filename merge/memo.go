package merge

import (
	"encoding/binary"
	"strings"
)

// memo caches the results of the latest texts of a column, because category, city and
// the like repeat from row to row. A column that does not repeat is not cached.
type memo struct {
	slots         [memoSize]memoEntry
	lookups, hits int
	disabled      bool
}

// memoEntry is a cell and what it became.
type memoEntry struct {
	cell, canonical string
	ref             textRef
}

// accepts reports whether a cell may be remembered.
func (m *memo) accepts(cell []byte) bool { return !m.disabled && len(cell) < 64 }

// maxMemoized is how often cells of a source are remembered: the collector keeps a
// number for each.
const maxMemoized = 1 << 26

// find returns what a cell became, nil if that is not remembered.
func (m *memo) find(cell []byte) *memoEntry {
	if m.lookups++; m.lookups == memoTrial {
		m.disabled = m.hits < memoTrial/4
		m.lookups, m.hits = 0, 0
	}
	known := &m.slots[memoSlot(cell)]
	if known.cell != string(cell) {
		return nil
	}
	m.hits++
	return known
}

// memoize remembers what a cell of a field became. The collector numbers what
// is remembered, too, so that the text does not have to be found again.
func (r *reader) memoize(m *memo, cell []byte, field int) {
	if r.memoized == maxMemoized {
		m.disabled = true
		return
	}
	known := &m.slots[memoSlot(cell)]
	r.batch.memoized = append(r.batch.memoized, r.cells[field])
	r.memoized++
	*known = memoEntry{cell: string(cell), ref: textRef(-r.memoized)}
	if known.canonical = known.cell; known.cell != r.texts[field] {
		known.canonical = strings.Clone(r.texts[field])
	}
}

// memoTrial is the number of lookups after which a memo is judged.
const memoTrial = 4096

const memoSize = 256

// memoSlot returns the slot of a cell, by what it begins and ends with.
func memoSlot(cell []byte) int {
	const factor = 0x9E3779B97F4A7C15
	h := uint64(len(cell))
	if n := len(cell); n >= 8 {
		h ^= binary.LittleEndian.Uint64(cell)*factor ^ binary.LittleEndian.Uint64(cell[n-8:])
	} else {
		for _, c := range cell {
			h = h<<8 ^ uint64(c) ^ h>>56
		}
	}
	return int(h * factor >> 48 % memoSize)
}
