package names

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/hugepage"
)

// Options control how a table is built. The zero Options are the defaults.
type Options struct {
	// CaseSensitive makes names equal only if they are the same bytes. By default, case is
	// ignored.
	CaseSensitive bool
	// Seed is the secret of the hash. The default, 0, means a random seed. Tables of the
	// same names with the same seed have the same bytes, regardless of the order in which
	// the names were added, which is useful in tests.
	Seed uint64
}

// Builder collects names and builds a table of them. It must not be used concurrently.
// Until Build it takes about 50 bytes of memory for a name of 25 bytes, in addition to the
// table.
type Builder struct {
	options Options
	table   Table
	lists   [classes]entryList
	units   uint64 // of all entries
	long    []byte // long names
	scratch []byte
	err     error
}

// entryList holds the entries of a class and their hashes in the order in which they were
// added.
type entryList struct{ chunks []chunk }

// chunk holds chunkEntries entries; the last chunk of a list may hold fewer.
type chunk struct {
	hashes  []uint64
	entries []byte
	others  []uint64 // bit set of the entries that AddOther added; it ends with the last of them
}

const chunkEntries = 1 << 17

// The limits exist because positions in the arena have 32 bits.
const (
	maxUnits = math.MaxUint32 / 4 * 3
	maxName  = math.MaxInt32
)

// NewBuilder returns an empty Builder.
func NewBuilder(o Options) *Builder {
	b := &Builder{options: o}
	b.reset()
	return b
}

func (b *Builder) reset() {
	*b = Builder{options: b.options}
	b.table = Table{fold: highs, seed: b.options.Seed, dots: dotRange{least: math.MaxUint32}}
	if b.options.CaseSensitive {
		b.table.fold = 0
	}
	for b.table.seed == 0 {
		var seed [8]byte
		_, _ = rand.Read(seed[:]) // never fails
		b.table.seed = binary.LittleEndian.Uint64(seed[:])
	}
	b.table.keys = newHashKeys(b.table.seed)
}

// Add adds a copy of a name. It drops an empty name, because that is never found. Build
// returns the errors of Add.
func (b *Builder) Add(zone uint32, name string, value uint32) { b.add(zone, name, value) }

// AddOther adds a copy of a name as Add does, but the name is not a host name: Labels do not
// find it.
func (b *Builder) AddOther(zone uint32, name string, value uint32) {
	if c := b.add(zone, name, value); c != nil {
		c.markLast()
	}
}

// add adds a name and returns the chunk of its entry, nil if it was not added.
func (b *Builder) add(zone uint32, name string, value uint32) *chunk {
	if name == "" || b.err != nil {
		return nil
	}
	if b.err = b.checkName(name, value); b.err != nil {
		return nil
	}
	if b.table.fold != 0 {
		b.scratch = fold.AppendLower(b.scratch[:0], name)
	} else {
		b.scratch = append(b.scratch[:0], name...)
	}
	t := &b.table
	t.count++
	t.longest = max(t.longest, len(b.scratch))
	dots := uint32(strings.Count(name, "."))
	t.dots = dotRange{min(t.dots.least, dots), max(t.dots.most, dots)}
	return b.addEntry(zone, b.scratch, value)
}

func (b *Builder) checkName(name string, value uint32) error {
	switch {
	case value == None:
		return fmt.Errorf("names: %.100q: value %d means no value", name, value)
	case len(name) > maxName/2: // folding can make it longer
		return fmt.Errorf("names: a name of %d bytes is too long", len(name))
	case b.units > maxUnits:
		return fmt.Errorf("names: more than %d names are too many", b.table.count)
	}
	return nil
}

// addEntry adds the entry of a folded name and returns its chunk.
func (b *Builder) addEntry(zone uint32, name []byte, value uint32) *chunk {
	number := classOf(zone, len(name))
	c := b.lists[number].lastChunk(newClass(number).units * unit)
	h, _ := b.table.keys.hashName(zone, bytestext.String(name), 0)
	c.hashes = append(c.hashes, h)
	c.entries = appendEntry(c.entries, zone, name, value, len(b.long))
	if number == 0 {
		b.long = append(b.long, name...)
	}
	b.units += uint64(newClass(number).units)
	return c
}

// markLast marks the last entry as that of a name that is not a host name.
func (c *chunk) markLast() {
	i := len(c.hashes) - 1
	for i/64 >= len(c.others) {
		c.others = append(c.others, 0)
	}
	c.others[i/64] |= 1 << (i % 64)
}

// isOther reports whether entry i is that of a name that is not a host name.
func (c *chunk) isOther(i int) bool { return i/64 < len(c.others) && c.others[i/64]>>(i%64)&1 != 0 }

// lastChunk returns the chunk for the next entry, which has the given size in bytes.
func (p *entryList) lastChunk(size uint32) *chunk {
	last := len(p.chunks) - 1
	if last < 0 || len(p.chunks[last].hashes) == chunkEntries {
		var c chunk
		if last >= 0 { // further chunks are likely to fill up
			c = chunk{hashes: hugepage.Scratch[uint64](chunkEntries)[:0], entries: hugepage.Scratch[uint8](chunkEntries * int(size))[:0]}
		}
		p.chunks = append(p.chunks, c)
		last++
	}
	return &p.chunks[last]
}

// len returns the number of entries.
func (p *entryList) len() int {
	n := len(p.chunks)
	if n == 0 {
		return 0
	}
	return (n-1)*chunkEntries + len(p.chunks[n-1].hashes)
}

// Build returns the table and empties the Builder. It returns an error if a name was added
// twice to one zone, ignoring case unless the table is case-sensitive, or if Add was called
// with a name or a value that cannot be stored.
func (b *Builder) Build() (*Table, error) {
	t, _, err := b.place()
	return t, err
}

// BuildWithLabels is Build for a table of host names. The Labels find those that Add added.
func (b *Builder) BuildWithLabels() (*Table, *Labels, error) {
	t, others, err := b.place()
	if err != nil {
		return nil, nil, err
	}
	return t, newLabels(t, others), nil
}

// place returns the table and the positions of the names that AddOther added, and empties
// the Builder.
func (b *Builder) place() (*Table, bitmap, error) {
	defer b.reset()
	if b.err != nil {
		return nil, nil, b.err
	}
	if b.table.count == 0 {
		b.table.dots = dotRange{}
	}
	for {
		t, others, err := placeEntries(b)
		if !errors.Is(err, errCollision) {
			return t, others, err
		}
		b.rehash()
	}
}

// rehash changes the seed and hashes all names again.
func (b *Builder) rehash() {
	b.table.seed += 0x9e3779b97f4a7c15
	b.table.seed |= 1
	b.table.keys = newHashKeys(b.table.seed)
	for i := range b.lists {
		for _, c := range b.lists[i].chunks {
			for j := range c.hashes {
				e := c.entry(j)
				c.hashes[j], _ = b.table.keys.hashName(zoneOf(e), bytestext.String(b.nameOf(e)), 0)
			}
		}
	}
}

// entry returns entry i of the chunk.
func (c *chunk) entry(i int) []byte {
	size := len(c.entries) / len(c.hashes)
	return c.entries[i*size : (i+1)*size]
}

// nameOf returns the folded name of an entry.
func (b *Builder) nameOf(e []byte) []byte {
	if n := int(e[4]); n != longMark {
		return e[headerSize : headerSize+n]
	}
	n, offset := longName(e)
	return b.long[offset : offset+n]
}

func zoneOf(e []byte) uint32 {
	if e[4] != longMark {
		return uint32(e[5])
	}
	return binary.LittleEndian.Uint32(e[8:])
}
