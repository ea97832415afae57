package entities

import (
	"hash/maphash"
	"math"
	"math/bits"
	"unsafe"

	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/hugepage"
)

// TextID is the number of a text in an Interner; 0 is the empty text.
type TextID uint32

// Interner keeps every distinct text once, in one arena, and numbers them in
// the order of their first appearance. Texts may be read by any number of
// goroutines while none is added.
type Interner struct {
	arena []byte
	ends  []uint32 // ends[id] is where text id ends; it begins where id-1 ends
	slots []uint64 // open addressing: 32 bits of hash, then id; 0 is free
	seed  maphash.Seed

	prefetchSink uint64 // keeps the loads of InternAll from being optimised away
}

// NewInterner returns an Interner that holds the empty text.
func NewInterner() *Interner {
	return &Interner{ends: make([]uint32, 1, 1024), slots: make([]uint64, 1024), seed: maphash.MakeSeed()}
}

// Intern returns the number of s, adding it if it is new. It panics past
// 4 GiB of texts, which is beyond every limit on what is read.
func (n *Interner) Intern(s string) TextID {
	if s == "" {
		return 0
	}
	if n.slots == nil {
		n.buildSlots(len(n.ends))
	}
	return n.internHashed(s, n.Hash(s))
}

// Reserve makes room for so many more texts, about as long as those that are
// there. Too little or too much costs memory and time, nothing else.
func (n *Interner) Reserve(texts int) {
	n.arena = hugepage.Grow(n.arena, int(float64(texts)*float64(len(n.arena))/float64(len(n.ends))))
	n.ends = hugepage.Grow(n.ends, texts)
	if slots := 1 << bits.Len(uint(4*cap(n.ends)/3)); n.slots != nil && slots > len(n.slots) {
		n.rehash(slots)
	}
}

// Hash returns the hash of a text for InternAll. It may be called while another
// goroutine adds texts.
func (n *Interner) Hash(s string) uint32 { return uint32(maphash.String(n.seed, s) >> 32) }

// InternAll appends the numbers of the texts, whose hashes are given, to dst. It
// looks at all places in the tables before it decides about the first, so that
// the waits for memory overlap; with many texts that is most of the time.
func (n *Interner) InternAll(dst []TextID, texts []string, hashes []uint32) []TextID {
	if n.slots == nil {
		n.buildSlots(len(n.ends))
	}
	mask := uint32(len(n.slots) - 1)
	for _, h := range hashes {
		n.prefetchSink += n.slots[h&mask]
	}
	for _, h := range hashes {
		if slot := n.slots[h&mask]; uint32(slot>>32) == h && slot != 0 {
			n.prefetchSink += uint64(n.arena[n.ends[uint32(slot)-1]])
		}
	}
	for i, s := range texts {
		if s == "" {
			dst = append(dst, 0)
		} else {
			dst = append(dst, n.internHashed(s, hashes[i]))
		}
	}
	return dst
}

func (n *Interner) internHashed(s string, h uint32) TextID {
	mask := uint32(len(n.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		slot := n.slots[i]
		if slot == 0 {
			return n.addText(s, h, i)
		}
		if uint32(slot>>32) == h && n.Text(TextID(slot)) == s {
			return TextID(slot)
		}
	}
}

// InternBytes is Intern for bytes.
func (n *Interner) InternBytes(b []byte) TextID {
	return n.Intern(bytestext.String(b))
}

// Find returns the number of s, or false if it was never added.
func (n *Interner) Find(s string) (TextID, bool) {
	if s == "" {
		return 0, true
	}
	if n.slots == nil {
		return n.scanTexts(s)
	}
	h := n.Hash(s)
	mask := uint32(len(n.slots) - 1)
	for i := h & mask; n.slots[i] != 0; i = (i + 1) & mask {
		if slot := n.slots[i]; uint32(slot>>32) == h && n.Text(TextID(slot)) == s {
			return TextID(slot), true
		}
	}
	return 0, false
}

func (n *Interner) addText(s string, h, slot uint32) TextID {
	if len(n.arena)+len(s) > math.MaxUint32 {
		panic("entity: more than 4 GiB of texts")
	}
	id := TextID(len(n.ends))
	n.arena = append(hugepage.Grow(n.arena, len(s)), s...)
	n.ends = append(hugepage.Grow(n.ends, 1), uint32(len(n.arena)))
	n.slots[slot] = uint64(h)<<32 | uint64(id)
	if len(n.ends)*4 > len(n.slots)*3 {
		n.rehash(2 * len(n.slots))
	}
	return id
}

// rehash gives the table another number of slots. They hold as much of the hash
// as chooses a slot, so that no text is read again.
func (n *Interner) rehash(slots int) {
	old := n.slots
	n.slots = hugepage.Scratch[uint64](slots)
	for _, slot := range old {
		if slot != 0 {
			n.insertSlot(slot)
		}
	}
}

// insertSlot puts an entry that is not there into its slot.
func (n *Interner) insertSlot(slot uint64) {
	mask := uint32(len(n.slots) - 1)
	i := uint32(slot>>32) & mask
	for n.slots[i] != 0 {
		i = (i + 1) & mask
	}
	n.slots[i] = slot
}

// Compact gives back the memory that only adding texts needs. Texts can still
// be added, which begins with finding all of them again.
func (n *Interner) Compact() {
	n.arena, n.ends, n.slots = compactSlice(n.arena), compactSlice(n.ends), nil
}

// compactSlice returns s in memory that it fills, more or less. What was reserved and
// never used is no memory of the system.
func compactSlice[T any](s []T) []T {
	if cap(s)-len(s) <= len(s)/2 {
		return s
	}
	return hugepage.Clone(s)
}

// buildSlots makes slots for the texts that are there.
func (n *Interner) buildSlots(texts int) {
	if n.seed == (maphash.Seed{}) {
		n.seed = maphash.MakeSeed()
	}
	n.slots = hugepage.Scratch[uint64](max(1024, 2<<bits.Len(uint(texts))))
	for id := 1; id < texts; id++ {
		n.insertSlot(uint64(n.Hash(n.Text(TextID(id))))<<32 | uint64(id))
	}
}

// scanTexts finds a text without slots.
func (n *Interner) scanTexts(s string) (TextID, bool) {
	for id := 1; id < len(n.ends); id++ {
		if n.Text(TextID(id)) == s {
			return TextID(id), true
		}
	}
	return 0, false
}

// Text returns the text of that number. It shares the memory of the Interner.
func (n *Interner) Text(id TextID) string {
	if id == 0 {
		return ""
	}
	from, to := n.ends[id-1], n.ends[id]
	return unsafe.String(&n.arena[from], to-from)
}

// Len returns how many distinct texts there are, the empty one included.
func (n *Interner) Len() int { return len(n.ends) }

// Size returns the bytes of memory held.
func (n *Interner) Size() int { return cap(n.arena) + 4*cap(n.ends) + 8*cap(n.slots) }
