package jsonscan

import (
	"math"
	"math/bits"
	"slices"
	"strings"
)

// The sieve looks at three of a key's last bytes: the last, the one before it, and
// the fourth. The third follows from these too often: so many names end in ion,
// ame, ype.
const places = 3

// tail is how many bytes these are among.
const tail = 4

// back is how many bytes before the closing quote each place is.
var back = [places]int{1, 2, 4}

// sieve tells most keys that are in no level of a set of paths from the others
// by their last bytes, for all colons of a block at once. Those bytes of the
// keys are put into eight buckets; a byte in one place is good for some of the
// buckets, which is looked up by its lower and by its upper half, and a key
// passes if there is a bucket that all its last bytes are good for (the method
// of Teddy in Hyperscan). The kernels read it as it lies.
type sieve struct {
	// For each place, by half a byte: the buckets it is good for. Twice, for both
	// halves of a vector.
	low, high [places][32]uint8
	on        uint64 // all ones; 0 if every key must pass
	// For each place, by the byte: the buckets that have it there. Fewer other keys
	// pass than by halves, for processors that look up so much at once.
	whole [places][128]uint8
}

// newSieve makes the sieve that lets all keys pass that one of the levels has.
func newSieve(levels []*level) (v sieve) {
	endings := map[string]bool{}
	for _, l := range levels {
		if l == nil {
			continue
		}
		for i := range l.edges {
			endings[ending(l.edges[i].key)] = true
		}
	}
	v.on = ^uint64(0)
	all := make([]string, 0, len(endings))
	for e := range endings {
		all = append(all, e)
		if strings.ContainsFunc(e, func(r rune) bool { return r >= 0x80 }) {
			v.on = 0 // the tables hold ASCII only
		}
	}
	slices.Sort(all)
	for i, b := range bucketsOf(all) {
		v.set(&b, uint8(1)<<i)
	}
	return v
}

// buckets is how many there are: the bits of a byte.
const buckets = 8

// bucket is what the bytes of the keys in it are, by their places.
type bucket struct {
	bytes [places]halves
	whole [places]byteSet
	share float64 // of other keys that pass, roughly
}

// halves are the lower and the upper halves of bytes, a bit for each.
type halves struct{ low, high uint16 }

// byteSet is a set of ASCII bytes, a bit for each.
type byteSet [2]uint64

// bucketsOf puts endings into at most eight buckets, one after the other. When
// there is one bucket too many, those two become one that let the fewest other
// keys pass for it.
func bucketsOf(endings []string) (all []bucket) {
	for _, e := range endings {
		if all = append(all, newBucket(e)); len(all) > buckets {
			all = joinTwo(all)
		}
	}
	return all
}

func joinTwo(all []bucket) []bucket {
	var joined bucket
	from, to, least := 0, 0, math.Inf(1)
	for i := range all {
		for j := range i {
			both := all[i].with(&all[j])
			if added := both.share - all[i].share - all[j].share; added < least {
				joined, from, to, least = both, i, j, added
			}
		}
	}
	all[to] = joined
	return slices.Delete(all, from, from+1)
}

// newBucket returns a bucket for one ending. Any byte may be in the places that
// the ending does not fill.
func newBucket(ending string) (b bucket) {
	for place := range b.bytes {
		b.bytes[place], b.whole[place] = halves{^uint16(0), ^uint16(0)}, byteSet{^uint64(0), ^uint64(0)}
		if at := len(ending) - back[place]; at >= 0 {
			c := ending[at]
			b.bytes[place], b.whole[place] = halves{1 << (c & 15), 1 << (c >> 4)}, byteSet{}
			b.whole[place][c>>6&1] = 1 << (c & 63)
		}
	}
	b.measure()
	return b
}

// with returns both in one.
func (b *bucket) with(other *bucket) bucket {
	both := *b
	for place, h := range other.bytes {
		both.bytes[place].low |= h.low
		both.bytes[place].high |= h.high
		both.whole[place][0] |= other.whole[place][0]
		both.whole[place][1] |= other.whole[place][1]
	}
	both.measure()
	return both
}

// common are the bytes that keys end with, by their upper halves: a bit for each
// lower half, and how common those are.
var common = [16]struct {
	low    uint16
	weight float64
}{
	2: {1 << ('"' & 15), 1}, 3: {0x03ff, 1}, 4: {0xfffe, 1}, 5: {0x87ff, 1}, 6: {0xfffe, 8}, 7: {0x07ff, 8},
}

// measure sets the share of keys that pass.
func (b *bucket) measure() {
	b.share = 1
	for _, h := range b.bytes {
		sum := 0.0
		for high, c := range common {
			sum += float64(h.high>>high&1) * float64(bits.OnesCount16(h.low&c.low)) * c.weight
		}
		b.share *= sum
	}
}

// ending returns what is before the closing quote of a key, at most tail bytes,
// the opening quote included.
func ending(key string) string {
	quoted := `"` + key
	return quoted[max(0, len(quoted)-tail):]
}

// set makes a bucket the one of that bit.
func (v *sieve) set(b *bucket, bit uint8) {
	for place, h := range b.bytes {
		for half := range 16 {
			for _, lane := range []int{half, half + 16} {
				v.low[place][lane] |= bit * uint8(h.low>>half&1)
				v.high[place][lane] |= bit * uint8(h.high>>half&1)
			}
		}
		for c := range v.whole[place] {
			v.whole[place][c] |= bit * uint8(b.whole[place][c>>6]>>(c&63)&1)
		}
	}
}
