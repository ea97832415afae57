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

// KeyClass is the class of a key. Each class has its own index in a table.
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

// Classify returns the class of a canonical value of a field, and the key in the form
// in which keys are compared: addresses and MACs in canonical form, names in lower
// case. A name that has the form of an address, a prefix, a MAC or a range of MACs is
// that key, and a name that begins with "*." is a suffix, in every column of names.
//
// A field nt_host with plain names such as "*.corp.example" or "10.0.0.0/8" cannot be
// supported. A merged lookup lists all keys in one column, and a key that a limit cut
// from its field occurs only there, so that its class would be lost and merging the
// lookup again would give a different result. Ids are made from the text of a key,
// too: the name and the suffix would be two assets with one id.
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
