package assets

import (
	"iter"
	"net/netip"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/lpm"
	"github.com/kithsec/kith/internal/names"
)

// block is how many lookups of a batch are under way at once: enough to keep
// the memory busy, few enough to stay in the nearest cache.
const block = 64

// LookupAddrs looks up addresses of one zone and sets dst[i] to the match of
// addrs[i], the zero Match if nothing answers. It is faster than LookupAddr one
// by one on tables that do not fit in the processor's caches. dst must be at
// least as long as addrs.
func (t *Table) LookupAddrs(dst []Match, zone entity.Zone, addrs []netip.Addr) {
	number := t.zone(zone)
	for from := 0; from < len(addrs); from += block {
		to := min(from+block, len(addrs))
		t.lookupAddrs(dst[from:to], number, addrs[from:to])
	}
	other, ok := t.fallback(zone)
	if !ok {
		return
	}
	number = t.zone(other)
	for i, a := range addrs {
		if dst[i].Step == 0 {
			dst[i], _ = t.lookupAddr(number, a)
		}
	}
}

// lookupAddrs asks the index for all addresses before it reads whose they are,
// which is in distant memory: a loop that does nothing else has more reads under
// way at once. Tried and lost: the steps of lpm.Probe, which pay where other things
// are done between them (27 instead of 19 ns for hits of a million assets).
func (t *Table) lookupAddrs(dst []Match, zone uint32, addrs []netip.Addr) {
	if zone == noZone {
		clear(dst)
		return
	}
	n := &t.networks[zone]
	var hosts [block]uint32
	for i, a := range addrs {
		host, prefix := n.lpm.Lookup(a)
		hosts[i] = host
		dst[i] = Match{Step: entity.StepExact, zone: zone, prefix: prefix, addr: true}
	}
	for i := range dst {
		switch m := &dst[i]; {
		case hosts[i] != lpm.None:
			m.Record = n.hosts.At(hosts[i])
		case m.prefix != lpm.None:
			m.Record, m.Step = n.owners[m.prefix], entity.StepPrefix
		default:
			*m = Match{}
		}
	}
}

// LookupNames is LookupAddrs for names, in the phases hash, seek and verify,
// so that the reads of distant memory overlap.
func (t *Table) LookupNames(dst []Match, zone entity.Zone, keys [][]byte) {
	number, form := t.zone(zone), nameProbe
	if number == noZone {
		form = noProbe
	}
	var under [block]names.Probe
	for len(keys) > 0 {
		n := min(block, len(keys))
		if number != noZone {
			t.probeNames(under[:n], number, keys)
		}
		for i, key := range keys[:n] {
			p := Probe{form: form, zone: number, name: under[i]}
			t.Find(&dst[i], &p, zone, key)
		}
		dst, keys = dst[n:], keys[n:]
	}
}

func (t *Table) probeNames(under []names.Probe, zone uint32, keys [][]byte) {
	for i := range under {
		key := keys[i]
		if n := len(key); n > 0 && key[n-1] == '.' {
			key = key[:n-1]
		}
		t.names.Hash(&under[i], zone, key)
	}
	for i := range under {
		t.names.Seek(&under[i])
	}
}

// Covered yields the addresses and then the prefixes of a zone that lie inside
// a network, it included, ascending, with the assets that answer them.
func (t *Table) Covered(zone entity.Zone, network netip.Prefix) iter.Seq[Covering] {
	return func(yield func(Covering) bool) {
		z := t.zone(zone)
		if z == noZone {
			return
		}
		n := &t.networks[z]
		lo, hi := n.lpm.HostsIn(network)
		for rank := lo; rank < hi; rank++ {
			a := n.lpm.Host(rank)
			if !yield(Covering{netip.PrefixFrom(a, a.BitLen()), n.hosts.At(rank)}) {
				return
			}
		}
		lo, hi = n.lpm.CoveredBy(network)
		for p := lo; p < hi; p++ {
			if !yield(Covering{n.lpm.Prefix(p), n.owners[p]}) {
				return
			}
		}
	}
}
