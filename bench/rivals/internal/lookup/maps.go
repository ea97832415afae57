package lookup

import "net/netip"

// maps is the simplest fast implementation: a Go map for every prefix length that occurs,
// tried from the longest to the shortest. The answers of the other engines are compared
// with it.
type maps struct {
	by4      [33]map[uint32]uint32
	by6      [129]map[[2]uint64]uint32
	in4, in6 []int // the lengths that occur, longest first
}

func (m *maps) Name() string { return "Go maps per length" }

func (m *maps) Build(t *Table) error {
	for i, p := range t.All() {
		if b := p.Bits(); p.Addr().Is4() {
			if m.by4[b] == nil {
				m.by4[b] = map[uint32]uint32{}
			}
			m.by4[b][word4(p.Addr())] = i
		} else {
			if m.by6[b] == nil {
				m.by6[b] = map[[2]uint64]uint32{}
			}
			m.by6[b][words6(p.Addr())] = i
		}
	}
	for b := 128; b >= 0; b-- {
		if b <= 32 && m.by4[b] != nil {
			m.in4 = append(m.in4, b)
		}
		if m.by6[b] != nil {
			m.in6 = append(m.in6, b)
		}
	}
	return nil
}

func (m *maps) Lookup(dst []uint32, keys []netip.Addr) {
	for i, a := range keys {
		dst[i] = m.lookup(a)
	}
}

func (m *maps) lookup(a netip.Addr) uint32 {
	if a.Is4() {
		w := word4(a)
		for _, b := range m.in4 {
			if i, found := m.by4[b][w&uint32(0xffffffff<<(32-b))]; found {
				return i
			}
		}
		return none
	}
	w := words6(a)
	for _, b := range m.in6 {
		masked := [2]uint64{w[0], w[1] & (^uint64(0) << (128 - b))}
		if b < 64 {
			masked = [2]uint64{w[0] & (^uint64(0) << (64 - b)), 0}
		}
		if i, found := m.by6[b][masked]; found {
			return i
		}
	}
	return none
}
