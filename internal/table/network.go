package table

import (
	"cmp"
	"iter"
	"net/netip"
	"slices"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/lpm"
	"github.com/kithsec/kith/internal/rankcode"
)

// Network is a prefix, or an address in the form of a prefix, and the number of the record
// that it belongs to.
type Network struct {
	Prefix netip.Prefix
	Record uint32
}

// noNetworks is an empty iterator.
func noNetworks(func(Network) bool) {}

// network holds the addresses and prefixes of a zone.
type network struct {
	lpm    *lpm.Table
	hosts  rankcode.List // rank → record
	owners []uint32      // index of a prefix → record
}

// setMatch sets *m to the match of an address and reports whether there is one. host is the
// rank of the address among the hosts, prefix the longest prefix that covers it; either can
// be lpm.None.
func (n *network) setMatch(m *Match, zone ZoneID, host, prefix uint32) (ok bool) {
	m.Key, m.addr, m.several, m.zone, m.prefix = 0, true, false, zone, prefix
	if host != lpm.None {
		m.Record, m.Step = n.hosts.At(host), entity.StepExact
		return true
	}
	if prefix != lpm.None {
		m.Record, m.Step = n.owners[prefix], entity.StepPrefix
		return true
	}
	return false
}

// covering yields a prefix and the prefixes that cover it, most specific first. It yields
// none for lpm.None.
func (n *network) covering(prefix uint32) iter.Seq[Network] {
	return func(yield func(Network) bool) {
		for p := prefix; p != lpm.None; p = n.lpm.Parent(p) {
			if !yield(Network{n.lpm.Prefix(p), n.owners[p]}) {
				return
			}
		}
	}
}

// around yields the prefixes that cover p, including p itself, most specific first.
func (n *network) around(p netip.Prefix) iter.Seq[Network] {
	if !p.IsValid() {
		return noNetworks
	}
	if at, end := n.lpm.CoveredBy(p); at != end && n.lpm.Prefix(at) == p {
		return n.covering(at)
	}
	_, prefix := n.lpm.Lookup(p.Addr())
	for prefix != lpm.None && n.lpm.Prefix(prefix).Bits() > p.Bits() {
		prefix = n.lpm.Parent(prefix)
	}
	return n.covering(prefix)
}

// inside yields the addresses and then the prefixes inside p, in ascending order.
func (n *network) inside(p netip.Prefix) iter.Seq[Network] {
	return func(yield func(Network) bool) {
		lo, hi := n.lpm.HostsIn(p)
		for rank := lo; rank < hi; rank++ {
			a := n.lpm.Host(rank)
			if !yield(Network{netip.PrefixFrom(a, a.BitLen()), n.hosts.At(rank)}) {
				return
			}
		}
		lo, hi = n.lpm.CoveredBy(p)
		for i := lo; i < hi; i++ {
			if !yield(Network{n.lpm.Prefix(i), n.owners[i]}) {
				return
			}
		}
	}
}

// ownedPrefix is a prefix and the record that it belongs to.
type ownedPrefix struct {
	prefix netip.Prefix
	record uint32
}

func newNetwork(keys *zoneKeys) (network, error) {
	slices.SortFunc(keys.prefixes, func(a, b ownedPrefix) int {
		return cmp.Or(a.prefix.Addr().Compare(b.prefix.Addr()), a.prefix.Bits()-b.prefix.Bits())
	})
	n := network{owners: make([]uint32, len(keys.prefixes))}
	prefixes := make([]netip.Prefix, len(keys.prefixes))
	for i, k := range keys.prefixes {
		prefixes[i], n.owners[i] = k.prefix, k.record
	}
	v4, v6, owners := keys.addrs.sortAddrs()
	n.hosts = rankcode.New(owners)
	var err error
	n.lpm, err = lpm.BuildHosts(v4, v6, prefixes)
	return n, err
}
