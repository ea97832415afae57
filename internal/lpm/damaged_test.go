package lpm

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/sections"
)

// completeTable returns a table in which every section has several elements.
func completeTable(t *testing.T) *Table {
	t.Helper()
	hosts := addrs("10.200.0.1", "10.201.0.1", "10.202.0.1", "2001:db8:1:1::1", "2001:db8:1:1::2", "2001:db8:1:2::1")
	prefixes := nets("10.0.0.0/28", "10.0.1.0/28", "172.16.0.0/30", "2001:db8:1:1::/112", "2001:db8:1:2::/112", "2001:db8:1:3::/64")
	for i := range uint32(10) {
		hosts = append(hosts, addrFrom4(10<<24|i), addrFrom4(10<<24|1<<8|i)) // two nodes
		for _, net := range []uint32{2, 3} {                                 // two nodes with spilled runs
			prefixes = append(prefixes, netip.PrefixFrom(addrFrom4(10<<24|net<<8|8*i), 30))
		}
	}
	for i := range byte(40) { // more than 64 runs, which are three levels of the tree
		prefixes = append(prefixes, netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 1, 0x0d, 0xb8, 1, 2 * i}), 48))
	}
	g := newGold(hosts, prefixes)
	tab, err := Build(g.hosts, g.prefixes)
	require.NoError(t, err)
	require.Len(t, tab.v6.tree.levels, 3)
	require.Len(t, tab.v4.pages, 5<<8)
	require.Len(t, tab.v4.nodeNets, 5)
	require.Len(t, tab.v4.spill, 2<<8)
	require.Len(t, tab.v4.sparse, 3)
	require.Equal(t, 3, tab.v6.numGroups())
	require.Equal(t, []uint32{0, 2, 4, 4}, tab.v6.firstRuns)
	return tab
}

// branches returns the entries of the pages that lead to nodes or, if not nodes, to pages.
func branches(tab *Table, nodes bool) (entries []*uint32) {
	for i := range tab.v4.pages {
		e := &tab.v4.pages[i]
		thirdLevel := i>>8 == 2 || i>>8 == 4 // depth first: the root, 10, 10.0, 172, 172.16
		if *e >= branch && thirdLevel == nodes {
			entries = append(entries, e)
		}
	}
	return entries
}

// damageIndex replaces a slot with one that has a hash but not a position.
func damageIndex(x *hashIndex) {
	for i, s := range x.slots {
		if s != 0 {
			x.slots[i] = 1 << x.width
			return
		}
	}
}

