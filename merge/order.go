package merge

import (
	"cmp"
	"slices"

	"github.com/kithsec/kith/internal/addr"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/hugepage"
	"github.com/kithsec/kith/internal/radixsort"
	"github.com/kithsec/kith/internal/schema"
)

// address is the first address of a record, in the order of netip.
type address struct {
	hi, lo uint64
	record uint32
}

// zoneAddresses holds the records of a zone that have addresses.
type zoneAddresses struct {
	low  []uint64 // radixsort pairs of an address below 2^32, as every IPv4 address is, and its record
	high []address
}

// orderByAddress sorts the assets that have addresses by zone and first address, and
// puts all others after them. Most events concern hosts of the same networks, whose
// records are then close in memory. Also, a table needs one bit per address instead of a
// number to find its owner.
func orderByAddress(out *entities.Store) {
	zones := make(map[entities.TextID]*zoneAddresses)
	var inOrder []*zoneAddresses // zones in the order of their first records
	var others []uint32
	for record := range out.Len() {
		first, ok := firstAddress(out, record)
		if !ok {
			others = append(others, uint32(record))
			continue
		}
		zone := zones[out.Records[record].Zone]
		if zone == nil {
			zone = &zoneAddresses{}
			zones[out.Records[record].Zone] = zone
			inOrder = append(inOrder, zone)
		}
		zone.add(first)
	}
	order := make([]uint32, 0, out.Len())
	for _, zone := range inOrder {
		order = zone.appendSorted(order)
	}
	out.Reorder(append(order, others...))
}

func (h *zoneAddresses) add(a address) {
	if a.hi == 0 && a.lo>>32 == 0 {
		h.low = append(hugepage.Grow(h.low, 1), radixsort.Pair(uint32(a.lo), a.record))
	} else {
		h.high = append(h.high, a)
	}
}

// appendSorted appends the records, sorted by address, to order.
func (h *zoneAddresses) appendSorted(order []uint32) []uint32 {
	for _, packed := range radixsort.Sort(h.low) {
		order = append(order, uint32(packed))
	}
	slices.SortFunc(h.high, func(a, b address) int {
		return cmp.Or(cmp.Compare(a.hi, b.hi), cmp.Compare(a.lo, b.lo), cmp.Compare(a.record, b.record))
	})
	for _, a := range h.high {
		order = append(order, a.record)
	}
	return order
}

// firstAddress returns the lowest address that resolves to a record, or false if there
// is none. Like netip, it orders IPv4 before IPv6.
func firstAddress(out *entities.Store, record int) (first address, found bool) {
	for k, text := range out.KeysOf(record) {
		if k.Class != schema.AddressKey {
			continue
		}
		hi, lo, ok := addr.ParseWords(text)
		if !ok {
			continue // the spelling is not that of an address: 10.0.0.9/32
		}
		if hi == 0 && lo>>32 == 0xffff {
			lo &= 1<<32 - 1 // unmap IPv4, which sorts it before all of IPv6 except reserved addresses
		}
		if !found || hi < first.hi || hi == first.hi && lo < first.lo {
			first, found = address{hi, lo, uint32(record)}, true
		}
	}
	return first, found
}
