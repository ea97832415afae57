package detect

import (
	"hash/maphash"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/keytext"
)

// Resolver resolves texts to entities. snapshot.Snapshot implements it.
type Resolver interface {
	// Resolve returns the entity that a text names in a zone, or false if there is
	// none. It tries identities before assets if objectType is "user", and otherwise
	// assets before identities. It must be safe for concurrent use.
	Resolve(zone entity.Zone, text, objectType string) (entity.Resolved, bool)
}

// Namer is a Resolver that can return the names of entities without their fields. A
// Reader calls AppendNames instead of Resolve unless a factor, a filter or a message
// refers to a field of the entity. snapshot.Snapshot implements it.
type Namer interface {
	Resolver
	// AppendNames resolves texts as Resolve does. It appends the canonical keys of the
	// entities to dst, and stores the result for texts[i] in to[i]. If texts[i] names no
	// entity, to[i].Step is zero. It must be safe for concurrent use.
	AppendNames(dst []byte, zone entity.Zone, objectType string, texts []string, to []entity.Named) []byte
}

// The types of risk objects that a Reader sets itself.
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

// resolvedObject is the result of normalising an objectKey.
type resolvedObject struct {
	object   Object
	hash     uint64
	priority entity.Priority
	entity   entity.Resolved // zero unless fields of entities are read
}

// maxCachedObjects bounds the number of objects that a normalizer caches.
const maxCachedObjects = 1 << 16

// normalizer normalises objects. It caches them unless it uses a Namer.
type normalizer struct {
	zone          entity.Zone // the default, for texts that are not from an event
	covering      bool        // see Config
	readsEntities bool        // conditions read fields of entities
	seed          maphash.Seed
	texts         *textBuffer
	resolver      Resolver // nil if there is none
	namer         Namer    // the resolver if it is a Namer
	cache         map[objectKey]*resolvedObject
	uncached      resolvedObject // the last result that is not cached
	scratch       []byte
	singleText    [1]string // arguments of a lookup that is not in bulk
	singleResult  [1]entity.Named
	bulk          bulkLookup
}

// setResolver replaces the resolver and empties the cache.
func (n *normalizer) setResolver(resolver Resolver) {
	n.resolver = resolver
	n.namer, _ = resolver.(Namer)
	clear(n.cache)
}

// lookUpObject normalises an object of an event: to the canonical key of the entity
// that it resolves to, or else to its text in lower case. The result is valid until
// the next call, its texts until the Reader is reset.
func (n *normalizer) lookUpObject(in *input, key objectKey) *resolvedObject {
	if n.usesNamer() {
		n.uncached = n.lookUpByNamer(in, key)
		return &n.uncached
	}
	if n.resolver == nil {
		n.uncached = n.resolveObject(key)
		return &n.uncached
	}
	if o, found := n.cache[key]; found {
		return o
	}
	o := n.resolveObject(key)
	if !n.readsEntities {
		o.entity = entity.Resolved{}
	}
	if len(n.cache) == maxCachedObjects {
		clear(n.cache)
	}
	key.text, key.typ = strings.Clone(key.text), strings.Clone(key.typ)
	o.object = o.object.Clone()
	n.cache[key] = &o
	return &o
}

// usesNamer reports whether objects are looked up by the Namer. Its names suffice if
// no field of an entity is read.
func (n *normalizer) usesNamer() bool { return n.namer != nil && !n.readsEntities }

// lookUpByNamer is lookUpObject with a Namer. It uses the result of the bulk lookup if
// the object was in it.
func (n *normalizer) lookUpByNamer(in *input, key objectKey) resolvedObject {
	if in.inBulk() && key.text == in.bulkObject && n.bulk.matchesKey(in.bulkIndex, &key) {
		o := &n.bulk.results[in.bulkIndex]
		return n.newResolved(&key, bytestext.String(n.bulk.keys[o.From:o.To]), o.Kind, o.Step, o.Priority)
	}
	n.singleText[0] = key.text
	n.scratch = n.namer.AppendNames(n.scratch[:0], key.zone, key.typ, n.singleText[:], n.singleResult[:])
	o := &n.singleResult[0]
	return n.newResolved(&key, bytestext.String(n.scratch[o.From:o.To]), o.Kind, o.Step, o.Priority)
}

