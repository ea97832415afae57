package names

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"github.com/kithsec/kith/internal/hugepage"
)

const (
	namesPerBucket = 5  // on average
	slotsPerSpare  = 32 // one slot in so many stays free
)

// errCollision reports that two names have the same hash. For a million names the
// odds are one to 37 million.
var errCollision = errors.New("two names have the same hash")

// layout places the entries of a Builder in a Table, class after class. It finds the pilots
// from the hashes alone, sorted by bucket. Then it copies the entries, in the order in
// which they were added, each to the slot of its hash.
type layout struct {
	from  *Builder
	table *Table

	// Of the current class:
	class  *class
	pile   *pile
	hashes []uint64 // sorted by bucket
	ends   []uint32 // by bucket: its end in hashes
	order  []uint32 // the buckets, the fullest first
	taken  []uint64 // bit set of slots
	slots  []uint64 // of the current bucket
}

func layOut(b *Builder) (*Table, error) {
	t := b.table
	l := layout{from: b, table: &t}
	units, buckets := uint64(0), uint32(0)
	for i := range t.classes {
		c := newClass(i)
		if n := uint32(b.piles[i].len()); n > 0 {
			c.first, c.buckets = buckets, (n+namesPerBucket-1)/namesPerBucket
			c.slots = n + n/slotsPerSpare + 1
			buckets += c.buckets
			units += c.end() // base is 0 yet
		}
		t.classes[i] = c
	}
	t.index = hugepage.Make[uint32](int(buckets))
	t.arena = hugepage.Make[uint8](int(units*unit + slack))[:0]
	t.long = make([]byte, 0, len(b.long))
	for i := range t.classes {
		if t.classes[i].buckets == 0 {
			continue
		}
		if err := l.layOutClass(&t.classes[i], &b.piles[i]); err != nil {
			return nil, err
		}
	}
	t.arena = append(t.arena, make([]byte, slack)...)
	return &t, nil
}

// layOutClass places the entries of a class. It adds slots until all buckets have a pilot.
func (l *layout) layOutClass(c *class, p *pile) error {
	l.class, l.pile = c, p
	l.sortByBucket()
	l.orderBySize()
	for ; ; c.slots += c.slots/slotsPerSpare + 1 {
		l.taken = make([]uint64, c.slots/64+1)
		done, err := l.findPilots()
		if err != nil {
			return err
		}
		if done {
			break
		}
	}
	base := len(l.table.arena)
	c.base = uint32(base / unit)
	l.table.arena = slices.Grow(l.table.arena, int(c.slots*c.units)*unit)[:c.end()*unit]
	l.writeEntries()
	if c == &l.table.classes[0] {
		l.writeLong()
	}
	return nil
}

// sortByBucket sorts the hashes by bucket (counting sort).
func (l *layout) sortByBucket() {
	l.ends = make([]uint32, l.class.buckets+1)
	l.hashes = hugepage.Grow(l.hashes[:0], l.pile.len())[:l.pile.len()]
	for _, c := range l.pile.chunks {
		for _, h := range c.hashes {
			l.ends[l.bucketOf(h)+1]++
		}
	}
	for i := range l.class.buckets {
		l.ends[i+1] += l.ends[i]
	}
	for _, c := range l.pile.chunks {
		for _, h := range c.hashes {
			at := &l.ends[l.bucketOf(h)]
			l.hashes[*at] = h
			*at++
		}
	}
}

// bucketOf returns the bucket of a hash, counted from the first bucket of the class.
func (l *layout) bucketOf(h uint64) uint32 { return uint32(l.class.bucket(h)) - l.class.first }

// inBucket returns the hashes of a bucket.
func (l *layout) inBucket(i uint32) []uint64 {
	if i == 0 {
		return l.hashes[:l.ends[0]]
	}
	return l.hashes[l.ends[i-1]:l.ends[i]]
}

// orderBySize sorts the buckets, the fullest first, because it is hardest to find a pilot
// for these.
func (l *layout) orderBySize() {
	most := 0
	for i := range l.class.buckets {
		most = max(most, len(l.inBucket(i)))
	}
	starts := make([]uint32, most+2) // by most-size: where the buckets of that size begin in order
	for i := range l.class.buckets {
		starts[most-len(l.inBucket(i))+1]++
	}
	for i := range most {
		starts[i+1] += starts[i]
	}
	l.order = make([]uint32, l.class.buckets)
	for i := range l.class.buckets {
		at := &starts[most-len(l.inBucket(i))]
		l.order[*at] = i
		*at++
	}
}

// findPilots finds the pilot of every bucket. It reports false if there are too few slots.
func (l *layout) findPilots() (done bool, err error) {
	for _, i := range l.order {
		hashes := l.inBucket(i)
		if err := l.checkRepeated(hashes); err != nil {
			return false, err
		}
		pilot, ok := l.findPilot(hashes)
		if !ok {
			return false, nil
		}
		word := uint32(pilot)
		for j, h := range hashes {
			word |= filterBit(h)
			l.taken[l.slots[j]/64] |= 1 << (l.slots[j] % 64)
		}
		l.table.index[l.class.first+i] = word
	}
	return true, nil
}

