package lpm

import "errors"

// check reports whether every lookup is safe. What Build makes has one form:
// pages, nodes and chunks are numbered in the order in which a walk meets them,
// so one walk sees each of them once.
func (t *Table) check() error {
	n := t.NumPrefixes()
	if err := t.nets.check(); err != nil {
		return err
	}
	if err := t.v4.check(n); err != nil {
		return err
	}
	return t.v6.check(n)
}

func (n *prefixes) check() error {
	if len(n.addrs4)+len(n.addrs6)/2 != len(n.bits) || len(n.addrs6)%2 != 0 || len(n.parents) != len(n.bits) || len(n.bits) > MaxEntries {
		return errors.New("prefixes differ in number")
	}
	for i, p := range n.parents {
		if !valid(p, i) {
			return errors.New("prefix precedes its parent")
		}
		if limit := n.limit(i); n.bits[i] >= limit {
			return errors.New("prefix is too long")
		}
	}
	return nil
}

func (n *prefixes) limit(i int) uint8 {
	if i < len(n.addrs4) {
		return 32
	}
	return 128
}

func (t *table4) check(prefixes int) error {
	if len(t.pages)%256 != 0 || len(t.spill)%256 != 0 || len(t.nodes) != len(t.nets)*nodeWords {
		return errors.New("pages or nodes are cut short")
	}
	c := checker4{table4: t, prefixes: prefixes}
	if len(t.pages) > 0 && !c.page(0, 3) || c.pages != len(t.pages)>>8 || c.nodes != len(t.nets) || c.chunks != len(t.spill)>>8 {
		return errors.New("pages are out of order")
	}
	for _, id := range t.spill {
		if !valid(id, prefixes) {
			return errors.New("chunk names a prefix that is not there")
		}
	}
	for i, s := range t.sparse {
		if i > 0 && (s>>32 <= t.sparse[i-1]>>32 || uint32(s) <= uint32(t.sparse[i-1])) || uint32(s) >= t.count {
			return errors.New("sparse hosts are out of order")
		}
	}
	return t.lookOf.check(len(t.sparse))
}

// checker4 counts what a walk has met.
type checker4 struct {
	*table4
	prefixes             int
	pages, nodes, chunks int
}

// page walks the next page, whose first address is first<<8 and below which
// there are as many levels of entries as given.
func (c *checker4) page(first uint32, levels uint) bool {
	at := c.pages << 8
	if at >= len(c.table4.pages) {
		return false
	}
	c.pages++
	for i, e := range c.table4.pages[at : at+256] {
		below := first + uint32(i)<<(8*(levels-1))
		ok := true
		switch {
		case e < branch:
			ok = valid(leafID(e), c.prefixes) && (e&special == 0 || len(c.lookOf.slots) > 0)
		case levels == 1:
			ok = int(e&idMask) == c.nodes && c.node(below, e&special != 0)
		default:
			ok = e&special == 0 && int(e&idMask) == c.pages && c.page(below, levels-1)
		}
		if !ok {
			return false
		}
	}
	return true
}

func (c *checker4) node(net uint32, spilled bool) bool {
	if c.nodes >= len(c.nets) || c.nets[c.nodes] != net {
		return false
	}
	n, first := c.table4.node(uint32(c.nodes)), c.first(c.nodes)
	c.nodes++
	if uint64(first)+uint64(n.count()) > uint64(c.count) || n[wordStarts]&(1<<laneShift-1) != n.sums() {
		return false
	}
	if spilled {
		c.chunks++
		return n[wordIDs] == uint64(c.chunks-1)
	}
	// Four lanes at most can have started, so these are all results.
	ok := valid(uint32(n[wordRank]>>32), c.prefixes)
	for _, ids := range n[wordIDs:] {
		ok = ok && valid(uint32(ids), c.prefixes) && valid(uint32(ids>>32), c.prefixes)
	}
	return ok
}

func (t *table6) check(prefixes int) error {
	if err := t.tree.check(prefixes); err != nil {
		return err
	}
	n := t.numGroups()
	if len(t.groups)%groupWords != 0 || n == 0 && len(t.groups)+len(t.lows)+len(t.runsAt) > 0 || len(t.lows) > MaxEntries {
		return errors.New("groups are cut short")
	}
	if err := t.checkGroups(n, prefixes); err != nil {
		return err
	}
	if err := t.checkRuns(n, prefixes); err != nil {
		return err
	}
	if err := t.groupOf.check(n); err != nil {
		return err
	}
	return t.hostOf.check(len(t.lows))
}

func (t *table6) checkGroups(n, prefixes int) error {
	for g := range n {
		at := g * groupWords
		if t.firstOf(g) > t.firstOf(g+1) || g+1 < n && t.groups[at] >= t.groups[at+groupWords] || !valid(uint32(t.groups[at+groupInfo]>>32), prefixes) {
			return errors.New("groups are out of order")
		}
	}
	if n > 0 && (t.firstOf(0) != 0 || uint64(t.firstOf(n)) != uint64(len(t.lows))) {
		return errors.New("groups do not hold the hosts")
	}
	return nil
}

func (t *table6) checkRuns(n, prefixes int) error {
	if len(t.ids) != len(t.starts) || len(t.runsAt) != 0 && len(t.runsAt) != n+1 {
		return errors.New("runs differ in number")
	}
	for i, at := range t.runsAt {
		if i > 0 && at < t.runsAt[i-1] || uint64(at) > uint64(len(t.ids)) {
			return errors.New("runs are out of order")
		}
	}
	for _, id := range t.ids {
		if !valid(id, prefixes) {
			return errors.New("run names a prefix that is not there")
		}
	}
	return nil
}
