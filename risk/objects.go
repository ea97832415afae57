package risk

import (
	"hash/maphash"
	"iter"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/internal/arena"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/window"
)

// objects holds the risk objects of a shard, with their modifiers and tracks. They are
// found by name.
type objects struct {
	dict      *dictionary
	seed      maphash.Seed
	ruleCount int
	slab      arena.Slab[object]
	index     arena.Index
	modifiers modifierStore
	tracks    arena.Slab[[]*track] // lists of tracks by rule, for objects that have any
}

func newObjects(dict *dictionary, rules int) *objects {
	return &objects{dict: dict, seed: maphash.MakeSeed(), ruleCount: rules}
}

// objectView is an object with its modifiers and tracks. It is valid until the modifiers
// of any object change; insertModifier and removeFirst update the view they are given.
type objectView struct {
	*object
	id     uint32
	mods   []modifier
	tracks []*track // by rule; nil if it has none
}

func (s *objects) viewOf(id uint32) objectView {
	o := s.slab.At(id)
	sub := objectView{object: o, id: id, mods: s.modifiers.modifiersOf(o)}
	if o.trackList != 0 {
		sub.tracks = *s.tracks.At(o.trackList)
	}
	return sub
}

// find returns the number of an object, 0 if there is none.
func (s *objects) find(name detect.Object, hash uint32) uint32 {
	for id, at := s.index.First(hash); id != 0; id, at = s.index.Next(hash, at) {
		o := s.slab.At(id)
		if r := s.realmOf(o); s.dict.Get(o.key) == name.Key && r.typ == name.Type && r.zone == name.Zone {
			return id
		}
	}
	return 0
}

// findOrAdd returns the number of an object. It adds the object if there is none.
func (s *objects) findOrAdd(name detect.Object, hash uint32) uint32 {
	if id := s.find(name, hash); id != 0 {
		return id
	}
	id := s.slab.Alloc()
	*s.slab.At(id) = object{key: s.dict.Intern(name.Key), realm: s.dict.internRealm(name), hash: hash, evaluatedTo: -eventtime.Never}
	s.index.Put(hash, id)
	return id
}

// drop removes an object that has no modifiers and no tracks.
func (s *objects) drop(id uint32) {
	o := s.slab.At(id)
	s.index.Remove(o.hash, id)
	s.dict.Release(o.key)
	s.dict.realms.Release(o.realm)
	s.dropTracks(o)
	s.slab.Free(id)
}

func (s *objects) realmOf(o *object) *realm { return s.dict.realms.Key(o.realm) }

// nameOf returns the name of o. Its texts are valid until the object is dropped.
func (s *objects) nameOf(o *object) detect.Object { return s.realmOf(o).objectNamed(s.dict.Get(o.key)) }

// each returns an iterator over all objects in the order of their numbers. The current
// object may be dropped.
func (s *objects) each() iter.Seq[objectView] {
	return func(yield func(objectView) bool) {
		for id := uint32(1); id <= s.slab.Max(); id++ {
			if s.slab.At(id).realm != 0 {
				if !yield(s.viewOf(id)) {
					return
				}
			}
		}
	}
}

// insertModifier inserts m into the modifiers of o, after those of the same time.
func (s *objects) insertModifier(o *objectView, m modifier) {
	s.modifiers.insertAt(o.object, countUpTo(o.mods, m.at), m)
	o.mods = s.modifiers.modifiersOf(o.object)
	if m.lowersRisk() {
		o.flags |= flagLowered
	}
}

// removeFirst removes the first n modifiers of o.
func (s *objects) removeFirst(o *objectView, n int) {
	for i := range n {
		s.dict.releaseModifier(&o.mods[i])
	}
	s.modifiers.removeFirst(o.object, n)
	o.mods = s.modifiers.modifiersOf(o.object)
}

// trackOf returns the track of a rule, or nil if there is none.
func (o *objectView) trackOf(rule int) *track {
	if o.tracks == nil {
		return nil
	}
	return o.tracks[rule]
}

// setTrack sets the track of a rule; nil removes it.
func (s *objects) setTrack(o *objectView, rule int, t *track) {
	if o.tracks == nil {
		if t == nil {
			return
		}
		o.trackList = s.tracks.Alloc()
		o.tracks = make([]*track, s.ruleCount)
		*s.tracks.At(o.trackList) = o.tracks
	}
	o.tracks[rule] = t
	if t == nil && o.hasNoTracks() {
		s.dropTracks(o.object)
		o.tracks = nil
	}
}

func (s *objects) dropTracks(o *object) {
	if o.trackList != 0 {
		s.tracks.Free(o.trackList)
		o.trackList = 0
	}
}

// hasNoTracks reports whether all tracks of o are nil.
func (o *objectView) hasNoTracks() bool {
	for _, t := range o.tracks {
		if t != nil {
			return false
		}
	}
	return true
}

// object is the record of a risk object. There may be millions, most with one modifier, so
// it has no pointers, and a test checks its size.
type object struct {
	key         uint32 // text
	realm       uint32
	hash        uint32
	place       uint32 // of its modifiers, see modifierStore
	count       uint32
	trackList   uint32            // number in objects.tracks, 0 if it has none
	evaluatedTo eventtime.Instant // instant up to which every rule has been evaluated
	sizeClass   uint8             // of the place, see classSize
	flags       objectFlags
}

type objectFlags uint8

const (
	flagSaved   objectFlags = 1 << iota // its tracks are in the recorded state
	flagChanged                         // its tracks may have changed since they were recorded
	flagLowered                         // a modifier has lowered its risk; not reset when that expires
)

// track is the state of a rule for an object. It is stored only if it is not blank.
type track struct {
	window.History
	kept *keptWindow // nil unless the window has many modifiers
}

// isBlank reports whether t equals a new track.
func (t *track) isBlank() bool { return t.IsEmpty() && t.kept == nil }

// countUpTo returns how many of mods, which are ordered by time, are not later than x.
func countUpTo(mods []modifier, x eventtime.Instant) int {
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
