package lookup

import (
	"net/netip"

	"github.com/kentik/patricia"
	"github.com/kentik/patricia/uint32_tree"
)

// patriciaTree is kentik/patricia: a tree for each family, designed for few pointers.
type patriciaTree struct {
	four *uint32_tree.TreeV4
	six  *uint32_tree.TreeV6
}

func (p *patriciaTree) Name() string { return "kentik/patricia" }

func (p *patriciaTree) Build(t *Table) error {
	p.four, p.six = uint32_tree.NewTreeV4(), uint32_tree.NewTreeV6()
	for i, e := range t.All() {
		if e.Addr().Is4() {
			p.four.Set(patricia.NewIPv4Address(word4(e.Addr()), uint(e.Bits())), i)
		} else {
			b := e.Addr().As16()
			p.six.Set(patricia.NewIPv6Address(b[:], uint(e.Bits())), i)
		}
	}
	return nil
}

func (p *patriciaTree) Lookup(dst []uint32, keys []netip.Addr) {
	for i, a := range keys {
		var found bool
		var v uint32
		if a.Is4() {
			found, v = p.four.FindDeepestTag(patricia.NewIPv4Address(word4(a), 32))
		} else {
			b := a.As16()
			found, v = p.six.FindDeepestTag(patricia.NewIPv6Address(b[:], 128))
		}
		if !found {
			v = none
		}
		dst[i] = v
	}
}
