package lpm

import (
	"encoding/binary"
	"net/netip"
)

// addr128 is an address as two words; an IPv4 address has only the last 32 bits.
type addr128 struct{ hi, lo uint64 }

func (a addr128) less(b addr128) bool {
	return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo
}

// next returns the address after a, and false after the last.
func (a addr128) next() (addr128, bool) {
	a.lo++
	if a.lo == 0 {
		a.hi++
	}
	return a, a != addr128{}
}

// addrWords returns the bits of a valid address, IPv4 as 4-in-6.
func addrWords(addr netip.Addr) (hi, lo uint64) {
	b := addr.As16()
	return binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
}

// is4 reports whether words are those of an IPv4 address.
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
	// A shift by 64 is zero in Go, so both ends need no case of their own.
	host := addr128{hi: ^uint64(0) >> bits, lo: ^uint64(0)}
	if bits >= 64 {
		host = addr128{lo: ^uint64(0) >> (bits - 64)}
	}
	return addr128{a.hi &^ host.hi, a.lo &^ host.lo}, addr128{a.hi | host.hi, a.lo | host.lo}
}
