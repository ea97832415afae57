package jsonedit

import (
	"slices"
	"strings"
)

// tail is how many of a key's last bytes the sieve looks at.
const tail = 3

// sieve tells most keys that are in no level of a set of paths from the others
// by their last bytes, for all colons of a block at once. Those bytes of the
// keys are put into eight buckets; a byte in one place is good for some of the
// buckets, which is looked up by its lower and by its upper half, and a key
// passes if there is a bucket that all its last bytes are good for (the method
// of Teddy in Hyperscan). The kernels read it as it lies.
type sieve struct {
	// For the last byte of a key, the one before it, and so on, by half a byte:
	// the buckets it is good for. Twice, for both halves of a vector.
	low, high [tail][32]uint8
	on        uint64 // all ones; 0 if every key must pass
}

// newSieve makes the sieve that lets all keys pass that one of the levels has.
func newSieve(levels []*level) (v sieve) {
	endings := map[string]bool{}
	for _, l := range levels {
		if l == nil {
			continue
		}
		for i := range l.edges {
			endings[ending(string(l.edges[i].key))] = true
		}
	}
	v.on = ^uint64(0)
	all := make([]string, 0, len(endings))
	for e := range endings {
		all = append(all, e)
		if strings.ContainsFunc(e, func(r rune) bool { return r >= 0x80 }) {
			v.on = 0 // the tables know ASCII only
		}
	}
	slices.SortFunc(all, func(a, b string) int { return strings.Compare(reversed(a), reversed(b)) })
	for i, e := range all {
		v.add(e, uint8(1)<<(i*8/len(all)))
	}
	return v
}

// ending returns what is before the closing quote of a key, at most tail bytes,
// the opening quote included.
func ending(key string) string {
	quoted := `"` + key
	return quoted[max(0, len(quoted)-tail):]
}

func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// add makes the bytes of an ending good for a bucket, and any byte in the places
// that it does not fill.
func (v *sieve) add(ending string, bucket uint8) {
	for place := range tail {
		at := len(ending) - 1 - place
		for half := range 16 {
			for _, lane := range []int{half, half + 16} {
				if at < 0 || int(ending[at]&15) == half {
					v.low[place][lane] |= bucket
				}
				if at < 0 || int(ending[at]>>4) == half {
					v.high[place][lane] |= bucket
				}
			}
		}
	}
}
