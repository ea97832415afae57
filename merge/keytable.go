package merge

import (
	"github.com/kithsec/kith/internal/arena"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/hugepage"
	"github.com/kithsec/kith/internal/schema"
)

// keyTable numbers keys. A key is a text in a zone and a class. Most texts occur as one
// key only, which is found by the number of the text, without hashing. Further keys with
// the same text, in other zones or classes, are in a hash table with open addressing.
type keyTable struct {
	firstKey []uint32    // by text: 1 + number of the first key with that text
	keys     []tableKey  // by number
	others   arena.Index // 1 + number of each key that is not in firstKey
}

// tableKey is one key. Its text is in the form in which keys are compared.
type tableKey struct {
	zone, text entities.TextID
	class      schema.KeyClass
}

// reserve makes room for texts whose numbers are less than the given one.
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
	if id, found := t.findOther(k); found {
		return id
	}
	id := t.appendKey(k)
	t.others.Put(k.hash(), id)
	return id - 1
}

// appendKey appends a key to keys and returns 1 + its number.
func (t *keyTable) appendKey(k tableKey) uint32 {
	t.keys = append(hugepage.Grow(t.keys, 1), k)
	return uint32(len(t.keys))
}

// find returns the number of a key, or false if the table does not contain it.
func (t *keyTable) find(k tableKey) (uint32, bool) {
	if int(k.text) >= len(t.firstKey) || t.firstKey[k.text] == 0 {
		return 0, false
	}
	if id := t.firstKey[k.text] - 1; t.keys[id] == k {
		return id, true
	}
	return t.findOther(k)
}

// findOther returns the number of a key that is not in firstKey.
func (t *keyTable) findOther(k tableKey) (uint32, bool) {
	h := k.hash()
	for id, at := t.others.First(h); id != 0; id, at = t.others.Next(h, at) {
		if t.keys[id-1] == k {
			return id - 1, true
		}
	}
	return 0, false
}

func (k tableKey) hash() uint32 {
	return uint32((uint64(k.zone)<<36 ^ uint64(k.class)<<32 ^ uint64(k.text)) * 0x9E3779B97F4A7C15 >> 32)
}
