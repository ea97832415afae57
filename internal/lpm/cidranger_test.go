package lpm

import (
	"cmp"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/yl2chen/cidranger"
)

// The second twin is cidranger, which shares no thought with this package: all
// prefixes that contain an address are the longest one and its parents.
func TestCIDRanger(t *testing.T) {
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 6))
		g := awkward(rnd)
		tab, err := Build(g.hosts, g.prefixes)
		require.NoError(t, err)
		ranger := cidranger.NewPCTrieRanger()
		for _, p := range g.prefixes {
			require.NoError(t, ranger.Insert(cidranger.NewBasicRangerEntry(net.IPNet{
				IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen()),
			})))
		}
		for _, a := range probes(g, rnd) {
			// To cidranger a zone is unknown and a 4-in-6 address is IPv4.
			entries, err := ranger.ContainingNetworks(a.Unmap().AsSlice())
			require.NoError(t, err)
			want := make([]netip.Prefix, 0, len(entries))
			for _, e := range entries {
				network := e.Network()
				p, err := netip.ParsePrefix(network.String())
				require.NoError(t, err)
				want = append(want, p)
			}
			slices.SortFunc(want, func(a, b netip.Prefix) int { return cmp.Compare(b.Bits(), a.Bits()) })
			got := []netip.Prefix{}
			for _, p := tab.Lookup(a); p != None; p = tab.Parent(p) {
				got = append(got, tab.Prefix(p))
			}
			if !slices.Equal(want, got) {
				require.Failf(t, "differs from cidranger", "seed %d: %v is in %v, want %v", seed, a, got, want)
			}
		}
	}
}
