package merge

import (
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/hugepage"
	"github.com/kithsec/kith/internal/schema"
)

// keyTable numbers keys. A key is a text in a zone and a class. Most texts occur as one
// key only, which is found by the number of the text, without hashing. Further keys with
// the same text, in other zones or classes, are in a hash table with open addressing.
type keyTable struct {
	firstKey []uint32   // by text: 1 + number of the first key with that text
	keys     []tableKey // by number
	slots    []keySlot  // of all keys that are not in firstKey
	used     int        // number of used slots
}

// tableKey is one key. Its text is in the form in which keys are compared.
type tableKey struct {
	zone, text entities.TextID
	class      schema.KeyClass
}

type keySlot struct {
	key tableKey
	id  uint32 // 1 + number of the key; 0 is free
}

func newKeyTable() *keyTable { return &keyTable{slots: make([]keySlot, 1024)} }

// reserve makes room for texts with numbers below texts.
func (t *keyTable) reserve(texts int) {
	if n := texts - len(t.firstKey); n > 0 {
		t.firstKey = hugepage.Grow(t.firstKey, n)[:texts]
	}
}

// intern returns the number of a key, adding the key if it is new. The caller has
// reserved room for its text.
func (t *keyTable) intern(k tableKey) uint32 {
	first := &t.firstKey[k.text]
	switch {
	case *first == 0:
		*first = t.appendKey(k)
		return *first - 1
	case t.keys[*first-1] == k:
		return *first - 1
	}
	slot := t.findSlot(k)
	if slot.id == 0 {
		*slot = keySlot{k, t.appendKey(k)}
		if t.used++; t.used*4 > len(t.slots)*3 {
			t.grow()
		}
		return uint32(len(t.keys)) - 1
	}
	return slot.id - 1
}

// appendKey appends a key to keys and returns 1 + its number.
func (t *keyTable) appendKey(k tableKey) uint32 {
	t.keys = append(hugepage.Grow(t.keys, 1), k)
	return uint32(len(t.keys))
}

// find returns the number of a key, and false if the table does not contain it.
func (t *keyTable) find(k tableKey) (uint32, bool) {
	if int(k.text) >= len(t.firstKey) || t.firstKey[k.text] == 0 {
		return 0, false
	}
	if id := t.firstKey[k.text] - 1; t.keys[id] == k {
		return id, true
	}
	id := t.findSlot(k).id
	return id - 1, id != 0
}

func (k tableKey) hash() int {
	return int((uint64(k.zone)<<36 ^ uint64(k.class)<<32 ^ uint64(k.text)) * 0x9E3779B97F4A7C15 >> 32)
}

// findSlot returns the slot of a key, or the free slot where it belongs.
func (t *keyTable) findSlot(k tableKey) *keySlot {
	mask := len(t.slots) - 1
	for i := k.hash() & mask; ; i = (i + 1) & mask {
		if t.slots[i].id == 0 || t.slots[i].key == k {
			return &t.slots[i]
		}
	}
}

func (t *keyTable) grow() {
	old := t.slots
	t.slots = hugepage.Scratch[keySlot](2 * len(old))
	for _, slot := range old {
		if slot.id != 0 {
			*t.findSlot(slot.key) = slot
		}
	}
}
