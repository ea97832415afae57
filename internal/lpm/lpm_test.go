package lpm

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/sections"
)

func addrs(list ...string) (a []netip.Addr) {
	for _, s := range list {
		a = append(a, netip.MustParseAddr(s))
	}
	return a
}

func nets(list ...string) (p []netip.Prefix) {
	for _, s := range list {
		p = append(p, netip.MustParsePrefix(s))
	}
	return p
}

func TestLookupFindsHostAndLongestPrefix(t *testing.T) {
	tab, err := Build(
		addrs("0.0.0.0", "10.1.2.3", "10.1.2.4", "255.255.255.255", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"),
		nets("0.0.0.0/0", "10.0.0.0/8", "10.1.2.0/24", "10.1.2.4/31", "::/0", "2001:db8::/32", "2001:db8::/64", "2001:db8::/127", "2001:db8:0:1::/126"))
	require.NoError(t, err)
	const no = -1
	for _, tt := range []struct {
		addr         string
		host, prefix int
	}{
		{"0.0.0.0", 0, 0},
		{"9.255.255.255", no, 0},
		{"10.0.0.0", no, 1},
		{"10.1.2.2", no, 2},
		{"10.1.2.3", 1, 2},
		{"10.1.2.4", 2, 3},
		{"10.1.2.5", no, 3},
		{"10.1.2.6", no, 2},
		{"255.255.255.255", 3, 0},
		{"::ffff:10.1.2.4", 2, 3},
		{"::ffff:10.1.2.4%eth0", 2, 3},
		{"::", no, 4},
		{"::fffe:10.1.2.4", no, 4},
		{"2001:db8::", no, 7},
		{"2001:db8::1%eth0", 4, 7},
		{"2001:db8::2", 5, 6},
		{"2001:db8::3", no, 6},
		{"2001:db8:0:1::1", 6, 8},
		{"2001:db8:0:1::4", no, 5},
		{"2001:db8:0:2::1", no, 5},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", no, 4},
	} {
		host, prefix := tab.Lookup(netip.MustParseAddr(tt.addr))
		assert.Equal(t, []int{tt.host, tt.prefix}, []int{int(int32(host)), int(int32(prefix))}, "Lookup(%s)", tt.addr)
	}
	host, prefix := tab.Lookup(netip.Addr{})
	assert.Equal(t, []uint32{None, None}, []uint32{host, prefix}, "Lookup of the zero Addr")
}

// TestIPv6PrefixDoesNotCoverIPv4Address looks up IPv4 addresses in both of their forms.
func TestIPv6PrefixDoesNotCoverIPv4Address(t *testing.T) {
	tab, err := Build(nil, nets("::/0"))
	require.NoError(t, err)
	for _, a := range addrs("10.0.0.1", "::ffff:10.0.0.1", "0.0.0.0") {
		host, prefix := tab.Lookup(a)
		assert.Equal(t, []uint32{None, None}, []uint32{host, prefix}, "Lookup(%v)", a)
	}
}

func TestEmptyTableFindsNothing(t *testing.T) {
	built, err := Build(nil, nil)
	require.NoError(t, err)
	for name, tab := range map[string]*Table{"built": built, "zero": {}, "reopened": reopen(t, built)} {
		checkTable(t, tab, gold{}, probes(gold{}, rand.New(rand.NewPCG(1, 1))), name)
		assert.Zero(t, tab.Size(), name)
	}
	lo, hi := built.HostsIn(netip.Prefix{})
	assert.Equal(t, lo, hi, "HostsIn of the zero Prefix")
	lo, hi = built.CoveredBy(netip.Prefix{})
	assert.Equal(t, lo, hi, "CoveredBy of the zero Prefix")
}

func TestBuildRejectsUnsortedAndNonCanonicalLists(t *testing.T) {
	for _, tt := range []struct {
		hosts    []netip.Addr
		prefixes []netip.Prefix
		want     string
	}{
		{addrs("10.0.0.2", "10.0.0.1"), nil, `host 1: "10.0.0.1": not greater than its predecessor`},
		{addrs("10.0.0.1", "10.0.0.1"), nil, `host 1: "10.0.0.1": not greater than its predecessor`},
		{addrs("::1", "10.0.0.1"), nil, `host 1: "10.0.0.1": not greater than its predecessor`},
		{addrs("::ffff:10.0.0.1"), nil, `host 0: "::ffff:10.0.0.1": 4-in-6 address`},
		{addrs("fe80::1%eth0"), nil, `host 0: "fe80::1%eth0": has a scope zone`},
		{[]netip.Addr{{}}, nil, `host 0: "invalid IP": not valid`},
		{nil, nets("10.0.0.0/8", "9.0.0.0/8"), `prefix 1: "9.0.0.0/8": not greater than its predecessor`},
		{nil, nets("10.0.0.0/16", "10.0.0.0/8"), `prefix 1: "10.0.0.0/8": not greater than its predecessor`},
		{nil, nets("10.0.0.0/8", "10.0.0.0/8"), `prefix 1: "10.0.0.0/8": not greater than its predecessor`},
		{nil, nets("10.0.0.1/8"), `prefix 0: "10.0.0.1/8": has host bits`},
		{nil, nets("10.0.0.1/32"), `prefix 0: "10.0.0.1/32": single address`},
		{nil, nets("::1/128"), `prefix 0: "::1/128": single address`},
		{nil, nets("::ffff:0:0/96"), `prefix 0: "::ffff:0.0.0.0/96": 4-in-6 prefix`},
		{nil, []netip.Prefix{{}}, `prefix 0: "invalid Prefix": not valid`},
	} {
		_, err := Build(tt.hosts, tt.prefixes)
		assert.EqualError(t, err, tt.want, "Build(%v, %v)", tt.hosts, tt.prefixes)
	}
}

func TestBuildHostsRejectsUnsortedAndNonCanonicalLists(t *testing.T) {
	for _, tt := range []struct {
		v4       []uint32
		v6       []uint64
		prefixes []netip.Prefix
		want     string
	}{
		{[]uint32{2, 1}, nil, nil, `host 1: "0.0.0.1": not greater than its predecessor`},
		{[]uint32{1, 1}, nil, nil, `host 1: "0.0.0.1": not greater than its predecessor`},
		{[]uint32{1}, []uint64{0, 2, 0, 2}, nil, `host 2: "::2": not greater than its predecessor`},
		{nil, []uint64{1, 0, 0, 2}, nil, `host 1: "::2": not greater than its predecessor`},
		{[]uint32{1}, []uint64{0, 0xffff_0a00_0001}, nil, `host 1: "::ffff:10.0.0.1": 4-in-6 address`},
		{nil, nil, nets("10.0.0.1/8"), `prefix 0: "10.0.0.1/8": has host bits`},
	} {
		_, err := BuildHosts(tt.v4, tt.v6, tt.prefixes)
		assert.EqualError(t, err, tt.want, "BuildHosts(%v, %v, %v)", tt.v4, tt.v6, tt.prefixes)
	}
}

func TestOpenRejectsMissingSections(t *testing.T) {
	tab, err := Build(addrs("10.0.0.1"), nil)
	require.NoError(t, err)
	var w sections.Writer
	tab.Put(&w, "addrs")
	sections.Put(&w, "short/head", []uint64{1})
	putSections(&w, "short", tab.uint8Sections())
	putSections(&w, "short", tab.uint32Sections())
	putSections(&w, "short", tab.uint64Sections())
	sections.Put(&w, "head/head", []uint64{1, 0, 0, 0})
	var buf bytes.Buffer
	_, err = w.WriteTo(&buf)
	require.NoError(t, err)
	r, err := sections.Open(buf.Bytes())
	require.NoError(t, err)
	for name, want := range map[string]string{
		"none":  `section "none": not a kith snapshot: no section "none/head"`,
		"short": `section "short": not a kith snapshot: head`,
		"head":  `section "head": not a kith snapshot: no section "head/bits"`,
	} {
		_, err := Open(r, name)
		assert.EqualError(t, err, want, "Open(%q)", name)
		assert.ErrorIs(t, err, sections.ErrFormat)
	}
}

// manyRuns returns prefixes that split a /24 into every number of runs up to and beyond
// what fits into a node, a /24 with 64 runs, and prefixes of every length.
func manyRuns() gold {
	var list []netip.Prefix
	for i := range uint32(64) {
		list = append(list, netip.PrefixFrom(addrFrom4(10<<24|i*4), 30))
	}
	for n := range uint32(9) {
		for i := range n {
			list = append(list, netip.PrefixFrom(addrFrom4(10<<24|1<<16|n<<8|(i+1)*4), 30))
			list = append(list, netip.PrefixFrom(addrFrom4(10<<24|2<<16|n<<8|(63-i)*4), 30))
		}
	}
	for _, base := range addrs("10.0.0.0", "192.168.255.255", "2001:db8::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") {
		for bits := range base.BitLen() {
			list = append(list, netip.PrefixFrom(base, bits))
		}
	}
	return newGold(addrs("10.0.0.0", "10.0.0.7", "10.0.0.255", "10.1.1.1", "10.2.4.255", "2001:db8::5", "2001:db8::8000:0:0:0"), list)
}

func TestNodesWithAnyNumberOfRunsAgreeWithTwin(t *testing.T) {
	g := manyRuns()
	tab, err := Build(g.hosts, g.prefixes)
	require.NoError(t, err)
	checkTable(t, tab, g, probes(g, rand.New(rand.NewPCG(3, 3))), "many runs")
}

// TestSparseAndDenseHostsAgreeWithTwin builds tables of hosts alone: so few in a /24 or a
// /16 that they are sparse, and so many that they are in nodes.
func TestSparseAndDenseHostsAgreeWithTwin(t *testing.T) {
	for _, step := range []uint32{1, 3, 64, 85, 255, 256, 257, 4099, 65536, 1 << 20} {
		var hosts []netip.Addr
		for i := range uint32(400) {
			hosts = append(hosts, addrFrom4(0x0a00fe00+i*step))
		}
		g := newGold(hosts, nil)
		tab, err := Build(g.hosts, g.prefixes)
		require.NoError(t, err)
		checkTable(t, tab, g, probes(g, rand.New(rand.NewPCG(uint64(step), 4))), fmt.Sprintf("hosts %d apart", step))
	}
}

func TestLookupsDoNotAllocate(t *testing.T) {
	g := awkwardLists(rand.New(rand.NewPCG(7, 1)))
	tab, err := Build(g.hosts, g.prefixes)
	require.NoError(t, err)
	list := probes(g, rand.New(rand.NewPCG(7, 7)))
	sum := uint32(0)
	assert.Zero(t, testing.AllocsPerRun(10, func() {
		for _, a := range list {
			host, prefix := tab.Lookup(a)
			for p := prefix; p != None; p = tab.Parent(p) {
				sum += p
			}
			sum += host
			sum += uint32(tab.Host(host).BitLen() + tab.Prefix(prefix).Bits())
			lo, hi := tab.HostsIn(netip.PrefixFrom(a, 16))
			sum += lo + hi
			lo, hi = tab.CoveredBy(netip.PrefixFrom(a, 16))
			sum += lo + hi
		}
	}))
}

// TestHashCollisionIsResolvedByGroup looks up two hosts with the same last half and the
// same hash. The hash index cannot distinguish them, but they are in different groups.
func TestHashCollisionIsResolvedByGroup(t *testing.T) {
	const lo = 1
	x := hashIndex{width: 2, slots: make([]uint32, 5)} // as newHashIndex makes it for two hosts
	seen := map[[2]uint32]uint64{}
	for hi := uint64(0x20010db8 << 32); ; hi++ {
		h := x.hashKey(hi, lo)
		key := [2]uint32{uint32(h) << x.width, uint32(x.homeSlot(h))}
		first, found := seen[key]
		if !found {
			seen[key] = hi
			continue
		}
		g := newGold([]netip.Addr{addrFrom6(addr128{first, lo}), addrFrom6(addr128{hi, lo + 1})}, nil)
		tab, err := Build(g.hosts, nil)
		require.NoError(t, err)
		checkTable(t, tab, g, []netip.Addr{g.hosts[0], g.hosts[1], addrFrom6(addr128{hi, lo})}, "collision")
		return
	}
}

// TestReopenedTableAgreesWithTwin opens stored tables that have, and that lack, hosts and
// prefixes of either family.
func TestReopenedTableAgreesWithTwin(t *testing.T) {
	var dense4, sparse4, dense6 []netip.Addr
	for i := range 256 {
		dense4 = append(dense4, netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}))
		sparse4 = append(sparse4, netip.AddrFrom4([4]byte{10, byte(i), 7, 1}))
		dense6 = append(dense6, netip.AddrFrom16([16]byte{0x20, 1, 15: byte(i)}))
	}
	kinds := map[string]gold{
		"nothing": newGold(nil, nil), "dense hosts": newGold(dense4, nil), "sparse hosts": newGold(sparse4, nil),
		"hosts of both families": newGold(append(slices.Clone(dense4), dense6...), nil), "IPv6 hosts": newGold(dense6, nil),
		"networks": newGold(nil, nets("10.0.0.0/8", "10.0.0.0/30", "2001::/16")), "one network": newGold(dense4, nets("0.0.0.0/0")),
		"a network of the other family": newGold(dense4, nets("2001::/16")), "and the other way round": newGold(dense6, nets("10.0.0.0/8")),
	}
	for seed := range uint64(40) {
		g := awkwardLists(rand.New(rand.NewPCG(seed, 6)))
		kinds[fmt.Sprintf("awkward %d", seed)] = g
		kinds[fmt.Sprintf("hosts of awkward %d", seed)] = newGold(g.hosts, nil)
		kinds[fmt.Sprintf("networks of awkward %d", seed)] = newGold(nil, g.prefixes)
	}
	for name, g := range kinds {
		tab, err := Build(g.hosts, g.prefixes)
		require.NoError(t, err, name)
		again, err := tryReopen(t, tab)
		require.NoError(t, err, name)
		checkTable(t, again, g, probes(g, rand.New(rand.NewPCG(1, 7))), name)
	}
}
