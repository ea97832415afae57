package schema

import (
	"strings"

	"github.com/kithsec/kith/internal/fold"
)

// proxyTypes are the types of proxyAddresses in Active Directory and Exchange. All but smtp
// are addresses of other services, which events do not contain.
var proxyTypes = []string{"smtp:", "sip:", "x400:", "x500:", "eum:", "spo:"}

// proxyType returns the type of proxyAddress that v begins with, ignoring case, or "".
func proxyType(v string) string {
	for _, t := range proxyTypes {
		if len(v) >= len(t) && fold.Equal(v[:len(t)], t) {
			return t
		}
	}
	return ""
}

// readProxies reads a value with proxyAddresses, such as SMTP:a@x;smtp:b@x. A separator
// counts only before a type, because X.400 addresses contain semicolons. Addresses of other
// types than smtp are dropped, which is not a loss. A single-value field keeps the first.
// readProxies returns false, and reads nothing, if the value has no type.
func (f *Field) readProxies(c *Cell, v string, ignored *Ignored) bool {
	if strings.IndexByte(v, ':') < 0 {
		return false // most values
	}
	pieces := splitProxies(v)
	if len(pieces) == 1 && proxyType(v) == "" {
		return false
	}
	for _, piece := range pieces {
		kind := proxyType(piece)
		for kind == "smtp:" {
			piece = fold.Trim(piece[len(kind):])
			kind = proxyType(piece)
		}
		if piece != "" && kind == "" {
			f.readOne(c, piece, ignored)
		}
		if !f.Multi && len(c.Values) > 0 {
			break
		}
	}
	return true
}

// splitProxies splits a value at the separators before a type of proxyAddress.
func splitProxies(v string) []string {
	var pieces []string
	from := 0
	for i := range len(v) {
		if strings.IndexByte(";"+Separator+LineSeparator, v[i]) >= 0 && proxyType(fold.Trim(v[i+1:])) != "" {
			pieces = append(pieces, fold.Trim(v[from:i]))
			from = i + 1
		}
	}
	return append(pieces, fold.Trim(v[from:]))
}
