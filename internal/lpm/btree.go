package lpm

import (
	"errors"
	"math/bits"
)

// btree finds the run that contains the first half of an IPv6 address. It is a static
// B-tree whose nodes are fanout sorted keys, which fill a cache line. The keys of the
// lowest level are the starts of the runs, padded with the greatest key. A key of a
// higher level is the first key of a node below.
//
// The prefixes are shorter than /64, so every start is even. A lookup makes its key even,
// too. This does not change the result, and keeps the key below the padding.
type btree struct {
	keys   []uint64     // lowest level first
	ids    []uint32     // the prefix of each run
	levels []btreeLevel // lowest first
}

// btreeLevel is the position of a level in btree.keys, and its number of keys without
// the padding.
type btreeLevel struct{ at, keys int }

const (
	fanout  = 8
	padding = ^uint64(0)
)

func newBTree(runs []run) btree {
	if len(runs) == 1 && runs[0].id == None {
		return btree{}
	}
	t := btree{ids: make([]uint32, len(runs))}
	t.levels = btreeLevels(len(runs))
	top := t.levels[len(t.levels)-1]
	t.keys = make([]uint64, top.at+fanout)
	for i := range t.keys {
		t.keys[i] = padding
	}
	for i, r := range runs {
		t.keys[i], t.ids[i] = r.start, r.id
	}
	for l := 1; l < len(t.levels); l++ {
		for i := range t.levels[l].keys {
			t.keys[t.levels[l].at+i] = t.keys[t.levels[l-1].at+i*fanout]
		}
	}
	return t
}

// btreeLevels returns the levels of a tree of n keys.
func btreeLevels(n int) []btreeLevel {
	if n == 0 {
		return nil
	}
	levels := []btreeLevel{{0, n}}
	at := 0
	for n > fanout {
		nodes := (n + fanout - 1) / fanout
		at += nodes * fanout
		n = nodes
		levels = append(levels, btreeLevel{at, n})
	}
	return levels
}

// lookup returns the prefix of the run that contains x, or None.
func (t *btree) lookup(x uint64) uint32 {
	if len(t.ids) == 0 {
		return None
	}
	x &^= 1
	at := 0
	for l := len(t.levels) - 1; l >= 0; l-- {
		node := (*[fanout]uint64)(t.keys[t.levels[l].at+at*fanout:])
		at = at*fanout + countAtMost(node, x) - 1
	}
	return t.ids[at]
}

// countAtMost counts the keys of a node that are at most x. It is branch-free.
func countAtMost(b *[fanout]uint64, x uint64) int {
	above := uint64(0)
	for _, k := range b {
		_, borrow := bits.Sub64(x, k, 0)
		above += borrow
	}
	return fanout - int(above)
}

// check returns an error unless every lookup is safe and its result is None or below n.
func (t *btree) check(n int) error {
	if len(t.ids) == 0 {
		if len(t.keys) != 0 {
			return errors.New("tree has keys without prefixes")
		}
		return nil
	}
	top := t.levels[len(t.levels)-1]
	if len(t.keys) != top.at+fanout || t.keys[0] != 0 {
		return errors.New("tree has the wrong size")
	}
	for l, level := range t.levels {
		end := top.at + fanout
		if l+1 < len(t.levels) {
			end = t.levels[l+1].at
		}
		for i, k := range t.keys[level.at:end] {
			switch {
			case i >= level.keys && k != padding,
				l > 0 && i < level.keys && k != t.keys[t.levels[l-1].at+i*fanout],
				l == 0 && i > 0 && i < level.keys && (k <= t.keys[i-1] || k&1 != 0):
				return errors.New("tree is out of order")
			}
		}
	}
	for _, id := range t.ids {
		if !validIndex(id, n) {
			return errors.New("tree refers to a prefix that does not exist")
		}
	}
	return nil
}

// validIndex reports whether id is None or below n.
func validIndex(id uint32, n int) bool { return id == None || uint64(id) < uint64(n) }
