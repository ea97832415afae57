package lookup

import (
	"fmt"
	"net/netip"
	"runtime"

	"github.com/kithsec/kith/bench/rivals/internal/measure"
	"github.com/kithsec/kith/bench/rivals/internal/report"
	"github.com/kithsec/kith/internal/lpm"
)

// coveringEngine is a contestant that finds all entries that contain an address, and all
// entries inside a network.
type coveringEngine interface {
	Name() string
	Build(*Table) error
	Covering(netip.Addr) int
	Covered(netip.Prefix) int
}

// runCovering measures two lookups that few structures support: all prefixes that contain
// an address, and everything inside a /24. It is omitted for the Internet table, where
// nothing is inside a /24.
func runCovering(t *Table, o Options) *report.Table {
	if t.public {
		return nil
	}
	keys := t.drawProbes(min(o.Keys, 1<<18))[0].keys
	out := &report.Table{
		Title: t.Name + ": all that covers an address, all that lies inside of a /24",
		Unit:  "ns", Entry: "entry", Inputs: []string{"covering", "covered"}, Chart: "covering",
	}
	var tasks []*measure.Task
	var counts [][2]int
	for _, c := range []coveringEngine{&kithIndex{}, &bartTable{}, &ranger{}} {
		took, bytes, err := measure.Build(func() error { return c.Build(t) })
		if err != nil {
			continue
		}
		_, own := c.(*kithIndex)
		row := report.Row{
			Name: c.Name(), Own: own, Build: took, Bytes: float64(bytes) / float64(t.Len()),
			Cells: map[string]*measure.Task{
				"covering": {Work: countWork(keys, 64, c.Covering)},
				"covered":  {Work: countWork(keys, 1, func(a netip.Addr) int { return c.Covered(netip.PrefixFrom(a, 24)) })},
			},
		}
		tasks = append(tasks, row.Cells["covering"], row.Cells["covered"])
		out.Rows = append(out.Rows, row)
		counts = append(counts, countFound(c, keys))
	}
	for i := range out.Rows {
		out.Rows[i].Verdict = fmt.Sprintf("%s found", formatThousands(counts[i][0]+counts[i][1]))
		if counts[i] != counts[0] {
			out.Rows[i].Verdict += " WRONG"
		}
	}
	measure.Run(tasks, o.Measure)
	out.Remarks = []string{fmt.Sprintf("n = %d rounds of at least %v each, %s different addresses; the found entries are counted and the counts compared (%.1f entries contain an address, %.1f are in a /24). For a /24, lpm finds a range of ranks with two binary searches; most of its time goes into computing every address from its rank.",
		o.Measure.Rounds, o.Measure.Budget, formatThousands(len(keys)), float64(counts[0][0])/countedKeys, float64(counts[0][1])/countedKeys)}
	return out
}

func countWork(keys []netip.Addr, times int, one func(netip.Addr) int) func() int {
	at := 0
	return func() int {
		found := 0
		for range times {
			found += one(keys[at])
			at = (at + 1) % len(keys)
		}
		runtime.KeepAlive(found)
		return times
	}
}

// countedKeys is the number of addresses for which the counts are compared.
const countedKeys = 1 << 10

func countFound(c coveringEngine, keys []netip.Addr) (n [2]int) {
	for _, a := range keys[:min(countedKeys, len(keys))] {
		n[0] += c.Covering(a)
		n[1] += c.Covered(netip.PrefixFrom(a, 24))
	}
	return n
}

func (k *kithIndex) Covering(a netip.Addr) (n int) {
	host, prefix := k.table.Lookup(a)
	if host != lpm.None {
		n++
	}
	for ; prefix != lpm.None; prefix = k.table.Parent(prefix) {
		n++
	}
	return n
}

func (k *kithIndex) Covered(p netip.Prefix) (n int) {
	from, to := k.table.HostsIn(p)
	for i := from; i < to; i++ {
		n += k.table.Host(i).BitLen() >> 5
	}
	from, to = k.table.CoveredBy(p)
	for i := from; i < to; i++ {
		n += k.table.Prefix(i).Addr().BitLen() >> 5
	}
	return n
}

func (b *bartTable) Covering(a netip.Addr) (n int) {
	for range b.table.Supernets(netip.PrefixFrom(a, a.BitLen())) {
		n++
	}
	return n
}

func (b *bartTable) Covered(p netip.Prefix) (n int) {
	for range b.table.Subnets(p) {
		n++
	}
	return n
}

func (c *ranger) Covering(a netip.Addr) int {
	list, err := c.tree.ContainingNetworks(c.sliceOf(a))
	if err != nil {
		return 0
	}
	return len(list)
}

func (c *ranger) Covered(p netip.Prefix) int {
	list, err := c.tree.CoveredNetworks(ipNet(p.Masked()))
	if err != nil {
		return 0
	}
	return len(list)
}
