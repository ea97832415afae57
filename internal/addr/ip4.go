package addr

// parse4 reads the IPv4 address that begins at s[at] and returns where it ends.
func parse4[T Text](s T, at int) (addr uint32, end int, ok bool) {
	for field := 0; ; field++ {
		if at >= len(s) {
			return 0, 0, false
		}
		value := uint32(s[at] - '0')
		if value > 9 {
			return 0, 0, false
		}
		at++
		if at < len(s) && s[at]-'0' <= 9 {
			if value == 0 {
				return 0, 0, false // a leading zero
			}
			value = value*10 + uint32(s[at]-'0')
			at++
			if at < len(s) && s[at]-'0' <= 9 {
				value = value*10 + uint32(s[at]-'0')
				at++
				if value > 255 {
					return 0, 0, false
				}
			}
		}
		addr = addr<<8 | value
		if field == 3 {
			return addr, at, true
		}
		if at >= len(s) || s[at] != '.' {
			return 0, 0, false
		}
		at++
	}
}
