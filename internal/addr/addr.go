// Package addr parses IP and MAC addresses from text or bytes, without copying them and
// without allocating an error. Text that is not an address is mostly a name, and is
// rejected within its first bytes.
//
// IP addresses are those that netip.ParseAddr accepts, with the same results, except
// that the scope zone is dropped, because it does not decide which entity an address
// belongs to. IPv4 addresses have a parser of their own here; all others are left to
// netip. Parsing allocates only in netip's error for text that resembles an IPv6 address.
//
// MAC addresses are those of 6 and 8 octets that net.ParseMAC accepts (octets with colons
// or hyphens, and groups of four digits with dots), bare digits, and the rarer spellings
// of inventories and switches.
package addr

import (
	"encoding/binary"
	"net/netip"
	"strings"

	"github.com/kithsec/kith/internal/bytestext"
)

// Text is the type of the text that addresses are parsed from.
type Text interface{ string | []byte }

// ParseAddr parses an IP address. It accepts what netip.ParseAddr accepts and returns the
// same address without its zone.
func ParseAddr[T Text](s T) (addr netip.Addr, ok bool) {
	if a, ok := Parse4(s); ok {
		return addrFrom4(a), true
	}
	if !resembles6(s) {
		return netip.Addr{}, false
	}
	return parse6(stringOf(s))
}

// Parse4 parses an IPv4 address. It accepts exactly one text for each address, so that the
// text of any address it accepts is canonical.
func Parse4[T Text](s T) (addr uint32, ok bool) {
	if len(s) == len("0.0.0.0") {
		return parseShort4(s)
	}
	return parseQuad(s)
}

// parseShort4 parses an IPv4 address of seven bytes: four digits and three dots.
func parseShort4[T Text](s T) (addr uint32, ok bool) {
	for i := range len(s) {
		switch c := s[i]; {
		case i%2 == 1 && c == '.':
		case i%2 == 0 && c-'0' <= 9:
			addr = addr<<8 | uint32(c-'0')
		default:
			return 0, false
		}
	}
	return addr, true
}

func addrFrom4(a uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], a)
	return netip.AddrFrom4(b)
}

// ParseWords parses what ParseAddr parses and returns the first and the last 8 bytes of
// the address. An IPv4 address is returned in its IPv4-mapped form, ::ffff:192.0.2.1, so
// that both notations are one key.
func ParseWords[T Text](s T) (hi, lo uint64, ok bool) {
	if a, ok := Parse4(s); ok {
		return 0, 0xffff<<32 | uint64(a), true
	}
	if !resembles6(s) {
		return 0, 0, false
	}
	addr, ok := parse6(stringOf(s))
	if !ok {
		return 0, 0, false
	}
	b := addr.As16()
	return binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:]), true
}

// resembles6 reports whether s may be an IPv6 address: whether a colon follows at most
// four hexadecimal digits, and there are as many colons as such an address has: seven, or
// six before an IPv4 address, or fewer if two of them are adjacent. It rejects nearly all
// names, MAC addresses of 6 octets, and times of day, so that they do not cost an error.
func resembles6[T Text](s T) bool {
	at := 0
	for at < len(s) && at <= 4 && digits[s[at]] <= 0xf {
		at++
	}
	if at == len(s) || s[at] != ':' {
		return false
	}
	colons := 0
	for ; at < len(s) && s[at] != '%'; at++ {
		if s[at] != ':' {
			continue
		}
		if colons++; at > 0 && s[at-1] == ':' {
			return true
		}
	}
	return colons == 6 || colons == 7
}

// parse6 parses an IPv6 address, and drops its zone.
func parse6(text string) (netip.Addr, bool) {
	if at := strings.IndexByte(text, '%'); at >= 0 && at < len(text)-1 {
		text = text[:at]
	}
	addr, err := netip.ParseAddr(text)
	return addr, err == nil
}

// stringOf returns s as a string that shares its memory.
func stringOf[T Text](s T) string {
	switch s := any(s).(type) {
	case string:
		return s
	case []byte:
		return bytestext.String(s)
	}
	return ""
}
