package gen

import (
	"encoding/hex"
	"io"
	"net/netip"
	"strconv"
)

// World is a number of hosts and people. Equal Worlds have the same hosts and people.
type World struct {
	Seed   uint64
	Hosts  int // hosts are 0 … Hosts-1
	People int // people are 0 … People-1
}

// Host contains the facts about one host. Lists write them in various spellings. Methods
// that begin with Append append to dst and return the extended buffer.
type Host struct {
	ID      int
	kind    string
	site    *site
	v4      [2]uint32 // the second is 0 for most hosts
	v6      bool
	mac     [6]byte
	shared  uint32 // an address that the next host has, too; 0 for most hosts
	unit    int
	owner   int // number of a person
	prio    int
	flags   uint8 // the boolean fields of an asset, one bit each
	cats    [3]int
	catsLen int
}

// hostsPerSubnet is the number of hosts in a /24. As in real networks, addresses cluster
// and leave gaps.
const hostsPerSubnet = 100

// slotAddr returns the k-th address of the world. Addresses are taken from the 65,536
// /24 networks of 10.0.0.0/8 in a scattered order, then from 11.0.0.0/8 and so on.
func (w World) slotAddr(k int) uint32 {
	subnet := uint32(k / hostsPerSubnet)
	scattered := (subnet*40503 + uint32(splitmix64(w.Seed))) & 0xffff
	return (10+subnet>>16)<<24 | scattered<<8 | uint32(10+k%hostsPerSubnet)
}

// Host returns host i.
func (w World) Host(i int) Host {
	d := newDice(w.Seed, streamHost, uint64(i))
	h := Host{ID: i, kind: d.pickWord(hostKinds), site: &sites[d.skewedN(len(sites))]}
	h.v4[0] = w.slotAddr(i)
	if d.perMille(400) {
		h.v4[1] = w.slotAddr(w.Hosts + i)
	}
	h.v6 = d.perMille(100)
	// A locally administered address that is different for every host of the world.
	h.mac = [6]byte{0x02, byte(splitmix64(w.Seed)), byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)}
	if i%500 == 7 && i+1 < w.Hosts {
		h.shared = w.slotAddr(i + 1)
	}
	h.unit = d.skewedN(len(units))
	if w.People > 0 {
		h.owner = d.skewedN(w.People)
	}
	h.prio = d.intN(len(priorities))
	h.flags = uint8(d.intN(16))
	h.catsLen = 1 + d.skewedN(3)
	for c := range h.catsLen {
		h.cats[c] = d.skewedN(len(categories))
	}
	return h
}

// Addr returns the first address of h.
func (h Host) Addr() netip.Addr { return addr4(h.v4[0]) }

// Addrs returns all addresses of h that no other host has.
func (h Host) Addrs() []netip.Addr {
	addrs := []netip.Addr{h.Addr()}
	if h.v4[1] != 0 {
		addrs = append(addrs, addr4(h.v4[1]))
	}
	if h.v6 {
		addrs = append(addrs, h.addr6())
	}
	return addrs
}

func (h Host) addr6() netip.Addr {
	return netip.AddrFrom16([16]byte{
		0x20, 0x01, 0x0d, 0xb8, h.site.code[0], h.site.code[1], 0, 1,
		0, 0, 0, 0, byte(h.ID >> 24), byte(h.ID >> 16), byte(h.ID >> 8), byte(h.ID),
	})
}

func addr4(v uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
}

// Name returns the short name of h, lower-case.
func (h Host) Name() string { return string(h.AppendName(nil)) }

// FQDN returns the full name of h, lower-case.
func (h Host) FQDN() string { return string(h.AppendFQDN(nil)) }

// AppendName appends the short name: "ws-fra-012345".
func (h Host) AppendName(dst []byte) []byte {
	dst = append(dst, h.kind...)
	dst = append(dst, '-')
	dst = append(dst, h.site.code...)
	dst = append(dst, '-')
	return appendPadded(dst, h.ID, 6)
}

// AppendFQDN appends the full name: "ws-fra-012345.corp.example".
func (h Host) AppendFQDN(dst []byte) []byte {
	dst = h.AppendName(dst)
	dst = append(dst, '.')
	return append(dst, mailDomain...)
}

// MACStyle is a notation of MAC addresses.
type MACStyle uint8

// The notations that lists accept.
const (
	MACColons MACStyle = iota // 02:25:bc:42:f4:60
	MACDashes                 // 02-25-BC-42-F4-60
	MACDots                   // 0225.bc42.f460
	MACBare                   // 0225bc42f460
)

// AppendMAC appends the MAC of h.
func (h Host) AppendMAC(dst []byte, style MACStyle) []byte {
	for i := range h.mac {
		switch {
		case i == 0, style == MACBare, style == MACDots && i%2 == 1:
		case style == MACColons:
			dst = append(dst, ':')
		case style == MACDashes:
			dst = append(dst, '-')
		case style == MACDots:
			dst = append(dst, '.')
		}
		dst = hex.AppendEncode(dst, h.mac[i:i+1])
	}
	if style == MACDashes {
		upperASCII(dst[len(dst)-17:])
	}
	return dst
}

func appendPadded(dst []byte, v, width int) []byte {
	for ten := 10; width > 1; width-- {
		if v < ten {
			for range width - 1 {
				dst = append(dst, '0')
			}
			break
		}
		ten *= 10
	}
	return strconv.AppendInt(dst, int64(v), 10)
}

// upperASCII converts ASCII letters to upper case, in place.
func upperASCII(b []byte) {
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
}

// rowWriter buffers rows and writes them in large blocks. After an error it discards all
// further rows; finish returns the error.
type rowWriter struct {
	w   io.Writer
	buf []byte
	n   int64
	err error
}

const flushSize = 128 << 10

func (b *rowWriter) flushIfFull() {
	if len(b.buf) >= flushSize {
		b.flush()
	}
}

func (b *rowWriter) flush() {
	if b.err == nil {
		var n int
		n, b.err = b.w.Write(b.buf)
		b.n += int64(n)
	}
	b.buf = b.buf[:0]
}

func (b *rowWriter) finish() (int64, error) {
	b.flush()
	return b.n, b.err
}
