package table

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/kithsec/kith/internal/addr"
	"github.com/kithsec/kith/internal/hugepage"
	"github.com/kithsec/kith/internal/radixsort"
)

// hosts collects addresses and the records that they belong to. IPv4 addresses
// are kept in the upper half of a number and the record in the lower, so that to
// sort them is to sort numbers.
type hosts struct {
	v4 []uint64
	v6 []host6
}

type host6 struct {
	hi, lo uint64
	record uint32
}

// add adds an address.
func (h *hosts) add(text string, record uint32) error {
	hi, lo, ok := addr.ParseWords(text)
	if !ok { // listed as a name: 10.0.0.9/32
		text = canonical(text)
		if hi, lo, ok = addr.ParseWords(text); !ok {
			_, err := netip.ParseAddr(text)
			return err
		}
	}
	if hi == 0 && lo>>32 == 0xffff {
		h.v4 = append(hugepage.Grow(h.v4, 1), radixsort.Pair(uint32(lo), record))
	} else {
		h.v6 = append(h.v6, host6{hi, lo, record})
	}
	return nil
}

// sorted returns the addresses in ascending order, those of IPv6 in two words
// each, and the records of all of them, IPv4 first. It empties h.
func (h *hosts) sorted() (v4 []uint32, v6 []uint64, records []uint32) {
	sorted := radixsort.Sort(h.v4)
	slices.SortFunc(h.v6, func(a, b host6) int {
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
	*h = hosts{}
	return v4, v6, records
}
