package addr

// words is the part of an IPv6 address that has been read, as a number, and
// how many fields of 16 bits it has.
type words struct {
	hi, lo uint64
	fields int
}

func (w *words) add(field uint64) {
	w.hi = w.hi<<16 | w.lo>>48
	w.lo = w.lo<<16 | field
	w.fields++
}

// join puts the fields before an ellipsis in front of those after it. Without
// one there must be all eight; with one, less.
func (w words) join(before words, ellipsis bool) (hi, lo uint64, ok bool) {
	if !ellipsis {
		return w.hi, w.lo, w.fields == 8
	}
	// The shifts are at least one field and at most eight; Go shifts by 64 and
	// more to zero.
	shift := uint(8-before.fields) * 16
	hi, lo = before.hi<<shift|before.lo>>(64-shift), before.lo<<shift
	if shift >= 64 {
		hi = before.lo << (shift - 64)
	}
	return hi | w.hi, lo | w.lo, before.fields+w.fields < 8
}

// parse6 reads s, which is all of an IPv6 address, maybe with a zone.
func parse6[T Text](s T) (hi, lo uint64, ok bool) {
	var before, w words // before the ellipsis, and after it or all
	ellipsis := false
	at := 0
	if len(s) >= 2 && s[0] == ':' && s[1] == ':' {
		ellipsis, at = true, 2
		if ended(s, at) {
			return 0, 0, true
		}
	}
	for {
		field, start := uint64(0), at
		for at < len(s) && digits[s[at]] <= 0xf {
			field = field<<4 | uint64(digits[s[at]])
			at++
		}
		if at == start || at-start > 4 {
			return 0, 0, false
		}
		if at < len(s) && s[at] == '.' {
			a, end, ok := parse4(s, start)
			if !ok || !ended(s, end) || !ellipsis && w.fields != 6 || before.fields+w.fields > 6 {
				return 0, 0, false
			}
			w.add(uint64(a >> 16))
			w.add(uint64(a & 0xffff))
			return w.join(before, ellipsis)
		}
		w.add(field)
		if ended(s, at) {
			return w.join(before, ellipsis)
		}
		if at+1 >= len(s) || s[at] != ':' || before.fields+w.fields == 8 {
			return 0, 0, false
		}
		at++
		if s[at] == ':' {
			if ellipsis {
				return 0, 0, false
			}
			before, w, ellipsis = w, words{}, true
			if at++; ended(s, at) {
				return w.join(before, ellipsis)
			}
		}
	}
}

// ended reports whether the address ends at s[at]: the text does, or a zone
// begins that has a name.
func ended[T Text](s T, at int) bool {
	return at == len(s) || s[at] == '%' && at+1 < len(s)
}
