package assets

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/addr"
)

const wantIP = "use an address, a prefix (10.0.0.0/8) or a range (10.0.0.1-10.0.0.9)"

// IPForm reads an address, a prefix or a range of either family (SPEC 2.2). A
// prefix loses its host bits, which is noted; a range gives its smallest CIDR
// cover, ascending; IPv4-mapped IPv6 is IPv4; a scope zone is dropped.
func IPForm(dst []string, v string) (entity.Canonical, error) {
	if _, ok := addr.Parse4(v); ok { // as most are
		return entity.Canonical{Values: append(dst, v)}, nil
	}
	c, err := ipForm(dst, v)
	if err == nil && (isEUI64(v) || slices.ContainsFunc(c.Values, isEUI64)) {
		return badIP(dst, v, fmt.Errorf("%q is an EUI-64, which belongs into mac", v))
	}
	return c, err
}

func ipForm(dst []string, v string) (entity.Canonical, error) {
	if strings.Contains(v, "/") {
		return prefixForm(dst, v)
	}
	a, err := netip.ParseAddr(v)
	switch {
	case err == nil: // a scope zone may hold a dash, too
		return entity.Canonical{Values: append(dst, plain(a).String())}, nil
	case strings.Contains(v, "-"):
		return rangeForm(dst, v)
	}
	return badIP(dst, v, err)
}

func badIP(dst []string, v string, err error) (entity.Canonical, error) {
	want := wantIP
	if strings.ContainsAny(v, ",; \n") {
		want = "part several by " + entity.Separator
	}
	return entity.Canonical{Values: dst},
		&entity.ValueError{Reason: "bad address", Value: v, Err: fmt.Errorf("%w; %s", err, want)}
}

// plain returns the address that decides ownership: a 4-in-6 address is its
// IPv4 address, and a scope zone does not count. netip.Prefix.Contains
// disagrees on both.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

func prefixForm(dst []string, v string) (entity.Canonical, error) {
	address, bits, _ := strings.Cut(v, "/")
	address, _, _ = strings.Cut(address, "%")
	p, err := netip.ParsePrefix(entity.Trim(address) + "/" + entity.Trim(bits))
	if err != nil {
		return badIP(dst, v, err)
	}
	c := entity.Canonical{}
	if p.Masked() != p {
		c.Note = &entity.ValueError{
			Reason: "host bits", Value: v, Note: true,
			Err: fmt.Errorf("prefix %q has host bits set; read as %s", v, text(p.Masked())),
		}
	}
	c.Values = append(dst, text(p.Masked()))
	return c, nil
}

// text returns the canonical text of a masked prefix: a mapped prefix of 96
// bits or more is IPv4, and a whole address is written as an address.
func text(p netip.Prefix) string {
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

func rangeForm(dst []string, v string) (entity.Canonical, error) {
	from, to, _ := strings.Cut(v, "-")
	a, err := netip.ParseAddr(entity.Trim(from))
	if err != nil {
		return badIP(dst, v, err)
	}
	b, err := netip.ParseAddr(entity.Trim(to))
	if err != nil {
		return badIP(dst, v, err)
	}
	a, b = plain(a), plain(b)
	switch {
	case a.Is4() != b.Is4():
		return badIP(dst, v, fmt.Errorf("range %q mixes IPv4 and IPv6", v))
	case b.Less(a):
		return badIP(dst, v, fmt.Errorf("range %q runs backwards", v))
	case a == b:
		return entity.Canonical{Values: append(dst, a.String())}, nil
	}
	c := entity.Canonical{Values: dst, Ranged: true}
	for a.IsValid() && !b.Less(a) {
		p := largestFrom(a, b)
		c.Values = append(c.Values, text(p))
		a = last(p).Next()
	}
	return c, nil
}

// largestFrom returns the largest prefix that begins at a and ends at or
// before b.
func largestFrom(a, b netip.Addr) netip.Prefix {
	best := netip.PrefixFrom(a, a.BitLen())
	for bits := a.BitLen() - 1; bits >= 0; bits-- {
		p := netip.PrefixFrom(a, bits)
		if p.Masked() != p || b.Less(last(p)) {
			break
		}
		best = p
	}
	return best
}

// last returns the last address of a prefix.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < 8*len(b); i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}
