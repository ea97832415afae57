package entity

import (
	"net/netip"
	"strings"
	"unicode/utf8"
)

// DefaultIgnored are the values that name nobody: they never join rows and
// never become keys (SPEC 3, rule 2).
func DefaultIgnored() []string {
	return []string{
		"", "-", "null", "none", "nil", "n/a", "na", "unknown", "undefined", "localhost", "localhost.localdomain",
		"0.0.0.0", "127.0.0.0/8", "::", "::1", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff",
	}
}

// Ignored is a set of values that name nobody: texts, compared ignoring case,
// and networks, which stand for every address and prefix inside them. It is
// immutable and safe for concurrent use.
type Ignored struct {
	texts    map[string]bool
	lengths  [64]bool  // of texts; the last stands for longer ones
	begins   [256]bool // first bytes of texts, in lower case
	networks []netip.Prefix
	only4    bool // all networks are IPv4
}

// NewIgnored returns the set of the listed values. If every value begins with
// "+", they are added to DefaultIgnored instead of replacing it.
func NewIgnored(values []string) *Ignored {
	if values == nil {
		values = DefaultIgnored()
	} else if extra, all := additions(values); all {
		values = append(DefaultIgnored(), extra...)
	}
	g := &Ignored{texts: make(map[string]bool, len(values)), only4: true}
	add := func(text string) {
		g.texts[text] = true
		g.lengths[min(len(text), len(g.lengths)-1)] = true
		if text != "" {
			g.begins[text[0]] = true
		}
	}
	for _, v := range values {
		v = Fold(Trim(strings.TrimPrefix(v, "+")))
		add(v)
		if p, err := netip.ParsePrefix(v); err == nil {
			g.networks = append(g.networks, p.Masked())
			g.only4 = g.only4 && p.Addr().Is4()
		}
		if a, err := netip.ParseAddr(v); err == nil {
			add(a.Unmap().WithZone("").String())
		}
	}
	return g
}

func additions(values []string) (added []string, all bool) {
	for _, v := range values {
		rest, found := strings.CutPrefix(v, "+")
		if !found {
			return nil, false
		}
		added = append(added, rest)
	}
	return added, len(values) > 0
}

// Text reports whether the value names nobody as a text.
func (g *Ignored) Text(v string) bool { return g.maybe(v) && g.texts[Fold(v)] }

// maybe rules out most values before they are folded and hashed.
func (g *Ignored) maybe(v string) bool {
	if v == "" {
		return g.lengths[0]
	}
	c := v[0]
	if c >= utf8.RuneSelf {
		return true // folding may change first byte and length
	}
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return g.begins[c] && (g.lengths[min(len(v), len(g.lengths)-1)] || !isASCII(v))
}

// Value reports whether a canonical address, prefix or MAC names nobody: it is
// a listed text or lies inside a listed network.
func (g *Ignored) Value(v string) bool {
	if g == nil {
		return false
	}
	if g.maybe(v) && g.texts[v] {
		return true
	}
	if len(g.networks) == 0 || g.only4 && strings.IndexByte(v, ':') >= 0 {
		return false
	}
	p, ok := parseNetwork(v)
	if !ok {
		return false
	}
	for _, n := range g.networks {
		if n.Bits() <= p.Bits() && n.Contains(p.Addr()) {
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