// TestOpenRejectsDisorder damages the order of one list of a table at a time. Every
// comparison, bound and condition of the checks has a case that only it rejects: values
// that are equal, values that descend, and indexes just beyond the end, at the first and
// at the last place.
func TestOpenRejectsDisorder(t *testing.T) {
	const (
		tree, size   = "tree is out of order", "tree has the wrong size"
		sparse       = "sparse hosts are out of order"
		pages, short = "pages are out of order", "pages or nodes are truncated"
		groups, runs = "groups are out of order", "runs are out of order"
		hosts        = "groups do not contain all hosts"
		lists        = "lists of prefixes differ in length"
		index        = "hash index refers to a key that does not exist"
	)
	top := func(tab *Table) int { return tab.v6.tree.levels[2].at }
	middle := func(tab *Table) int { return tab.v6.tree.levels[1].at }
	for name, test := range map[string]struct {
		damage func(tab *Table)
		want   string
	}{
		"tree: first key":                  {func(tab *Table) { tab.v6.tree.keys[0] = 2 }, size},
		"tree: second key equal":           {func(tab *Table) { tab.v6.tree.keys[1] = 0 }, tree},
		"tree: key equal":                  {func(tab *Table) { k := tab.v6.tree.keys; k[3] = k[2] }, tree},
		"tree: key below its predecessor":  {func(tab *Table) { k := tab.v6.tree.keys; k[3] = k[2] - 2 }, tree},
		"tree: last key equal":             {func(tab *Table) { k, n := tab.v6.tree.keys, len(tab.v6.tree.ids); k[n-1] = k[n-2] }, tree},
		"tree: odd key":                    {func(tab *Table) { tab.v6.tree.keys[3]++ }, tree},
		"tree: first padding":              {func(tab *Table) { tab.v6.tree.keys[len(tab.v6.tree.ids)]-- }, tree},
		"tree: last padding":               {func(tab *Table) { tab.v6.tree.keys[middle(tab)-1]-- }, tree},
		"tree: first key of middle level":  {func(tab *Table) { tab.v6.tree.keys[middle(tab)]++ }, tree},
		"tree: second key of middle level": {func(tab *Table) { tab.v6.tree.keys[middle(tab)+1] += 2 }, tree},
		"tree: last key of middle level":   {func(tab *Table) { tab.v6.tree.keys[middle(tab)+tab.v6.tree.levels[1].keys-1] -= 2 }, tree},
		"tree: padding of middle level":    {func(tab *Table) { tab.v6.tree.keys[top(tab)-1]-- }, tree},
		"tree: first key of top level":     {func(tab *Table) { tab.v6.tree.keys[top(tab)] += 2 }, tree},
		"tree: last key of top level":      {func(tab *Table) { tab.v6.tree.keys[top(tab)+1] -= 2 }, tree},
		"tree: padding of top level":       {func(tab *Table) { tab.v6.tree.keys[top(tab)+2] = 0 }, tree},
		"tree: last padding of top level":  {func(tab *Table) { tab.v6.tree.keys[top(tab)+fanout-1]-- }, tree},
		"tree: a node more":                {func(tab *Table) { tab.v6.tree.keys = append(tab.v6.tree.keys, make([]uint64, fanout)...) }, size},
		"tree: a key less":                 {func(tab *Table) { tab.v6.tree.keys = tab.v6.tree.keys[:len(tab.v6.tree.keys)-1] }, size},
		"tree: no prefixes":                {func(tab *Table) { tab.v6.tree.ids = nil }, "tree has keys without prefixes"},
		"tree: prefix beyond the end":      {func(tab *Table) { tab.v6.tree.ids[4] = uint32(tab.NumPrefixes()) }, "tree refers to a prefix that does not exist"},

		"sparse: address equal":        {func(tab *Table) { s := tab.v4.sparse; s[1] = s[0] + 1 }, sparse},
		"sparse: last address equal":   {func(tab *Table) { s := tab.v4.sparse; s[2] = s[1] + 1 }, sparse},
		"sparse: address descends":     {func(tab *Table) { s := tab.v4.sparse; s[1] = s[0] - 1<<32 + 1 }, sparse},
		"sparse: rank equal":           {func(tab *Table) { tab.v4.sparse[1]-- }, sparse},
		"sparse: last rank equal":      {func(tab *Table) { tab.v4.sparse[2]-- }, sparse},
		"sparse: rank descends":        {func(tab *Table) { tab.v4.sparse[1] -= 2 }, sparse},
		"sparse: rank beyond the end":  {func(tab *Table) { tab.v4.sparse[2]++ }, sparse},
		"sparse: one rank, beyond":     {func(tab *Table) { tab.v4.sparse = tab.v4.sparse[:1]; tab.v4.sparse[0] += 3 }, sparse},
		"chunk: prefix beyond the end": {func(tab *Table) { tab.v4.spill[300] = uint32(tab.NumPrefixes()) }, "chunk refers to a prefix that does not exist"},
		"pages: cut":                   {func(tab *Table) { tab.v4.pages = tab.v4.pages[:5<<8-1] }, short},
		"pages: nodes cut":             {func(tab *Table) { tab.v4.nodes = tab.v4.nodes[:len(tab.v4.nodes)-1] }, short},
		"pages: chunk cut":             {func(tab *Table) { tab.v4.spill = tab.v4.spill[:2<<8-1] }, short},
		"pages: one more":              {func(tab *Table) { tab.v4.pages = append(tab.v4.pages, tab.v4.pages[:256]...) }, pages},
		"pages: one less":              {func(tab *Table) { tab.v4.pages = tab.v4.pages[:4<<8] }, pages},
		"pages: a node more": {func(tab *Table) {
			tab.v4.nodeNets, tab.v4.nodes = append(tab.v4.nodeNets, 0), append(tab.v4.nodes, make([]uint64, nodeWords)...)
		}, pages},
		"pages: a node less":             {func(tab *Table) { tab.v4.nodeNets, tab.v4.nodes = tab.v4.nodeNets[:4], tab.v4.nodes[:4*nodeWords] }, pages},
		"pages: a chunk more":            {func(tab *Table) { tab.v4.spill = append(tab.v4.spill, tab.v4.spill[:256]...) }, pages},
		"pages: a chunk less":            {func(tab *Table) { tab.v4.spill = tab.v4.spill[:256] }, pages},
		"pages: exchanged":               {func(tab *Table) { b := branches(tab, false); *b[0], *b[1] = *b[1], *b[0] }, pages},
		"pages: nodes exchanged":         {func(tab *Table) { b := branches(tab, true); *b[0], *b[1] = *b[1], *b[0] }, pages},
		"pages: flag of a page":          {func(tab *Table) { *branches(tab, false)[0] |= spillFlag }, pages},
		"pages: leaf beyond the end":     {func(tab *Table) { tab.v4.pages[1] = uint32(tab.NumPrefixes()) }, pages},
		"pages: sparse without hosts":    {func(tab *Table) { tab.v4.sparse, tab.v4.sparseIndex.slots = nil, nil }, pages},
		"nodes: networks exchanged":      {func(tab *Table) { n := tab.v4.nodeNets; n[0], n[1] = n[1], n[0] }, pages},
		"nodes: last network":            {func(tab *Table) { tab.v4.nodeNets[4]++ }, pages},
		"nodes: running count":           {func(tab *Table) { tab.v4.nodes[wordStarts]++ }, pages},
		"nodes: last running count":      {func(tab *Table) { tab.v4.nodes[wordStarts] += 1 << 16 }, pages},
		"nodes: ranks beyond the end":    {func(tab *Table) { tab.v4.nodes[nodeWords+wordRank] += 4 }, pages},
		"nodes: chunks exchanged":        {func(tab *Table) { tab.v4.nodes[2*nodeWords+wordIDs], tab.v4.nodes[3*nodeWords+wordIDs] = 1, 0 }, pages},
		"prefixes: own parent":           {func(tab *Table) { tab.prefixes.parents[1] = 1 }, "prefix precedes its parent"},
		"prefixes: later parent":         {func(tab *Table) { tab.prefixes.parents[1] = 2 }, "prefix precedes its parent"},
		"prefixes: first has a parent":   {func(tab *Table) { tab.prefixes.parents[0] = 0 }, "prefix precedes its parent"},
		"prefixes: IPv4 length":          {func(tab *Table) { tab.prefixes.bits[len(tab.prefixes.addrs4)-1] = 32 }, "prefix is too long"},
		"prefixes: IPv6 length":          {func(tab *Table) { tab.prefixes.bits[len(tab.prefixes.addrs4)] = 128 }, "prefix is too long"},
		"prefixes: an IPv4 address less": {func(tab *Table) { tab.prefixes.addrs4 = tab.prefixes.addrs4[1:] }, lists},
		"prefixes: half an address less": {func(tab *Table) { tab.prefixes.addrs6 = tab.prefixes.addrs6[1:] }, lists},
		"prefixes: half an address more": {func(tab *Table) { tab.prefixes.addrs6 = append(tab.prefixes.addrs6, 0) }, lists},
		"prefixes: a parent less":        {func(tab *Table) { tab.prefixes.parents = tab.prefixes.parents[1:] }, lists},

		"groups: network equal":         {func(tab *Table) { tab.v6.groups[groupWords] = tab.v6.groups[0] }, groups},
		"groups: network descends":      {func(tab *Table) { tab.v6.groups[groupWords] = tab.v6.groups[0] - 1 }, groups},
		"groups: last network equal":    {func(tab *Table) { tab.v6.groups[2*groupWords] = tab.v6.groups[groupWords] }, groups},
		"groups: rank descends":         {func(tab *Table) { tab.v6.groups[groupInfo] += 3 }, groups},
		"groups: last rank descends":    {func(tab *Table) { tab.v6.groups[2*groupWords+groupInfo]++ }, groups},
		"groups: prefix beyond the end": {func(tab *Table) { tab.v6.groups[groupInfo] = uint64(tab.NumPrefixes()) << 32 }, groups},
		"groups: first rank":            {func(tab *Table) { tab.v6.groups[groupInfo]++ }, hosts},
		"groups: last rank":             {func(tab *Table) { tab.v6.groups[3*groupWords+groupInfo]++ }, hosts},
		"groups: a word less":           {func(tab *Table) { tab.v6.groups = tab.v6.groups[:4*groupWords-1] }, "groups are truncated"},
		"groups: none":                  {func(tab *Table) { tab.v6.groups = nil }, "groups are truncated"},
		"groups: only the end":          {func(tab *Table) { tab.v6.groups = tab.v6.groups[3*groupWords:] }, "groups are truncated"},
		"sparse: index":                 {func(tab *Table) { damageIndex(&tab.v4.sparseIndex) }, index},
		"groups: index":                 {func(tab *Table) { damageIndex(&tab.v6.groupIndex) }, index},
		"hosts: index":                  {func(tab *Table) { damageIndex(&tab.v6.hostIndex) }, index},
		"runs: descend":                 {func(tab *Table) { tab.v6.firstRuns[1] = 5 }, runs},
		"runs: descend from the second": {func(tab *Table) { tab.v6.firstRuns[0] = 3 }, runs},
		"runs: descend at the last":     {func(tab *Table) { tab.v6.firstRuns[3] = 3 }, runs},
		"runs: beyond the end":          {func(tab *Table) { tab.v6.firstRuns[3] = 5 }, runs},
		"runs: of a group less":         {func(tab *Table) { tab.v6.firstRuns = tab.v6.firstRuns[:3] }, "lists of runs differ in length"},
		"runs: of a group more":         {func(tab *Table) { tab.v6.firstRuns = append(tab.v6.firstRuns, 4) }, "lists of runs differ in length"},
		"runs: a start less":            {func(tab *Table) { tab.v6.runStarts = tab.v6.runStarts[:3] }, "lists of runs differ in length"},
		"runs: prefix beyond the end":   {func(tab *Table) { tab.v6.runIDs[3] = uint32(tab.NumPrefixes()) }, "run refers to a prefix that does not exist"},
	} {
		t.Run(name, func(t *testing.T) {
			tab := reopen(t, completeTable(t))
			test.damage(tab)
			_, err := tryReopen(t, tab)
			require.ErrorIs(t, err, sections.ErrFormat)
			assert.ErrorContains(t, err, test.want)
		})
	}
}

