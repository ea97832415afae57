package risk

import (
	"hash/maphash"
	"iter"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/internal/arena"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/window"
)

// objects are the risk objects of a shard, by name.
type objects struct {
	words  *dictionary
	seed   maphash.Seed
	rules  int
	all    arena.Slab[object]
	index  arena.Index
	rows   rows
	tracks arena.Slab[[]*track] // by rule; of objects that have a track
}

func newObjects(words *dictionary, rules int) *objects {
	return &objects{words: words, seed: maphash.MakeSeed(), rules: rules}
}

// subject is an object with what belongs to it. It is valid until the modifiers of any
// object change, except by insert.
type subject struct {
	*object
	id     uint32
	mods   []mod
	tracks []*track // by rule; nil if it has none
}

func (s *objects) subject(id uint32) subject {
	o := s.all.At(id)
	sub := subject{object: o, id: id, mods: s.rows.of(o)}
	if o.ranks != 0 {
		sub.tracks = *s.tracks.At(o.ranks)
	}
	return sub
}

// find returns the number of an object, 0 if there is none.
func (s *objects) find(name detect.Object, hash uint32) uint32 {
	for id, at := s.index.First(hash); id != 0; id, at = s.index.Next(hash, at) {
		o := s.all.At(id)
		if r := s.realm(o); s.words.Get(o.key) == name.Key && r.typ == name.Type && r.zone == name.Zone {
			return id
		}
	}
	return 0
}

// findOrAdd returns the number of an object, which it adds if there is none.
func (s *objects) findOrAdd(name detect.Object, hash uint32) uint32 {
	if id := s.find(name, hash); id != 0 {
		return id
	}
	id := s.all.Add()
	*s.all.At(id) = object{key: s.words.Hold(name.Key), realm: s.words.holdRealm(name), hash: hash, done: -eventtime.Never}
	s.index.Put(hash, id)
	return id
}

// drop removes an object that has no modifiers and no tracks.
func (s *objects) drop(id uint32) {
	o := s.all.At(id)
	s.index.Remove(o.hash, id)
	s.words.Drop(o.key)
	s.words.realms.Drop(o.realm)
	s.dropTracks(o)
	s.all.Drop(id)
}

func (s *objects) realm(o *object) *realm { return s.words.realms.Key(o.realm) }

// name returns the name of an object. Its texts are valid until the object is
// dropped.
func (s *objects) name(o *object) detect.Object { return s.realm(o).object(s.words.Get(o.key)) }

// each yields all objects in the order of their numbers. The current one may be
// dropped.
func (s *objects) each() iter.Seq[subject] {
	return func(yield func(subject) bool) {
		for id := uint32(1); id <= s.all.Max(); id++ {
			if s.all.At(id).realm != 0 {
				if !yield(s.subject(id)) {
					return
				}
			}
		}
	}
}

// insert inserts m by time, after modifiers of the same time.
func (s *objects) insert(o *subject, m mod) {
	s.rows.insert(o.object, after(o.mods, m.at), m)
	o.mods = s.rows.of(o.object)
	if m.lowers() {
		o.flags |= lowered
	}
}

// removeFirst removes the first n modifiers of o.
func (s *objects) removeFirst(o *subject, n int) {
	for i := range n {
		s.words.release(&o.mods[i])
	}
	s.rows.removeFirst(o.object, n)
	o.mods = s.rows.of(o.object)
}

// track returns the track of a rule, nil if there is none.
func (o *subject) track(rule int) *track {
	if o.tracks == nil {
		return nil
	}
	return o.tracks[rule]
}

// setTrack sets the track of a rule; nil removes it.
func (s *objects) setTrack(o *subject, rule int, t *track) {
	if o.tracks == nil {
		if t == nil {
			return
		}
		o.ranks = s.tracks.Add()
		o.tracks = make([]*track, s.rules)
		*s.tracks.At(o.ranks) = o.tracks
	}
	o.tracks[rule] = t
	if t == nil && o.idle() {
		s.dropTracks(o.object)
		o.tracks = nil
	}
}

func (s *objects) dropTracks(o *object) {
	if o.ranks != 0 {
		s.tracks.Drop(o.ranks)
		o.ranks = 0
	}
}

// idle reports whether no rule has a track with o.
func (o *subject) idle() bool {
	for _, t := range o.tracks {
		if t != nil {
			return false
		}
	}
	return true
}

// object is the record of a risk object: its live modifiers by time, then arrival, and
// its tracks. There may be millions, most with one modifier, so it has no pointers, and
// a test checks its size.
type object struct {
	key   uint32 // text
	realm uint32
	hash  uint32
	place uint32 // of its modifiers: see rows
	count uint32
	ranks uint32            // number of its tracks, 0 if it has none
	done  eventtime.Instant // up to here every rule has been evaluated
	size  uint8             // of the place
	flags objectFlags
}

type objectFlags uint8

const (
	saved   objectFlags = 1 << iota // its state is recorded
	changed                         // its state may have changed since then
	lowered                         // one of its modifiers lowers the risk
)

// track is the state of a rule for an object. An object has none while it is zero.
type track struct {
	window.History
	kept *keptWindow // the window at object.done, kept for objects with many modifiers
}

// idle reports whether t is the same as a new track.
func (t *track) idle() bool { return t.IsEmpty() && t.kept == nil }

// after returns how many modifiers are not later than x.
func after(mods []mod, x eventtime.Instant) int {
	lo, hi := 0, len(mods)
	if hi == 0 || mods[hi-1].at <= x { // the usual case
		return hi
	}
	for hi--; lo < hi; {
		if mid := int(uint(lo+hi) >> 1); mods[mid].at <= x {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}
