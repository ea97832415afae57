package schema

import (
	"strings"

	"github.com/kithsec/kith/internal/addr"
	"github.com/kithsec/kith/internal/fold"
)

const wantMAC = "use 00:25:bc:42:f4:60, 00-25-bc-42-f4-60, 0025.bc42.f460 or 0025bc42f460, or a range with both ends of the same length"

// MACForm parses an EUI-48 or EUI-64 in any of the usual spellings, or a range of them, and
// returns it in lower-case hexadecimal with colons. If a range is spelled with dashes
// throughout, the middle dash separates its ends.
func MACForm(dst []string, v string) (Canonical, error) {
	if m, bits, ok := ParseMAC(v); ok {
		return Canonical{Values: append(dst, macText(v, m, bits))}, nil
	}
	a, b, bits, ok := ParseMACRange(v)
	switch {
	case !ok:
		return Canonical{Values: dst}, BadValue("bad MAC", v, wantMAC)
	case b < a:
		return Canonical{Values: dst}, BadValue("bad MAC", v, "the range runs backwards")
	case a == b:
		return Canonical{Values: append(dst, formatMAC(a, bits))}, nil
	}
	return Canonical{Values: append(dst, formatMACRange(a, b, bits))}, nil
}

// ParseMACRange parses a range "first-last" of MACs. It returns both ends and their width in
// bits, 48 or 64. It returns false if v is not a range of two MACs of the same width. It
// does not check that first precedes last.
func ParseMACRange(v string) (a, b uint64, bits int, ok bool) {
	from, to, ok := SplitMACRange(v)
	if !ok {
		return 0, 0, 0, false
	}
	a, bits, okA := ParseMAC(from)
	b, other, okB := ParseMAC(to)
	return a, b, bits, okA && okB && bits == other
}

func formatMACRange(a, b uint64, bits int) string {
	return formatMAC(a, bits) + "-" + formatMAC(b, bits)
}

// SplitMACRange splits a range at its middle dash and trims both ends. It returns false if v
// has no middle dash. It does not parse the ends.
func SplitMACRange(v string) (from, to string, ok bool) {
	n := strings.Count(v, "-")
	if n%2 == 0 {
		return "", "", false
	}
	at := -1
	for range n/2 + 1 {
		at += 1 + strings.IndexByte(v[at+1:], '-')
	}
	return fold.Trim(v[:at]), fold.Trim(v[at+1:]), true
}

// ParseMAC parses an EUI-48 or EUI-64 in any of the usual spellings. It returns the MAC with
// its first octet as the most significant byte, and its width in bits, 48 or 64.
func ParseMAC(v string) (mac uint64, bits int, ok bool) { return addr.ParseMAC(v) }

// macText is formatMAC for a MAC that was parsed from v. It returns v without allocating if v
// is the canonical text, which is the most frequent case.
func macText(v string, mac uint64, bits int) string {
	var room [len("00:25:bc:ff:fe:42:f4:60")]byte
	text := addr.AppendMAC(room[:0], mac, bits)
	if string(text) == v {
		return v
	}
	return string(text)
}

func formatMAC(mac uint64, bits int) string { return string(addr.AppendMAC(nil, mac, bits)) }
