package lpm

// prefix6 is an IPv6 prefix and its index.
type prefix6 struct {
	first, last addr128
	bits        int
	id          uint32 // index
}

// newTable6 compiles hosts and prefixes, both ascending.
func newTable6(hosts []addr128, list []prefix6) table6 {
	var short []interval
	for _, p := range list {
		if p.bits < 64 {
			short = append(short, interval{p.first.hi, p.last.hi, p.id})
		}
	}
	b := builder6{t: table6{tree: newBTree(sweepIntervals(short, None))}}
	for len(hosts) > 0 || len(list) > 0 {
		if len(list) > 0 && list[0].bits < 64 {
			list = list[1:]
			continue
		}
		hosts, list = b.appendGroup(hosts, list)
	}
	return b.finish()
}

type builder6 struct {
	t     table6
	highs []uint64 // the first half of each host's address
}

// appendGroup appends the group of the first /64 network in hosts and prefixes, and
// returns the hosts and prefixes after that network.
func (b *builder6) appendGroup(hosts []addr128, list []prefix6) ([]addr128, []prefix6) {
	t := &b.t
	var hi uint64
	if len(hosts) > 0 && (len(list) == 0 || hosts[0].hi <= list[0].first.hi) {
		hi = hosts[0].hi
	} else {
		hi = list[0].first.hi
	}
	base := t.tree.lookup(hi)
	if len(list) > 0 && list[0].bits == 64 && list[0].first.hi == hi {
		base, list = list[0].id, list[1:]
	}
	t.groups = append(t.groups, hi, uint64(base)<<32|uint64(len(t.lows)))
	for ; len(hosts) > 0 && hosts[0].hi == hi; hosts = hosts[1:] {
		t.lows = append(t.lows, hosts[0].lo)
		b.highs = append(b.highs, hi)
	}
	var long []interval
	for ; len(list) > 0 && list[0].bits > 64 && list[0].first.hi == hi; list = list[1:] {
		long = append(long, interval{list[0].first.lo, list[0].last.lo, list[0].id})
	}
	t.firstRuns = append(t.firstRuns, uint32(len(t.runStarts)))
	if len(long) > 0 {
		for _, r := range sweepIntervals(long, base) {
			t.runStarts = append(t.runStarts, r.start)
			t.runIDs = append(t.runIDs, r.id)
		}
	}
	return hosts, list
}

// finish appends the end of the last group, and indexes the groups and the hosts.
func (b *builder6) finish() table6 {
	t := b.t
	n := len(t.groups) / groupWords
	if n == 0 {
		return t
	}
	t.groups = append(t.groups, ^uint64(0), uint64(len(t.lows)))
	t.groupIndex = newHashIndex(n, func(i int) (hi, lo uint64) { return t.groups[i*groupWords+groupHigh], 0 })
	t.hostIndex = newHashIndex(len(t.lows), func(i int) (hi, lo uint64) { return b.highs[i], t.lows[i] })
	t.firstRuns = append(t.firstRuns, uint32(len(t.runStarts)))
	if len(t.runStarts) == 0 {
		t.firstRuns = nil
	}
	return t
}
