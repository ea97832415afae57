package assets

import (
	"net/netip"
	"strings"

	"github.com/kithsec/kith/entity"
)

// HostForm reads a name: one trailing dot is dropped, the spelling is kept.
func HostForm(dst []string, v string) (entity.Canonical, error) {
	v = strings.TrimSuffix(v, ".")
	if v == "" || v == "*" || v == "*." {
		return entity.Canonical{Values: dst}, entity.BadValue("bad name", v, "a name has at least one label")
	}
	return entity.Canonical{Values: append(dst, v)}, nil
}

// Classify says which index answers a canonical value of a field and how the
// value compares with others: addresses and MACs in canonical form, names
// lower-cased. A name shaped like an address or a MAC is that key.
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
	case entity.Domain:
		if strings.HasPrefix(v, "*.") {
			return entity.SuffixKey, entity.Fold(v)
		}
	}
	return Shape(v)
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

// addressLike rejects most names before ParseAddr makes an error of them.
func addressLike(v string) bool {
	if v == "" {
		return false
	}
	c := v[0] | 0x20
	return (v[0] >= '0' && v[0] <= '9' || c >= 'a' && c <= 'f' || c == ':') &&
		strings.ContainsAny(v, ".:")
}

// MergedShape recognises a key of a merged lookup by its shape, where
// prefixes, MAC ranges and "*." names stand beside addresses, MACs and names.
func MergedShape(v string) (class entity.KeyClass, key string) {
	if strings.HasPrefix(v, "*.") {
		return entity.SuffixKey, entity.Fold(v)
	}
	if strings.Contains(v, "/") {
		if p, err := netip.ParsePrefix(v); err == nil {
			return entity.PrefixKey, text(p.Masked())
		}
	}
	class, key = Shape(v)
	if class == entity.NameKey && strings.Contains(v, "-") {
		if c, err := MACForm(nil, v); err == nil {
			return entity.MACRangeKey, c.Values[0]
		}
	}
	return class, key
}
