package entities

import (
	"hash/maphash"
	"math"
	"unsafe"

	"github.com/kithsec/kith/internal/arena"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/hugepage"
)

// TextID is the number of a text in an Interner; 0 is the empty text.
type TextID uint32

// Interner stores every distinct text once, in one arena, and numbers the texts in the
// order of their first appearance. Several goroutines may read texts concurrently as long
// as no text is added.
type Interner struct {
	arena   []byte
	ends    []uint32    // ends[id] is the end of text id in the arena; it begins at ends[id-1]
	index   arena.Index // of the texts, by hash; empty after Compact
	indexed bool        // whether the index has all texts
	seed    maphash.Seed

	prefetchSink uint64 // keeps the compiler from removing the loads of InternAll
}

// NewInterner returns an Interner that contains only the empty text.
func NewInterner() *Interner {
	return &Interner{ends: make([]uint32, 1, 1024), indexed: true, seed: maphash.MakeSeed()}
}

// Intern returns the number of s, adding s if it is new. It panics if the texts exceed
// 4 GiB in total.
func (n *Interner) Intern(s string) TextID {
	if s == "" {
		return 0
	}
	n.ensureIndex()
	return n.internHashed(s, n.Hash(s))
}

// Reserve makes room for the given number of further texts, assuming that they are as long
// on average as the present ones. It is a hint that affects only memory and time.
func (n *Interner) Reserve(texts int) {
	n.arena = hugepage.Grow(n.arena, int(float64(texts)*float64(len(n.arena))/float64(len(n.ends))))
	n.ends = hugepage.Grow(n.ends, texts)
	if n.indexed {
		n.index.Reserve(texts)
	}
}

// Hash returns the hash of a text, to be passed to InternAll. It may be called while
// another goroutine adds texts.
func (n *Interner) Hash(s string) uint32 { return uint32(maphash.String(n.seed, s) >> 32) }

// InternAll appends the numbers of the texts to dst, adding new texts. The hashes are those
// that Hash returns. It first reads the memory that all lookups need, so that their cache
// misses overlap, which take most of the time if there are many texts.
func (n *Interner) InternAll(dst []TextID, texts []string, hashes []uint32) []TextID {
	n.ensureIndex()
	for _, h := range hashes {
		n.prefetchSink += uint64(n.index.Guess(h))
	}
	for _, h := range hashes {
		if id := n.index.Guess(h); id != 0 {
			n.prefetchSink += uint64(n.arena[n.ends[id-1]])
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
	if id, found := n.findHashed(s, h); found {
		return id
	}
	if len(n.arena)+len(s) > math.MaxUint32 {
		panic("entities: more than 4 GiB of texts")
	}
	id := TextID(len(n.ends))
	n.arena = append(hugepage.Grow(n.arena, len(s)), s...)
	n.ends = append(hugepage.Grow(n.ends, 1), uint32(len(n.arena)))
	n.index.Put(h, uint32(id))
	return id
}

func (n *Interner) findHashed(s string, h uint32) (TextID, bool) {
	for id, at := n.index.First(h); id != 0; id, at = n.index.Next(h, at) {
		if n.Text(TextID(id)) == s {
			return TextID(id), true
		}
	}
	return 0, false
}

// InternBytes is like Intern for bytes. It does not retain b.
func (n *Interner) InternBytes(b []byte) TextID {
	return n.Intern(bytestext.String(b))
}

// Find returns the number of s, or false if s was never added. After Compact it is a
// linear search until a text is added.
func (n *Interner) Find(s string) (TextID, bool) {
	if s == "" {
		return 0, true
	}
	if !n.indexed {
		return n.scanTexts(s)
	}
	return n.findHashed(s, n.Hash(s))
}

// ensureIndex indexes the texts if Compact removed the index.
func (n *Interner) ensureIndex() {
	if n.indexed {
		return
	}
	if n.seed == (maphash.Seed{}) {
		n.seed = maphash.MakeSeed()
	}
	n.indexed = true
	n.index.Reserve(len(n.ends))
	for id := 1; id < len(n.ends); id++ {
		n.index.Put(n.Hash(n.Text(TextID(id))), uint32(id))
	}
}

// Compact releases the memory that is only needed to add texts. Texts can still be added
// later, but the first one hashes all texts again.
func (n *Interner) Compact() {
	n.arena, n.ends = compactSlice(n.arena), compactSlice(n.ends)
	n.index, n.indexed = arena.Index{}, false
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
func (n *Interner) Size() int { return cap(n.arena) + 4*cap(n.ends) + n.index.Size() }
