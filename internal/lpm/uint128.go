package lpm

import (
	"encoding/binary"
	"net/netip"
)

// addr128 is an address as two words. An IPv4 address uses only the last 32 bits.
type addr128 struct{ hi, lo uint64 }

func (a addr128) less(b addr128) bool {
	return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo
}

// next returns the address after a. It returns false if a is the last address.
func (a addr128) next() (addr128, bool) {
	a.lo++
	if a.lo == 0 {
		a.hi++
	}
	return a, a != addr128{}
}

// addrWords returns the bits of a valid address, and of an IPv4 address those of its
// 4-in-6 form.
func addrWords(addr netip.Addr) (hi, lo uint64) {
	b := addr.As16()
	return binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
}

// is4 reports whether the words are those of a 4-in-6 address.
func is4(hi, lo uint64) bool { return hi == 0 && lo>>32 == 0xffff }

func addrWord4(addr netip.Addr) uint32 {
	b := addr.As4()
	return binary.BigEndian.Uint32(b[:])
}

func addrFrom4(a uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], a)
	return netip.AddrFrom4(b)
}

func addrFrom6(a addr128) netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], a.hi)
	binary.BigEndian.PutUint64(b[8:], a.lo)
	return netip.AddrFrom16(b)
}

// prefixBounds returns the first and the last address of a valid prefix.
func prefixBounds(p netip.Prefix) (first, last addr128) {
	if p.Addr().Is4() {
		host := uint64(1)<<(32-p.Bits()) - 1
		a := uint64(addrWord4(p.Addr()))
		return addr128{lo: a &^ host}, addr128{lo: a | host}
	}
	hi, lo := addrWords(p.Addr())
	return prefixBounds6(addr128{hi, lo}, p.Bits())
}

func prefixBounds6(a addr128, bits int) (first, last addr128) {
	// In Go a shift by 64 gives zero, so lengths of 64 and 128 need no special case.
	host := addr128{hi: ^uint64(0) >> bits, lo: ^uint64(0)}
	if bits >= 64 {
		host = addr128{lo: ^uint64(0) >> (bits - 64)}
	}
	return addr128{a.hi &^ host.hi, a.lo &^ host.lo}, addr128{a.hi | host.hi, a.lo | host.lo}
}
