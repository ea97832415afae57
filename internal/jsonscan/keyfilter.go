package jsonscan

import (
	"math"
	"math/bits"
	"slices"
	"strings"
)

// tailSize is how many of the last bytes of a key the filter looks at.
const tailSize = 3

// keyFilter rejects most keys that are in no level of a set of paths by their last
// bytes, for all colons of a block at once. It never rejects a key of a level. The last
// bytes of these keys are put into eight buckets. For each of the places the filter
// knows which buckets have a byte there, by the lower and by the upper half of the byte.
// A key passes if some bucket has all its last bytes (the method of Teddy in Hyperscan).
// The assembly depends on the order of the fields.
type keyFilter struct {
	// The buckets that have a byte in a place, by half of the byte. The last byte of a
	// key comes first. Every table is stored twice, for both halves of a vector.
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
			distinct[quotedTail(l.edges[i].key)] = true
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

// bucket is a set of key tails: the product of the sets of bytes in each place.
type bucket struct {
	places    [tailSize]halves
	passShare float64 // roughly proportional to the share of other keys that pass
}

// halves are the lower and the upper halves of a set of bytes, a bit for each.
type halves struct{ low, high uint16 }

// fillBuckets puts tails into at most eight buckets, one after the other. When there is
// one bucket too many, it joins the two that together let the fewest further keys pass.
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

// newBucket returns a bucket with one tail. If that is short, the places it does not
// fill take any byte.
func newBucket(tail string) (b bucket) {
	for place := range b.places {
		b.places[place] = halves{^uint16(0), ^uint16(0)}
		if at := len(tail) - 1 - place; at >= 0 {
			b.places[place] = halves{1 << (tail[at] & 15), 1 << (tail[at] >> 4)}
		}
	}
	b.estimateShare()
	return b
}

// union returns a bucket with the bytes of both.
func (b *bucket) union(other *bucket) bucket {
	both := *b
	for place, h := range other.places {
		both.places[place].low |= h.low
		both.places[place].high |= h.high
	}
	both.estimateShare()
	return both
}

// common holds the bytes that keys end with, by their upper halves: a bit for each lower
// half, and how common these bytes are.
var common = [16]struct {
	low    uint16
	weight float64
}{
	2: {1 << ('"' & 15), 1}, 3: {0x03ff, 1}, 4: {0xfffe, 1}, 5: {0x87ff, 1}, 6: {0xfffe, 8}, 7: {0x07ff, 8},
}

// estimateShare sets passShare from how common the bytes of each place are.
func (b *bucket) estimateShare() {
	b.passShare = 1
	for _, h := range b.places {
		sum := 0.0
		for high, c := range common {
			sum += float64(h.high>>high&1) * float64(bits.OnesCount16(h.low&c.low)) * c.weight
		}
		b.passShare *= sum
	}
}

// quotedTail returns the last bytes before the closing quote of a key, the opening quote
// included.
func quotedTail(key string) string {
	quoted := `"` + key
	return quoted[max(0, len(quoted)-tailSize):]
}

// addBucket enters a bucket into the tables under its bit.
func (f *keyFilter) addBucket(b *bucket, bit uint8) {
	for place, h := range b.places {
		for half := range 16 {
			for _, lane := range []int{half, half + 16} {
				f.low[place][lane] |= bit * uint8(h.low>>half&1)
				f.high[place][lane] |= bit * uint8(h.high>>half&1)
			}
		}
	}
}
