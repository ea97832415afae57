package risk

import "github.com/kithsec/kith/internal/eventtime"

// What a modifier needs is spread over gigabytes: the slot of its object in the index,
// the object, its name, its modifiers, their spelling. Each is a cache miss, and the
// address of one depends on the one before. So before a batch of modifiers is counted,
// each of these steps is done for all of them: the reads of a step are independent,
// and the processor does many at a time.
//
// Tried and rejected: to prefetch the tracks of the object, their kept windows and
// sums. That took 8.0, 8.8 and 8.9 µs of CPU time per modifier instead of 7.6, 8.1 and
// 7.3, alternating, with 500,000 live modifiers of 50,000 assets: most objects have no
// tracks, and those that have are the frequent ones, whose tracks are in the cache
// anyway. Messages are not prefetched either, because they are few and repeat:
// prefetching took 0.44, 0.41 and 0.64 of 7.5, 8.5 and 10.4 µs instead of 0.30, 0.26
// and 0.30 of 7.2, 7.4 and 8.5, and interning them took no less.

// prefetchBatch is how many modifiers are prefetched together. What they read must
// still be in the cache when they are counted.
const prefetchBatch = 64

// prefetcher holds the memory of prefetching. What is read ends up in sink, so that the
// compiler cannot remove the loads.
type prefetcher struct {
	objects [prefetchBatch]uint32
	texts   []uint32
	sink    uint32
}

// prefetch reads what counting mine will need. It can miss: the first slot of a hash
// need not be that of the object.
func (s *shard) prefetch(batch []admitted, mine []int32) {
	t := &s.prefetcher
	t.texts = t.texts[:0]
	for i, at := range mine {
		a := &batch[at]
		t.objects[i] = s.objects.index.Guess(uint32(a.Hash))
		if a.SID != "" {
			a.sidHash = s.dict.Hash(a.SID)
			t.sink += s.dict.PrefetchSlot(a.sidHash)
		}
	}
	for _, id := range t.objects[:len(mine)] {
		if id != 0 {
			t.texts = append(t.texts, s.objects.slab.At(id).key)
		}
	}
	for _, id := range t.objects[:len(mine)] {
		if id != 0 {
			t.texts = append(t.texts, s.objects.modifiers.lastOf(s.objects.slab.At(id)).spelled)
		}
	}
	t.sink += s.dict.PrefetchTexts(t.texts)
}

// prefetchExpired reads what reclaiming the objects from a number on will need: the
// times of their modifiers, and the texts that expired modifiers release.
func (s *shard) prefetchExpired(from uint32, oldest eventtime.Instant) {
	t := &s.prefetcher
	t.texts = t.texts[:0]
	for id := from; id < from+prefetchBatch && id <= s.objects.slab.Max(); id++ {
		if mods := s.objects.modifiers.modifiersOf(s.objects.slab.At(id)); len(mods) > 0 {
			t.sink += uint32(mods[len(mods)/expiredShare].at)
		}
	}
	for id := from; id < from+prefetchBatch && id <= s.objects.slab.Max(); id++ {
		if mods := s.objects.modifiers.modifiersOf(s.objects.slab.At(id)); manyExpired(mods, oldest) {
			for i := 0; i < len(mods) && mods[i].at < oldest; i++ {
				t.texts = append(t.texts, mods[i].sid)
			}
		}
	}
	for _, id := range t.texts {
		if id != 0 {
			t.sink += s.dict.HashOf(id)
		}
	}
	for _, id := range t.texts {
		if id != 0 {
			t.sink += s.dict.PrefetchSlot(s.dict.HashOf(id))
		}
	}
	t.sink += s.dict.PrefetchTexts(t.texts)
}

// lastOf returns the last modifier of o, a zero one if there is none.
func (r *modifierStore) lastOf(o *object) modifier {
	if list := r.modifiersOf(o); len(list) > 0 {
		return list[len(list)-1]
	}
	return modifier{}
}