// newResolved returns the object of a key that resolves to the entity of that name, or
// to no entity if the step is zero.
func (n *normalizer) newResolved(key *objectKey, name string, kind entity.Kind, step entity.Step, priority entity.Priority) resolvedObject {
	o := resolvedObject{object: Object{Zone: key.zone, Type: key.typ}, priority: priority}
	if step != 0 && (n.covering || step != entity.StepPrefix) {
		o.object.Key = n.texts.addLower(name)
	} else {
		o.object.Key = n.texts.addLower(keytext.Clean(key.text))
	}
	n.setTypeAndHash(&o, kind)
	return o
}

// resolveObject is lookUpObject without a cache or a Namer.
func (n *normalizer) resolveObject(key objectKey) resolvedObject {
	o := resolvedObject{object: Object{Zone: key.zone, Key: fold.Lower(keytext.Clean(key.text)), Type: key.typ}}
	if n.resolver != nil {
		if resolved, found := n.resolver.Resolve(key.zone, key.text, key.typ); found {
			o.entity = resolved
			if n.covering || resolved.Step != entity.StepPrefix {
				o.object.Key = fold.Lower(resolved.Key)
			}
		}
	}
	for _, p := range o.entity.Values("priority") {
		level, _ := entity.ParsePriority(p)
		o.priority = max(o.priority, level)
	}
	n.setTypeAndHash(&o, o.entity.Kind)
	return o
}

// setTypeAndHash sets the hash of an object, and its type from the kind of the entity
// if the event states none.
func (n *normalizer) setTypeAndHash(o *resolvedObject, kind entity.Kind) {
	if o.object.Type == "" {
		switch kind {
		case entity.Asset:
			o.object.Type = typeSystem
		case entity.Identity:
			o.object.Type = typeUser
		default:
			o.object.Type = typeOther
		}
	}
	o.hash = o.object.Hash(n.seed)
}

// bulkSize is the number of events whose objects are looked up together.
const bulkSize = 32

// bulkLookup holds the names of several objects, looked up by a Namer in one call. A
// lookup waits for memory; in one call, the cache misses of several lookups overlap.
// The objects are those of events with exactly one object, in the zone of the first
// such event. Users come first.
type bulkLookup struct {
	zone    entity.Zone
	users   int // texts[:users] are of type user
	texts   []string
	inputs  []*input // inputs[i] is the event of texts[i]
	others  []*input // events whose object is not a user, until lookUpAll
	results []entity.Named
	keys    []byte // the results refer to it
}

// matchesKey reports whether the lookup with that index was for the zone and type of
// key. The caller has compared the texts.
func (b *bulkLookup) matchesKey(index int, key *objectKey) bool {
	return b.zone == key.zone && (index < b.users) == (key.typ == typeUser)
}

// lookUpBulk looks up the objects of the first n inputs together, if there is a Namer.
func (r *Reader) lookUpBulk(n int) {
	if !r.normalizer.usesNamer() {
		return
	}
	b := &r.normalizer.bulk
	b.inputs, b.others = b.inputs[:0], b.others[:0]
	for i := range r.inputs[:n] {
		if in := &r.inputs[i]; in.err == nil && !in.blank {
			r.setInput(in)
			r.addToBulk(b)
		}
	}
	b.lookUpAll(r.normalizer.namer)
}

// addToBulk adds the current event if it has exactly one object and is in the zone of
// the events before it.
func (r *Reader) addToBulk(b *bulkLookup) {
	text := r.onlyName(r.paths.object)
	if text == "" {
		return
	}
	if zone := r.events.Zone(); len(b.inputs)+len(b.others) == 0 {
		b.zone = zone
	} else if zone != b.zone {
		return
	}
	r.in.bulkObject = text
	if fold.Equal(r.firstText(r.paths.objectType), typeUser) {
		b.inputs = append(b.inputs, r.in)
	} else {
		b.others = append(b.others, r.in)
	}
}

// lookUpAll looks up the objects of all events that were added.
func (b *bulkLookup) lookUpAll(n Namer) {
	b.users = len(b.inputs)
	b.inputs = append(b.inputs, b.others...)
	b.texts = b.texts[:0]
	for i, in := range b.inputs {
		b.texts = append(b.texts, in.bulkObject)
		in.bulkIndex = i
	}
	b.results = append(b.results[:0], make([]entity.Named, len(b.texts))...)
	b.keys = n.AppendNames(b.keys[:0], b.zone, typeUser, b.texts[:b.users], b.results)
	b.keys = n.AppendNames(b.keys, b.zone, "", b.texts[b.users:], b.results[b.users:])
}
