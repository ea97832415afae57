package merge

import (
	"cmp"
	"slices"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/addrtext"
)

// home is where an entity belongs among those that have addresses.
type home struct {
	zone   uint32 // in order of appearance
	record uint32
	hi, lo uint64 // the first address
}

// orderByAddress numbers the assets that have addresses by zone and first
// address, and the others behind them. What lies side by side in a network then
// lies side by side in memory, for events mostly speak of neighbours, and whose
// an address is takes a table a bit to say instead of a number.
func (m *merger) orderByAddress() {
	homes := make([]home, 0, m.out.Len())
	var others []uint32
	zones := make(map[entity.TextID]uint32)
	for record := range m.out.Len() {
		p, ok := m.firstAddress(record)
		if !ok {
			others = append(others, uint32(record))
			continue
		}
		zone, known := zones[m.out.Records[record].Zone]
		if !known {
			zone = uint32(len(zones))
			zones[m.out.Records[record].Zone] = zone
		}
		p.zone, p.record = zone, uint32(record)
		homes = append(homes, p)
	}
	slices.SortFunc(homes, func(a, b home) int {
		switch {
		case a.lo != b.lo && a.hi == b.hi && a.zone == b.zone:
			return cmp.Compare(a.lo, b.lo)
		case a.zone != b.zone:
			return cmp.Compare(a.zone, b.zone)
		case a.hi != b.hi:
			return cmp.Compare(a.hi, b.hi)
		}
		return cmp.Compare(a.record, b.record)
	})
	order := make([]uint32, 0, m.out.Len())
	for _, p := range homes {
		order = append(order, p.record)
	}
	m.out.Reorder(append(order, others...))
}

// firstAddress returns the least address that a record answers, IPv4 before
// IPv6 as netip orders them.
func (m *merger) firstAddress(record int) (first home, found bool) {
	for k, text := range m.out.KeysOf(record) {
		if k.Class != entity.AddressKey {
			continue
		}
		hi, lo, ok := addrtext.ParseWords(text)
		if !ok {
			continue // spelled as a name: 10.0.0.9/32
		}
		if hi == 0 && lo>>32 == 0xffff {
			lo &= 1<<32 - 1 // below all of IPv6 but what is reserved
		}
		if !found || hi < first.hi || hi == first.hi && lo < first.lo {
			first.hi, first.lo, found = hi, lo, true
		}
	}
	return first, found
}
