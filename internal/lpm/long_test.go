//go:build long

package lpm

import (
	"math/rand/v2"
	"net/netip"
	"sort"
	"testing"

	"github.com/stretchr/testify/require"
)

// sortedGold is a twin that is fast enough for large tables. It searches the sorted lists and
// follows the parents of a prefix, which it has found with a map.
type sortedGold struct {
	gold
	parents []int
}

func newSorted(g gold) sortedGold {
	s := sortedGold{gold: g, parents: make([]int, len(g.prefixes))}
	at := map[netip.Prefix]int{}
	for i, p := range g.prefixes {
		at[p] = i
	}
	for i, p := range g.prefixes {
		s.parents[i] = -1
		for bits := p.Bits() - 1; bits >= 0; bits-- {
			if parent, found := at[netip.PrefixFrom(p.Addr(), bits).Masked()]; found {
				s.parents[i] = parent
				break
			}
		}
	}
	return s
}

func (s sortedGold) lookup(addr netip.Addr) (host, prefix uint32) {
	addr = addr.Unmap().WithZone("")
	host, prefix = None, None
	if i := sort.Search(len(s.hosts), func(i int) bool { return s.hosts[i].Compare(addr) >= 0 }); i < len(s.hosts) && s.hosts[i] == addr {
		host = uint32(i)
	}
	i := sort.Search(len(s.prefixes), func(i int) bool { return s.prefixes[i].Addr().Compare(addr) > 0 }) - 1
	for i >= 0 && !s.prefixes[i].Contains(addr) {
		i = s.parents[i]
	}
	if i >= 0 {
		prefix = uint32(i)
	}
	return host, prefix
}

// TestLargeTablesAgreeWithTwin makes ten million lookups in tables of realistic sizes.
func TestLargeTablesAgreeWithTwin(t *testing.T) {
	net4, net6 := internetPrefixes(t)
	company, company6 := enterprisePlan(1_000_000), addresses6(200_000)
	all := newGold(append(append(company.hosts, company6.hosts...), scatteredHosts().hosts...),
		append(append(append(company.prefixes, company6.prefixes...), net4.prefixes...), net6.prefixes...))
	for name, g := range map[string]gold{"enterprise": company, "enterprise6": company6, "internet": net4, "all": all} {
		tab, err := Build(g.hosts, g.prefixes)
		require.NoError(t, err)
		twin := newSorted(g)
		rnd := rand.New(rand.NewPCG(20, 21))
		for range 2_500_000 {
			a := randomNear(g, rnd)
			host, prefix := tab.Lookup(a)
			if wantHost, wantPrefix := twin.lookup(a); host != wantHost || prefix != wantPrefix {
				require.Failf(t, name, "Lookup(%v) = %d, %d, want %d, %d", a, int32(host), int32(prefix), int32(wantHost), int32(wantPrefix))
			}
		}
	}
}

// randomNear returns a random host, the address after one, an address in a prefix, or any
// address.
func randomNear(g gold, rnd *rand.Rand) netip.Addr {
	switch k := rnd.IntN(8); {
	case k < 4 && len(g.hosts) > 0:
		a := g.hosts[rnd.IntN(len(g.hosts))]
		if next := a.Next(); k == 0 && next.IsValid() {
			return next
		}
		return a
	case k < 7 && len(g.prefixes) > 0:
		p := g.prefixes[rnd.IntN(len(g.prefixes))]
		first, last := prefixBounds(p)
		if p.Addr().Is4() {
			return addrFrom4(uint32(first.lo + rnd.Uint64N(last.lo-first.lo+1)))
		}
		return addrFrom6(addr128{first.hi | rnd.Uint64()&(first.hi^last.hi), first.lo | rnd.Uint64()&(first.lo^last.lo)})
	case k == 7:
		return awkwardAddr(rnd)
	}
	return addrFrom4(rnd.Uint32())
}
