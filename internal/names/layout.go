package names

import "encoding/binary"

// An entry begins on a multiple of unit in the arena. A short entry is
//
//	value uint32, length uint8, zone uint8, name, zeros up to a unit
//
// and a long entry, for a name or a zone that does not fit, is
//
//	value uint32, 255, 0, 0, 0, zone uint32, length uint32, offset uint64
//
// Its name is stored at offset in the long names. Free slots are zeros.
const (
	unit       = 4
	headerSize = 6
	shortName  = 15*unit - headerSize // greatest length in bytes of a name in a short entry
	shortZone  = 255                  // the greatest zone in a short entry
	longMark   = 255                  // marks a long entry, in place of the length
	longUnits  = 6
	padding    = 64 // zero bytes after the last entry, so that loads may read past it
)

// classes is the number of classes. A class holds the entries of one size. Its number is
// the size in units, except that class 0 holds the long entries.
const classes = 16

// classOf returns the class of a folded name.
func classOf(zone uint32, n int) int {
	if n > shortName || zone > shortZone {
		return 0
	}
	return (headerSize + n + unit - 1) / unit
}

// class describes where the entries of one size and their buckets are.
type class struct {
	first   uint32 // position of the first bucket in the index
	buckets uint32
	base    uint32 // position of the first slot in the arena, in units
	slots   uint32
	units   uint32 // size of a slot
}

func newClass(number int) class {
	if number == 0 {
		return class{units: longUnits}
	}
	return class{units: uint32(number)}
}

// end returns the position after the last slot, in units.
func (c *class) end() uint64 { return uint64(c.base) + uint64(c.slots)*uint64(c.units) }

// bucket returns the position of the bucket of a hash in the index.
func (c *class) bucket(h uint64) uint64 { return uint64(c.first) + h>>32*uint64(c.buckets)>>32 }

// slot returns the slot to which a pilot maps a hash.
func (c *class) slot(h, pilot uint64) uint64 { return slotOf(h, pilot, uint64(c.slots)) }

// slotOf returns the slot to which a pilot maps a hash, given the number of slots.
func slotOf(h, pilot, slots uint64) uint64 {
	return (h ^ pilot*0x9e3779b97f4a7c15) * 0xd6e8feb86659fd93 >> 32 * slots >> 32
}

// unitOf returns the position of a slot in units.
func (c *class) unitOf(slot uint64) uint64 { return uint64(c.base) + slot*uint64(c.units) }

// A bucket is a word of the index. Its lower half is the pilot. Its upper half is the
// filter, in which a bit is set for every name in the bucket.

const pilots = 1 << 16

func pilotOf(bucket uint32) uint64 { return uint64(bucket & (pilots - 1)) }

func filterBit(h uint64) uint32 { return 1 << (16 + h&15) }

// The first eight bytes of an entry begin with the value, the length and the zone.

func headValue(head uint64) uint32 { return uint32(head) }

// headKey returns the length and the zone in the first eight bytes of an entry.
func headKey(head uint64) uint64 { return head >> 32 & 0xffff }

// shortKey is the headKey of a short entry.
func shortKey(zone uint32, n int) uint64 { return uint64(n) | uint64(zone)<<8 }

// entry is a decoded entry of the arena. Its name shares the memory of the table.
type entry struct {
	name  []byte
	zone  uint32
	value uint32
}

// entry decodes the entry at a position in the arena, in units. It returns false for a free
// slot or a damaged entry.
func (t *Table) entry(at uint32) (e entry, ok bool) {
	b := t.arena[int(at)*unit:]
	e.value = binary.LittleEndian.Uint32(b)
	if n := int(b[4]); n != longMark {
		e.zone, e.name = uint32(b[5]), b[headerSize:headerSize+min(n, shortName)]
		return e, n > 0
	}
	e.zone = binary.LittleEndian.Uint32(b[8:])
	n, offset := longName(b)
	if offset > uint64(len(t.long)) || n > uint64(len(t.long))-offset {
		return entry{}, false // damaged
	}
	e.name = t.long[offset : offset+n]
	return e, true
}

// longName returns the length and the offset of the name of a long entry.
func longName(b []byte) (n, offset uint64) {
	return uint64(binary.LittleEndian.Uint32(b[12:])), binary.LittleEndian.Uint64(b[16:])
}

// appendEntry appends the entry of a folded name. offset is where a long name is stored.
func appendEntry(dst []byte, zone uint32, name []byte, value uint32, offset int) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, value)
	c := classOf(zone, len(name))
	if c == 0 {
		dst = append(dst, longMark, 0, 0, 0)
		dst = binary.LittleEndian.AppendUint32(dst, zone)
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(name)))
		return binary.LittleEndian.AppendUint64(dst, uint64(offset))
	}
	dst = append(dst, byte(len(name)), byte(zone))
	dst = append(dst, name...)
	var zeros [unit]byte
	return append(dst, zeros[:c*unit-headerSize-len(name)]...)
}
