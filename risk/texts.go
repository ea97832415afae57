package risk

import (
	"encoding/binary"
	"hash/maphash"
	"unsafe"

	"github.com/kithsec/kith/internal/fold"
)

// texts keeps one copy of each text that modifiers share, and counts its
// users; the last one to leave frees it. Texts lie in pages without pointers:
// there are millions, and the collector must not visit each. Number 0 is the
// empty text, which is never freed.
type texts struct {
	seed    maphash.Seed
	entries slab[textEntry]
	index   index
	pages   [][]byte
	used    uint32               // units of the last page
	free    [maxUnits + 1]uint32 // the first free place of each size, linked
	large   []string             // texts that are longer
	gaps    []uint32             // numbers of large that are free
}

// textEntry is one text: where it lies, in units, or its number in large.
type textEntry struct {
	hash  uint32
	refs  uint32
	place uint32
}

const (
	unit      = 8                      // texts begin at multiples of it
	maxUnits  = 64                     // longer texts are by themselves
	pageUnits = 1 << 13                // of a page
	isLarge   = 1 << 31                // of textEntry.place
	maxText   = maxUnits*unit - lenLen // bytes of a text that lies in a page
	lenLen    = 2                      // bytes of a length
)

func newTexts() texts {
	t := texts{seed: maphash.MakeSeed(), used: pageUnits}
	t.index.resize(16)
	return t
}

func (t *texts) hash(s string) uint32 { return uint32(maphash.String(t.seed, s)) }

// hold returns the number of s and counts one more user. It keeps a copy.
func (t *texts) hold(s string) uint32 {
	if s == "" {
		return 0
	}
	return t.holdHashed(s, t.hash(s))
}

// holdHashed is hold for a text whose hash is known.
func (t *texts) holdHashed(s string, hash uint32) uint32 {
	if s == "" {
		return 0
	}
	for i := t.index.seek(hash, t.index.home(hash)); t.index.slots[i] != 0; i = t.index.seek(hash, t.index.next(i)) {
		if id := uint32(t.index.slots[i]); t.get(id) == s {
			t.entries.at(id).refs++
			return id
		}
	}
	id := t.entries.add()
	*t.entries.at(id) = textEntry{hash: hash, refs: 1, place: t.store(s)}
	t.index.put(hash, id)
	return id
}

// again holds a text that is probably the one with the number hint, which is
// held.
func (t *texts) again(hint uint32, s string) uint32 {
	if hint != 0 && t.get(hint) == s {
		t.entries.at(hint).refs++
		return hint
	}
	return t.hold(s)
}

// share counts one more user of a text that is held.
func (t *texts) share(id uint32) uint32 {
	if id != 0 {
		t.entries.at(id).refs++
	}
	return id
}

// drop gives back what hold returned.
func (t *texts) drop(id uint32) {
	if id == 0 {
		return
	}
	e := t.entries.at(id)
	if e.refs--; e.refs > 0 {
		return
	}
	t.index.remove(e.hash, id)
	if e.place&isLarge != 0 {
		i := e.place &^ isLarge
		t.large[i] = ""
		t.gaps = append(t.gaps, i)
	} else {
		b := t.bytes(e.place)
		units := unitsOf(int(binary.LittleEndian.Uint16(b)))
		t.release(e.place, units)
	}
	t.entries.drop(id)
}

// get returns a text. It shares the memory of the page: it is good only until
// the text is dropped.
func (t *texts) get(id uint32) string {
	if id == 0 {
		return ""
	}
	place := t.entries.at(id).place
	if place&isLarge != 0 {
		return t.large[place&^isLarge]
	}
	b := t.bytes(place)
	return textOf(b[lenLen : lenLen+int(binary.LittleEndian.Uint16(b))])
}

func (t *texts) bytes(place uint32) []byte {
	return t.pages[place/pageUnits][place%pageUnits*unit:]
}

func unitsOf(n int) uint32 { return uint32(n+lenLen+unit-1) / unit }

// store copies s into a page, or to large, and returns its place.
func (t *texts) store(s string) uint32 {
	if len(s) > maxText {
		return t.storeLarge(string([]byte(s)))
	}
	place := t.room(unitsOf(len(s)))
	b := t.bytes(place)
	binary.LittleEndian.PutUint16(b, uint16(len(s)))
	copy(b[lenLen:], s)
	return place
}

func (t *texts) storeLarge(s string) uint32 {
	if n := len(t.gaps); n > 0 {
		i := t.gaps[n-1]
		t.gaps = t.gaps[:n-1]
		t.large[i] = s
		return i | isLarge
	}
	t.large = append(t.large, s)
	return uint32(len(t.large)-1) | isLarge
}

// room returns a free place of so many units. What a page has left when it is
// full becomes a free place of its own.
func (t *texts) room(units uint32) uint32 {
	if first := t.free[units]; first != 0 {
		t.free[units] = binary.LittleEndian.Uint32(t.bytes(first - 1))
		return first - 1
	}
	if t.used+units > pageUnits {
		if rest := pageUnits - t.used; rest > 0 {
			t.release(uint32(len(t.pages)-1)*pageUnits+t.used, rest)
		}
		t.pages = append(t.pages, make([]byte, pageUnits*unit))
		t.used = 0
	}
	place := uint32(len(t.pages)-1)*pageUnits + t.used
	t.used += units
	return place
}

// release makes a place free. The lists are linked through the places, whose
// numbers are counted from 1 there.
func (t *texts) release(place, units uint32) {
	binary.LittleEndian.PutUint32(t.bytes(place), t.free[units])
	t.free[units] = place + 1
}

// textOf returns the text of b, which must not change while the text is used.
func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// shortLived makes texts that are good until reset.
type shortLived struct{ buf []byte }

func (s *shortLived) reset() { s.buf = s.buf[:0] }

// fold returns a copy of text in lower case.
func (s *shortLived) fold(text string) string {
	if len(s.buf)+len(text) > cap(s.buf) {
		s.buf = make([]byte, 0, max(1<<16, 2*len(text)))
	}
	from := len(s.buf)
	s.buf = fold.AppendLower(s.buf, text)
	return textOf(s.buf[from:])
}
