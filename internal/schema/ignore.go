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

// DefaultIgnored returns the default placeholders, such as "unknown", 127.0.0.1 and the MACs
// of virtual adapters. Placeholders never become keys, so they neither join rows nor match
// events. The caller owns the slice.
func DefaultIgnored() []string { return slices.Concat(ignoredTexts, ignoredNetworks, virtualMACs) }

var ignoredTexts = []string{
	"", "-", "null", "none", "nil", "n/a", "na", "unknown", "undefined", "localhost", "localhost.localdomain",
	"0.0.0.0", "255.255.255.255", "::", "::1", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff",
}

// ignoredNetworks are the networks of loopback, link-local and multicast addresses. By
// default they stand for the addresses in them, and not for prefixes: a list may describe
// the network itself.
var ignoredNetworks = []string{"127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "fe80::/10", "ff00::/8"}

// Ignored is a set of placeholders, which are values that do not identify an entity. A
// placeholder is a text, compared ignoring case, or a network, which stands for every
// address and prefix inside it; a network of the default stands for addresses only. An
// address, a MAC or a name stands for all of its spellings,
// as in a list. An Ignored is immutable and safe for concurrent use.
type Ignored struct {
	texts      map[string]bool
	lengths    [64]bool  // lengths of texts; the last element stands for all greater lengths
	firstBytes [256]bool // first bytes of texts, in lower case
	networks   []addrRange
	ranges4    []range4 // the IPv4 networks in networks
}

// range4 is a range of IPv4 addresses, including both ends.
type range4 struct{ first, last uint32 }

// addrRange is a range of addresses of one family, including both ends.
type addrRange struct {
	first, last netip.Addr
	hostsOnly   bool // stands for the addresses in the range, not for prefixes
}

// NewIgnored returns the set of the given values. If every value begins with "+", the values
// extend DefaultIgnored instead of replacing it. nil stands for DefaultIgnored.
func NewIgnored(values []string) *Ignored {
	g := &Ignored{texts: make(map[string]bool)}
	extra, all := cutPlus(values)
	switch {
	case values == nil:
		g.addDefaults()
	case all:
		g.addDefaults()
		values = extra
	}
	for _, v := range values {
		v = fold.Lower(keytext.Clean(fold.Trim(v)))
		g.addPlaceholder(v)
		if n, ok := ignoredNetwork(v); ok {
			g.addNetwork(n)
		}
	}
	return g
}

// addDefaults adds the placeholders of DefaultIgnored.
func (g *Ignored) addDefaults() {
	for _, v := range slices.Concat(ignoredTexts, virtualMACs) {
		g.addPlaceholder(v)
	}
	for _, v := range ignoredNetworks {
		n, _ := ignoredNetwork(v)
		n.hostsOnly = true
		g.addNetwork(n)
	}
}

// addPlaceholder adds a folded value, in the spellings in which keys are compared.
func (g *Ignored) addPlaceholder(v string) {
	g.addText(v)
	if name := strings.TrimSuffix(v, "."); name != "" {
		g.addText(name)
	}
	if a, err := netip.ParseAddr(v); err == nil {
		g.addText(CanonicalAddr(a).String())
	}
	if mac, bits, ok := addr.ParseMAC(v); ok {
		g.addText(string(addr.AppendMAC(nil, mac, bits)))
	}
}

func (g *Ignored) addText(text string) {
	g.texts[text] = true
	g.lengths[min(len(text), len(g.lengths)-1)] = true
	if text != "" {
		g.firstBytes[text[0]] = true
	}
}

func (g *Ignored) addNetwork(n addrRange) {
	g.networks = append(g.networks, n)
	if n.first.Is4() {
		g.ranges4 = append(g.ranges4, range4{addrWord4(n.first), addrWord4(n.last)})
	}
}

func addrWord4(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

// ignoredNetwork parses a prefix or a range of addresses. It returns false for other values.
func ignoredNetwork(v string) (addrRange, bool) {
	if p, err := netip.ParsePrefix(v); err == nil {
		p = p.Masked()
		n := addrRange{first: p.Addr(), last: lastAddr(p)}
		if n.first.Is4In6() && n.last.Is4In6() {
			n.first, n.last = n.first.Unmap(), n.last.Unmap()
		}
		return n, true
	}
	from, to, found := strings.Cut(v, "-")
	if !found {
		return addrRange{}, false
	}
	first, errFirst := netip.ParseAddr(fold.Trim(from))
	last, errLast := netip.ParseAddr(fold.Trim(to))
	n := addrRange{first: CanonicalAddr(first), last: CanonicalAddr(last)}
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
	if len(g.networks) == 0 {
		return false
	}
	p, ok := parseNetwork(v)
	if !ok {
		return false
	}
	first, last := p.Addr(), lastAddr(p)
	for _, n := range g.networks {
		if !first.Less(n.first) && !n.last.Less(last) && (!n.hostsOnly || p.IsSingleIP()) {
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
	a, ok := addr.ParseAddr(v)
	if !ok {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}
