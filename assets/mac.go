package assets

import (
	"strings"

	"github.com/kithsec/kith/entity"
)

const wantMAC = "use 00:25:bc:42:f4:60, 00-25-bc-42-f4-60, 0025.bc42.f460 or 0025bc42f460, or a range of them, both ends as long"

// MACForm reads an EUI-48 or EUI-64 in any of the usual spellings, or a range
// of them, and gives lower-case hexadecimal with colons. In a range that is
// spelled with dashes throughout, the middle dash parts it.
func MACForm(dst []string, v string) (entity.Canonical, error) {
	if m, bits, ok := parseMAC(v); ok {
		return entity.Canonical{Values: append(dst, formatMAC(m, bits))}, nil
	}
	a, b, bits, ok := parseMACRange(v)
	switch {
	case !ok:
		return entity.Canonical{Values: dst}, entity.BadValue("bad MAC", v, wantMAC)
	case b < a:
		return entity.Canonical{Values: dst}, entity.BadValue("bad MAC", v, "the range runs backwards")
	case a == b:
		return entity.Canonical{Values: append(dst, formatMAC(a, bits))}, nil
	}
	return entity.Canonical{Values: append(dst, formatMACRange(a, b, bits))}, nil
}

// parseMACRange reads "first-last"; both ends are as long.
func parseMACRange(v string) (a, b uint64, bits int, ok bool) {
	from, to, ok := splitMACRange(v)
	if !ok {
		return 0, 0, 0, false
	}
	a, bits, okA := parseMAC(from)
	b, other, okB := parseMAC(to)
	return a, b, bits, okA && okB && bits == other
}

func formatMACRange(a, b uint64, bits int) string {
	return formatMAC(a, bits) + "-" + formatMAC(b, bits)
}

func splitMACRange(v string) (from, to string, ok bool) {
	n := strings.Count(v, "-")
	if n%2 == 0 {
		return "", "", false
	}
	at := -1
	for range n/2 + 1 {
		at += 1 + strings.IndexByte(v[at+1:], '-')
	}
	return entity.Trim(v[:at]), entity.Trim(v[at+1:]), true
}

func parseMAC(v string) (mac uint64, bits int, ok bool) {
	digits := 0
	sep := byte(0)
	for i := 0; i < len(v); i++ {
		c := v[i]
		var d byte
		switch {
		case c >= '0' && c <= '9':
			d = c - '0'
		case c >= 'a' && c <= 'f':
			d = c - 'a' + 10
		case c >= 'A' && c <= 'F':
			d = c - 'A' + 10
		case (c == ':' || c == '-' || c == '.') && (sep == 0 || sep == c):
			sep = c
			continue
		default:
			return 0, 0, false
		}
		if digits++; digits > 16 {
			return 0, 0, false
		}
		mac = mac<<4 | uint64(d)
	}
	if digits != 12 && digits != 16 {
		return 0, 0, false
	}
	return mac, digits * 4, macShape(v, sep, digits)
}

func macShape(v string, sep byte, digits int) bool {
	group := 2
	switch sep {
	case 0:
		return len(v) == digits
	case '.':
		group = 4
	}
	if len(v) != digits+digits/group-1 {
		return false
	}
	for i := group; i < len(v); i += group + 1 {
		if v[i] != sep {
			return false
		}
	}
	return true
}

func formatMAC(mac uint64, bits int) string {
	b := make([]byte, 0, 23)
	for shift := bits - 8; shift >= 0; shift -= 8 {
		if len(b) > 0 {
			b = append(b, ':')
		}
		b = append(b, "0123456789abcdef"[mac>>(shift+4)&15], "0123456789abcdef"[mac>>shift&15])
	}
	return string(b)
}
