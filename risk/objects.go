package risk

import (
	"hash/maphash"
	"iter"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/internal/arena"
	"github.com/kithsec/kith/internal/eventtime"
)

// objects are the risk objects of a shard, by name.
type objects struct {
	words  *vocabulary
	seed   maphash.Seed
	rules  int
	all    arena.Slab[object]
	index  arena.Index
	rows   rows
	tracks arena.Slab[[]*track] // by rule; of the objects that came near one
}

func newObjects(words *vocabulary, rules int) objects {
	return objects{words: words, seed: maphash.MakeSeed(), rules: rules}
}

// subject is an object that is worked on: its record, and what belongs to it.
// It is good until the modifiers of any object change but by insert.
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

// find returns the number of an object, 0 if it is not there.
func (s *objects) find(name detect.Object, hash uint32) uint32 {
	for id, at := s.index.First(hash); id != 0; id, at = s.index.Next(hash, at) {
		o := s.all.At(id)
		if r := s.realm(o); s.words.Get(o.key) == name.Key && r.typ == name.Type && r.zone == name.Zone {
			return id
		}
	}
	return 0
}

// hold returns the number of an object, a new one if it is not there.
func (s *objects) hold(name detect.Object, hash uint32) uint32 {
	if id := s.find(name, hash); id != 0 {
		return id
	}
	id := s.all.Add()
	*s.all.At(id) = object{key: s.words.Hold(name.Key), realm: s.words.realm(name), hash: hash, done: -eventtime.Never}
	s.index.Put(hash, id)
	return id
}

// drop forgets an object that has no modifiers and no tracks.
func (s *objects) drop(id uint32) {
	o := s.all.At(id)
	s.index.Remove(o.hash, id)
	s.words.Drop(o.key)
	s.words.realms.Drop(o.realm)
	s.dropTracks(o)
	s.all.Drop(id)
}

func (s *objects) realm(o *object) *realm { return s.words.realms.Key(o.realm) }

// name returns the name of an object; its texts are good as long as the object
// is there.
func (s *objects) name(o *object) detect.Object { return s.realm(o).object(s.words.Get(o.key)) }

// each yields all objects in the order of their numbers. The one at hand may be
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

// insert puts m where it belongs by time, after its equals.
func (s *objects) insert(o *subject, m mod) {
	s.rows.insert(o.object, after(o.mods, m.at), m)
	o.mods = s.rows.of(o.object)
	if m.lowers() {
		o.flags |= lowered
	}
}

// removeFirst drops the first n modifiers of o.
func (s *objects) removeFirst(o *subject, n int) {
	for i := range n {
		s.words.release(&o.mods[i])
	}
	s.rows.removeFirst(o.object, n)
	o.mods = s.rows.of(o.object)
}

// track returns where a rule stands with o, nil if nowhere.
func (o *subject) track(rule int) *track {
	if o.tracks == nil {
		return nil
	}
	return o.tracks[rule]
}

// setTrack keeps where a rule stands with o; nil forgets it.
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

// idle reports whether no rule stands anywhere with o.
func (o *subject) idle() bool {
	for _, t := range o.tracks {
		if t != nil {
			return false
		}
	}
	return true
}
