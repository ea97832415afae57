package schema

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
)

// HostForm returns a name without its trailing dot. It does not change the case of letters.
// It rejects a name without a label, and one with two trailing dots.
func HostForm(dst []string, v string) (Canonical, error) {
	name := strings.TrimSuffix(v, ".")
	if err := checkHost(v, name); err != nil {
		return Canonical{Values: dst}, err
	}
	return Canonical{Values: append(dst, name)}, nil
}

// checkHost returns an error if name, which v was reduced to, is not a name.
func checkHost(v, name string) error {
	switch {
	case name == "" || name == "*":
		return BadValue("bad name", v, "a name needs at least one label")
	case strings.HasSuffix(name, "."):
		return BadValue("bad name", v, "a name can end with at most one dot")
	case fold.Trim(name) != name:
		return BadValue("bad name", v, "a label cannot end with white space")
	}
	return nil
}

// DNSForm is HostForm for dns. It also drops one trailing "$", as the names of machine
// accounts have it, and rejects commas, semicolons, and "*" other than a leading "*.". A name
// with blanks stays as it is, and the result has a note of that.
func DNSForm(dst []string, v string) (Canonical, error) {
	c, err := MergedNameForm(dst, v)
	if err == nil && strings.Contains(c.Values[len(c.Values)-1], " ") {
		c.Note = &ValueError{
			Reason: "blank in a name", Value: v, Note: true, Err: fmt.Errorf("name %s has blanks; read as one name", problem.Quote(v)),
		}
	}
	return c, err
}

// NTHostForm is DNSForm for nt_host. Of CORP\ws-17 it returns ws-17 and the domain. A domain
// has no colon: fe80::1%CORP\ws-17 has the form of an address with a zone.
func NTHostForm(dst []string, v string) (Canonical, error) {
	domain, name, found := strings.Cut(v, `\`)
	if !found || domain == "" || strings.Contains(domain, ":") || name == "" || strings.Contains(name, `\`) || fold.Trim(name) != name {
		return DNSForm(dst, v)
	}
	c, err := DNSForm(dst, name)
	c.Domain = domain
	return c, err
}

// MergedNameForm is DNSForm for nt_host and dns of a merged lookup, whose names are the
// result of the other forms: it leaves CORP\ws-17 and blanks as they are.
func MergedNameForm(dst []string, v string) (Canonical, error) {
	name := strings.TrimSuffix(strings.TrimSuffix(v, "."), "$")
	err := checkHost(v, name)
	switch {
	case err != nil:
	case strings.HasSuffix(name, "$"):
		err = BadValue("bad name", v, "a name can end with at most one $")
	case strings.ContainsAny(name, ",;"):
		err = BadValue("bad name", v, "a name has no comma or semicolon; separate several names with "+Separator)
	case strings.Contains(strings.TrimPrefix(name, "*."), "*"):
		err = BadValue("bad name", v, "only a leading *. can stand for other names")
	}
	if err != nil {
		return Canonical{Values: dst}, err
	}
	return Canonical{Values: append(dst, name)}, nil
}

// KeyClass is the class of a key. Each class has its own index in a table.
type KeyClass uint8

// The classes of keys. All keys of identities are names.
const (
	NameKey     KeyClass = iota // a name, compared ignoring case
	AddressKey                  // an IP address
	PrefixKey                   // a CIDR prefix shorter than an address
	MACKey                      // an EUI-48 or EUI-64
	MACRangeKey                 // a range first-last of MACs, including both ends
	SuffixKey                   // "*." and a name, which stands for all names below it
)

// Classify returns the class of a canonical value of a field, and the form of the key in which
// keys are compared: addresses and MACs in canonical form, names in lower case. A name that
// has the form of an address, a prefix, a MAC or a range of MACs is classified as such, and
// a name that begins with "*." is a suffix, in every column of names.
//
// It is not possible to have a column whose values are always names. A merged lookup lists
// all keys in one column, and a key that a limit removed from its field occurs only there.
// Its class would be lost, and merging the lookup again would give a different result.
// Moreover, ids are computed from the text of a key, so that a name and a suffix with the
// same text would be two assets with one id.
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

// ShapeOf classifies a key by its shape: an IP address, a MAC, or else a name. It returns the
// key in the form in which keys are compared, a name without one trailing dot.
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

// addressLike reports whether v may be an address. It returns false for most names, so
// that netip.ParseAddr need not allocate errors for them. It also returns false for an
// EUI-64 with colons, which netip.ParseAddr would accept.
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

// IsEUI64 reports whether v is an EUI-64 that is spelled with colons. Such a text is also a
// valid IPv6 address, but one in 0000::/8, which is reserved.
func IsEUI64(v string) bool {
	if len(v) != len("00:25:bc:ff:fe:42:f4:60") || v[2] != ':' {
		return false
	}
	_, _, ok := ParseMAC(v)
	return ok
}

// MergedShapeOf is ShapeOf for a key of a merged lookup, which can also be a prefix, a range
// of MACs, or a "*." name.
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
