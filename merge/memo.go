package merge

import (
	"github.com/kithsec/kith/entity"
)

// memo remembers what the last texts of a column became; category, city and
// the like repeat from row to row. A column that does not repeat is left alone.
type memo struct {
	texts        [memoSize]string
	cells        [memoSize]entity.TextID
	asked, found int
	off          bool
}

// cell returns what the text became, if it is remembered.
func (m *memo) cell(slot int, text []byte) (entity.TextID, bool) {
	if m.asked++; m.asked == memoTrial {
		m.off = m.found < memoTrial/4
		m.asked, m.found = 0, 0
	}
	if m.texts[slot] != string(text) {
		return 0, false
	}
	m.found++
	return m.cells[slot], true
}

// memoTrial is how often a memo is asked before it is seen whether it pays.
const memoTrial = 4096

const memoSize = 256

func memoSlot(text []byte) int {
	h := uint32(len(text)) * 0x9E3779B1
	for _, c := range text {
		h = (h ^ uint32(c)) * 16777619
	}
	return int(h>>16) % memoSize
}
