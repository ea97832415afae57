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
	slotsPerSpare  = 32 // one slot in slotsPerSpare stays free
)

// errCollision reports that two names have the same hash. For a million names the
// probability is one in 37 million.
var errCollision = errors.New("two names have the same hash")

// placer places the entries of a Builder in a Table, one class after another. It first
// finds the pilots, for which it needs only the hashes, sorted by bucket. Then it copies
// each entry to the slot of its hash, in the order in which the entries were added.
type placer struct {
	from   *Builder
	table  *Table
	others bitmap // positions of the names that AddOther added

	// State of the current class.
	class  *class
	list   *entryList
	hashes []uint64 // sorted by bucket
	ends   []uint32 // by bucket: the end of its hashes
	order  []uint32 // the buckets, the fullest first
	taken  []uint64 // bit set of slots
	slots  []uint64 // of the current bucket
}

// placeEntries returns the table of the entries of a Builder, and the positions of the names
// that AddOther added.
func placeEntries(b *Builder) (*Table, bitmap, error) {
	t := b.table
	l := placer{from: b, table: &t}
	units, buckets := uint64(0), uint32(0)
	for i := range t.classes {
		c := newClass(i)
		if n := uint32(b.lists[i].len()); n > 0 {
			c.first, c.buckets = buckets, (n+namesPerBucket-1)/namesPerBucket
			c.slots = n + n/slotsPerSpare + 1
			buckets += c.buckets
			units += c.end() // base is still 0
		}
		t.classes[i] = c
	}
	t.index = hugepage.Make[uint32](int(buckets))
	t.arena = hugepage.Make[uint8](int(units*unit + padding))[:0]
	t.long = make([]byte, 0, len(b.long))
	for i := range t.classes {
		if t.classes[i].buckets == 0 {
			continue
		}
		if err := l.placeClass(&t.classes[i], &b.lists[i]); err != nil {
			return nil, nil, err
		}
	}
	t.arena = append(t.arena, make([]byte, padding)...)
	return &t, l.others, nil
}

// placeClass places the entries of a class. It adds slots until all buckets have a pilot.
func (l *placer) placeClass(c *class, p *entryList) error {
	l.class, l.list = c, p
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
func (l *placer) sortByBucket() {
	l.ends = make([]uint32, l.class.buckets+1)
	l.hashes = hugepage.Grow(l.hashes[:0], l.list.len())[:l.list.len()]
	for _, c := range l.list.chunks {
		for _, h := range c.hashes {
			l.ends[l.bucketOf(h)+1]++
		}
	}
	for i := range l.class.buckets {
		l.ends[i+1] += l.ends[i]
	}
	for _, c := range l.list.chunks {
		for _, h := range c.hashes {
			at := &l.ends[l.bucketOf(h)]
			l.hashes[*at] = h
			*at++
		}
	}
}

// bucketOf returns the bucket of a hash, counted from the first bucket of the class.
func (l *placer) bucketOf(h uint64) uint32 { return uint32(l.class.bucket(h)) - l.class.first }

// inBucket returns the hashes of a bucket.
func (l *placer) inBucket(i uint32) []uint64 {
	if i == 0 {
		return l.hashes[:l.ends[0]]
	}
	return l.hashes[l.ends[i-1]:l.ends[i]]
}

// orderBySize sorts the buckets, the fullest first, because pilots for full buckets are the
// hardest to find.
func (l *placer) orderBySize() {
	most := 0
	for i := range l.class.buckets {
		most = max(most, len(l.inBucket(i)))
	}
	starts := make([]uint32, most+2) // the index is most minus a size: where the buckets of that size begin in order
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

// findPilots finds the pilot of every bucket. It returns false if there are too few slots.
func (l *placer) findPilots() (done bool, err error) {
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
// findPilot takes most of the time of a build. For the last buckets it tries hundreds of
// pilots, nearly all of which fail at the first hash. Which of them fail is unpredictable,
// and a branch misprediction costs as much as trying three pilots. Therefore findPilot
// tries 64 pilots at once with the first hash, and only the remaining ones with the other
// hashes.
func (l *placer) findPilot(hashes []uint64) (pilot uint64, ok bool) {
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

// pilotsAtOnce is the number of pilots that are tried at once, one for each bit of a word.
// pilots is a multiple of it.
const pilotsAtOnce = 64

// freePilots returns a word with a bit for each of the pilotsAtOnce pilots from the given
// one on: 1 if the pilot maps the hash to a free slot. Trying four pilots per iteration
// takes three quarters of the time of trying one.
func (l *placer) freePilots(h, from uint64) uint64 {
	slots, taken, busy := uint64(l.class.slots), l.taken, uint64(0)
	for p := from; p < from+pilotsAtOnce; p += 4 {
		four := bitOf(taken, slotOf(h, p, slots)) | bitOf(taken, slotOf(h, p+1, slots))<<1 |
			bitOf(taken, slotOf(h, p+2, slots))<<2 | bitOf(taken, slotOf(h, p+3, slots))<<3
		busy = busy>>4 | four<<60
	}
	return ^busy
}

// bitOf returns the bit of a slot in a bit set.
func bitOf(set []uint64, slot uint64) uint64 { return set[slot/64] >> (slot % 64) & 1 }

// placeAll reports whether a pilot that maps the first hash to a free slot maps all hashes
// to different free slots, and sets l.slots to these.
func (l *placer) placeAll(hashes []uint64, pilot uint64) bool {
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

// writeEntries copies every entry to its slot, and collects the positions of names that are
// not host names.
func (l *placer) writeEntries() {
	for _, c := range l.list.chunks {
		for i, h := range c.hashes {
			at := l.positionOf(h)
			copy(l.slotAt(at), c.entry(i))
			if c.isOther(i) {
				l.others.add(uint32(at))
			}
		}
	}
}

// positionOf returns the position of the slot of a hash, in units.
func (l *placer) positionOf(h uint64) uint64 {
	c := l.class
	return c.unitOf(c.slot(h, pilotOf(l.table.index[c.bucket(h)])))
}

// slotAt returns the slot of the current class at a position.
func (l *placer) slotAt(at uint64) []byte {
	return l.table.arena[at*unit : (at+uint64(l.class.units))*unit]
}

// writeLong writes the long names and sets their offsets in the entries. Their order does
// not depend on the order in which the names were added.
func (l *placer) writeLong() {
	t := l.table
	for _, i := range l.order {
		hashes := l.inBucket(i)
		slices.Sort(hashes)
		for _, h := range hashes {
			e := l.slotAt(l.positionOf(h))
			name := l.from.nameOf(e)
			binary.LittleEndian.PutUint64(e[16:], uint64(len(t.long)))
			t.long = append(t.long, name...)
		}
	}
}

// checkRepeated returns an error if a hash occurs twice in the hashes of a bucket.
func (l *placer) checkRepeated(hashes []uint64) error {
	for i, h := range hashes {
		if slices.Contains(hashes[:i], h) {
			return l.repeatedError(slices.Sorted(slices.Values(hashes)))
		}
	}
	return nil
}

// repeatedError returns the error for the first two equal hashes of a sorted list: either a
// name was added twice, or two names have the same hash.
func (l *placer) repeatedError(hashes []uint64) error {
	i := 1
	for hashes[i] != hashes[i-1] {
		i++
	}
	var found [][]byte
	for _, c := range l.list.chunks {
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
