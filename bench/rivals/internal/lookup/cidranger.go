package lookup

import (
	"net"
	"net/netip"

	"github.com/yl2chen/cidranger"
)

// ranger is cidranger. ContainingNetworks is its only method that returns inserted
// entries. It returns all networks that contain the address, the longest last.
type ranger struct {
	tree cidranger.Ranger
	ip   [16]byte // of the key, which the tree takes as a slice
}

type rangerEntry struct {
	network net.IPNet
	entry   uint32
}

func (e rangerEntry) Network() net.IPNet { return e.network }

func (c *ranger) Name() string { return "cidranger.ContainingNetworks" }

func (c *ranger) Build(t *Table) error {
	c.tree = cidranger.NewPCTrieRanger()
	for i, p := range t.All() {
		if err := c.tree.Insert(rangerEntry{ipNet(p), i}); err != nil {
			return err
		}
	}
	return nil
}

func (c *ranger) Lookup(dst []uint32, keys []netip.Addr) {
	for i, a := range keys {
		dst[i] = none
		found, err := c.tree.ContainingNetworks(c.sliceOf(a))
		if err == nil && len(found) > 0 {
			dst[i] = found[len(found)-1].(rangerEntry).entry
		}
	}
}

func (c *ranger) sliceOf(a netip.Addr) net.IP {
	if a.Is4() {
		b := a.As4()
		return c.ip[:copy(c.ip[:], b[:])]
	}
	c.ip = a.As16()
	return c.ip[:]
}

func ipNet(p netip.Prefix) net.IPNet {
	return net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
