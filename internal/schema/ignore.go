package schema

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kithsec/kith/internal/addr"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/keytext"
)

// DefaultIgnored returns the default placeholders, such as "unknown" and 127.0.0.1.
// Placeholders never become keys, so they neither join rows nor match events. The caller
// owns the slice.
func DefaultIgnored() []string {
	return []string{
		"", "-", "null", "none", "nil", "n/a", "na", "unknown", "undefined", "localhost", "localhost.localdomain",
		"0.0.0.0", "127.0.0.0/8", "::", "::1", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff",
	}
}

// Ignored is a set of placeholders, which are values that do not identify an entity. A
// placeholder is a text, compared ignoring case, or a network, which stands for every
// address and prefix inside it. An address, a MAC or a name stands for all of its spellings,
// as in a list. An Ignored is immutable and safe for concurrent use.
type Ignored struct {
	texts      map[string]bool
	lengths    [64]bool  // lengths of texts; the last element stands for all greater lengths
	firstBytes [256]bool // first bytes of texts, in lower case
	networks   []addrRange
	only4      bool     // all networks are IPv4
	ranges4    []range4 // the IPv4 networks in networks
}

// range4 is a range of IPv4 addresses, including both ends.
type range4 struct{ first, last uint32 }

// addrRange is a range of addresses of one family, including both ends.
type addrRange struct{ first, last netip.Addr }

// NewIgnored returns the set of the given values. If every value begins with "+", the values
// extend DefaultIgnored instead of replacing it. nil stands for DefaultIgnored.
func NewIgnored(values []string) *Ignored {
	if values == nil {
		values = DefaultIgnored()
	} else if extra, all := cutPlus(values); all {
		values = append(DefaultIgnored(), extra...)
	}
	g := &Ignored{texts: make(map[string]bool, len(values)), only4: true}
	add := func(text string) {
		g.texts[text] = true
		g.lengths[min(len(text), len(g.lengths)-1)] = true
		if text != "" {
			g.firstBytes[text[0]] = true
		}
	}
	for _, v := range values {
		v = fold.Lower(keytext.Clean(fold.Trim(strings.TrimPrefix(v, "+"))))
		add(v)
		if name := strings.TrimSuffix(v, "."); name != "" {
			add(name)
		}
		if n, ok := ignoredNetwork(v); ok {
			g.networks = append(g.networks, n)
			g.only4 = g.only4 && n.first.Is4()
			if n.first.Is4() {
				g.ranges4 = append(g.ranges4, range4{addrWord4(n.first), addrWord4(n.last)})
			}
		}
		if a, err := netip.ParseAddr(v); err == nil {
			add(CanonicalAddr(a).String())
		}
		if mac, bits, ok := addr.ParseMAC(v); ok {
			add(string(addr.AppendMAC(nil, mac, bits)))
		}
	}
	return g
}

func addrWord4(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

// ignoredNetwork parses a prefix or a range of addresses. It returns false for other values.
func ignoredNetwork(v string) (addrRange, bool) {
	if p, err := netip.ParsePrefix(v); err == nil {
		p = p.Masked()
		n := addrRange{p.Addr(), lastAddr(p)}
		if n.first.Is4In6() && n.last.Is4In6() {
			n = addrRange{n.first.Unmap(), n.last.Unmap()}
		}
		return n, true
	}
	from, to, found := strings.Cut(v, "-")
	if !found {
		return addrRange{}, false
	}
	first, errFirst := netip.ParseAddr(fold.Trim(from))
	last, errLast := netip.ParseAddr(fold.Trim(to))
	n := addrRange{CanonicalAddr(first), CanonicalAddr(last)}
	return n, errFirst == nil && errLast == nil && n.first.Is4() == n.last.Is4() && !n.last.Less(n.first)
}

// cutPlus returns the values without the "+" before them, and false unless each has one.
func cutPlus(values []string) (added []string, all bool) {
	for _, v := range values {
		rest, found := strings.CutPrefix(v, "+")
		if !found {
			return nil, false
		}
		added = append(added, rest)
	}
	return added, len(values) > 0
}

// Text reports whether the value is a placeholder text.
func (g *Ignored) Text(v string) bool { return g.mayContain(v) && g.texts[fold.Lower(v)] }

// mayContain reports whether the value may be one of the texts. It excludes most values
// before they are folded and hashed.
func (g *Ignored) mayContain(v string) bool {
	if v == "" {
		return g.lengths[0]
	}
	c := v[0]
	if c >= utf8.RuneSelf {
		return true // folding can change the first byte and the length
	}
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return g.firstBytes[c] && (g.lengths[min(len(v), len(g.lengths)-1)] || !fold.IsASCII(v))
}

// Value reports whether a canonical address, prefix or MAC is a placeholder: it is one of the
// texts, or lies inside one of the networks. It returns false if g is nil.
func (g *Ignored) Value(v string) bool {
	if g == nil {
		return false
	}
	if g.mayContain(v) && g.texts[v] {
		return true
	}
	if a, ok := addr.Parse4(v); ok {
		return slices.ContainsFunc(g.ranges4, func(r range4) bool { return r.first <= a && a <= r.last })
	}
	if len(g.networks) == 0 || g.only4 && strings.IndexByte(v, ':') >= 0 {
		return false
	}
	p, ok := parseNetwork(v)
	if !ok {
		return false
	}
	first, last := p.Addr(), lastAddr(p)
	for _, n := range g.networks {
		if !first.Less(n.first) && !n.last.Less(last) {
			return true
		}
	}
	return false
}

func parseNetwork(v string) (netip.Prefix, bool) {
	if strings.IndexByte(v, '/') >= 0 {
		p, err := netip.ParsePrefix(v)
		return p, err == nil
	}
	if v == "" || v[0] > 'f' || strings.IndexByte(v, '.') < 0 && strings.IndexByte(v, ':') < 0 {
		return netip.Prefix{}, false
	}
	a, err := netip.ParseAddr(v)
	if err != nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}
