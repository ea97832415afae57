package schema

import (
	"net/netip"
	"strings"

	"github.com/kithsec/kith/internal/fold"
)

// HostForm reads a name: one trailing dot is dropped, the spelling is kept.
func HostForm(dst []string, v string) (Canonical, error) {
	name := strings.TrimSuffix(v, ".")
	switch {
	case name == "" || name == "*":
		return Canonical{Values: dst}, BadValue("bad name", v, "a name has at least one label")
	case strings.HasSuffix(name, "."):
		return Canonical{Values: dst}, BadValue("bad name", v, "a name ends in at most one dot")
	case fold.Trim(name) != name:
		return Canonical{Values: dst}, BadValue("bad name", v, "a label does not end in white space")
	}
	return Canonical{Values: append(dst, name)}, nil
}

// KeyClass says which index of a table answers a key.
type KeyClass uint8

// The classes of keys. Identities have only names.
const (
	NameKey     KeyClass = iota // a name, compared ignoring case
	AddressKey                  // an IP address
	PrefixKey                   // a CIDR prefix shorter than an address
	MACKey                      // an EUI-48 or EUI-64
	MACRangeKey                 // first-last, both included
	SuffixKey                   // "*." and a name: every name below it
)

// Classify says which index answers a canonical value of a field and how the
// value compares with others: addresses and MACs in canonical form, names
// lower-cased. A name shaped like an address, a prefix, a MAC or a range of
// MACs is that key, and "*." names stand for what is below them, whichever
// column of names states them.
//
// That nt_host could hold a plain name "*.corp.example" or "10.0.0.0/8" was
// considered. A merged lookup lists all keys in one column, and a key that a
// limit cut from its field stands there alone: nothing would say whether it was
// a name, and merging the merged would give other bytes. An id is made of a
// key's text, too, so that the name and the suffix would be two assets of one
// id, which is no merge at all.
func Classify(t Type, v string) (class KeyClass, key string) {
	switch t {
	case IP:
		if strings.Contains(v, "/") {
			return PrefixKey, v
		}
		return AddressKey, v
	case MAC:
		if strings.Contains(v, "-") {
			return MACRangeKey, v
		}
		return MACKey, v
	}
	return MergedShapeOf(v)
}

// ShapeOf recognises a key by its shape: an IP address, a MAC, else a
// name, of which one trailing dot is dropped. The key is in the form in which
// keys compare.
func ShapeOf(v string) (class KeyClass, key string) {
	if addressLike(v) {
		if a, err := netip.ParseAddr(v); err == nil {
			return AddressKey, CanonicalAddr(a).String()
		}
	}
	if m, bits, ok := ParseMAC(v); ok {
		return MACKey, formatMAC(m, bits)
	}
	return NameKey, fold.Lower(strings.TrimSuffix(v, "."))
}

// addressLike rejects most names before ParseAddr makes an error of them, and
// an EUI-64 with colons, which ParseAddr takes for an address.
func addressLike(v string) bool {
	if v == "" || IsEUI64(v) {
		return false
	}
	switch c := v[0] | 0x20; {
	case v[0] >= '0' && v[0] <= '9':
		return strings.ContainsAny(v, ".:")
	case c >= 'a' && c <= 'f', v[0] == ':':
		return strings.IndexByte(v, ':') >= 0
	}
	return false
}

// IsEUI64 reports whether v is eight pairs of digits with colons. As an address
// it would lie in 0000::/8, which is reserved.
func IsEUI64(v string) bool {
	if len(v) != len("00:25:bc:ff:fe:42:f4:60") || v[2] != ':' {
		return false
	}
	_, _, ok := ParseMAC(v)
	return ok
}

// MergedShapeOf recognises a key of a merged lookup by its shape, where
// prefixes, MAC ranges and "*." names stand beside addresses, MACs and names.
func MergedShapeOf(v string) (class KeyClass, key string) {
	if strings.HasPrefix(v, "*.") {
		return SuffixKey, fold.Lower(v)
	}
	if strings.Contains(v, "/") {
		if p, err := netip.ParsePrefix(v); err == nil {
			if key = prefixText(p.Masked()); strings.Contains(key, "/") {
				return PrefixKey, key
			}
			return AddressKey, key
		}
	}
	class, key = ShapeOf(v)
	if class == NameKey && strings.Contains(v, "-") {
		if a, b, bits, ok := ParseMACRange(v); ok && a == b {
			return MACKey, formatMAC(a, bits)
		} else if ok && a < b {
			return MACRangeKey, formatMACRange(a, b, bits)
		}
	}
	return class, key
}
