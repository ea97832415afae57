package schema

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/kithsec/kith/internal/addr"
	"github.com/kithsec/kith/internal/fold"
)

const wantIP = "use an address, a prefix (10.0.0.0/8) or a range (10.0.0.1-10.0.0.9)"

// IPForm parses an address, a prefix or a range of addresses of either family. It clears the
// host bits of a prefix and notes this, turns a range into the smallest set of prefixes and
// addresses that covers it, in ascending order, turns an IPv4-mapped IPv6 address into an
// IPv4 address, and drops a scope zone. It rejects an EUI-64, which could be mistaken for an
// IPv6 address.
func IPForm(dst []string, v string) (Canonical, error) {
	if _, ok := addr.Parse4(v); ok { // the most frequent case
		return Canonical{Values: append(dst, v)}, nil
	}
	c, err := ipForm(dst, v)
	if err == nil && (IsEUI64(v) || slices.ContainsFunc(c.Values, IsEUI64)) {
		return badIP(dst, v, fmt.Errorf("%q is an EUI-64, which belongs in the mac column", v))
	}
	return c, err
}

func ipForm(dst []string, v string) (Canonical, error) {
	if strings.Contains(v, "/") {
		return prefixForm(dst, v)
	}
	a, err := netip.ParseAddr(v)
	switch {
	case err == nil: // before ranges, because a scope zone can contain a dash
		return Canonical{Values: append(dst, CanonicalAddr(a).String())}, nil
	case strings.Contains(v, "-"):
		return rangeForm(dst, v)
	}
	return badIP(dst, v, err)
}

func badIP(dst []string, v string, err error) (Canonical, error) {
	want := wantIP
	if strings.ContainsAny(v, ",; \n") {
		want = "separate several addresses with " + Separator
	}
	return Canonical{Values: dst},
		&ValueError{Reason: "bad address", Value: v, Err: fmt.Errorf("%w; %s", err, want)}
}

// CanonicalAddr returns the form of an address in which addresses are compared: without a
// scope zone, and an IPv4 address instead of an IPv4-mapped address.
// netip.Prefix.Contains does not convert addresses in this way.
func CanonicalAddr(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// CanonicalPrefix returns the form of a prefix in which prefixes are compared: without host
// bits, and an IPv4 prefix instead of an IPv4-mapped prefix of 96 bits or more.
func CanonicalPrefix(p netip.Prefix) netip.Prefix {
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked()
}

func prefixForm(dst []string, v string) (Canonical, error) {
	address, bits, _ := strings.Cut(v, "/")
	address, _, _ = strings.Cut(address, "%")
	p, err := netip.ParsePrefix(fold.Trim(address) + "/" + fold.Trim(bits))
	if err != nil {
		return badIP(dst, v, err)
	}
	c := Canonical{}
	if p.Masked() != p {
		c.Note = &ValueError{
			Reason: "host bits", Value: v, Note: true,
			Err: fmt.Errorf("prefix %q has host bits set; read as %s", v, prefixText(p.Masked())),
		}
	}
	c.Values = append(dst, prefixText(p.Masked()))
	return c, nil
}

// prefixText returns the text of a prefix in its canonical form. A prefix that is a single
// address is written as an address.
func prefixText(p netip.Prefix) string {
	p = CanonicalPrefix(p)
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

func rangeForm(dst []string, v string) (Canonical, error) {
	from, to, _ := strings.Cut(v, "-")
	a, err := netip.ParseAddr(fold.Trim(from))
	if err != nil {
		return badIP(dst, v, err)
	}
	b, err := netip.ParseAddr(fold.Trim(to))
	if err != nil {
		return badIP(dst, v, err)
	}
	a, b = CanonicalAddr(a), CanonicalAddr(b)
	switch {
	case a.Is4() != b.Is4():
		return badIP(dst, v, fmt.Errorf("range %q mixes IPv4 and IPv6", v))
	case b.Less(a):
		return badIP(dst, v, fmt.Errorf("range %q runs backwards", v))
	case a == b:
		return Canonical{Values: append(dst, a.String())}, nil
	}
	c := Canonical{Values: dst, Ranged: true}
	for a.IsValid() && !b.Less(a) {
		p := largestFrom(a, b)
		c.Values = append(c.Values, prefixText(p))
		a = lastAddr(p).Next()
	}
	return c, nil
}

// largestFrom returns the largest prefix that begins at a and does not extend beyond b.
func largestFrom(a, b netip.Addr) netip.Prefix {
	best := netip.PrefixFrom(a, a.BitLen())
	for bits := a.BitLen() - 1; bits >= 0; bits-- {
		p := netip.PrefixFrom(a, bits)
		if p.Masked() != p || b.Less(lastAddr(p)) {
			break
		}
		best = p
	}
	return best
}

// lastAddr returns the last address of a prefix.
func lastAddr(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < 8*len(b); i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}
