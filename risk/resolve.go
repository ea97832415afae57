package risk

import (
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/risk/score"
)

// Resolver tells which entity a text names. enrich.Snapshot is one.
type Resolver interface {
	// Resolve answers text in a zone; objectType "user" asks the identities
	// first, everything else the assets. It may be called concurrently.
	Resolve(zone, text, objectType string) (entity.Resolved, bool)
}

// Namer is what a Resolver may be, too, so that objects are named without
// reading all that is known of their entities. It is asked in place of Resolve
// if no factor, filter or message of the configuration names a field of the
// entity. enrich.Snapshot is one.
type Namer interface {
	Resolver
	// AppendName answers as Resolve does: it appends the canonical key of the
	// entity to dst, and tells of its kind, of the step that found it, and of its
	// priority after filling. If nothing is found, dst comes back as it was. It
	// may be called concurrently.
	AppendName(dst []byte, zone entity.Zone, text, objectType string) (name []byte, kind entity.Kind, step entity.Step, priority entity.Priority, found bool)
	// AppendNames answers many names as AppendName answers one: it appends their
	// keys to dst and sets to[i] to what there is to say of texts[i]. It may be
	// called concurrently.
	AppendNames(dst []byte, zone entity.Zone, objectType string, texts []string, to []entity.Named) []byte
}

// The types of risk object that have a meaning of their own.
const (
	typeSystem = "system"
	typeUser   = "user"
	typeOther  = "other"
)

// zoneOf returns the zone of the event: its own, else that of the first zone
// rule that holds, else the default.
func (r *reader) zoneOf() entity.Zone {
	if zone := r.line.first(pathZone); zone != "" {
		return entity.ParseZone(zone)
	}
	for i := range r.zones {
		if r.holds(&r.zones[i].when) {
			return r.zones[i].zone
		}
	}
	return r.zone
}

// name normalises an object: the canonical key of the entity that answers,
// else the text, lower-cased. What it returns is good until the next call; its
// texts last as long as the line's.
func (r *reader) name(zone entity.Zone, text, typ string) *naming {
	key := nameKey{zone, text, typ}
	if r.asks() {
		r.own = r.ask(key)
		return &r.own
	}
	if r.resolver == nil {
		r.own = r.resolve(key)
		return &r.own
	}
	if n, found := r.names[key]; found {
		return n
	}
	n := r.resolve(key)
	if !r.entities {
		n.entity = entity.Resolved{}
	}
	if len(r.names) == maxNames {
		clear(r.names)
	}
	key.text, key.typ = strings.Clone(text), strings.Clone(typ)
	n.object = n.object.clone()
	r.names[key] = &n
	return &n
}

// asks reports whether the resolver tells no more than what is needed.
func (r *reader) asks() bool { return r.namer != nil && !r.entities }

// ask is resolve for such a resolver.
func (r *reader) ask(key nameKey) naming {
	if l := r.line; l.asked() && key.text == l.object && r.ahead.asked(l.answer, &key) {
		n := &r.ahead.named[l.answer]
		return r.named(&key, asString(r.ahead.keys[n.From:n.To]), n.Kind, n.Step, n.Priority)
	}
	name, kind, step, priority, _ := r.namer.AppendName(r.scratch[:0], key.zone, key.text, key.typ)
	r.scratch = name
	return r.named(&key, asString(name), kind, step, priority)
}

// named returns what the answer to key comes to; no step is no answer.
func (r *reader) named(key *nameKey, name string, kind entity.Kind, step entity.Step, priority entity.Priority) naming {
	n := naming{object: Object{Zone: key.zone, Type: key.typ}, priority: priority}
	if step != 0 && (r.covering || step != entity.StepPrefix) {
		n.object.Key = r.texts.fold(name)
	} else {
		n.object.Key = r.texts.fold(key.text)
	}
	r.finish(&n, kind)
	return n
}

func (r *reader) resolve(key nameKey) naming {
	n := naming{object: Object{Zone: key.zone, Key: fold.Lower(key.text), Type: key.typ}}
	if r.resolver != nil {
		if answer, found := r.resolver.Resolve(string(key.zone), key.text, key.typ); found {
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
	r.finish(&n, n.entity.Kind)
	return n
}

// finish adds what follows from the rest: the type, if nobody gave one, and the
// hash.
func (r *reader) finish(n *naming, kind entity.Kind) {
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
	n.hash = hashOf(r.seed, n.object)
}

// conditionSource yields the fields of the modifier at hand to a condition.
type conditionSource struct {
	reader *reader
	slots  []slot
}

// Values returns the values of a field of the condition.
func (s *conditionSource) Values(field int) []string { return s.reader.values(s.slots[field]) }

func (r *reader) holds(w *when) bool {
	r.source = conditionSource{r, w.slots}
	return w.set.HoldsText(&r.source)
}

// values returns the values of a slot: what the modifier has of its own hides
// the event's, the event's hides the entity's.
func (r *reader) values(s slot) []string {
	f := r.fact
	switch s.own {
	case ownNone:
		return r.line.values(s.path)
	case ownEntity:
		if values := r.line.values(s.path); len(values) > 0 {
			return values
		}
		return r.naming.entity.Values(s.field)
	case ownObject:
		return []string{f.spelled}
	case ownType:
		return []string{f.object.Type}
	case ownScore:
		return []string{score.Steps(f.base).String()}
	case ownMessage:
		return some(f.message)
	case ownSource:
		return some(f.source)
	case ownTactics:
		return f.attack.tactics
	case ownTechniques:
		return f.attack.techniques
	}
	list := make([]string, len(f.threats))
	for i, t := range f.threats {
		if list[i] = t.Value; s.own == ownThreatType {
			list[i] = t.Type
		}
	}
	return list
}

func some(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}
