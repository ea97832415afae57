package entity

import (
	"hash/maphash"
	"math"
	"math/bits"
	"unsafe"
)

// TextID is the number of a text in an Interner; 0 is the empty text.
type TextID uint32

// Interner keeps every distinct text once, in one arena, and numbers them in
// the order of their first appearance. Texts may be read by any number of
// goroutines while none is added.
type Interner struct {
	arena []byte
	ends  []uint32 // ends[id] is where text id ends; it begins where id-1 ends
	slots []uint64 // open addressing: high half of the hash, then id; 0 is free
	seed  maphash.Seed
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
		n.index(len(n.ends))
	}
	h := maphash.String(n.seed, s)
	mask := uint64(len(n.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		slot := n.slots[i]
		if slot == 0 {
			return n.add(s, h, i)
		}
		if slot>>32 == h>>32 && n.Text(TextID(slot)) == s {
			return TextID(slot)
		}
	}
}

// InternBytes is Intern for bytes.
func (n *Interner) InternBytes(b []byte) TextID {
	return n.Intern(unsafe.String(unsafe.SliceData(b), len(b)))
}

// Find returns the number of s, or false if it was never added.
func (n *Interner) Find(s string) (TextID, bool) {
	if s == "" {
		return 0, true
	}
	if n.slots == nil {
		return n.search(s)
	}
	h := maphash.String(n.seed, s)
	mask := uint64(len(n.slots) - 1)
	for i := h & mask; n.slots[i] != 0; i = (i + 1) & mask {
		if slot := n.slots[i]; slot>>32 == h>>32 && n.Text(TextID(slot)) == s {
			return TextID(slot), true
		}
	}
	return 0, false
}

func (n *Interner) add(s string, h, slot uint64) TextID {
	if len(n.arena)+len(s) > math.MaxUint32 {
		panic("entity: more than 4 GiB of texts")
	}
	id := TextID(len(n.ends))
	n.arena = append(n.arena, s...)
	n.ends = append(n.ends, uint32(len(n.arena)))
	n.slots[slot] = h>>32<<32 | uint64(id)
	if len(n.ends)*4 > len(n.slots)*3 {
		n.grow()
	}
	return id
}

func (n *Interner) grow() {
	old := n.slots
	n.slots = make([]uint64, 2*len(old))
	mask := uint64(len(n.slots) - 1)
	for _, slot := range old {
		if slot == 0 {
			continue
		}
		i := maphash.String(n.seed, n.Text(TextID(slot))) & mask
		for n.slots[i] != 0 {
			i = (i + 1) & mask
		}
		n.slots[i] = slot
	}
}

// Compact gives back the memory that only adding texts needs. Texts can still
// be added, which begins with finding all of them again.
func (n *Interner) Compact() {
	n.arena, n.ends, n.slots = compact(n.arena), compact(n.ends), nil
}

// compact returns s in memory that it fills, more or less.
func compact[T any](s []T) []T {
	if cap(s)-len(s) <= len(s)/16 {
		return s
	}
	return append(make([]T, 0, len(s)), s...)
}

// index makes slots for the texts that are there.
func (n *Interner) index(texts int) {
	n.seed = maphash.MakeSeed()
	n.slots = make([]uint64, max(1024, 2<<bits.Len(uint(texts))))
	mask := uint64(len(n.slots) - 1)
	for id := 1; id < texts; id++ {
		h := maphash.String(n.seed, n.Text(TextID(id)))
		i := h & mask
		for n.slots[i] != 0 {
			i = (i + 1) & mask
		}
		n.slots[i] = h>>32<<32 | uint64(id)
	}
}

// search finds a text without slots.
func (n *Interner) search(s string) (TextID, bool) {
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
