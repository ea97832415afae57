package lpm

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/yl2chen/cidranger"

	"github.com/kithsec/kith/internal/sections"
)

// gold is the slow twin of Table: it scans all hosts and all prefixes.
type gold struct {
	hosts    []netip.Addr
	prefixes []netip.Prefix
}

func (g gold) lookup(addr netip.Addr) (host, prefix uint32) {
	addr = addr.Unmap().WithZone("")
	host, prefix = None, None
	for i, h := range g.hosts {
		if h == addr {
			host = uint32(i)
		}
	}
	for i, p := range g.prefixes {
		if p.Contains(addr) && (prefix == None || p.Bits() > g.prefixes[prefix].Bits()) {
			prefix = uint32(i)
		}
	}
	return host, prefix
}

func (g gold) parent(i uint32) uint32 {
	parent := None
	for j, p := range g.prefixes {
		if uint32(j) != i && p.Overlaps(g.prefixes[i]) && p.Bits() < g.prefixes[i].Bits() &&
			(parent == None || p.Bits() > g.prefixes[parent].Bits()) {
			parent = uint32(j)
		}
	}
	return parent
}

func (g gold) hostsIn(p netip.Prefix) (list []netip.Addr) {
	for _, h := range g.hosts {
		if p.Contains(h) {
			list = append(list, h)
		}
	}
	return list
}

func (g gold) coveredBy(p netip.Prefix) (list []netip.Prefix) {
	for _, q := range g.prefixes {
		if p.Bits() <= q.Bits() && p.Overlaps(q) {
			list = append(list, q)
		}
	}
	return list
}

// newGold returns a gold with sorted canonical lists, without duplicates and without
// prefixes that are single addresses.
func newGold(hosts []netip.Addr, prefixes []netip.Prefix) gold {
	var g gold
	for _, h := range hosts {
		g.hosts = append(g.hosts, h.Unmap().WithZone(""))
	}
	for _, p := range prefixes {
		if p = p.Masked(); !p.IsSingleIP() && !p.Addr().Is4In6() {
			g.prefixes = append(g.prefixes, p)
		}
	}
	slices.SortFunc(g.hosts, netip.Addr.Compare)
	slices.SortFunc(g.prefixes, netip.Prefix.Compare)
	g.hosts, g.prefixes = slices.Compact(g.hosts), slices.Compact(g.prefixes)
	return g
}

// awkwardLists returns random hosts and prefixes, in whose addresses only a few bits vary.
// Hosts share nodes; prefixes are nested, start at the same address, are adjacent, and meet
// the edges of pages, nodes and groups.
func awkwardLists(rnd *rand.Rand) gold {
	hosts := make([]netip.Addr, rnd.IntN(3)*rnd.IntN(200))
	prefixes := make([]netip.Prefix, rnd.IntN(3)*rnd.IntN(60))
	for i := range hosts {
		hosts[i] = awkwardAddr(rnd)
	}
	for i := range prefixes {
		a := awkwardAddr(rnd)
		bits := rnd.IntN(a.BitLen() + 1)
		if rnd.IntN(2) == 0 { // about the edges
			bits = min([]int{7, 15, 23, 31, 47, 63, 127}[rnd.IntN(7)]+rnd.IntN(3), a.BitLen())
		}
		prefixes[i] = netip.PrefixFrom(a, bits)
	}
	return newGold(hosts, prefixes)
}

func awkwardAddr(rnd *rand.Rand) netip.Addr {
	edge := func() byte { return []byte{0, 0, 1, 127, 128, 254, 255, 255, byte(rnd.Uint32())}[rnd.IntN(9)] }
	if rnd.IntN(2) == 0 {
		return netip.AddrFrom4([4]byte{10 + edge()&128, edge() & 3, edge() & 3, edge()})
	}
	a := [16]byte{0: 0x20, 1: 1, 5: edge() & 1, 6: edge(), 7: edge() & 1, 8: edge() & 1, 14: edge(), 15: edge()}
	if rnd.IntN(16) == 0 {
		a = [16]byte{15: edge()}
	}
	if rnd.IntN(16) == 0 {
		for i := range a {
			a[i] = 0xff
		}
		a[rnd.IntN(16)] = edge()
	}
	return netip.AddrFrom16(a)
}

