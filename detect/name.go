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

// nameKey holds the arguments of a Resolver.
type nameKey struct {
	zone      entity.Zone
	text, typ string
}

// naming is the object that a nameKey stands for.
type naming struct {
	object   Object
	hash     uint64
	priority entity.Priority
	entity   entity.Resolved
}

// maxNames bounds the namings that a Reader caches.
const maxNames = 1 << 16

// names normalises objects.
type names struct {
	zone     entity.Zone // of texts without an event
	covering bool        // see Config
	entities bool        // fields of entities are read
	seed     maphash.Seed
	texts    *textBuffer
	resolver Resolver
	namer    Namer // the resolver, if it is one
	known    map[nameKey]*naming
	own      naming // if it is not remembered
	scratch  []byte
	single   [1]string // a text that was not looked up ahead
	named    [1]entity.Named
	ahead    ahead
}

// use replaces the resolver.
func (r *names) use(resolver Resolver) {
	r.resolver = resolver
	r.namer, _ = resolver.(Namer)
	clear(r.known)
}

// find normalises an object of an event: to the canonical key of the entity that it
// resolves to, or else to its text in lower case. The result is valid until the
// next call, its texts until the Reader is reset.
func (r *names) find(in *input, key nameKey) *naming {
	if r.usesNamer() {
		r.own = r.lookUp(in, key)
		return &r.own
	}
	if r.resolver == nil {
		r.own = r.resolve(key)
		return &r.own
	}
	if n, found := r.known[key]; found {
		return n
	}
	n := r.resolve(key)
	if !r.entities {
		n.entity = entity.Resolved{}
	}
	if len(r.known) == maxNames {
		clear(r.known)
	}
	key.text, key.typ = strings.Clone(key.text), strings.Clone(key.typ)
	n.object = n.object.Clone()
	r.known[key] = &n
	return &n
}

// usesNamer reports whether names are enough: no field of an entity is read.
func (r *names) usesNamer() bool { return r.namer != nil && !r.entities }

// lookUp is resolve by a Namer.
func (r *names) lookUp(in *input, key nameKey) naming {
	if in.isAhead() && key.text == in.object && r.ahead.has(in.ahead, &key) {
		n := &r.ahead.named[in.ahead]
		return r.namingOf(&key, bytestext.String(r.ahead.keys[n.From:n.To]), n.Kind, n.Step, n.Priority)
	}
	r.single[0] = key.text
	r.scratch = r.namer.AppendNames(r.scratch[:0], key.zone, key.typ, r.single[:], r.named[:])
	n := &r.named[0]
	return r.namingOf(&key, bytestext.String(r.scratch[n.From:n.To]), n.Kind, n.Step, n.Priority)
}

// namingOf returns the naming of a key by the entity that was found. If the step is
// zero, there was none.
func (r *names) namingOf(key *nameKey, name string, kind entity.Kind, step entity.Step, priority entity.Priority) naming {
	n := naming{object: Object{Zone: key.zone, Type: key.typ}, priority: priority}
	if step != 0 && (r.covering || step != entity.StepPrefix) {
		n.object.Key = r.texts.addLower(name)
	} else {
		n.object.Key = r.texts.addLower(key.text)
	}
	r.finishNaming(&n, kind)
	return n
}

func (r *names) resolve(key nameKey) naming {
	n := naming{object: Object{Zone: key.zone, Key: fold.Lower(key.text), Type: key.typ}}
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
	r.finishNaming(&n, n.entity.Kind)
	return n
}

// finishNaming sets the hash, and the type if the event has none.
func (r *names) finishNaming(n *naming, kind entity.Kind) {
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

// eventsAhead is how many events are scanned before the first of them is read.
const eventsAhead = 32

// ahead holds names that a Namer has looked up together: the objects of those
// events that have one, of one zone, users first. Names lie anywhere in the tables,
// and while the processor waits for one it can fetch the others.
type ahead struct {
	zone   entity.Zone
	users  int // so many of texts are users
	texts  []string
	inputs []*input // of texts
	rest   []*input
	named  []entity.Named
	keys   []byte
}

// has reports whether the name with that index belongs to key, given that the texts
// are equal.
func (a *ahead) has(index int, key *nameKey) bool {
	return a.zone == key.zone && (index < a.users) == (key.typ == typeUser)
}

// nameAhead looks up the objects of the first n inputs.
func (r *Reader) nameAhead(n int) {
	if !r.names.usesNamer() {
		return
	}
	a := &r.names.ahead
	a.inputs, a.rest = a.inputs[:0], a.rest[:0]
	for i := range r.inputs[:n] {
		if in := &r.inputs[i]; in.bad == nil && !in.blank {
			r.use(in)
			r.addAhead(a)
		}
	}
	a.lookUp(r.names.namer)
}

// addAhead adds the event at hand, if it has one object and is in the zone of the
// others.
func (r *Reader) addAhead(a *ahead) {
	text := r.onlyName(r.paths.object)
	if text == "" {
		return
	}
	if zone := r.events.Zone(); len(a.inputs)+len(a.rest) == 0 {
		a.zone = zone
	} else if zone != a.zone {
		return
	}
	r.in.object = text
	if fold.Equal(r.first(r.paths.objectType), typeUser) {
		a.inputs = append(a.inputs, r.in)
	} else {
		a.rest = append(a.rest, r.in)
	}
}

// lookUp looks up the objects of all inputs.
func (a *ahead) lookUp(n Namer) {
	a.users = len(a.inputs)
	a.inputs = append(a.inputs, a.rest...)
	a.texts = a.texts[:0]
	for i, in := range a.inputs {
		a.texts = append(a.texts, in.object)
		in.ahead = i
	}
	a.named = append(a.named[:0], make([]entity.Named, len(a.texts))...)
	a.keys = n.AppendNames(a.keys[:0], a.zone, typeUser, a.texts[:a.users], a.named)
	a.keys = n.AppendNames(a.keys, a.zone, "", a.texts[a.users:], a.named[a.users:])
}
