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

// Interner stores every distinct text once, in one arena, and numbers the texts in the
// order of their first appearance. Several goroutines may read texts concurrently as long
// as no text is added.
type Interner struct {
	arena []byte
	ends  []uint32 // ends[id] is the end of text id in the arena; it begins at ends[id-1]
	slots []uint64 // open addressing: hash in the upper and id in the lower 32 bits; 0 is free; nil after Compact
	seed  maphash.Seed

	prefetchSink uint64 // keeps the compiler from removing the loads of InternAll
}

// NewInterner returns an Interner that contains only the empty text.
func NewInterner() *Interner {
	return &Interner{ends: make([]uint32, 1, 1024), slots: make([]uint64, 1024), seed: maphash.MakeSeed()}
}

// Intern returns the number of s, adding s if it is new. It panics if the texts exceed
// 4 GiB in total.
func (n *Interner) Intern(s string) TextID {
	if s == "" {
		return 0
	}
	if n.slots == nil {
		n.buildSlots(len(n.ends))
	}
	return n.internHashed(s, n.Hash(s))
}

// Reserve makes room for that many more texts, assuming that their average length is that
// of the present ones. It is a hint that affects only memory and time.
func (n *Interner) Reserve(texts int) {
	n.arena = hugepage.Grow(n.arena, int(float64(texts)*float64(len(n.arena))/float64(len(n.ends))))
	n.ends = hugepage.Grow(n.ends, texts)
	if slots := 1 << bits.Len(uint(4*cap(n.ends)/3)); n.slots != nil && slots > len(n.slots) {
		n.rehash(slots)
	}
}

// Hash returns the hash of a text, to be passed to InternAll. It may be called while
// another goroutine adds texts.
func (n *Interner) Hash(s string) uint32 { return uint32(maphash.String(n.seed, s) >> 32) }

// InternAll appends the numbers of the texts to dst, adding new texts. The hashes are
// those that Hash returns. It first touches the memory of all lookups, so that their
// cache misses overlap: with many texts, cache misses take most of the time.
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

// internHashed returns the number of s, adding s if it is new. Its hash is h.
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

// InternBytes is like Intern for bytes. It does not retain b.
func (n *Interner) InternBytes(b []byte) TextID {
	return n.Intern(bytestext.String(b))
}

// Find returns the number of s, and false if s was never added. After Compact it is a
// linear search until a text is added.
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

// addText appends a new text, whose hash is h, and puts it into a free slot.
func (n *Interner) addText(s string, h, slot uint32) TextID {
	if len(n.arena)+len(s) > math.MaxUint32 {
		panic("entities: more than 4 GiB of texts")
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

// rehash changes the number of slots. Slots contain the hashes, so the texts are not
// hashed again.
func (n *Interner) rehash(slots int) {
	old := n.slots
	n.slots = hugepage.Scratch[uint64](slots)
	for _, slot := range old {
		if slot != 0 {
			n.insertSlot(slot)
		}
	}
}

// insertSlot stores a new entry in the first free slot of its probe sequence.
func (n *Interner) insertSlot(entry uint64) {
	mask := uint32(len(n.slots) - 1)
	i := uint32(entry>>32) & mask
	for n.slots[i] != 0 {
		i = (i + 1) & mask
	}
	n.slots[i] = entry
}

// Compact releases the memory that is only needed to add texts. Texts can still be added
// later, but the first one hashes all texts again.
func (n *Interner) Compact() {
	n.arena, n.ends, n.slots = compactSlice(n.arena), compactSlice(n.ends), nil
}

// compactSlice returns s, or a copy of it if more than about a third of its capacity is
// unused. A smaller unused part is left alone: pages that were never written take no
// physical memory.
func compactSlice[T any](s []T) []T {
	if cap(s)-len(s) <= len(s)/2 {
		return s
	}
	return hugepage.Clone(s)
}

// buildSlots rebuilds the slots after Compact or Open. The texts are those with numbers
// below texts.
func (n *Interner) buildSlots(texts int) {
	if n.seed == (maphash.Seed{}) {
		n.seed = maphash.MakeSeed()
	}
	n.slots = hugepage.Scratch[uint64](max(1024, 2<<bits.Len(uint(texts))))
	for id := 1; id < texts; id++ {
		n.insertSlot(uint64(n.Hash(n.Text(TextID(id))))<<32 | uint64(id))
	}
}

// scanTexts finds a text by linear search.
func (n *Interner) scanTexts(s string) (TextID, bool) {
	for id := 1; id < len(n.ends); id++ {
		if n.Text(TextID(id)) == s {
			return TextID(id), true
		}
	}
	return 0, false
}

// Text returns the text with that number. It shares the memory of the Interner. It panics
// if there is no such text.
func (n *Interner) Text(id TextID) string {
	if id == 0 {
		return ""
	}
	from, to := n.ends[id-1], n.ends[id]
	return unsafe.String(&n.arena[from], to-from)
}

// Len returns the number of distinct texts, including the empty one.
func (n *Interner) Len() int { return len(n.ends) }

// Size returns the number of bytes allocated.
func (n *Interner) Size() int { return cap(n.arena) + 4*cap(n.ends) + 8*cap(n.slots) }
