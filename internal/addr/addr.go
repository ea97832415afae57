// Package addr parses IP and MAC addresses from text or bytes without allocating and
// without making an error: what is not an address is mostly a name, and is rejected
// within its first bytes.
//
// IP addresses are those that netip.ParseAddr accepts, with the same results, except
// that the scope zone is dropped, because it does not decide which entity an address
// belongs to.
//
// MAC addresses are those of 6 and 8 octets that net.ParseMAC accepts: octets with
// colons or hyphens, groups of four digits with dots, and bare digits.
package addr

import (
	"encoding/binary"
	"net/netip"
)

// Text is what addresses are read from.
type Text interface{ ~string | ~[]byte }

// ParseAddr reads an IP address. It accepts what netip.ParseAddr accepts and
// returns the same address without its zone.
func ParseAddr[T Text](s T) (addr netip.Addr, ok bool) {
	if quadLength(len(s)) {
		if a, ok := quad(s); ok {
			return addrFrom4(a), true
		}
	}
	switch family(s) {
	case '.':
		a, end, ok := parse4(s, 0)
		if !ok || end != len(s) {
			return netip.Addr{}, false
		}
		return addrFrom4(a), true
	case ':':
		hi, lo, ok := parse6(s)
		if !ok {
			return netip.Addr{}, false
		}
		var b [16]byte
		binary.BigEndian.PutUint64(b[:8], hi)
		binary.BigEndian.PutUint64(b[8:], lo)
		return netip.AddrFrom16(b), true
	}
	return netip.Addr{}, false
}

// Parse4 reads an IPv4 address. There is one text for each, so that what is read
// is canonical.
func Parse4[T Text](s T) (addr uint32, ok bool) {
	if addr, ok = quad(s); ok {
		return addr, true
	}
	if family(s) != '.' {
		return 0, false
	}
	addr, end, ok := parse4(s, 0)
	return addr, ok && end == len(s)
}

func addrFrom4(a uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], a)
	return netip.AddrFrom4(b)
}

// ParseWords reads what ParseAddr reads and returns the first and the last 8
// bytes of the address. An IPv4 address comes as 4-in-6, ::ffff:192.0.2.1, so
// that both ways to write it are one key.
func ParseWords[T Text](s T) (hi, lo uint64, ok bool) {
	if quadLength(len(s)) {
		if a, ok := quad(s); ok {
			return 0, 0xffff<<32 | uint64(a), true
		}
	}
	switch family(s) {
	case '.':
		a, end, ok := parse4(s, 0)
		return 0, 0xffff<<32 | uint64(a), ok && end == len(s)
	case ':':
		return parse6(s)
	}
	return 0, 0, false
}

// family returns the mark that ends the first field, a dot for IPv4 or a colon
// for IPv6, or 0 if s cannot be an address. No field has more than 4 digits.
func family[T Text](s T) byte {
	for i := 0; i < len(s) && i < 5; i++ {
		if c := s[i]; digits[c] > 0xf {
			if c == '.' || c == ':' {
				return c
			}
			return 0
		}
	}
	return 0
}
