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
	density = 5  // names to a bucket, on average
	spare   = 32 // one slot in so many is free
)

// errCollision reports that two names have the same hash. For a million names the
// odds are one to 37 million.
var errCollision = errors.New("two names have the same hash")

// layout lays the entries of a Builder into a Table, class after class.
//
// To find the pilots it takes the hashes and no more, and these in the order of
// the buckets. The entries are then gone through in the order in which they were
// added, and each goes where its hash says.
type layout struct {
	from  *Builder
	table *Table

	// Of the class at hand.
	class  *class
	pile   *pile
	hashes []uint64 // bucket after bucket
	edge   []uint32 // where in hashes a bucket ends
	order  []uint32 // the buckets, the fullest first
	taken  []uint64 // bit set of slots
	slots  []uint64 // of the bucket at hand
}

func lay(b *Builder) (*Table, error) {
	t := b.table
	l := layout{from: b, table: &t}
	units, buckets := uint64(0), uint32(0)
	for i := range t.classes {
		c := newClass(i)
		if n := uint32(b.piles[i].len()); n > 0 {
			c.first, c.buckets = buckets, (n+density-1)/density
			c.slots = n + n/spare + 1
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
		if err := l.lay(&t.classes[i], &b.piles[i]); err != nil {
			return nil, err
		}
	}
	t.arena = append(t.arena, make([]byte, slack)...)
	return &t, nil
}

// lay lays the entries of a class, with more slots if need be.
func (l *layout) lay(c *class, p *pile) error {
	l.class, l.pile = c, p
	l.sort()
	l.byCrowd()
	for ; ; c.slots += c.slots/spare + 1 {
		l.taken = make([]uint64, c.slots/64+1)
		done, err := l.pilots()
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
	l.write()
	if c == &l.table.classes[0] {
		l.writeLong()
	}
	return nil
}

// sort orders the hashes by bucket.
func (l *layout) sort() {
	l.edge = make([]uint32, l.class.buckets+1)
	l.hashes = hugepage.Grow(l.hashes[:0], l.pile.len())[:l.pile.len()]
	for _, c := range l.pile.chunks {
		for _, h := range c.hashes {
			l.edge[l.bucket(h)+1]++
		}
	}
	for i := range l.class.buckets {
		l.edge[i+1] += l.edge[i]
	}
	for _, c := range l.pile.chunks {
		for _, h := range c.hashes {
			at := &l.edge[l.bucket(h)]
			l.hashes[*at] = h
			*at++
		}
	}
}

// bucket returns the bucket of a hash, counted from the first of the class.
func (l *layout) bucket(h uint64) uint32 { return uint32(l.class.bucket(h)) - l.class.first }

// inBucket returns the hashes of a bucket.
func (l *layout) inBucket(i uint32) []uint64 {
	if i == 0 {
		return l.hashes[:l.edge[0]]
	}
	return l.hashes[l.edge[i-1]:l.edge[i]]
}

// byCrowd orders the buckets, the fullest first: they are the hardest to find a
// pilot for.
func (l *layout) byCrowd() {
	most := 0
	for i := range l.class.buckets {
		most = max(most, len(l.inBucket(i)))
	}
	starts := make([]uint32, most+2) // where in order the buckets with as many begin, the last is for the fullest
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

// pilots finds the pilot of every bucket; done is false if there are too few
// slots.
func (l *layout) pilots() (done bool, err error) {
	for _, i := range l.order {
		hashes := l.inBucket(i)
		if err := l.repeated(hashes); err != nil {
			return false, err
		}
		pilot, ok := l.pilot(hashes)
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

// pilot finds the least pilot that sends every hash of a bucket to a free slot of
// its own, and sets the slots.
//
// It takes most of the time: the last slots are found after hundreds of pilots,
// of which nearly all fail with the first hash. Those that do not are not to be
// predicted, and a wrong guess costs as much as three pilots. So the first hash is
// tried with a window of pilots before the other hashes are with those left.
func (l *layout) pilot(hashes []uint64) (pilot uint64, ok bool) {
	if len(hashes) == 0 {
		return 0, true
	}
	for from := uint64(0); from < pilots; from += together {
		for free := l.free(hashes[0], from); free != 0; free &= free - 1 {
			if pilot = from + uint64(bits.TrailingZeros64(free)); l.send(hashes, pilot) {
				return pilot, true
			}
		}
	}
	return 0, false
}

// together is how many pilots are tried together, a bit of a word each; it divides
// pilots.
const together = 64

// free returns which pilots, the lowest bit being the one from which to begin, send
// a hash to a free slot. Four to a round, they take three quarters of the time.
func (l *layout) free(h, from uint64) uint64 {
	slots, taken, busy := uint64(l.class.slots), l.taken, uint64(0)
	for p := from; p < from+together; p += 4 {
		four := bitOf(taken, slotOf(h, p, slots)) | bitOf(taken, slotOf(h, p+1, slots))<<1 |
			bitOf(taken, slotOf(h, p+2, slots))<<2 | bitOf(taken, slotOf(h, p+3, slots))<<3
		busy = busy>>4 | four<<60
	}
	return ^busy
}

// bitOf returns the bit of a slot.
func bitOf(set []uint64, slot uint64) uint64 { return set[slot/64] >> (slot % 64) & 1 }

// send reports whether a pilot that sends the first hash to a free slot sends all
// to free slots of their own, and sets the slots.
func (l *layout) send(hashes []uint64, pilot uint64) bool {
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
	return apart(l.slots)
}

// apart reports whether no two slots are the same.
func apart(slots []uint64) bool {
	for i, a := range slots {
		for _, b := range slots[:i] {
			if a == b {
				return false
			}
		}
	}
	return true
}

// write writes every entry to its slot.
func (l *layout) write() {
	for _, c := range l.pile.chunks {
		for i, h := range c.hashes {
			copy(l.slot(h), c.entry(i))
		}
	}
}

// slot returns the slot to which a hash is sent.
func (l *layout) slot(h uint64) []byte {
	c := l.class
	at := c.at(c.slot(h, pilotOf(l.table.index[c.bucket(h)]))) * unit
	return l.table.arena[at : at+uint64(c.units)*unit]
}

// writeLong writes the long names, in an order that is not that in which they
// were added, and to their entries where they are.
func (l *layout) writeLong() {
	t := l.table
	for _, i := range l.order {
		hashes := l.inBucket(i)
		slices.Sort(hashes)
		for _, h := range hashes {
			e := l.slot(h)
			name := l.from.name(e)
			binary.LittleEndian.PutUint64(e[16:], uint64(len(t.long)))
			t.long = append(t.long, name...)
		}
	}
}

// repeated returns an error that names the repeated name of a bucket.
func (l *layout) repeated(hashes []uint64) error {
	for i, h := range hashes {
		if slices.Contains(hashes[:i], h) {
			return l.same(slices.Sorted(slices.Values(hashes)))
		}
	}
	return nil
}

// same returns the error for the first two equal hashes of a sorted list.
func (l *layout) same(hashes []uint64) error {
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
	if zoneOf(a) == zoneOf(b) && bytes.Equal(l.from.name(a), l.from.name(b)) {
		return fmt.Errorf("names: %.100q is there twice in zone %d", l.from.name(a), zoneOf(a))
	}
	return errCollision
}
