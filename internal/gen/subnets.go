package gen

import (
	"io"
	"net/netip"
)

// Subnets returns n distinct networks of the world, nested up to five deep: 10.0.0.0/8,
// its /16, /20 and /24 networks with hosts, parts of those, and networks without hosts. A
// tenth are in IPv6. The order is arbitrary, but the same in every run. n can be up to
// half a million.
func (w World) Subnets(n int) []netip.Prefix {
	d := newDice(w.Seed, streamSubnet, 0)
	seen := make(map[netip.Prefix]bool, n)
	prefixes := make([]netip.Prefix, 0, n)
	add := func(p netip.Prefix) {
		if p = p.Masked(); len(prefixes) < n && !seen[p] {
			seen[p] = true
			prefixes = append(prefixes, p)
		}
	}
	add(netip.MustParsePrefix("10.0.0.0/8"))
	add(netip.MustParsePrefix("2001:db8::/32"))
	for len(prefixes) < n {
		add(w.drawSubnet(&d))
	}
	return prefixes
}

func (w World) drawSubnet(d *dice) netip.Prefix {
	inhabited := addr4(w.slotAddr(d.intN(max(w.Hosts, 1))))
	switch k := d.intN(100); {
	case k < 10:
		s := &sites[d.intN(len(sites))]
		b := [16]byte{0x20, 0x01, 0x0d, 0xb8, s.code[0], s.code[1], 0, 1, 0, 0, 0, 0, 0, byte(d.intN(16)), byte(d.intN(256))}
		return netip.PrefixFrom(netip.AddrFrom16(b), []int{48, 64, 112, 120}[d.skewedN(4)])
	case k < 12:
		return netip.PrefixFrom(inhabited, 16)
	case k < 27:
		return netip.PrefixFrom(inhabited, 20)
	case k < 65:
		return netip.PrefixFrom(inhabited, 24)
	case k < 85:
		return netip.PrefixFrom(inhabited, 25+d.intN(4))
	}
	return netip.PrefixFrom(addr4(10<<24|uint32(d.intN(1<<24))), 22+d.intN(6))
}

// SubnetList is an asset list of networks, with one row for each and the columns of
// AssetHeader.
type SubnetList struct {
	World
	N int
}

// WriteTo writes the list as CSV, the header first.
func (l SubnetList) WriteTo(w io.Writer) (int64, error) {
	out := rowWriter{w: w}
	out.buf = append(out.buf, AssetHeader...)
	for i, p := range l.Subnets(l.N) {
		out.buf = l.appendRow(out.buf, p, i)
		out.flushIfFull()
	}
	return out.finish()
}

func (l SubnetList) appendRow(dst []byte, p netip.Prefix, row int) []byte {
	d := newDice(l.Seed, streamSubnet, uint64(row)+1)
	dst = p.AppendTo(dst)
	dst = append(dst, ",,,,"...)
	if l.People > 0 && d.perMille(500) {
		dst = l.Person(d.skewedN(l.People)).appendOwner(dst, 0)
	}
	dst = append(dst, ',')
	if d.perMille(700) {
		dst = append(dst, d.pickWord(priorities)...)
	}
	dst = append(dst, ',')
	if s := &sites[d.intN(len(sites))]; d.perMille(500) {
		dst = append(dst, s.lat...)
		dst = append(dst, ',')
		dst = append(dst, s.long...)
		dst = append(dst, ',')
		dst = appendCell(dst, s.city)
		dst = append(dst, ',')
		dst = append(dst, s.country...)
	} else {
		dst = append(dst, ",,,"...)
	}
	dst = append(dst, ',')
	dst = appendCell(dst, d.pickWord(units))
	dst = append(dst, ",network,"...)
	if d.perMille(50) {
		dst = append(dst, "dmz"...)
	}
	return append(dst, ",,,,,\n"...)
}
