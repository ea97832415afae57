package risk

import "github.com/kithsec/kith/internal/eventtime"

// What an arriving modifier needs lies anywhere in gigabytes: the slot of its
// object, the object, its name, its modifiers, how they were spelled. Taken one
// after the other the processor waits for each. So before some modifiers are
// counted, every step is taken for all of them: the reads do not depend on one
// another, and the processor does many at a time.
//
// Tried and lost: to read where the rules stand with the object as well (tracks,
// then slides, then tallies). 8.0, 8.8 and 8.9 µs of processor time a modifier
// against 7.6, 8.1 and 7.3 without, in turns, 500,000 live modifiers of 50,000
// assets: most objects have no tracks, and those that have are the frequent ones,
// whose tracks are near anyway. Nor messages, which are few and repeat: 0.44, 0.41
// and 0.64 of 7.5, 8.5 and 10.4 µs went into touching in place of 0.30, 0.26 and
// 0.30 of 7.2, 7.4 and 8.5, and no less into keeping them.

// together is how many modifiers take their steps together: what they read must
// still be near when they are counted.
const together = 64

// toucher is the memory of touch, and where what it reads ends up, so that the
// compiler cannot drop the reading.
type toucher struct {
	objects [together]uint32
	texts   []uint32
	sink    uint32
}

// touch reads what counting mine will need. It may be wrong about what that is:
// the first slot of a hash need not be the object's.
func (s *shard) touch(batch []admitted, mine []int32) {
	t := &s.toucher
	t.texts = t.texts[:0]
	for i, at := range mine {
		a := &batch[at]
		t.objects[i] = s.objects.index.Guess(uint32(a.Hash))
		if a.SID != "" {
			a.inSID = s.words.Hash(a.SID)
			t.sink += s.words.Guess(a.inSID)
		}
	}
	for _, id := range t.objects[:len(mine)] {
		if id != 0 {
			t.texts = append(t.texts, s.objects.all.At(id).key)
		}
	}
	for _, id := range t.objects[:len(mine)] {
		if id != 0 {
			t.texts = append(t.texts, s.objects.rows.last(s.objects.all.At(id)).spelled)
		}
	}
	t.sink += s.words.Read(t.texts)
}

// touchExpired reads what reclaiming the objects from a number on will need: when
// their modifiers were, and of those that have expired what they let go of.
func (s *shard) touchExpired(from uint32, oldest eventtime.Instant) {
	t := &s.toucher
	t.texts = t.texts[:0]
	for id := from; id < from+together && id <= s.objects.all.Max(); id++ {
		if mods := s.objects.rows.of(s.objects.all.At(id)); len(mods) > 0 {
			t.sink += uint32(mods[len(mods)/portion].at)
		}
	}
	for id := from; id < from+together && id <= s.objects.all.Max(); id++ {
		if mods := s.objects.rows.of(s.objects.all.At(id)); expired(mods, oldest) {
			for i := 0; i < len(mods) && mods[i].at < oldest; i++ {
				t.texts = append(t.texts, mods[i].sid)
			}
		}
	}
	for _, id := range t.texts {
		if id != 0 {
			t.sink += s.words.HashOf(id)
		}
	}
	for _, id := range t.texts {
		if id != 0 {
			t.sink += s.words.Guess(s.words.HashOf(id))
		}
	}
	t.sink += s.words.Read(t.texts)
}

// last returns the last modifier of o, a zero one if there is none.
func (r *rows) last(o *object) mod {
	if list := r.of(o); len(list) > 0 {
		return list[len(list)-1]
	}
	return mod{}
}
