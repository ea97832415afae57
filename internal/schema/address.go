package schema

import (
	"fmt"
	"math/bits"
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"github.com/kithsec/kith/internal/addr"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
)

const wantIP = "use an address, a prefix (10.0.0.0/8) or a range (10.0.0.1-10.0.0.9)"

// IPForm parses an address, a prefix or a range of addresses of either family. It turns a
// range into the smallest set of prefixes and addresses that covers it, in ascending order,
// turns an IPv4-mapped IPv6 address into an IPv4 address, and drops a scope zone. A prefix
// with host bits, such as the 10.1.2.3/24 of an interface, is read as the address, and the
// result has a note of that. IPForm rejects an EUI-64, which could be mistaken for an IPv6 address.
func IPForm(dst []string, v string) (Canonical, error) { return ipForm(dst, v, false) }

// IPNetworkForm is IPForm, but reads a prefix with host bits as the network: 10.1.2.0/24.
func IPNetworkForm(dst []string, v string) (Canonical, error) { return ipForm(dst, v, true) }

func ipForm(dst []string, v string, networks bool) (Canonical, error) {
	if _, ok := addr.Parse4(v); ok { // the most frequent case
		return Canonical{Values: append(dst, v)}, nil
	}
	c, err := slowIPForm(dst, v, networks)
	if err == nil && (IsEUI64(v) || slices.ContainsFunc(c.Values, IsEUI64)) {
		return badIP(dst, v, fmt.Errorf("%s is an EUI-64, which belongs in the mac column", problem.Quote(v)))
	}
	return c, err
}

func slowIPForm(dst []string, v string, networks bool) (Canonical, error) {
	if strings.Contains(v, "/") {
		return prefixForm(dst, v, networks)
	}
	a, err := netip.ParseAddr(v)
	switch {
	case err == nil && checkScope(v, a.Zone()) != nil:
		err = checkScope(v, a.Zone())
	case err == nil: // before ranges, because a scope zone can contain a dash
		return Canonical{Values: append(dst, CanonicalAddr(a).String())}, nil
	case strings.Contains(v, "-"):
		return rangeForm(dst, v)
	}
	return badIP(dst, v, parseError(v, err))
}

// parseError returns an error of package netip about text, which quotes the whole of it, or
// an error that quotes the beginning of a text that is too long for a message.
func parseError(text string, err error) error {
	if len(text) <= problem.MaxQuoted {
		return err
	}
	return fmt.Errorf("%s is not an address", problem.Quote(text))
}

func badIP(dst []string, v string, err error) (Canonical, error) {
	want := wantIP
	if strings.Contains(v, "/") && strings.ContainsFunc(v, unicode.IsSpace) {
		want = "write a prefix without blanks, such as 10.0.0.0/8"
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

func prefixForm(dst []string, v string, networks bool) (Canonical, error) {
	p, err := parsePrefix(v)
	if err != nil {
		return badIP(dst, v, parseError(v, err))
	}
	if p.Masked() == p {
		return Canonical{Values: append(dst, prefixText(p))}, nil
	}
	address, network := CanonicalAddr(p.Addr()).String(), prefixText(p.Masked())
	read, cure := address, fmt.Sprintf("host_bits: network reads %s", network)
	if networks {
		read, cure = network, fmt.Sprintf("without host_bits: network it is %s", address)
	}
	return Canonical{Values: append(dst, read), Note: &ValueError{
		Reason: "host bits", Value: v, Note: true, Err: fmt.Errorf("prefix %s has host bits set; read as %s; %s", problem.Quote(v), read, cure),
	}}, nil
}

// checkScope returns an error if the scope of an address has separators or brackets: the text
// v is then several addresses, such as fe80::1%eth0,10.0.0.1.
func checkScope(v, scope string) error {
	if !strings.ContainsAny(scope, pieceMarks) {
		return nil
	}
	return fmt.Errorf("the scope of %s is not a name", problem.Quote(v))
}

// parsePrefix parses a prefix with a length or, for IPv4, a mask: 10.1.0.0/255.255.0.0.
func parsePrefix(v string) (netip.Prefix, error) {
	address, length, _ := strings.Cut(v, "/")
	bare, scope, scoped := strings.Cut(address, "%")
	if err := checkScope(v, scope); err != nil {
		return netip.Prefix{}, err
	}
	if !scoped && !strings.Contains(length, ".") {
		return netip.ParsePrefix(v)
	}
	a, err := netip.ParseAddr(bare)
	if err != nil {
		return netip.Prefix{}, err
	}
	if !strings.Contains(length, ".") {
		return netip.ParsePrefix(bare + "/" + length)
	}
	mask, ok := addr.Parse4(length)
	switch ones := bits.LeadingZeros32(^mask); {
	case !ok || !a.Is4():
		return netip.Prefix{}, fmt.Errorf("%s is not the mask of %s", problem.Quote(length), bare)
	case mask<<ones != 0:
		return netip.Prefix{}, fmt.Errorf("mask %s has bits after a gap", problem.Quote(length))
	default:
		return netip.PrefixFrom(a, ones), nil
	}
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
		return badIP(dst, v, parseError(from, err))
	}
	b, err := netip.ParseAddr(fold.Trim(to))
	if err != nil {
		return badIP(dst, v, parseError(to, err))
	}
	a, b = CanonicalAddr(a), CanonicalAddr(b)
	switch {
	case a.Is4() != b.Is4():
		return badIP(dst, v, fmt.Errorf("range %s mixes IPv4 and IPv6", problem.Quote(v)))
	case b.Less(a):
		return badIP(dst, v, fmt.Errorf("range %s runs backwards", problem.Quote(v)))
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
	for length := a.BitLen() - 1; length >= 0; length-- {
		p := netip.PrefixFrom(a, length)
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
