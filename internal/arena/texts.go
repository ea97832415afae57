package arena

import (
	"encoding/binary"
	"hash/maphash"
	"unsafe"
)

// Texts interns texts. It stores one copy of each under a number and counts its uses. When
// the last use is released, the text is freed. Short texts are stored in pages without
// pointers, which the garbage collector does not scan. Number 0 is the empty text, which
// is never freed.
type Texts struct {
	seed       maphash.Seed
	entries    Slab[textEntry]
	index      Index
	pages      [][]byte
	used       uint32               // units in use in the last page
	freePlaces [maxUnits + 1]uint32 // first free place of each size, plus 1; see freePlace
	large      []string             // texts longer than maxText
	freeLarge  []uint32             // free indexes in large
}

// textEntry is the record of a text. place is its offset in the pages, in units, or, with
// the flag isLarge, its index in large.
type textEntry struct {
	hash  uint32
	refs  uint32
	place uint32
}

const (
	unit       = 8                          // bytes; texts in pages start at multiples of it
	maxUnits   = 64                         // longer texts are in large
	pageUnits  = 1 << 13                    // units in a page
	isLarge    = 1 << 31                    // flag of textEntry.place
	maxText    = maxUnits*unit - lengthSize // longest text in a page, in bytes
	lengthSize = 2                          // bytes of the length before a text
)

// NewTexts returns a Texts with only the empty text.
func NewTexts() Texts { return Texts{seed: maphash.MakeSeed(), used: pageUnits} }

// Hash returns the hash of a text, for InternHashed.
func (t *Texts) Hash(s string) uint32 { return uint32(maphash.String(t.seed, s)) }

// Intern returns the number of s and counts one more use of it. It copies s if s is new.
func (t *Texts) Intern(s string) uint32 {
	if s == "" {
		return 0
	}
	return t.InternHashed(s, t.Hash(s))
}

// InternHashed is Intern for a text whose hash is known.
func (t *Texts) InternHashed(s string, hash uint32) uint32 {
	if s == "" {
		return 0
	}
	for id, at := t.index.First(hash); id != 0; id, at = t.index.Next(hash, at) {
		if t.Get(id) == s {
			t.entries.At(id).refs++
			return id
		}
	}
	id := t.entries.Alloc()
	*t.entries.At(id) = textEntry{hash: hash, refs: 1, place: t.storeText(s)}
	t.index.Put(hash, id)
	return id
}

// InternLike is Intern for a text that is probably the one with the number hint. hint must
// be 0 or in use.
func (t *Texts) InternLike(hint uint32, s string) uint32 {
	if hint != 0 && t.Get(hint) == s {
		t.entries.At(hint).refs++
		return hint
	}
	return t.Intern(s)
}

// Retain counts one more use of a text that is in use, and returns its number.
func (t *Texts) Retain(id uint32) uint32 {
	if id != 0 {
		t.entries.At(id).refs++
	}
	return id
}

// Release ends one use of a text. The last one frees the text and its number.
func (t *Texts) Release(id uint32) {
	if id == 0 {
		return
	}
	e := t.entries.At(id)
	if e.refs--; e.refs > 0 {
		return
	}
	t.index.Remove(e.hash, id)
	if e.place&isLarge != 0 {
		i := e.place &^ isLarge
		t.large[i] = ""
		t.freeLarge = append(t.freeLarge, i)
	} else {
		b := t.bytesAt(e.place)
		units := unitsOf(int(binary.LittleEndian.Uint16(b)))
		t.freePlace(e.place, units)
	}
	t.entries.Free(id)
}

// Get returns the text with a number. It is valid until the text is freed.
func (t *Texts) Get(id uint32) string {
	if id == 0 {
		return ""
	}
	place := t.entries.At(id).place
	if place&isLarge != 0 {
		return t.large[place&^isLarge]
	}
	b := t.bytesAt(place)
	b = b[lengthSize : lengthSize+int(binary.LittleEndian.Uint16(b))]
	return unsafe.String(unsafe.SliceData(b), len(b))
}

func (t *Texts) bytesAt(place uint32) []byte {
	return t.pages[place/pageUnits][place%pageUnits*unit:]
}

func unitsOf(n int) uint32 { return uint32(n+lengthSize+unit-1) / unit }

// storeText copies s into a page or into large, and returns its place.
func (t *Texts) storeText(s string) uint32 {
	if len(s) > maxText {
		return t.storeLarge(string([]byte(s)))
	}
	place := t.allocPlace(unitsOf(len(s)))
	b := t.bytesAt(place)
	binary.LittleEndian.PutUint16(b, uint16(len(s)))
	copy(b[lengthSize:], s)
	return place
}

func (t *Texts) storeLarge(s string) uint32 {
	if n := len(t.freeLarge); n > 0 {
		i := t.freeLarge[n-1]
		t.freeLarge = t.freeLarge[:n-1]
		t.large[i] = s
		return i | isLarge
	}
	t.large = append(t.large, s)
	return uint32(len(t.large)-1) | isLarge
}

// allocPlace returns a free place of the given size. If a new page is needed, the rest of
// the last page becomes a free place.
func (t *Texts) allocPlace(units uint32) uint32 {
	if first := t.freePlaces[units]; first != 0 {
		t.freePlaces[units] = binary.LittleEndian.Uint32(t.bytesAt(first - 1))
		return first - 1
	}
	if t.used+units > pageUnits {
		if rest := pageUnits - t.used; rest > 0 {
			t.freePlace(uint32(len(t.pages)-1)*pageUnits+t.used, rest)
		}
		t.pages = append(t.pages, make([]byte, pageUnits*unit))
		t.used = 0
	}
	place := uint32(len(t.pages)-1)*pageUnits + t.used
	t.used += units
	return place
}

// freePlace adds a place to the list of free places of its size. A free place contains the
// next one of its list plus 1, or 0 at the end.
func (t *Texts) freePlace(place, units uint32) {
	binary.LittleEndian.PutUint32(t.bytesAt(place), t.freePlaces[units])
	t.freePlaces[units] = place + 1
}

// len returns how many texts are in use, without the empty one.
func (t *Texts) len() int { return t.index.Len() }

// HashOf returns the hash of a text that is in use.
func (t *Texts) HashOf(id uint32) uint32 { return t.entries.At(id).hash }

// PrefetchSlot reads the slot of the index at which Intern starts to search for a hash. The
// result only keeps the compiler from removing the load.
func (t *Texts) PrefetchSlot(hash uint32) uint32 { return t.index.Guess(hash) }

// PrefetchTexts reads the first byte of several texts: first all their records and then
// all texts, so that the cache misses overlap. It overwrites ids. The result only keeps the
// compiler from removing the loads.
func (t *Texts) PrefetchTexts(ids []uint32) (sink uint32) {
	for i, id := range ids {
		ids[i] = isLarge
		if id != 0 {
			ids[i] = t.entries.At(id).place
		}
	}
	for _, place := range ids {
		if place&isLarge == 0 {
			sink += uint32(t.bytesAt(place)[0])
		}
	}
	return sink
}
