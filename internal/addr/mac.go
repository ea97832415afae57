package addr

// ParseMAC reads a MAC address of 48 bits, EUI-48, or 64, EUI-64, in the forms
//
//	00:25:bc:42:f4:60  00-25-bc-42-f4-60  0025.bc42.f460  0025bc42f460
//
// and those of 8 octets, in any case. It returns the address with its first
// octet the most significant of the bits.
func ParseMAC[T Text](s T) (mac uint64, bits int, ok bool) {
	if len(s) < 12 || digits[s[0]]|digits[s[1]] > 0xf {
		return 0, 0, false // as most names
	}
	switch len(s) {
	case 17, 23:
		mac, ok = octets(s)
		return mac, (len(s) + 1) / 3 * 8, ok
	case 14, 19:
		mac, ok = groups(s)
		return mac, (len(s) + 1) / 5 * 16, ok
	case 12, 16:
		mac, ok = bare(s, 0, len(s))
		return mac, len(s) * 4, ok
	}
	return 0, 0, false
}

// octets reads two digits at a time, with colons or hyphens between them.
func octets[T Text](s T) (mac uint64, ok bool) {
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

// groups reads four digits at a time, with dots between them.
func groups[T Text](s T) (mac uint64, ok bool) {
	for i := 0; i < len(s); i += 5 {
		group, ok := bare(s, i, i+4)
		if !ok || i+4 < len(s) && s[i+4] != '.' {
			return 0, false
		}
		mac = mac<<16 | group
	}
	return mac, true
}

// bare reads the digits of s from one index to another.
func bare[T Text](s T, from, to int) (n uint64, ok bool) {
	wrong := byte(0)
	for i := from; i < to; i++ {
		d := digits[s[i]]
		wrong |= d
		n = n<<4 | uint64(d)
	}
	return n, wrong <= 0xf
}

// AppendMAC appends the canonical text of a MAC address of 48 or 64 bits to
// dst: lower case, with colons.
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
