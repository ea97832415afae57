package names

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/kithsec/kith/internal/huge"
)

const (
	density = 5  // names to a bucket, on average
	spare   = 32 // one slot in so many is free
)

// errCollision says that two names have the same hash, which nobody will see:
// for a million names the odds are one to 37 million.
var errCollision = errors.New("two names have the same hash")

// layout lays the records of a Builder into a Table.
type layout struct {
	from  *Builder
	table *Table
	order []uint32 // positions of records, bucket after bucket
	edge  []uint32 // where in order a bucket ends
	items []item   // of the bucket at hand
	taken []uint64 // bit set of slots, of the class at hand
}

// item is a record.
type item struct {
	hash  uint64
	slot  uint64
	entry []byte
}

func lay(b *Builder) (*Table, error) {
	t := b.table
	l := layout{from: b, table: &t}
	units, buckets := uint64(0), uint32(0)
	for i := range t.classes {
		c := newClass(i)
		if n := uint32(b.counts[i]); n > 0 {
			c.first, c.buckets = buckets, (n+density-1)/density
			c.slots = n + n/spare + 1
			buckets += c.buckets
			units += c.end() // base is 0 yet
		}
		t.classes[i] = c
	}
	t.index = huge.Make[uint32](int(buckets))
	t.arena = huge.Make[uint8](int(units*unit + slack))[:0]
	t.long = make([]byte, 0, len(b.long))
	l.sort()
	for i := range t.classes {
		if err := l.class(&t.classes[i]); err != nil {
			return nil, err
		}
	}
	t.arena = append(t.arena, make([]byte, slack)...)
	return &t, nil
}

// sort orders the records by bucket.
func (l *layout) sort() {
	l.edge = make([]uint32, len(l.table.index)+1)
	for r := range l.from.records() {
		l.edge[l.bucket(r)+1]++
	}
	for i := range l.table.index {
		l.edge[i+1] += l.edge[i]
	}
	l.order = make([]uint32, l.table.count)
	for r, at := range l.from.records() {
		i := l.bucket(r)
		l.order[l.edge[i]] = at
		l.edge[i]++
	}
}

func (l *layout) bucket(record []byte) uint64 {
	return l.table.classes[recordClass(record)].bucket(binary.LittleEndian.Uint64(record))
}

// records yields every record and its position, in the order in which they
// were added.
func (b *Builder) records() func(yield func(record []byte, at uint32) bool) {
	return func(yield func([]byte, uint32) bool) {
		for i, c := range b.chunks {
			for at := 0; at < len(c); at += recordSize(c[at:]) {
				if !yield(c[at:], uint32(i*chunkUnits+at/unit)) {
					return
				}
			}
		}
	}
}

// class lays the entries of a class, with more slots if need be.
func (l *layout) class(c *class) error {
	if c.buckets == 0 {
		return nil
	}
	order := l.byCrowd(c)
	base, long := len(l.table.arena), len(l.table.long)
	for ; ; c.slots += c.slots/spare + 1 {
		c.base = uint32(base / unit)
		l.table.arena = slices.Grow(l.table.arena[:base], int(c.slots*c.units)*unit)[:c.end()*unit]
		clear(l.table.arena[base:])
		l.table.long = l.table.long[:long]
		l.taken = make([]uint64, c.slots/64+1)
		if done, err := l.buckets(c, order); done || err != nil {
			return err
		}
	}
}

// byCrowd returns the buckets of a class, the fullest first: they are the
// hardest to find a pilot for.
func (l *layout) byCrowd(c *class) []uint32 {
	order := make([]uint32, c.buckets)
	for i := range order {
		order[i] = c.first + uint32(i)
	}
	slices.SortStableFunc(order, func(a, b uint32) int { return l.crowd(b) - l.crowd(a) })
	return order
}

func (l *layout) crowd(bucket uint32) int { return len(l.inBucket(bucket)) }

// inBucket returns the positions of the records of a bucket.
func (l *layout) inBucket(i uint32) []uint32 {
	if i == 0 {
		return l.order[:l.edge[0]]
	}
	return l.order[l.edge[i-1]:l.edge[i]]
}

func (l *layout) buckets(c *class, order []uint32) (done bool, err error) {
	for _, i := range order {
		l.gather(i)
		if err := l.repeated(); err != nil {
			return false, err
		}
		pilot, ok := l.pilot(c)
		if !ok {
			return false, nil
		}
		word := uint32(pilot)
		for _, it := range l.items {
			word |= filterBit(it.hash)
			l.taken[it.slot/64] |= 1 << (it.slot % 64)
			l.write(c, it)
		}
		l.table.index[i] = word
	}
	return true, nil
}

func (l *layout) gather(bucket uint32) {
	l.items = l.items[:0]
	for _, at := range l.inBucket(bucket) {
		r := l.from.chunks[at/chunkUnits][at%chunkUnits*unit:]
		l.items = append(l.items, item{hash: binary.LittleEndian.Uint64(r), entry: r[hashSize:recordSize(r)]})
	}
	slices.SortFunc(l.items, func(a, b item) int { return cmp.Compare(a.hash, b.hash) })
}

// pilot finds the least pilot that sends every item of the bucket to a free
// slot of its own, and sets the slots.
func (l *layout) pilot(c *class) (pilot uint64, ok bool) {
search:
	for pilot := range uint64(pilots) {
		for i := range l.items {
			s := c.slot(l.items[i].hash, pilot)
			if l.taken[s/64]>>(s%64)&1 != 0 {
				continue search
			}
			l.items[i].slot = s
		}
		if l.apart() {
			return pilot, true
		}
	}
	return 0, false
}

// apart reports whether no two items have the same slot.
func (l *layout) apart() bool {
	for i := range l.items {
		for j := range i {
			if l.items[i].slot == l.items[j].slot {
				return false
			}
		}
	}
	return true
}

// write writes an entry to its slot and its long name, if it has one, to the
// table's.
func (l *layout) write(c *class, it item) {
	t := l.table
	e := t.arena[c.at(it.slot)*unit:][:len(it.entry)]
	copy(e, it.entry)
	if e[4] == long {
		binary.LittleEndian.PutUint64(e[16:], uint64(len(t.long)))
		t.long = append(t.long, l.from.name(it.entry)...)
	}
}

// repeated says which name of the bucket is there twice.
func (l *layout) repeated() error {
	for i, a := range l.items {
		for _, b := range l.items[:i] {
			if a.hash != b.hash {
				continue
			}
			if zoneOf(a.entry) == zoneOf(b.entry) && bytes.Equal(l.from.name(a.entry), l.from.name(b.entry)) {
				return fmt.Errorf("names: %.100q is there twice in zone %d", l.from.name(a.entry), zoneOf(a.entry))
			}
			return errCollision
		}
	}
	return nil
}