// TestOpenRejectsHostsWithoutGroups damages tables that have no group or no prefix.
func TestOpenRejectsHostsWithoutGroups(t *testing.T) {
	tab, err := Build(addrs("10.0.0.1"), nil)
	require.NoError(t, err)
	for name, damage := range map[string]func(tab *Table){
		"lows":       func(tab *Table) { tab.v6.lows = []uint64{1} },
		"first runs": func(tab *Table) { tab.v6.firstRuns = []uint32{0} },
		"one group":  func(tab *Table) { tab.v6.groups = []uint64{0, 0} },
	} {
		bad := reopen(t, tab)
		damage(bad)
		_, err := tryReopen(t, bad)
		assert.ErrorContains(t, err, "groups are truncated", name)
	}
}

// TestCheckBoundsPositionsAndClusters tests the bound of positions, and that of the length
// of clusters.
func TestCheckBoundsPositionsAndClusters(t *testing.T) {
	index := func(slots, first, used int) *hashIndex {
		x := &hashIndex{slots: make([]uint32, slots), width: 10}
		for i := range used {
			x.slots[(first+i)%slots] = 1
		}
		return x
	}
	const clusters = "hash clusters are too long"
	for name, test := range map[string]struct {
		index *hashIndex
		keys  int
		want  string
	}{
		"no keys":                       {&hashIndex{}, 0, ""},
		"no slots":                      {&hashIndex{width: 1}, 1, "hash index does not fit its keys"},
		"positions too wide":            {&hashIndex{width: 32, slots: []uint32{0}}, 0, "hash index does not fit its keys"},
		"widest positions":              {&hashIndex{width: 31, slots: []uint32{0}}, 0, ""},
		"last position":                 {&hashIndex{width: 2, slots: []uint32{0, 2, 1<<2 | 1}}, 2, ""},
		"position beyond the end":       {&hashIndex{width: 2, slots: []uint32{0, 3, 1}}, 2, "hash index refers to a key that does not exist"},
		"hash without a position":       {&hashIndex{width: 2, slots: []uint32{0, 1 << 2, 1}}, 2, "hash index refers to a key that does not exist"},
		"no free slot":                  {index(4, 0, 4), 1, clusters},
		"longest cluster":               {index(300, 10, maxCluster), 1, ""},
		"cluster too long":              {index(300, 10, maxCluster+1), 1, clusters},
		"longest cluster at the end":    {index(300, 300-maxCluster, maxCluster), 1, ""},
		"cluster at the end too long":   {index(300, 300-maxCluster-1, maxCluster+1), 1, clusters},
		"longest cluster, wrapped":      {index(300, 200, maxCluster), 1, ""},
		"cluster too long, wrapped":     {index(300, 200, maxCluster+1), 1, clusters},
		"cluster too long, from slot 0": {index(300, 0, maxCluster+1), 1, clusters},
	} {
		err := test.index.check(test.keys)
		if test.want == "" {
			assert.NoError(t, err, name)
		} else {
			assert.ErrorContains(t, err, test.want, name)
		}
	}
}