// probes returns the hosts, the first and last addresses of the prefixes, their neighbours,
// and random addresses: IPv4 addresses also in their 4-in-6 form, IPv6 addresses also with
// a scope zone.
func probes(g gold, rnd *rand.Rand) (list []netip.Addr) {
	add := func(a netip.Addr) {
		for _, a := range []netip.Addr{a, a.Prev(), a.Next()} {
			if !a.IsValid() {
				continue
			}
			list = append(list, a)
			if a.Is4() {
				list = append(list, netip.AddrFrom16(a.As16()))
			} else {
				list = append(list, a.WithZone("eth0"))
			}
		}
	}
	for _, h := range g.hosts {
		add(h)
	}
	for _, p := range g.prefixes {
		first, last := prefixBounds(p)
		if p.Addr().Is4() {
			add(addrFrom4(uint32(first.lo)))
			add(addrFrom4(uint32(last.lo)))
		} else {
			add(addrFrom6(first))
			add(addrFrom6(last))
		}
	}
	for range 100 {
		add(awkwardAddr(rnd))
	}
	for _, s := range []string{"0.0.0.0", "255.255.255.255", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"} {
		add(netip.MustParseAddr(s))
	}
	return list
}

// checkTable compares the results of all methods of a table with those of its twin.
func checkTable(t require.TestingT, tab *Table, g gold, probes []netip.Addr, where string) {
	require.Equal(t, len(g.hosts), tab.NumHosts(), where)
	require.Equal(t, len(g.prefixes), tab.NumPrefixes(), where)
	for _, a := range probes {
		host, prefix := tab.Lookup(a)
		if h, p := lookupInStages(tab, a); h != host || p != prefix {
			require.Failf(t, where, "lookupInStages(%v) = %d, %d, want %d, %d", a, int32(h), int32(p), int32(host), int32(prefix))
		}
		wantHost, wantPrefix := g.lookup(a)
		if host != wantHost || prefix != wantPrefix {
			require.Failf(t, where, "Lookup(%v) = %d, %d, want %d, %d", a, int32(host), int32(prefix), int32(wantHost), int32(wantPrefix))
		}
	}
	for i, h := range g.hosts {
		if got := tab.Host(uint32(i)); got != h {
			require.Failf(t, where, "Host(%d) = %v, want %v", i, got, h)
		}
	}
	for i, p := range g.prefixes {
		require.Equal(t, p, tab.Prefix(uint32(i)), "%s: Prefix(%d)", where, i)
		require.Equal(t, g.parent(uint32(i)), tab.Parent(uint32(i)), "%s: Parent(%d), which is %v", where, i, p)
		checkInside(t, tab, g, p, where)
	}
	for i, a := range probes[:min(len(probes), 200)] {
		if a.Is4In6() || i%3 != 0 {
			continue
		}
		for _, bits := range []int{0, 9, 23, 24, 25, 31, a.BitLen() - 1, a.BitLen()} {
			checkInside(t, tab, g, netip.PrefixFrom(a.WithZone(""), bits).Masked(), where)
		}
	}
	require.False(t, tab.Host(uint32(len(g.hosts))).IsValid(), where)
	require.False(t, tab.Prefix(uint32(len(g.prefixes))).IsValid(), where)
	require.Equal(t, None, tab.Parent(uint32(len(g.prefixes))), where)
	require.Equal(t, None, tab.Parent(None), where)
}

func checkInside(t require.TestingT, tab *Table, g gold, p netip.Prefix, where string) {
	var hosts []netip.Addr
	for lo, hi := tab.HostsIn(p); lo < hi; lo++ {
		hosts = append(hosts, tab.Host(lo))
	}
	if want := g.hostsIn(p); !slices.Equal(want, hosts) {
		require.Failf(t, where, "HostsIn(%v) = %v, want %v", p, hosts, want)
	}
	var prefixes []netip.Prefix
	for lo, hi := tab.CoveredBy(p); lo < hi; lo++ {
		prefixes = append(prefixes, tab.Prefix(lo))
	}
	if want := g.coveredBy(p); !slices.Equal(want, prefixes) {
		require.Failf(t, where, "CoveredBy(%v) = %v, want %v", p, prefixes, want)
	}
}

