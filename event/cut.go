package event

import (
	"bytes"
	"fmt"

	"github.com/kithsec/kith/internal/addr"
	"github.com/kithsec/kith/internal/nearest"
)

// TakeAddress is a value of [PresetPath].Take: the value of the path is the address in
// its text. A text counts as it is if it has no address in one of these forms:
//
//	A:port   [A]:port   [A]   A%zone   A, B
//
// These may be combined, as in "[A%zone]:port, B:port". Of several addresses the first
// is taken. An IPv6 address without brackets has no port, unless it ends in an IPv4
// address: 2001:db8::7:443 is an address as it stands.
const TakeAddress = "address"

// checkTake returns an error unless take is a value of PresetPath.Take.
func checkTake(take string) error {
	if take == "" || take == TakeAddress {
		return nil
	}
	if near, ok := nearest.Of(take, []string{TakeAddress}); ok {
		return fmt.Errorf("unknown value %q (did you mean %q?)", take, near)
	}
	return fmt.Errorf("unknown value %q: use %q, or leave it out", take, TakeAddress)
}

// textCut selects the part of a text that is the value of a path. The nil textCut
// selects the whole text.
type textCut struct {
	after, afterLast, before []byte // each is "" if it does not apply
	address                  bool   // TakeAddress
}

// cutOf returns the textCut of a path, nil if the path has the whole text.
func cutOf(p *PresetPath) *textCut {
	if p.After == "" && p.AfterLast == "" && p.Before == "" && p.Take == "" {
		return nil
	}
	return &textCut{[]byte(p.After), []byte(p.AfterLast), []byte(p.Before), p.Take == TakeAddress}
}

// selectFrom returns the selected part of a trimmed text, trimmed. It is empty if the
// text lacks a separator.
func (c *textCut) selectFrom(text []byte) []byte {
	if c == nil {
		return text
	}
	if len(c.after) > 0 {
		_, text, _ = bytes.Cut(text, c.after)
	}
	if len(c.afterLast) > 0 {
		i := bytes.LastIndex(text, c.afterLast)
		if i < 0 {
			return nil
		}
		text = text[i+len(c.afterLast):]
	}
	if len(c.before) > 0 {
		i := bytes.Index(text, c.before)
		if i < 0 {
			return nil
		}
		text = text[:i]
	}
	text = trimSpace(text)
	if c.address {
		return takeAddress(text)
	}
	return text
}

// takeAddress returns the first address in a text of the forms of TakeAddress, or else
// the text.
func takeAddress(text []byte) []byte {
	first, _, _ := bytes.Cut(text, []byte(","))
	a := trimSpace(first)
	if len(a) > 0 && a[0] == '[' {
		end := bytes.IndexByte(a, ']')
		if end < 0 || end+1 < len(a) && !isPort(a[end+1:]) {
			return text
		}
		a = a[1:end]
	} else if i := bytes.LastIndexByte(a, ':'); i >= 0 && bytes.IndexByte(a[:i], '.') >= 0 && isPort(a[i:]) {
		a = a[:i]
	}
	a, _, _ = bytes.Cut(a, []byte("%"))
	if _, _, ok := addr.ParseWords(a); !ok {
		return text
	}
	return a
}

// isPort reports whether a text is a colon and a port.
func isPort(text []byte) bool {
	if len(text) < 2 || text[0] != ':' {
		return false
	}
	port := 0
	for _, c := range text[1:] {
		if c < '0' || c > '9' {
			return false
		}
		if port = port*10 + int(c-'0'); port > 65535 {
			return false
		}
	}
	return true
}
