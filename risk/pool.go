package risk

// pool keeps one copy of each value that modifiers share (texts, sets) and
// counts its users; the last one to leave frees it. Id 0 is the zero key, which
// is never stored and never freed.
type pool[K comparable, V any] struct {
	ids   map[K]uint32
	items []pooled[K, V]
	free  []uint32
}

type pooled[K comparable, V any] struct {
	key   K
	refs  uint32
	value V
}

func newPool[K comparable, V any]() pool[K, V] {
	return pool[K, V]{ids: make(map[K]uint32), items: make([]pooled[K, V], 1)}
}

// hold returns the id of key and counts one more user. The key and its value
// come from make when nobody held it before.
func (p *pool[K, V]) hold(key K, create func(K) (K, V)) uint32 {
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

// share counts one more user of what is held.
func (p *pool[K, V]) share(id uint32) {
	if id != 0 {
		p.items[id].refs++
	}
}

// drop gives back what hold returned, and reports whether nobody holds it any
// more; then the returned item is the last copy of it.
func (p *pool[K, V]) drop(id uint32) (last pooled[K, V], gone bool) {
	if id == 0 {
		return last, false
	}
	item := &p.items[id]
	if item.refs--; item.refs > 0 {
		return last, false
	}
	last = *item
	delete(p.ids, item.key)
	*item = pooled[K, V]{}
	p.free = append(p.free, id)
	return last, true
}

func (p *pool[K, V]) key(id uint32) K   { return p.items[id].key }
func (p *pool[K, V]) value(id uint32) V { return p.items[id].value }

// holdBytes is hold for a text that was put together for the purpose; it
// becomes a string only if it is new.
func holdBytes[V any](p *pool[string, V], key []byte, create func() V) uint32 {
	if len(key) == 0 {
		return 0
	}
	if id, found := p.ids[string(key)]; found {
		p.items[id].refs++
		return id
	}
	return p.hold(string(key), func(k string) (string, V) { return k, create() })
}