// TestDamagedTableIsRejectedOrStaysInBounds damages the words of every section in turn,
// and makes the checksums match. Either Open rejects the table, or the results of all
// lookups are within bounds.
func TestDamagedTableIsRejectedOrStaysInBounds(t *testing.T) {
	for seed := range uint64(6) {
		rnd := rand.New(rand.NewPCG(seed, 5))
		g := awkwardLists(rnd)
		if seed < 2 {
			g = manyRuns()
		}
		list := slices.Compact(probes(g, rnd))
		rnd.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		list = list[:min(len(list), 1000)]
		tab, err := Build(g.hosts, g.prefixes)
		require.NoError(t, err)
		damageSections(t, tab, list, rnd, (*Table).uint8Sections)
		damageSections(t, tab, list, rnd, (*Table).uint32Sections)
		damageSections(t, tab, list, rnd, (*Table).uint64Sections)
	}
}

// TestOpenChecksEveryPrefixOfNode damages the prefix of each run of a node.
func TestOpenChecksEveryPrefixOfNode(t *testing.T) {
	tab, err := Build(nil, nets("10.0.0.0/30", "10.0.0.4/30", "10.0.0.8/30", "10.0.0.12/30"))
	require.NoError(t, err)
	for id := range uint(nodeRuns) {
		bad := reopen(t, tab)
		bad.v4.nodes[wordRank+(id+1)/2] ^= 1 << 31 << ((id + 1) % 2 * 32)
		_, err := tryReopen(t, bad)
		require.ErrorIs(t, err, sections.ErrFormat, "prefix of run %d", id)
	}
}