// reopen returns the table that is opened from the sections of tab.
func reopen(t require.TestingT, tab *Table) *Table {
	again, err := tryReopen(t, tab)
	require.NoError(t, err)
	return again
}

func tryReopen(t require.TestingT, tab *Table) (*Table, error) {
	var w sections.Writer
	tab.Put(&w, "addrs")
	var buf bytes.Buffer
	_, err := w.WriteTo(&buf)
	require.NoError(t, err)
	r, err := sections.Open(buf.Bytes())
	require.NoError(t, err)
	return Open(r, "addrs")
}

func TestTableAgreesWithTwin(t *testing.T) {
	rounds := 150
	if testing.Short() {
		rounds = 30
	}
	for seed := range uint64(rounds) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		g := awkwardLists(rnd)
		tab, err := Build(g.hosts, g.prefixes)
		require.NoError(t, err, "seed %d", seed)
		list := probes(g, rnd)
		checkTable(t, tab, g, list, fmt.Sprintf("seed %d", seed))
		checkTable(t, reopen(t, tab), g, list, fmt.Sprintf("seed %d, reopened", seed))
	}
}

// TestTableAgreesWithCIDRanger compares the longest prefix of an address and its parents
// with all prefixes that cidranger, an unrelated implementation, finds for the address.
func TestTableAgreesWithCIDRanger(t *testing.T) {
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 6))
		g := awkwardLists(rnd)
		tab, err := Build(g.hosts, g.prefixes)
		require.NoError(t, err)
		ranger := cidranger.NewPCTrieRanger()
		for _, p := range g.prefixes {
			require.NoError(t, ranger.Insert(cidranger.NewBasicRangerEntry(net.IPNet{
				IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen()),
			})))
		}
		for _, a := range probes(g, rnd) {
			// cidranger does not support scope zones, and treats a 4-in-6 address as IPv4.
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

// FuzzBuild builds a table of the hosts and prefixes that fromBytes decodes, stores and
// opens it, and compares it with its twin.
func FuzzBuild(f *testing.F) {
	f.Add([]byte("\x04\x18\x0a\x00\x00\x01\x04\x20\x0a\x00\x00\x02\x06\x40 \x01\x0d\xb8\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01"))
	for seed := range uint64(8) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		b := make([]byte, 200)
		for i := range b {
			b[i] = []byte{4, 6, 10, 0, 1, 24, 31, 32, 63, 64, 65, 127, 128, 255}[rnd.IntN(14)]
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		g := fromBytes(b[:min(len(b), 300)])
		tab, err := Build(g.hosts, g.prefixes)
		require.NoError(t, err)
		list := probes(g, rand.New(rand.NewPCG(0, 0)))
		checkTable(t, reopen(t, tab), g, list, "fuzz")
	})
}

// fromBytes decodes a list of prefixes. Each is a byte for the family, a byte for the
// length, and the bytes of the address that the length covers. A prefix of the whole
// length is a host.
func fromBytes(b []byte) gold {
	var hosts []netip.Addr
	var prefixes []netip.Prefix
	for len(b) >= 2 {
		var a [16]byte
		size := 4
		if b[0]&1 != 0 || b[0] == 6 {
			size = 16
		}
		bits := int(b[1]) % (size*8 + 1)
		b = b[2:]
		b = b[copy(a[:(bits+7)/8], b):]
		addr, _ := netip.AddrFromSlice(a[:size])
		if bits == size*8 {
			hosts = append(hosts, addr)
		} else {
			prefixes = append(prefixes, netip.PrefixFrom(addr, bits))
		}
	}
	return newGold(hosts, prefixes)
}

// lookupInStages looks up an address with a Probe.
func lookupInStages(tab *Table, a netip.Addr) (host, prefix uint32) {
	if !a.IsValid() {
		return None, None
	}
	var p Probe
	p.Hi, p.Lo = addrWords(a)
	tab.Begin(&p)
	tab.Seek(&p)
	return tab.Find(&p)
}
