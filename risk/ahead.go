package risk

import (
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/fold"
)

// linesAhead is how many lines are scanned before the first of them is read.
const linesAhead = 32

// ahead is what a resolver that is a Namer was asked for some lines together: the
// objects of those that have one, of one zone, users apart from everything else.
// Names lie anywhere in the tables, and while the processor waits for one it can
// fetch the others.
type ahead struct {
	zone  entity.Zone
	users int // so many of texts are users, the others are not
	texts []string
	lines []*line // that texts are of
	rest  []*line
	named []entity.Named
	keys  []byte
}

// asked reports whether the answer with that number is the one to key, the text
// being the same.
func (a *ahead) asked(answer int, key *nameKey) bool {
	return a.zone == key.zone && (answer < a.users) == (key.typ == typeUser)
}

// nameAhead asks for the objects of the first n lines.
func (r *reader) nameAhead(n int) {
	if !r.asks() {
		return
	}
	a := &r.ahead
	a.lines, a.rest = a.lines[:0], a.rest[:0]
	for i := range r.lines[:n] {
		if r.line = &r.lines[i]; r.line.bad == nil && len(r.line.raw) > 0 {
			r.gather()
		}
	}
	a.users = len(a.lines)
	a.lines = append(a.lines, a.rest...)
	a.texts = a.texts[:0]
	for i, l := range a.lines {
		a.texts = append(a.texts, l.object)
		l.answer = i
	}
	a.named = append(a.named[:0], make([]entity.Named, len(a.texts))...)
	a.keys = r.namer.AppendNames(a.keys[:0], a.zone, typeUser, a.texts[:a.users], a.named)
	a.keys = r.namer.AppendNames(a.keys, a.zone, "", a.texts[a.users:], a.named[a.users:])
}

// gather adds the line at hand to those that are asked for, if it has one object,
// in the zone of the others.
func (r *reader) gather() {
	a, l := &r.ahead, r.line
	text := l.onlyName(pathObject)
	if text == "" {
		return
	}
	if zone := r.zoneOf(); len(a.lines)+len(a.rest) == 0 {
		a.zone = zone
	} else if zone != a.zone {
		return
	}
	l.object = text
	if fold.Equal(l.first(pathType), typeUser) {
		a.lines = append(a.lines, l)
	} else {
		a.rest = append(a.rest, l)
	}
}
