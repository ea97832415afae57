package jsonscan

import (
	"math"
	"math/bits"
	"slices"
	"strings"
)

// tailSize is the number of bytes at the end of a key that the filter checks.
const tailSize = 3

// keyFilter rejects most keys that are in no level of a set of paths, by their last bytes,
// for all colons of a block at once. It never rejects a key of a level. The last bytes of
// these keys are divided into eight buckets. For each position, counted from the end of a
// key, two tables contain the buckets that have a byte there: one by the lower and one by
// the upper half of the byte. A key passes if one bucket has all its last bytes. This is
// the method of Teddy in Hyperscan. The assembly depends on the order of the fields.
type keyFilter struct {
	// Each table maps a half of a byte to the set of buckets with such a byte at a
	// position. The position is the first index, 0 for the last byte of a key. Every table
	// is stored twice, for both halves of a vector.
	low, high [tailSize][32]uint8
	on        uint64 // all ones, or 0 if every key passes
}

// newKeyFilter returns the filter that all keys of the levels pass.
func newKeyFilter(levels []*level) (f keyFilter) {
	distinct := map[string]bool{}
	for _, l := range levels {
		if l == nil {
			continue
		}
		for i := range l.edges {
			if key := l.edges[i].key; !endsWithWildcard(key) { // those are not filtered
				distinct[quotedTail(key)] = true
			}
		}
	}
	f.on = ^uint64(0)
	all := make([]string, 0, len(distinct))
	for tail := range distinct {
		all = append(all, tail)
		if strings.ContainsFunc(tail, func(r rune) bool { return r >= 0x80 }) {
			f.on = 0 // the tables have entries for ASCII only
		}
	}
	slices.Sort(all)
	for i, b := range fillBuckets(all) {
		f.addBucket(&b, uint8(1)<<i)
	}
	return f
}

// maxBuckets is the number of bits of a byte: a table entry has one for each bucket.
const maxBuckets = 8

// bucket is a set of key tails: all combinations of the bytes that are possible at each
// position.
type bucket struct {
	positions [tailSize]halves
	passShare float64 // roughly proportional to the share of other keys that pass
}

// halves are the lower and the upper halves of a set of bytes, a bit for each.
type halves struct{ low, high uint16 }

// fillBuckets puts tails into at most eight buckets, one after the other. When there is one
// bucket too many, it joins the two whose union lets the fewest additional keys pass.
func fillBuckets(tails []string) (all []bucket) {
	for _, tail := range tails {
		if all = append(all, newBucket(tail)); len(all) > maxBuckets {
			all = joinCheapest(all)
		}
	}
	return all
}

// joinCheapest joins two of the buckets into one.
func joinCheapest(all []bucket) []bucket {
	var joined bucket
	from, to, least := 0, 0, math.Inf(1)
	for i := range all {
		for j := range i {
			both := all[i].union(&all[j])
			if added := both.passShare - all[i].passShare - all[j].passShare; added < least {
				joined, from, to, least = both, i, j, added
			}
		}
	}
	all[to] = joined
	return slices.Delete(all, from, from+1)
}

// newBucket returns a bucket with one tail. If the tail is short, every byte is possible at
// the remaining positions.
func newBucket(tail string) (b bucket) {
	for position := range b.positions {
		b.positions[position] = halves{^uint16(0), ^uint16(0)}
		if at := len(tail) - 1 - position; at >= 0 {
			b.positions[position] = halves{1 << (tail[at] & 15), 1 << (tail[at] >> 4)}
		}
	}
	b.estimateShare()
	return b
}

// union returns a bucket with the bytes of both.
func (b *bucket) union(other *bucket) bucket {
	both := *b
	for position, h := range other.positions {
		both.positions[position].low |= h.low
		both.positions[position].high |= h.high
	}
	both.estimateShare()
	return both
}

// commonLastBytes estimates the bytes that keys end with. By the upper half of a byte, it
// holds a bit for each possible lower half, and the relative frequency of each of these
// bytes.
var commonLastBytes = [16]struct {
	low    uint16
	weight float64
}{
	2: {1 << ('"' & 15), 1}, 3: {0x03ff, 1}, 4: {0xfffe, 1}, 5: {0x87ff, 1}, 6: {0xfffe, 8}, 7: {0x07ff, 8},
}

// estimateShare sets passShare from the frequencies of the bytes at each position.
func (b *bucket) estimateShare() {
	b.passShare = 1
	for _, h := range b.positions {
		sum := 0.0
		for high, c := range commonLastBytes {
			sum += float64(h.high>>high&1) * float64(bits.OnesCount16(h.low&c.low)) * c.weight
		}
		b.passShare *= sum
	}
}

// quotedTail returns the last bytes before the closing quote of a key. Those of a short key
// include the opening quote. Those of a key with a wildcard begin after it.
func quotedTail(key string) string {
	if at := wildcardIn(key); at >= 0 && at+len(Wildcard) < len(key) {
		rest := key[at+len(Wildcard):]
		return rest[max(0, len(rest)-tailSize):]
	}
	quoted := `"` + key
	return quoted[max(0, len(quoted)-tailSize):]
}

// addBucket sets the given bit in the table entries of the bytes of a bucket.
func (f *keyFilter) addBucket(b *bucket, bit uint8) {
	for position, h := range b.positions {
		for half := range 16 {
			for _, lane := range []int{half, half + 16} {
				f.low[position][lane] |= bit * uint8(h.low>>half&1)
				f.high[position][lane] |= bit * uint8(h.high>>half&1)
			}
		}
	}
}
