package event

import (
	"slices"

	"github.com/kithsec/kith/internal/addr"
)

// dropWireMACs removes the candidates dst[from:] that are MAC addresses seen on the wire, if
// another candidate is an address that may be behind a router. If the only addresses are
// link-local, these and the MAC addresses beside them become elements of one array.
func (g *group) dropWireMACs(r *Reader, dst []Candidate, from int) []Candidate {
	all := dst[from:]
	macs, widest := 0, noText
	for i := range all {
		if g.wire.Has(all[i].Path) {
			macs++
		}
	}
	if macs == 0 {
		return dst
	}
	for i := 0; i < len(all) && widest < routed; i++ {
		if !g.wire.Has(all[i].Path) {
			widest = max(widest, all[i].scope(r))
		}
	}
	switch widest {
	case routed:
		kept := from
		for i := range all {
			if !g.wire.Has(all[i].Path) {
				if kept < from+i {
					dst[kept] = all[i]
				}
				kept++
			}
		}
		return withoutPendingFirst(r, dst[:kept], from)
	case linkLocal:
		g.joinLinkLocal(r, all)
	}
	return dst
}

// joinLinkLocal makes link-local addresses and the MAC addresses beside them elements of one
// array.
func (g *group) joinLinkLocal(r *Reader, all []Candidate) {
	hasMAC := func(c Candidate) bool { return g.wire.Has(c.Path) && c.scope(r) != noText }
	if !slices.ContainsFunc(all, hasMAC) {
		return
	}
	onLink := false // whether the previous candidate is in such an array
	for i := range all {
		c := &all[i]
		before := onLink
		if scope := c.scope(r); scope != noText && (i == 0 || c.Path != all[i-1].Path || scope == linkLocal) {
			onLink = scope == linkLocal || g.wire.Has(c.Path)
		}
		c.Together = before && onLink
	}
}

// addressScope is what is known about the machine to which an address belongs.
type addressScope uint8

const (
	noText    addressScope = iota // there is no text
	noAddress                     // the text is not an address
	linkLocal                     // it is on the same link as the observer, as its MAC address is
	routed                        // it may be behind a router
)

// scope returns the widest scope of the texts of a candidate.
func (c *Candidate) scope(r *Reader) addressScope {
	if !c.Pending {
		return scopeOfText(c.Text)
	}
	scope := noText
	r.texts = r.AppendPending(r.texts[:0], c)
	for _, text := range r.texts {
		if !r.format.nulls.has(text) {
			scope = max(scope, scopeOfText(text))
		}
	}
	return scope
}

// scopeOfText returns the scope of an address in a text of the forms of TakeAddress.
func scopeOfText(text []byte) addressScope {
	hi, lo, ok := addr.ParseWords(text)
	if !ok {
		hi, lo, ok = addr.ParseWords(takeAddress(text))
	}
	const mapped = 0xffff << 32 // the prefix of IPv4-mapped addresses
	switch {
	case !ok:
		return noAddress
	case hi>>54 == 0xfe80>>6, hi == 0 && lo>>16 == (mapped|0xa9fe0000)>>16: // fe80::/10, 169.254.0.0/16
		return linkLocal
	}
	return routed
}

// withoutPendingFirst reads the candidates dst[from:] if the first of them is pending.
func withoutPendingFirst(r *Reader, dst []Candidate, from int) []Candidate {
	if len(dst) == from || !dst[from].Pending {
		return dst
	}
	r.pending = append(r.pending[:0], dst[from:]...)
	dst = dst[:from]
	for i := range r.pending {
		c := r.pending[i]
		if !c.Pending {
			dst = append(dst, c)
			continue
		}
		r.texts = r.AppendPending(r.texts[:0], &c)
		for _, text := range r.texts {
			if !r.format.nulls.has(text) {
				dst = append(dst, Candidate{Text: text, Domain: c.Domain, Path: c.Path})
			}
		}
	}
	return dst
}
