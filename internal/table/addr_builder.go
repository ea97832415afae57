package table

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/kithsec/kith/internal/addr"
	"github.com/kithsec/kith/internal/hugepage"
	"github.com/kithsec/kith/internal/radixsort"
)

// addrBuilder collects addresses and the records that they belong to. An IPv4 address is
// packed into one integer with its record in the low half, so that addresses are sorted by
// sorting integers.
type addrBuilder struct {
	v4 []uint64
	v6 []ownedAddr6
}

// ownedAddr6 is an IPv6 address and the record that it belongs to.
type ownedAddr6 struct {
	hi, lo uint64
	record uint32
}

// addText adds an address. It returns an error if text is not an address.
func (h *addrBuilder) addText(text string, record uint32) error {
	hi, lo, ok := addr.ParseWords(text)
	if !ok { // it is listed as a name, such as 10.0.0.9/32
		text = canonicalText(text)
		if hi, lo, ok = addr.ParseWords(text); !ok {
			_, err := netip.ParseAddr(text)
			return err
		}
	}
	if hi == 0 && lo>>32 == 0xffff {
		h.v4 = append(hugepage.Grow(h.v4, 1), radixsort.Pair(uint32(lo), record))
	} else {
		h.v6 = append(h.v6, ownedAddr6{hi, lo, record})
	}
	return nil
}

// sortAddrs returns the addresses in ascending order, IPv6 addresses as two words each, and
// the records of all of them, IPv4 first. It empties h.
func (h *addrBuilder) sortAddrs() (v4 []uint32, v6 []uint64, records []uint32) {
	sorted := radixsort.Sort(h.v4)
	slices.SortFunc(h.v6, func(a, b ownedAddr6) int {
		return cmp.Or(cmp.Compare(a.hi, b.hi), cmp.Compare(a.lo, b.lo))
	})
	v4, v6 = make([]uint32, len(sorted)), make([]uint64, 0, 2*len(h.v6))
	records = make([]uint32, 0, len(sorted)+len(h.v6))
	for i, host := range sorted {
		v4[i] = uint32(host >> 32)
		records = append(records, uint32(host))
	}
	for _, host := range h.v6 {
		v6 = append(v6, host.hi, host.lo)
		records = append(records, host.record)
	}
	*h = addrBuilder{}
	return v4, v6, records
}
