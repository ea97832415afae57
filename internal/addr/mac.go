package addr

// ParseMAC parses a MAC address of 48 bits (EUI-48) or 64 bits (EUI-64) in the forms
//
//	00:25:bc:42:f4:60  00-25-bc-42-f4-60  0025.bc42.f460  0025bc42f460
//
// and the same with 8 octets, in upper or lower case. It also accepts 12 or 16 digits with
// single hyphens, dots or blanks anywhere between them (0025bc-42f460), colons between
// groups of equal length, and six octets between colons without their leading zeros
// (0:25:bc:42:f4:60). All separators of an address are the same. The first octet is the
// most significant of the result, which has the given number of bits.
func ParseMAC[T Text](s T) (mac uint64, bits int, ok bool) {
	if len(s) < 12 || digits[s[0]]|digits[s[1]] > 0xf {
		if len(s) < len("0:0:0:0:0:0") || s[1] > ':' {
			return 0, 0, false // most names
		}
		return parseSpacedMAC(s)
	}
	switch len(s) {
	case 17, 23:
		mac, ok = parseOctets(s)
		bits = (len(s) + 1) / 3 * 8
	case 14, 19:
		mac, ok = parseGroups(s)
		bits = (len(s) + 1) / 5 * 16
	case 12, 16:
		mac, ok = parseHex(s, 0, len(s))
		bits = len(s) * 4
	}
	if ok {
		return mac, bits, true
	}
	return parseSpacedMAC(s)
}

// parseSpacedMAC parses the rare spellings, which have separators in other places or
// octets of one digit. It rejects the shapes of IP addresses: 192.168.100.200, and groups
// of several lengths between colons.
func parseSpacedMAC[T Text](s T) (mac uint64, bits int, ok bool) {
	if len(s) > 16+15 {
		return 0, 0, false
	}
	var octets, group uint64
	mark, marks, count, run, longest := byte(0), 0, 0, 0, 0
	for i := range len(s) {
		c := s[i]
		if d := uint64(digits[c]); d <= 0xf {
			mac, group = mac<<4|d, group<<4|d
			count, run = count+1, run+1
			longest = max(longest, run)
			continue
		}
		if run == 0 || c != mark && (mark != 0 || c != ':' && c != '-' && c != '.' && c != ' ') {
			return 0, 0, false
		}
		octets, group, run = octets<<8|group, 0, 0
		mark, marks = c, marks+1
	}
	switch {
	case run == 0 || marks == 0:
	case mark == ':' && marks == 5 && longest <= 2:
		return octets<<8 | group, 48, true
	case mark == ':' && longest*(marks+1) != count: // a leading zero may be missing
	case mark == '.' && marks == 3 && longest == 3: // an IPv4 address
	case count == 12, count == 16:
		return mac, count * 4, true
	}
	return 0, 0, false
}

// parseOctets parses pairs of digits with colons or hyphens between them.
func parseOctets[T Text](s T) (mac uint64, ok bool) {
	mark := s[2]
	if mark != ':' && mark != '-' {
		return 0, false
	}
	wrong, other := byte(0), byte(0)
	for i := 1; i < len(s); i += 3 {
		high, low := digits[s[i-1]], digits[s[i]]
		wrong |= high | low
		mac = mac<<8 | uint64(high)<<4 | uint64(low)
		if i+1 < len(s) {
			other |= s[i+1] ^ mark
		}
	}
	return mac, wrong <= 0xf && other == 0
}

// parseGroups parses groups of four digits with dots between them.
func parseGroups[T Text](s T) (mac uint64, ok bool) {
	for i := 0; i < len(s); i += 5 {
		group, ok := parseHex(s, i, i+4)
		if !ok || i+4 < len(s) && s[i+4] != '.' {
			return 0, false
		}
		mac = mac<<16 | group
	}
	return mac, true
}

// parseHex parses the hexadecimal digits s[from:to].
func parseHex[T Text](s T, from, to int) (n uint64, ok bool) {
	wrong := byte(0)
	for i := from; i < to; i++ {
		d := digits[s[i]]
		wrong |= d
		n = n<<4 | uint64(d)
	}
	return n, wrong <= 0xf
}

// AppendMAC appends the canonical text of a MAC address of 48 or 64 bits to dst: lower
// case, with colons.
func AppendMAC(dst []byte, mac uint64, bits int) []byte {
	const hex = "0123456789abcdef"
	for bits -= 8; bits >= 0; bits -= 8 {
		dst = append(dst, hex[mac>>(bits+4)&0xf], hex[mac>>bits&0xf])
		if bits > 0 {
			dst = append(dst, ':')
		}
	}
	return dst
}

// digits holds the value of each byte as a hexadecimal digit, ff for other bytes.
const digits = "" +
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" +
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\xff\xff\xff\xff\xff\xff" +
	"\xff\x0a\x0b\x0c\x0d\x0e\x0f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" +
	"\xff\x0a\x0b\x0c\x0d\x0e\x0f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" +
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" +
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" +
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" +
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