func damageSections[T sections.Int](t *testing.T, tab *Table, list []netip.Addr, rnd *rand.Rand, sections func(*Table) []section[T]) {
	for i, s := range sections(tab) {
		n := len(*s.data)
		for word := 0; word < n; word += 1 + n/100 {
			bad := reopen(t, tab)
			damageWord(rnd, sections(bad)[i].data, word)
			checkBounds(t, bad, list)
		}
	}
}

// damageWord changes a word, or drops it and the words after it.
func damageWord[T sections.Int](rnd *rand.Rand, data *[]T, word int) {
	s := *data
	switch rnd.IntN(5) {
	case 0:
		s[word] = T(rnd.Uint64())
	case 1:
		s[word] = s[rnd.IntN(len(s))]
	case 2:
		s[word] ^= 1 << rnd.IntN(64)
	case 3:
		s[word] ^= ^(^T(0) >> 1) // the top bit
	case 4:
		*data = s[:word]
	}
}

// checkBounds stores a damaged table and opens it again. If that succeeds, it checks that
// the results of all lookups are within bounds.
func checkBounds(t *testing.T, bad *Table, list []netip.Addr) {
	tab, err := tryReopen(t, bad)
	if err != nil {
		require.ErrorIs(t, err, sections.ErrFormat)
		return
	}
	for _, a := range list {
		host, prefix := tab.Lookup(a)
		if !validIndex(host, tab.NumHosts()) || !validIndex(prefix, tab.NumPrefixes()) {
			require.Failf(t, "out of bounds", "Lookup(%v) = %d of %d, %d of %d", a, host, tab.NumHosts(), prefix, tab.NumPrefixes())
		}
		for ; prefix != None; prefix = tab.Parent(prefix) {
			tab.Prefix(prefix)
		}
		tab.Host(host)
		tab.HostsIn(netip.PrefixFrom(a, 20))
		tab.CoveredBy(netip.PrefixFrom(a, 20))
	}
	for i := range tab.NumHosts() {
		tab.Host(uint32(i))
	}
}
