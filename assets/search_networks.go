package assets

import (
	"fmt"
	"iter"
	"net"
	"net/netip"
	"slices"

	"github.com/yl2chen/cidranger"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/schema"
)

// NetworkIndex finds the assets inside a network and the networks inside or
// around one. It is made for people who search, not for events; it never
// changes and is safe for concurrent use.
type NetworkIndex struct {
	zones map[entity.Zone]*zoneNetworks
}

// zoneNetworks are the addresses of a zone, sorted, and its prefixes, which
// alone are in the ranger: a host would cost it a node of a trie each.
type zoneNetworks struct {
	hosts    []owned[netip.Addr]
	prefixes cidranger.Ranger
}

// NewNetworkIndex indexes the addresses and prefixes of the entities, which
// must be assets.
func NewNetworkIndex(merged *entity.Entities) (*NetworkIndex, error) {
	e := entities.Of(merged)
	x := &NetworkIndex{zones: make(map[entity.Zone]*zoneNetworks)}
	for record := range e.Len() {
		for k, text := range e.KeysOf(record) {
			if err := x.add(entity.Zone(e.Zone(record)), k.Class, text, uint32(record)); err != nil {
				return nil, fmt.Errorf("key %q: %w", text, err)
			}
		}
	}
	for _, z := range x.zones {
		slices.SortFunc(z.hosts, func(a, b owned[netip.Addr]) int { return a.key.Compare(b.key) })
	}
	return x, nil
}

func (x *NetworkIndex) add(zone entity.Zone, class schema.KeyClass, text string, record uint32) error {
	if class != schema.AddressKey && class != schema.PrefixKey {
		return nil
	}
	z := x.zones[zone]
	if z == nil {
		z = &zoneNetworks{prefixes: cidranger.NewPCTrieRanger()}
		x.zones[zone] = z
	}
	if class == schema.AddressKey {
		a, err := netip.ParseAddr(text)
		z.hosts = append(z.hosts, owned[netip.Addr]{schema.CanonicalAddr(a), record})
		return err
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return err
	}
	return z.prefixes.Insert(&ranged{owned[netip.Prefix]{p, record}})
}

// ranged is a prefix as the ranger wants it.
type ranged struct{ owned[netip.Prefix] }

// Network implements cidranger.RangerEntry.
func (r *ranged) Network() net.IPNet { return ipNet(r.key) }

func ipNet(p netip.Prefix) net.IPNet {
	return net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

// Network returns the prefix that decides containment: its host bits cleared, a
// mapped prefix of 96 bits or more as IPv4.
func Network(p netip.Prefix) netip.Prefix {
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked()
}

// Hosts yields the addresses of a zone inside p, ascending.
func (x *NetworkIndex) Hosts(zone entity.Zone, p netip.Prefix) iter.Seq[Found] {
	return func(yield func(Found) bool) {
		z, p := x.zones[zone], Network(p)
		if z == nil || !p.IsValid() {
			return
		}
		from, _ := slices.BinarySearchFunc(z.hosts, p.Addr(), func(h owned[netip.Addr], a netip.Addr) int { return h.key.Compare(a) })
		for _, h := range z.hosts[from:] {
			if !p.Contains(h.key) || !yield(Found{h.key.String(), h.record}) {
				return
			}
		}
	}
}

// Covered yields the prefixes of a zone that are p or lie inside it, ascending
// by address, the wider of two first.
func (x *NetworkIndex) Covered(zone entity.Zone, p netip.Prefix) iter.Seq[Found] {
	z, p := x.zones[zone], Network(p)
	if z == nil || !p.IsValid() {
		return none
	}
	entries, err := z.prefixes.CoveredNetworks(ipNet(p))
	if err != nil { // a network of no family, which p is not
		return none
	}
	return sorted(entries, func(a, b netip.Prefix) int {
		if c := a.Addr().Compare(b.Addr()); c != 0 {
			return c
		}
		return a.Bits() - b.Bits()
	})
}

// Covering yields the prefixes of a zone that p lies inside, without p itself,
// the most specific first.
func (x *NetworkIndex) Covering(zone entity.Zone, p netip.Prefix) iter.Seq[Found] {
	z, p := x.zones[zone], Network(p)
	if z == nil || !p.IsValid() {
		return none
	}
	entries, err := z.prefixes.ContainingNetworks(p.Addr().AsSlice())
	if err != nil { // an address of no family, which p's is not
		return none
	}
	entries = slices.DeleteFunc(entries, func(e cidranger.RangerEntry) bool { return e.(*ranged).key.Bits() >= p.Bits() })
	return sorted(entries, func(a, b netip.Prefix) int { return b.Bits() - a.Bits() })
}

func none(func(Found) bool) {}

func sorted(entries []cidranger.RangerEntry, order func(a, b netip.Prefix) int) iter.Seq[Found] {
	slices.SortFunc(entries, func(a, b cidranger.RangerEntry) int { return order(a.(*ranged).key, b.(*ranged).key) })
	return func(yield func(Found) bool) {
		for _, e := range entries {
			r := e.(*ranged)
			if !yield(Found{r.key.String(), r.record}) {
				return
			}
		}
	}
}
