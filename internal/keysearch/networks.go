package keysearch

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

// NetworkIndex finds the addresses inside a network, and the networks inside or around it. It
// is immutable and safe for concurrent use.
type NetworkIndex struct {
	zones map[entity.Zone]*zoneNetworks
}

// zoneNetworks holds the sorted addresses and the prefixes of a zone. The addresses are not in
// the ranger, because each of them would need a node of its trie.
type zoneNetworks struct {
	hosts    []ownedAddr
	prefixes cidranger.Ranger
}

// NewNetworkIndex indexes the addresses and prefixes of the entities, which must be assets. It
// returns an error if one of them cannot be parsed.
func NewNetworkIndex(e *entities.Store) (*NetworkIndex, error) {
	x := &NetworkIndex{zones: make(map[entity.Zone]*zoneNetworks)}
	for record := range e.Len() {
		for k, text := range e.KeysOf(record) {
			if err := x.addKey(entity.Zone(e.Zone(record)), k.Class, text, uint32(record)); err != nil {
				return nil, fmt.Errorf("key %q: %w", text, err)
			}
		}
	}
	for _, z := range x.zones {
		slices.SortFunc(z.hosts, func(a, b ownedAddr) int { return a.addr.Compare(b.addr) })
	}
	return x, nil
}

func (x *NetworkIndex) addKey(zone entity.Zone, class schema.KeyClass, text string, record uint32) error {
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
		z.hosts = append(z.hosts, ownedAddr{schema.CanonicalAddr(a), record})
		return err
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return err
	}
	return z.prefixes.Insert(&ownedPrefix{p, record})
}

// ownedAddr is an address and the asset that has it.
type ownedAddr struct {
	addr   netip.Addr
	record uint32
}

// ownedPrefix is a prefix and the asset that has it.
type ownedPrefix struct {
	prefix netip.Prefix
	record uint32
}

// Network implements cidranger.RangerEntry.
func (p *ownedPrefix) Network() net.IPNet { return ipNet(p.prefix) }

func ipNet(p netip.Prefix) net.IPNet {
	return net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

// Hosts yields the addresses of a zone inside p, in ascending order.
func (x *NetworkIndex) Hosts(zone entity.Zone, p netip.Prefix) iter.Seq[Found] {
	return func(yield func(Found) bool) {
		z, p := x.zones[zone], schema.CanonicalPrefix(p)
		if z == nil || !p.IsValid() {
			return
		}
		from, _ := slices.BinarySearchFunc(z.hosts, p.Addr(), func(h ownedAddr, a netip.Addr) int { return h.addr.Compare(a) })
		for _, h := range z.hosts[from:] {
			if !p.Contains(h.addr) || !yield(Found{h.addr.String(), h.record}) {
				return
			}
		}
	}
}

// Covered yields the prefixes of a zone that are p or lie inside it, in ascending order of
// their addresses. Of two prefixes with the same address, the shorter one is first.
func (x *NetworkIndex) Covered(zone entity.Zone, p netip.Prefix) iter.Seq[Found] {
	z, p := x.zones[zone], schema.CanonicalPrefix(p)
	if z == nil || !p.IsValid() {
		return noKeys
	}
	entries, err := z.prefixes.CoveredNetworks(ipNet(p))
	if err != nil { // unreachable: p is of a known family
		return noKeys
	}
	return sortedKeys(entries, func(a, b netip.Prefix) int {
		if c := a.Addr().Compare(b.Addr()); c != 0 {
			return c
		}
		return a.Bits() - b.Bits()
	})
}

// Covering yields the prefixes of a zone that cover p, without p itself, most specific first.
func (x *NetworkIndex) Covering(zone entity.Zone, p netip.Prefix) iter.Seq[Found] {
	z, p := x.zones[zone], schema.CanonicalPrefix(p)
	if z == nil || !p.IsValid() {
		return noKeys
	}
	entries, err := z.prefixes.ContainingNetworks(p.Addr().AsSlice())
	if err != nil { // unreachable: p is of a known family
		return noKeys
	}
	entries = slices.DeleteFunc(entries, func(e cidranger.RangerEntry) bool { return e.(*ownedPrefix).prefix.Bits() >= p.Bits() })
	return sortedKeys(entries, func(a, b netip.Prefix) int { return b.Bits() - a.Bits() })
}

// noKeys is an empty iterator.
func noKeys(func(Found) bool) {}

// sortedKeys sorts entries and returns an iterator over them.
func sortedKeys(entries []cidranger.RangerEntry, order func(a, b netip.Prefix) int) iter.Seq[Found] {
	slices.SortFunc(entries, func(a, b cidranger.RangerEntry) int { return order(a.(*ownedPrefix).prefix, b.(*ownedPrefix).prefix) })
	return func(yield func(Found) bool) {
		for _, e := range entries {
			r := e.(*ownedPrefix)
			if !yield(Found{r.prefix.String(), r.record}) {
				return
			}
		}
	}
}
