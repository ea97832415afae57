package gen

import (
	"math/rand/v2"
	"net/netip"
)

// Prefixes returns n masked prefixes of both families that are dense enough for
// comparisons of lookups: parents, children, siblings and neighbours of each other, equal
// prefixes, whole families, and single addresses.
func Prefixes(r *rand.Rand, n int) []netip.Prefix {
	prefixes := make([]netip.Prefix, 0, n)
	for len(prefixes) < n {
		p := anyPrefix(r)
		if len(prefixes) > 0 && r.IntN(4) > 0 {
			p = relatedPrefix(r, prefixes[r.IntN(len(prefixes))])
		}
		prefixes = append(prefixes, p.Masked())
	}
	return prefixes
}

// anyPrefix returns a random prefix in either family. Most are in a small range, some are
// anywhere, and a few are at most two bits long.
func anyPrefix(r *rand.Rand) netip.Prefix {
	switch r.IntN(20) {
	case 0:
		return netip.PrefixFrom(netip.IPv4Unspecified(), r.IntN(3))
	case 1:
		return netip.PrefixFrom(netip.IPv6Unspecified(), r.IntN(3))
	case 2, 3:
		a := randomAddr(r, r.IntN(2) == 0)
		return netip.PrefixFrom(a, r.IntN(a.BitLen()+1))
	case 4, 5, 6, 7, 8:
		b := [16]byte{0: 0x20, 1: 0x01, 2: 0x0d, 3: 0xb8, 7: byte(r.IntN(4)), 14: byte(r.IntN(2)), 15: byte(r.IntN(256))}
		return netip.PrefixFrom(netip.AddrFrom16(b), 32+r.IntN(97))
	}
	a := netip.AddrFrom4([4]byte{10, byte(r.IntN(4)), byte(r.IntN(256)), byte(r.IntN(256))})
	return netip.PrefixFrom(a, 8+r.IntN(25))
}

// relatedPrefix returns a prefix near p.
func relatedPrefix(r *rand.Rand, p netip.Prefix) netip.Prefix {
	bits, size := p.Bits(), p.Addr().BitLen()
	switch r.IntN(6) {
	case 0: // equal
		return p
	case 1: // an ancestor
		return netip.PrefixFrom(p.Addr(), r.IntN(bits+1))
	case 2: // the sibling: the other half of the parent
		if bits > 0 {
			return netip.PrefixFrom(flipBit(p.Addr(), bits-1), bits)
		}
	case 3: // the next neighbour
		if next := lastAddr(p).Next(); next.IsValid() {
			return netip.PrefixFrom(next, bits)
		}
	case 4: // slightly longer, at either edge of p
		a := p.Addr()
		if r.IntN(2) == 0 {
			a = lastAddr(p)
		}
		return netip.PrefixFrom(a, min(bits+1+r.IntN(3), size))
	}
	return netip.PrefixFrom(addrIn(r, p), bits+r.IntN(size-bits+1))
}

// Probes returns n addresses to look up in prefixes: their first and last addresses, the
// addresses just outside, some inside, and some anywhere. Some are IPv4-mapped IPv6
// addresses and some have an IPv6 zone, as in events; Unmap and WithZone("") give the
// plain address.
func Probes(r *rand.Rand, prefixes []netip.Prefix, n int) []netip.Addr {
	probes := make([]netip.Addr, 0, n)
	for len(probes) < n {
		a := randomAddr(r, r.IntN(2) == 0)
		if len(prefixes) > 0 && r.IntN(20) > 0 {
			a = addrNear(r, prefixes[r.IntN(len(prefixes))])
		}
		if !a.IsValid() {
			continue
		}
		switch k := r.IntN(20); {
		case k == 0 && a.Is4():
			a = netip.AddrFrom16(a.As16())
		case k == 0:
			a = a.WithZone("eth0")
		}
		probes = append(probes, a)
	}
	return probes
}

// addrNear returns an address in p or just outside. It returns the zero Addr if that would
// be outside the family.
func addrNear(r *rand.Rand, p netip.Prefix) netip.Addr {
	switch r.IntN(6) {
	case 0:
		return p.Addr()
	case 1:
		return lastAddr(p)
	case 2:
		return p.Addr().Prev()
	case 3:
		return lastAddr(p).Next()
	}
	return addrIn(r, p)
}

func randomAddr(r *rand.Rand, v4 bool) netip.Addr {
	if v4 {
		return addr4(r.Uint32())
	}
	return addrIn(r, netip.PrefixFrom(netip.IPv6Unspecified(), 0))
}

// addrIn returns an address in p with random host bits.
func addrIn(r *rand.Rand, p netip.Prefix) netip.Addr {
	return withHostBits(p, func() byte { return byte(r.Uint32()) })
}

// lastAddr returns the last address in p.
func lastAddr(p netip.Prefix) netip.Addr { return withHostBits(p, func() byte { return 0xff }) }

func withHostBits(p netip.Prefix, fill func() byte) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits() / 8; i < len(b); i++ {
		host := byte(0xff)
		if i == p.Bits()/8 {
			host >>= p.Bits() % 8
		}
		b[i] |= fill() & host
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// flipBit returns a with one bit inverted. Bit 0 is the most significant.
func flipBit(a netip.Addr, bit int) netip.Addr {
	b := a.AsSlice()
	b[bit/8] ^= 0x80 >> (bit % 8)
	a, _ = netip.AddrFromSlice(b)
	return a
}
