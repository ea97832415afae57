package lpm

import (
	"errors"
	"fmt"
	"net/netip"
)

// Build compiles hosts and prefixes. Both lists must be sorted and free of duplicates:
// hosts in the order of netip.Addr.Compare, prefixes in the order of
// netip.Prefix.Compare, which is IPv4 before IPv6, by address, then by length. They
// must be canonical: no 4-in-6 addresses, no scope zones, no host bits; a single
// address must be a host and not a prefix. Otherwise Build returns an error. It does
// not retain the slices. The same lists always give the same table.
func Build(hosts []netip.Addr, prefixes []netip.Prefix) (*Table, error) {
	v4, v6, err := splitHosts(hosts)
	if err != nil {
		return nil, err
	}
	return BuildHosts(v4, v6, prefixes)
}

// BuildHosts is Build for hosts that are given as integers, as Lookup4 and Lookup6 take
// them: v4 holds the IPv4 addresses and v6 the IPv6 addresses, two words each.
func BuildHosts(v4 []uint32, v6 []uint64, prefixes []netip.Prefix) (*Table, error) {
	hosts6 := make([]addr128, len(v6)/2)
	for i := range hosts6 {
		hosts6[i] = addr128{v6[2*i], v6[2*i+1]}
	}
	if err := checkHosts4(v4, len(hosts6)); err != nil {
		return nil, err
	}
	if err := checkHosts6(hosts6, len(v4)); err != nil {
		return nil, err
	}
	if err := checkPrefixes(prefixes); err != nil {
		return nil, err
	}
	intervals4, prefixes6 := splitPrefixes(prefixes)
	return &Table{
		v4:       newTable4(v4, intervals4),
		v6:       newTable6(hosts6, prefixes6),
		prefixes: newPrefixList(prefixes),
	}, nil
}

// checkHosts4 checks the number of all hosts, of which numHosts6 are IPv6 addresses,
// and the order of the IPv4 addresses.
func checkHosts4(hosts []uint32, numHosts6 int) error {
	if n := len(hosts) + numHosts6; n > MaxEntries {
		return fmt.Errorf("%d hosts: at most %d", n, MaxEntries)
	}
	for i := 1; i < len(hosts); i++ {
		if hosts[i-1] >= hosts[i] {
			return fmt.Errorf("host %d: %q: %w", i, addrFrom4(hosts[i]), errOrder)
		}
	}
	return nil
}

// checkHosts6 checks the form and order of the IPv6 addresses. first is the rank of the
// first one.
func checkHosts6(hosts []addr128, first int) error {
	for i, a := range hosts {
		if a.hi == 0 && a.lo>>32 == 0xffff {
			return fmt.Errorf("host %d: %q: %w", first+i, addrFrom6(a), errMapped)
		}
		if i > 0 && !hosts[i-1].less(a) {
			return fmt.Errorf("host %d: %q: %w", first+i, addrFrom6(a), errOrder)
		}
	}
	return nil
}

func checkPrefixes(list []netip.Prefix) error {
	if len(list) > MaxEntries {
		return fmt.Errorf("%d prefixes: at most %d", len(list), MaxEntries)
	}
	for i, p := range list {
		if err := checkPrefix(p); err != nil {
			return fmt.Errorf("prefix %d: %q: %w", i, p, err)
		}
		if i > 0 && list[i-1].Compare(p) >= 0 {
			return fmt.Errorf("prefix %d: %q: %w", i, p, errOrder)
		}
	}
	return nil
}

var (
	errOrder  = errors.New("not greater than its predecessor")
	errMapped = errors.New("4-in-6 address")
)

func checkAddr(a netip.Addr) error {
	switch {
	case !a.IsValid():
		return errors.New("not valid")
	case a.Zone() != "":
		return errors.New("has a scope zone")
	}
	return nil
}

func checkPrefix(p netip.Prefix) error {
	switch {
	case !p.IsValid():
		return errors.New("not valid")
	case p.IsSingleIP():
		return errors.New("single address")
	case p.Addr() != p.Masked().Addr():
		return errors.New("has host bits")
	case p.Addr().Is4In6():
		return errors.New("4-in-6 prefix")
	}
	return nil
}

// splitHosts returns the IPv4 addresses, and the IPv6 addresses in two words each.
func splitHosts(hosts []netip.Addr) (v4 []uint32, v6 []uint64, err error) {
	for i, h := range hosts {
		err := checkAddr(h)
		if h.Is4() && len(v6) > 0 {
			err = errOrder
		}
		if err != nil {
			return nil, nil, fmt.Errorf("host %d: %q: %w", i, h, err)
		}
		if h.Is4() {
			v4 = append(v4, addrWord4(h))
		} else {
			hi, lo := addrWords(h)
			v6 = append(v6, hi, lo)
		}
	}
	return v4, v6, nil
}

func splitPrefixes(list []netip.Prefix) (v4 []interval, v6 []prefix6) {
	for i, p := range list {
		first, last := prefixBounds(p)
		if p.Addr().Is4() {
			v4 = append(v4, interval{first.lo, last.lo, uint32(i)})
			continue
		}
		v6 = append(v6, prefix6{first, last, p.Bits(), uint32(i)})
	}
	return v4, v6
}

// interval is the range of values that a prefix covers in one word: a whole IPv4
// address, or either half of an IPv6 address.
type interval struct {
	first, last uint64
	id          uint32 // index of the prefix
}

// run is a range of addresses with the same longest prefix. It begins at start and
// ends where the next run begins.
type run struct {
	start uint64
	id    uint32 // index of the prefix, or None
}

// sweepIntervals turns nested intervals into runs. The intervals are sorted by their
// first value, the longer ones first. Outside all of them the prefix is base.
// Neighbouring runs differ in their prefix, and the first run starts at 0.
func sweepIntervals(intervals []interval, base uint32) []run {
	w := sweeper{base: base, runs: make([]run, 0, 2*len(intervals)+1)}
	w.emitRun(0, base)
	for _, s := range intervals {
		w.closeBefore(s.first)
		w.open = append(w.open, s)
		w.emitRun(s.first, s.id)
	}
	w.closeBefore(^uint64(0))
	return w.runs
}

type sweeper struct {
	base uint32
	runs []run
	open []interval // the intervals around the current point, outermost first
}

// closeBefore closes the intervals that end before the point and emits the runs that
// follow them.
func (w *sweeper) closeBefore(point uint64) {
	for n := len(w.open); n > 0 && w.open[n-1].last < point; n-- {
		last := w.open[n-1].last
		w.open = w.open[:n-1]
		id := w.base
		if n > 1 {
			id = w.open[n-2].id
		}
		w.emitRun(last+1, id)
	}
}

func (w *sweeper) emitRun(start uint64, id uint32) {
	if n := len(w.runs); n > 0 && w.runs[n-1].start == start {
		w.runs = w.runs[:n-1]
	}
	if n := len(w.runs); n > 0 && w.runs[n-1].id == id {
		return
	}
	w.runs = append(w.runs, run{start, id})
}
