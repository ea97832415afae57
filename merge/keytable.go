package merge

import (
	"math/bits"

	"github.com/kithsec/kith/entity"
)

// keyTable numbers keys: texts that compare alike, in a zone and a class. It
// is a hash table without tombstones over numbers of texts, which beats
// hashing the texts a second time.
type keyTable struct {
	slots []keySlot
	keys  []tableKey // by number
}

// tableKey is one key: the text in the form in which it compares.
type tableKey struct {
	zone, text entity.TextID
	class      entity.KeyClass
}

type keySlot struct {
	key tableKey
	id  uint32 // 1 + number of the key; 0 is free
}

// newKeyTable returns a table with room for that many keys.
func newKeyTable(keys int) *keyTable {
	return &keyTable{slots: make([]keySlot, max(1024, 2<<bits.Len(uint(keys)))), keys: make([]tableKey, 0, keys)}
}

// number returns the number of a key, a new one if it was not there.
func (t *keyTable) number(k tableKey) uint32 {
	slot := t.slot(k)
	if slot.id == 0 {
		t.keys = append(t.keys, k)
		*slot = keySlot{k, uint32(len(t.keys))}
		if len(t.keys)*4 > len(t.slots)*3 {
			t.grow()
		}
		return uint32(len(t.keys) - 1)
	}
	return slot.id - 1
}

// find returns the number of a key, or false.
func (t *keyTable) find(k tableKey) (uint32, bool) {
	id := t.slot(k).id
	return id - 1, id != 0
}

// slot returns the slot of a key, or the free one where it belongs.
func (t *keyTable) slot(k tableKey) *keySlot {
	h := (uint64(k.zone)<<36 ^ uint64(k.class)<<32 ^ uint64(k.text)) * 0x9E3779B97F4A7C15
	mask := len(t.slots) - 1
	for i := int(h>>32) & mask; ; i = (i + 1) & mask {
		if t.slots[i].id == 0 || t.slots[i].key == k {
			return &t.slots[i]
		}
	}
}

func (t *keyTable) grow() {
	t.slots = make([]keySlot, 2*len(t.slots))
	for id, k := range t.keys {
		*t.slot(k) = keySlot{k, uint32(id) + 1}
	}
}
