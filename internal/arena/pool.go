package arena

// Pool interns keys. It stores one copy of each, with a value, under a number and counts
// its uses. When the last use is released, the key is freed. Number 0 is the zero key,
// which is never stored and never freed.
type Pool[K comparable, V any] struct {
	ids   map[K]uint32
	items []pooled[K, V]
	free  []uint32
}

type pooled[K comparable, V any] struct {
	key   K
	refs  uint32
	value V
}

// NewPool returns an empty Pool.
func NewPool[K comparable, V any]() Pool[K, V] {
	return Pool[K, V]{ids: make(map[K]uint32), items: make([]pooled[K, V], 1)}
}

// Intern returns the number of key and counts one more use of it. If key is new, create
// returns the copy of the key to store and its value.
func (p *Pool[K, V]) Intern(key K, create func(K) (K, V)) uint32 {
	var zero K
	if key == zero {
		return 0
	}
	if id, found := p.ids[key]; found {
		p.items[id].refs++
		return id
	}
	key, value := create(key)
	id := uint32(len(p.items))
	if n := len(p.free); n > 0 {
		id, p.free = p.free[n-1], p.free[:n-1]
	} else {
		p.items = append(p.items, pooled[K, V]{})
	}
	p.items[id] = pooled[K, V]{key, 1, value}
	p.ids[key] = id
	return id
}

// Retain counts one more use of a key that is in use.
func (p *Pool[K, V]) Retain(id uint32) {
	if id != 0 {
		p.items[id].refs++
	}
}

// Release ends one use of a key. It reports whether that was the last one, and in that case
// returns the key and its value.
func (p *Pool[K, V]) Release(id uint32) (key K, value V, gone bool) {
	if id == 0 {
		return key, value, false
	}
	item := &p.items[id]
	if item.refs--; item.refs > 0 {
		return key, value, false
	}
	last := *item
	delete(p.ids, item.key)
	*item = pooled[K, V]{}
	p.free = append(p.free, id)
	return last.key, last.value, true
}

// Key returns the key with a number. It must not be modified.
func (p *Pool[K, V]) Key(id uint32) *K { return &p.items[id].key }

// Value returns the value with a number. It must not be modified.
func (p *Pool[K, V]) Value(id uint32) *V { return &p.items[id].value }

// IsHeld reports whether a number that Intern has returned is still in use.
func (p *Pool[K, V]) IsHeld(id uint32) bool { return p.items[id].refs > 0 }

// Len returns how many keys are in use.
func (p *Pool[K, V]) Len() int { return len(p.ids) }

// InternBytes is Intern for a key in a buffer. It allocates a string only if the key is
// new.
func InternBytes[V any](p *Pool[string, V], key []byte, create func() V) uint32 {
	if len(key) == 0 {
		return 0
	}
	if id, found := p.ids[string(key)]; found {
		p.items[id].refs++
		return id
	}
	return p.Intern(string(key), func(k string) (string, V) { return k, create() })
}
