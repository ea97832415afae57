package lpm

import (
	"errors"
	"fmt"
	"net/netip"
)

// Build compiles hosts and prefixes. Both must ascend strictly, hosts in the
// order of netip.Addr.Compare and prefixes in that of netip.Prefix.Compare:
// IPv4 before IPv6, by address, then by length. They must be canonical: no
// 4-in-6 addresses, no scope zones, no host bits, and a prefix that is a single
// address is a host. Build keeps neither slice. The same lists give the same
// table.
func Build(hosts []netip.Addr, prefixes []netip.Prefix) (*Table, error) {
	v4, v6, err := splitHosts(hosts)
	if err != nil {
		return nil, err
	}
	return BuildHosts(v4, v6, prefixes)
}

// BuildHosts is Build of hosts that are numbers already, as Lookup4 and Lookup6
// take them: v4 are the IPv4 addresses and v6 the IPv6 addresses, two words each.
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
	spans4, list6 := splitPrefixes(prefixes)
	return &Table{
		v4:   newTable4(v4, spans4),
		v6:   newTable6(hosts6, list6),
		prefixes: newPrefixList(prefixes),
	}, nil
}

// checkHosts4 checks the IPv4 addresses of hosts that are more.
func checkHosts4(hosts []uint32, more int) error {
	if n := len(hosts) + more; n > MaxEntries {
		return fmt.Errorf("%d hosts: at most %d", n, MaxEntries)
	}
	for i := 1; i < len(hosts); i++ {
		if hosts[i-1] >= hosts[i] {
			return fmt.Errorf("host %d: %q: %w", i, addrFrom4(hosts[i]), errOrder)
		}
	}
	return nil
}

// checkHosts6 checks the IPv6 addresses, of which the first has that number.
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
	errOrder  = errors.New("not after the one before")
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

// splitHosts returns the IPv4 addresses, and the IPv6 addresses behind them in two
// words each.
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
