package merge

import "github.com/kithsec/kith/entity"

// keyTable numbers keys: texts that compare alike, in a zone and a class. It
// is a hash table without tombstones over numbers of texts, which beats
// hashing the texts a second time.
type keyTable struct {
	slots []keySlot
	keys  []tableKey // by number

	touched uint32 // keeps the loads of touch from being optimised away
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

func newKeyTable() *keyTable { return &keyTable{slots: make([]keySlot, 1024)} }

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

// touch loads what number will look at.
func (t *keyTable) touch(k tableKey) { t.touched += t.slots[k.hash()&(len(t.slots)-1)].id }

func (k tableKey) hash() int {
	return int((uint64(k.zone)<<36 ^ uint64(k.class)<<32 ^ uint64(k.text)) * 0x9E3779B97F4A7C15 >> 32)
}

// slot returns the slot of a key, or the free one where it belongs.
func (t *keyTable) slot(k tableKey) *keySlot {
	mask := len(t.slots) - 1
	for i := k.hash() & mask; ; i = (i + 1) & mask {
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
