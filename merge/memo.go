package merge

import (
	"encoding/binary"
	"strings"
)

// memo caches the canonical texts of the cells of a column, because the values of
// category, city and similar columns repeat from row to row. It is disabled for a column
// whose values rarely repeat.
type memo struct {
	slots         [memoSize]memoEntry
	lookups, hits int // since the last check of the hit rate
	disabled      bool
}

// memoEntry maps a cell to its canonical text.
type memoEntry struct {
	cell, canonical string
	ref             textRef
}

// accepts reports whether a cell may be cached.
func (m *memo) accepts(cell []byte) bool { return !m.disabled && len(cell) < 64 }

// maxMemoized bounds the entries that the memos of a source make, because the collector
// keeps the number of each entry's text.
const maxMemoized = 1 << 26

// find returns the entry of a cell, or nil if the cell is not cached.
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

// memoize caches the canonical text of a cell. The collector stores the number of the
// text under the same entry number, so that it need not look the text up again.
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

// memoTrial is the number of lookups after which the hit rate of a memo is checked.
const memoTrial = 4096

const memoSize = 256

// memoSlot returns the index of the slot of a cell. It hashes the length and the first
// and last eight bytes.
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
