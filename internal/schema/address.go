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

// IPForm reads an address, a prefix or a range of either family. A
// prefix loses its host bits, which is noted; a range gives its smallest CIDR
// cover, ascending; IPv4-mapped IPv6 is IPv4; a scope zone is dropped.
func IPForm(dst []string, v string) (Canonical, error) {
	if _, ok := addr.Parse4(v); ok { // as most are
		return Canonical{Values: append(dst, v)}, nil
	}
	c, err := ipForm(dst, v)
	if err == nil && (IsEUI64(v) || slices.ContainsFunc(c.Values, IsEUI64)) {
		return badIP(dst, v, fmt.Errorf("%q is an EUI-64, which belongs into mac", v))
	}
	return c, err
}

func ipForm(dst []string, v string) (Canonical, error) {
	if strings.Contains(v, "/") {
		return prefixForm(dst, v)
	}
	a, err := netip.ParseAddr(v)
	switch {
	case err == nil: // a scope zone may hold a dash, too
		return Canonical{Values: append(dst, CanonicalAddr(a).String())}, nil
	case strings.Contains(v, "-"):
		return rangeForm(dst, v)
	}
	return badIP(dst, v, err)
}

func badIP(dst []string, v string, err error) (Canonical, error) {
	want := wantIP
	if strings.ContainsAny(v, ",; \n") {
		want = "separate several with " + Separator
	}
	return Canonical{Values: dst},
		&ValueError{Reason: "bad address", Value: v, Err: fmt.Errorf("%w; %s", err, want)}
}

// CanonicalAddr returns the address that decides ownership: a 4-in-6 address is its
// IPv4 address, and a scope zone does not count. netip.Prefix.Contains
// disagrees on both.
func CanonicalAddr(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// CanonicalPrefix returns the prefix that decides containment: its host bits
// cleared, a mapped prefix of 96 bits or more as IPv4.
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

// prefixText returns the canonical text of a masked prefix: a mapped prefix of 96
// bits or more is IPv4, and a whole address is written as an address.
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

// largestFrom returns the largest prefix that begins at a and ends at or
// before b.
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
