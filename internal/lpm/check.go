package lpm

import "errors"

// check returns an error if a lookup could read out of bounds or run forever. Build
// numbers pages, nodes and chunks in the order in which a depth-first walk meets them.
// check accepts only this order, and so a single walk visits each of them once.
func (t *Table) check() error {
	n := t.NumPrefixes()
	if err := t.prefixes.check(); err != nil {
		return err
	}
	if err := t.v4.check(n); err != nil {
		return err
	}
	return t.v6.check(n)
}

func (n *prefixList) check() error {
	if len(n.addrs4)+len(n.addrs6)/2 != len(n.bits) || len(n.addrs6)%2 != 0 || len(n.parents) != len(n.bits) || len(n.bits) > MaxEntries {
		return errors.New("lists of prefixes differ in length")
	}
	for i, p := range n.parents {
		if !validIndex(p, i) {
			return errors.New("prefix precedes its parent")
		}
		if n.bits[i] >= n.maxBits(i) {
			return errors.New("prefix is too long")
		}
	}
	return nil
}

// maxBits returns the length of an address of the family of prefix i.
func (n *prefixList) maxBits(i int) uint8 {
	if i < len(n.addrs4) {
		return 32
	}
	return 128
}

func (t *table4) check(prefixes int) error {
	if len(t.pages)%256 != 0 || len(t.spill)%256 != 0 || len(t.nodes) != len(t.nodeNets)*nodeWords {
		return errors.New("pages or nodes are truncated")
	}
	c := checker4{table4: t, numPrefixes: prefixes}
	if len(t.pages) > 0 && !c.checkPage(0, 3) || c.numPages != len(t.pages)>>8 || c.numNodes != len(t.nodeNets) || c.numChunks != len(t.spill)>>8 {
		return errors.New("pages are out of order")
	}
	for _, id := range t.spill {
		if !validIndex(id, prefixes) {
			return errors.New("chunk refers to a prefix that does not exist")
		}
	}
	for i, s := range t.sparse {
		if i > 0 && (s>>32 <= t.sparse[i-1]>>32 || uint32(s) <= uint32(t.sparse[i-1])) || uint32(s) >= t.numHosts {
			return errors.New("sparse hosts are out of order")
		}
	}
	return t.sparseIndex.check(len(t.sparse))
}

// checker4 walks the pages of a table and counts what it has visited.
type checker4 struct {
	*table4
	numPrefixes                   int
	numPages, numNodes, numChunks int
}

// checkPage checks the next page and everything below it, and reports whether it is
// valid. first is the first address of the page shifted right by 8 bits, and levels is
// the number of levels of entries from this page down: 3 for the root.
func (c *checker4) checkPage(first uint32, levels uint) bool {
	at := c.numPages << 8
	if at >= len(c.table4.pages) {
		return false
	}
	c.numPages++
	for i, e := range c.table4.pages[at : at+256] {
		below := first + uint32(i)<<(8*(levels-1))
		ok := true
		switch {
		case e < branch:
			ok = validIndex(leafPrefix(e), c.numPrefixes) && (e&sparseFlag == 0 || len(c.sparseIndex.slots) > 0)
		case levels == 1:
			ok = int(e&indexMask) == c.numNodes && c.checkNode(below, e&spillFlag != 0)
		default:
			ok = e&spillFlag == 0 && int(e&indexMask) == c.numPages && c.checkPage(below, levels-1)
		}
		if !ok {
			return false
		}
	}
	return true
}

// checkNode checks the next node, which must be that of the given /24, and reports
// whether it is valid.
func (c *checker4) checkNode(net uint32, spilled bool) bool {
	if c.numNodes >= len(c.nodeNets) || c.nodeNets[c.numNodes] != net {
		return false
	}
	n, first := c.table4.nodeAt(uint32(c.numNodes)), c.firstRank(c.numNodes)
	c.numNodes++
	if uint64(first)+uint64(n.countHosts()) > uint64(c.numHosts) || n[wordStarts]&(1<<laneShift-1) != n.runningCounts() {
		return false
	}
	if spilled {
		c.numChunks++
		return n[wordIDs] == uint64(c.numChunks-1)
	}
	// At most four lanes can have started, so these are all the prefixes that a lookup
	// can return.
	ok := validIndex(uint32(n[wordRank]>>32), c.numPrefixes)
	for _, ids := range n[wordIDs:] {
		ok = ok && validIndex(uint32(ids), c.numPrefixes) && validIndex(uint32(ids>>32), c.numPrefixes)
	}
	return ok
}

func (t *table6) check(prefixes int) error {
	if err := t.tree.check(prefixes); err != nil {
		return err
	}
	n := t.numGroups()
	if len(t.groups)%groupWords != 0 || n == 0 && len(t.groups)+len(t.lows)+len(t.firstRuns) > 0 || len(t.lows) > MaxEntries {
		return errors.New("groups are truncated")
	}
	if err := t.checkGroups(n, prefixes); err != nil {
		return err
	}
	if err := t.checkRuns(n, prefixes); err != nil {
		return err
	}
	if err := t.groupIndex.check(n); err != nil {
		return err
	}
	return t.hostIndex.check(len(t.lows))
}

func (t *table6) checkGroups(n, prefixes int) error {
	for g := range n {
		at := g * groupWords
		if t.firstRank(g) > t.firstRank(g+1) || g+1 < n && t.groups[at] >= t.groups[at+groupWords] || !validIndex(uint32(t.groups[at+groupInfo]>>32), prefixes) {
			return errors.New("groups are out of order")
		}
	}
	if n > 0 && (t.firstRank(0) != 0 || uint64(t.firstRank(n)) != uint64(len(t.lows))) {
		return errors.New("groups do not contain all hosts")
	}
	return nil
}

func (t *table6) checkRuns(n, prefixes int) error {
	if len(t.runIDs) != len(t.runStarts) || len(t.firstRuns) != 0 && len(t.firstRuns) != n+1 {
		return errors.New("lists of runs differ in length")
	}
	for i, at := range t.firstRuns {
		if i > 0 && at < t.firstRuns[i-1] || uint64(at) > uint64(len(t.runIDs)) {
			return errors.New("runs are out of order")
		}
	}
	for _, id := range t.runIDs {
		if !validIndex(id, prefixes) {
			return errors.New("run refers to a prefix that does not exist")
		}
	}
	return nil
}
