package detect

import (
	"hash/maphash"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/fold"
)

// The types of risk object that have a meaning of their own.
const (
	typeSystem = "system"
	typeUser   = "user"
	typeOther  = "other"
)

// objectKey holds the arguments of a Resolver.
type objectKey struct {
	zone      entity.Zone
	text, typ string
}

// resolvedObject is the object that a nameKey stands for.
type resolvedObject struct {
	object   Object
	hash     uint64
	priority entity.Priority
	entity   entity.Resolved
}

// maxCachedObjects bounds the namings that a Reader caches.
const maxCachedObjects = 1 << 16

// normalizer normalises objects.
type normalizer struct {
	zone          entity.Zone // of texts without an event
	covering      bool        // see Config
	readsEntities bool        // fields of entities are read
	seed          maphash.Seed
	texts         *textBuffer
	resolver      Resolver
	namer         Namer // the resolver, if it is one
	cache         map[objectKey]*resolvedObject
	uncached      resolvedObject // if it is not remembered
	scratch       []byte
	singleText    [1]string // a text that was not looked up ahead
	singleResult  [1]entity.Named
	bulk          bulkLookup
}

// setResolver replaces the resolver.
func (r *normalizer) setResolver(resolver Resolver) {
	r.resolver = resolver
	r.namer, _ = resolver.(Namer)
	clear(r.cache)
}

// lookUpObject normalises an object of an event: to the canonical key of the entity that it
// resolves to, or else to its text in lower case. The result is valid until the
// next call, its texts until the Reader is reset.
func (r *normalizer) lookUpObject(in *input, key objectKey) *resolvedObject {
	if r.usesNamer() {
		r.uncached = r.lookUpByNamer(in, key)
		return &r.uncached
	}
	if r.resolver == nil {
		r.uncached = r.resolveObject(key)
		return &r.uncached
	}
	if n, found := r.cache[key]; found {
		return n
	}
	n := r.resolveObject(key)
	if !r.readsEntities {
		n.entity = entity.Resolved{}
	}
	if len(r.cache) == maxCachedObjects {
		clear(r.cache)
	}
	key.text, key.typ = strings.Clone(key.text), strings.Clone(key.typ)
	n.object = n.object.Clone()
	r.cache[key] = &n
	return &n
}

// usesNamer reports whether names are enough: no field of an entity is read.
func (r *normalizer) usesNamer() bool { return r.namer != nil && !r.readsEntities }

// lookUpByNamer is resolve by a Namer.
func (r *normalizer) lookUpByNamer(in *input, key objectKey) resolvedObject {
	if in.inBulk() && key.text == in.bulkObject && r.bulk.matchesKey(in.bulkIndex, &key) {
		n := &r.bulk.results[in.bulkIndex]
		return r.newResolved(&key, bytestext.String(r.bulk.keys[n.From:n.To]), n.Kind, n.Step, n.Priority)
	}
	r.singleText[0] = key.text
	r.scratch = r.namer.AppendNames(r.scratch[:0], key.zone, key.typ, r.singleText[:], r.singleResult[:])
	n := &r.singleResult[0]
	return r.newResolved(&key, bytestext.String(r.scratch[n.From:n.To]), n.Kind, n.Step, n.Priority)
}

// newResolved returns the naming of a key by the entity that was found. If the step is
// zero, there was none.
func (r *normalizer) newResolved(key *objectKey, name string, kind entity.Kind, step entity.Step, priority entity.Priority) resolvedObject {
	n := resolvedObject{object: Object{Zone: key.zone, Type: key.typ}, priority: priority}
	if step != 0 && (r.covering || step != entity.StepPrefix) {
		n.object.Key = r.texts.addLower(name)
	} else {
		n.object.Key = r.texts.addLower(key.text)
	}
	r.setTypeAndHash(&n, kind)
	return n
}

func (r *normalizer) resolveObject(key objectKey) resolvedObject {
	n := resolvedObject{object: Object{Zone: key.zone, Key: fold.Lower(key.text), Type: key.typ}}
	if r.resolver != nil {
		if answer, found := r.resolver.Resolve(key.zone, key.text, key.typ); found {
			n.entity = answer
			if r.covering || answer.Step != entity.StepPrefix {
				n.object.Key = fold.Lower(answer.Key)
			}
		}
	}
	for _, p := range n.entity.Values("priority") {
		level, _ := entity.ParsePriority(p)
		n.priority = max(n.priority, level)
	}
	r.setTypeAndHash(&n, n.entity.Kind)
	return n
}

// setTypeAndHash sets the hash, and the type if the event has none.
func (r *normalizer) setTypeAndHash(n *resolvedObject, kind entity.Kind) {
	if n.object.Type == "" {
		switch kind {
		case entity.Asset:
			n.object.Type = typeSystem
		case entity.Identity:
			n.object.Type = typeUser
		default:
			n.object.Type = typeOther
		}
	}
	n.hash = n.object.Hash(r.seed)
}

// bulkSize is how many events are scanned before the first of them is read.
const bulkSize = 32

// bulkLookup holds names that a Namer has looked up together: the objects of those
// events that have one, of one zone, users first. Names lie anywhere in the tables,
// and while the processor waits for one it can fetch the others.
type bulkLookup struct {
	zone    entity.Zone
	users   int // so many of texts are users
	texts   []string
	inputs  []*input // of texts
	others  []*input
	results []entity.Named
	keys    []byte
}

// matchesKey reports whether the name with that index belongs to key, given that the texts
// are equal.
func (a *bulkLookup) matchesKey(index int, key *objectKey) bool {
	return a.zone == key.zone && (index < a.users) == (key.typ == typeUser)
}

// lookUpBulk looks up the objects of the first n inputs.
func (r *Reader) lookUpBulk(n int) {
	if !r.normalizer.usesNamer() {
		return
	}
	a := &r.normalizer.bulk
	a.inputs, a.others = a.inputs[:0], a.others[:0]
	for i := range r.inputs[:n] {
		if in := &r.inputs[i]; in.err == nil && !in.blank {
			r.setInput(in)
			r.addToBulk(a)
		}
	}
	a.lookUpAll(r.normalizer.namer)
}

// addToBulk adds the event at hand, if it has one object and is in the zone of the
// others.
func (r *Reader) addToBulk(a *bulkLookup) {
	text := r.onlyName(r.paths.object)
	if text == "" {
		return
	}
	if zone := r.events.Zone(); len(a.inputs)+len(a.others) == 0 {
		a.zone = zone
	} else if zone != a.zone {
		return
	}
	r.in.bulkObject = text
	if fold.Equal(r.firstText(r.paths.objectType), typeUser) {
		a.inputs = append(a.inputs, r.in)
	} else {
		a.others = append(a.others, r.in)
	}
}

// lookUpAll looks up the objects of all inputs.
func (a *bulkLookup) lookUpAll(n Namer) {
	a.users = len(a.inputs)
	a.inputs = append(a.inputs, a.others...)
	a.texts = a.texts[:0]
	for i, in := range a.inputs {
		a.texts = append(a.texts, in.bulkObject)
		in.bulkIndex = i
	}
	a.results = append(a.results[:0], make([]entity.Named, len(a.texts))...)
	a.keys = n.AppendNames(a.keys[:0], a.zone, typeUser, a.texts[:a.users], a.results)
	a.keys = n.AppendNames(a.keys, a.zone, "", a.texts[a.users:], a.results[a.users:])
}