// findPilot returns the least pilot that maps all hashes of a bucket to different free
// slots, and sets l.slots to these. (The method is that of PTHash: Pibiri and Trani, 2021.)
//
// It takes most of the time of a build: for the last buckets it tries hundreds of pilots,
// nearly all of which fail at the first hash. Which do is unpredictable, and a
// misprediction costs as much as three pilots. So it tries the first hash with 64 pilots
// at once, and the other hashes with those that are left.
func (l *layout) findPilot(hashes []uint64) (pilot uint64, ok bool) {
	if len(hashes) == 0 {
		return 0, true
	}
	for from := uint64(0); from < pilots; from += pilotsAtOnce {
		for free := l.freePilots(hashes[0], from); free != 0; free &= free - 1 {
			if pilot = from + uint64(bits.TrailingZeros64(free)); l.placeAll(hashes, pilot) {
				return pilot, true
			}
		}
	}
	return 0, false
}

// pilotsAtOnce is how many pilots are tried at once, a bit of a word each. It divides
// pilots.
const pilotsAtOnce = 64

// freePilots returns the pilots from number from on that map a hash to a free slot, as the
// bits of a word. Four in a round take three quarters of the time of one.
func (l *layout) freePilots(h, from uint64) uint64 {
	slots, taken, busy := uint64(l.class.slots), l.taken, uint64(0)
	for p := from; p < from+pilotsAtOnce; p += 4 {
		four := bitOf(taken, slotOf(h, p, slots)) | bitOf(taken, slotOf(h, p+1, slots))<<1 |
			bitOf(taken, slotOf(h, p+2, slots))<<2 | bitOf(taken, slotOf(h, p+3, slots))<<3
		busy = busy>>4 | four<<60
	}
	return ^busy
}

// bitOf returns the bit of a slot.
func bitOf(set []uint64, slot uint64) uint64 { return set[slot/64] >> (slot % 64) & 1 }

// placeAll reports whether a pilot that maps the first hash to a free slot maps all hashes
// to different free slots, and sets l.slots to these.
func (l *layout) placeAll(hashes []uint64, pilot uint64) bool {
	slots, taken := uint64(l.class.slots), l.taken
	for _, h := range hashes[1:] {
		if bitOf(taken, slotOf(h, pilot, slots)) != 0 {
			return false
		}
	}
	l.slots = l.slots[:0]
	for _, h := range hashes {
		l.slots = append(l.slots, slotOf(h, pilot, slots))
	}
	return allDistinct(l.slots)
}

// allDistinct reports whether all slots are different.
func allDistinct(slots []uint64) bool {
	for i, a := range slots {
		for _, b := range slots[:i] {
			if a == b {
				return false
			}
		}
	}
	return true
}

// writeEntries copies every entry to its slot.
func (l *layout) writeEntries() {
	for _, c := range l.pile.chunks {
		for i, h := range c.hashes {
			copy(l.slotOfHash(h), c.entry(i))
		}
	}
}

// slotOfHash returns the slot of a hash.
func (l *layout) slotOfHash(h uint64) []byte {
	c := l.class
	at := c.unitOf(c.slot(h, pilotOf(l.table.index[c.bucket(h)]))) * unit
	return l.table.arena[at : at+uint64(c.units)*unit]
}

// writeLong writes the long names and sets their offsets in the entries. Their order does
// not depend on the order in which the names were added.
func (l *layout) writeLong() {
	t := l.table
	for _, i := range l.order {
		hashes := l.inBucket(i)
		slices.Sort(hashes)
		for _, h := range hashes {
			e := l.slotOfHash(h)
			name := l.from.nameOf(e)
			binary.LittleEndian.PutUint64(e[16:], uint64(len(t.long)))
			t.long = append(t.long, name...)
		}
	}
}

// checkRepeated returns an error if a hash occurs twice in a bucket.
func (l *layout) checkRepeated(hashes []uint64) error {
	for i, h := range hashes {
		if slices.Contains(hashes[:i], h) {
			return l.repeatedError(slices.Sorted(slices.Values(hashes)))
		}
	}
	return nil
}

// repeatedError returns the error for the first two equal hashes of a sorted list: the
// same name twice, or a collision.
func (l *layout) repeatedError(hashes []uint64) error {
	i := 1
	for hashes[i] != hashes[i-1] {
		i++
	}
	var found [][]byte
	for _, c := range l.pile.chunks {
		for j, h := range c.hashes {
			if h == hashes[i] {
				found = append(found, c.entry(j))
			}
		}
	}
	a, b := found[0], found[1]
	if zoneOf(a) == zoneOf(b) && bytes.Equal(l.from.nameOf(a), l.from.nameOf(b)) {
		return fmt.Errorf("names: %.100q was added twice in zone %d", l.from.nameOf(a), zoneOf(a))
	}
	return errCollision
}
