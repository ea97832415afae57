package lookup

import (
	"net/netip"

	"github.com/aromatt/netipds"
)

// netipdsMap is netipds.PrefixMap, a binary radix tree. It is not built with the option
// Lazy, which is meant to build faster: lookups in the result take about three times as
// long, and it needs two to three times the memory.
type netipdsMap struct{ table *netipds.PrefixMap[uint32] }

func (n *netipdsMap) Name() string { return "netipds.PrefixMap" }

func (n *netipdsMap) Build(t *Table) error {
	b := netipds.PrefixMapBuilder[uint32]{}
	for i, p := range t.All() {
		if err := b.Set(p, i); err != nil {
			return err
		}
	}
	n.table = b.PrefixMap()
	return nil
}

func (n *netipdsMap) Lookup(dst []uint32, keys []netip.Addr) {
	for i, a := range keys {
		dst[i] = none
		if _, v, found := n.table.ParentOf(netip.PrefixFrom(a, a.BitLen())); found {
			dst[i] = v
		}
	}
}
