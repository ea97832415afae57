package assets

import (
	"net/netip"
	"strings"

	"github.com/kithsec/kith/entity"
)

// HostForm reads a name: one trailing dot is dropped, the spelling is kept.
func HostForm(dst []string, v string) (entity.Canonical, error) {
	name := strings.TrimSuffix(v, ".")
	switch {
	case name == "" || name == "*":
		return entity.Canonical{Values: dst}, entity.BadValue("bad name", v, "a name has at least one label")
	case strings.HasSuffix(name, "."):
		return entity.Canonical{Values: dst}, entity.BadValue("bad name", v, "a name ends in at most one dot")
	case entity.Trim(name) != name:
		return entity.Canonical{Values: dst}, entity.BadValue("bad name", v, "a label does not end in white space")
	}
	return entity.Canonical{Values: append(dst, name)}, nil
}

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
func Classify(t entity.Type, v string) (class entity.KeyClass, key string) {
	switch t {
	case entity.IP:
		if strings.Contains(v, "/") {
			return entity.PrefixKey, v
		}
		return entity.AddressKey, v
	case entity.MAC:
		if strings.Contains(v, "-") {
			return entity.MACRangeKey, v
		}
		return entity.MACKey, v
	}
	return MergedShape(v)
}

// Shape recognises a key by its shape (SPEC 4): an IP address, a MAC, else a
// name, of which one trailing dot is dropped. The key is in the form in which
// keys compare.
func Shape(v string) (class entity.KeyClass, key string) {
	if addressLike(v) {
		if a, err := netip.ParseAddr(v); err == nil {
			return entity.AddressKey, plain(a).String()
		}
	}
	if m, bits, ok := parseMAC(v); ok {
		return entity.MACKey, formatMAC(m, bits)
	}
	return entity.NameKey, entity.Fold(strings.TrimSuffix(v, "."))
}

// addressLike rejects most names before ParseAddr makes an error of them, and
// an EUI-64 with colons, which ParseAddr takes for an address.
func addressLike(v string) bool {
	if v == "" || isEUI64(v) {
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

// isEUI64 reports whether v is eight pairs of digits with colons. As an address
// it would lie in 0000::/8, which is reserved.
func isEUI64(v string) bool {
	if len(v) != len("00:25:bc:ff:fe:42:f4:60") || v[2] != ':' {
		return false
	}
	_, _, ok := parseMAC(v)
	return ok
}

// MergedShape recognises a key of a merged lookup by its shape, where
// prefixes, MAC ranges and "*." names stand beside addresses, MACs and names.
func MergedShape(v string) (class entity.KeyClass, key string) {
	if strings.HasPrefix(v, "*.") {
		return entity.SuffixKey, entity.Fold(v)
	}
	if strings.Contains(v, "/") {
		if p, err := netip.ParsePrefix(v); err == nil {
			if key = text(p.Masked()); strings.Contains(key, "/") {
				return entity.PrefixKey, key
			}
			return entity.AddressKey, key
		}
	}
	class, key = Shape(v)
	if class == entity.NameKey && strings.Contains(v, "-") {
		if a, b, bits, ok := parseMACRange(v); ok && a == b {
			return entity.MACKey, formatMAC(a, bits)
		} else if ok && a < b {
			return entity.MACRangeKey, formatMACRange(a, b, bits)
		}
	}
	return class, key
}
