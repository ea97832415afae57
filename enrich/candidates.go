package enrich

import (
	"bytes"
	"math/bits"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/table"
)

// candidate is one value that may name the entity of a role. Most entities are
// found by the first; the others of a JSON event are looked at when that is
// their turn, which spares the elements of most arrays.
type candidate struct {
	value []byte         // trimmed, escapes resolved; the event if later is found
	path  int32          // the path it was found at
	later jsonscan.Value // of the event: it may be no value, or several
}

const noPath = -1

// source gives the values of an event's fields, whatever form it has.
type source interface {
	// kind returns what the event has at the path.
	kind(path int) jsonscan.Kind
	// append appends the texts of the values of a path, trimmed: one for a
	// string, a number or a boolean, one for each of those in an array, none for
	// null and objects.
	append(dst [][]byte, path int) [][]byte
}

// collect decides preset and zone of the event that was added last and finds the
// candidates of every role. Paths that b.present lacks are not asked for.
func (b *batch) collect(e *eventState, src source) {
	p := b.plan
	b.source = src
	_, b.scanned = src.(*jsonSource)
	if e.preset == nil {
		e.preset = p.presetOf(src, b.present)
	}
	e.zone = p.options.Zone.Default
	if len(p.zoneRules) > 0 || b.present.has(p.zonePath) {
		e.zone = b.zoneOf()
	}
	if e.zone != b.zones.zone {
		b.setZone(e.zone)
	}
	e.roles.from = int32(len(b.roles))
	for i := range e.preset.asked {
		r := &e.preset.asked[i]
		if r.quick && b.scanned && b.beginQuickly(e.preset.nulls, r) || r.rare && !r.paths.meets(b.present) {
			continue
		}
		from := len(b.values)
		b.candidates(e.preset.nulls, r)
		if to := len(b.values); from < to {
			b.begin(r.role, span{int32(from), int32(to)})
		}
	}
	e.roles.to = int32(len(b.roles))
	if p.options.Urgency && src.kind(p.urgencyPath) == jsonscan.Absent {
		if b.texts = src.append(b.texts[:0], p.severity); len(b.texts) > 0 && len(b.texts[0]) > 0 {
			e.severity = b.texts[0]
		}
	}
}

// beginQuickly begins the lookup of a role by what most events have for it: a
// plain string at a path of the first group, and maybe others behind that. It
// reports whether that was all that there was to do.
func (b *batch) beginQuickly(nulls *nulls, r *rolePaths) bool {
	w := &r.groups[0].wants.maskWord
	from := len(b.values)
	for found := w.paths & b.present[w.at]; found != 0; found &= found - 1 {
		path := int(w.at)*64 + bits.TrailingZeros64(found)
		if len(b.values) > from {
			b.laterCandidates(path)
		} else if !b.plainCandidate(nulls, path) {
			return false
		}
	}
	if len(b.values) == from {
		return len(r.groups) == 1
	}
	b.begin(r.role, span{int32(from), int32(len(b.values))})
	return true
}

// plainCandidate appends the value of a path, unless that is a null token. It
// reports whether the value is what most are, and was taken: a string without
// escapes and without white space around it.
func (b *batch) plainCandidate(nulls *nulls, path int) bool {
	v := b.scanner.Value(path)
	if v.Kind != jsonscan.String || v.Escaped {
		return false
	}
	text := v.Text(b.json.event)
	if !trimmed(text) {
		return false
	}
	if nulls.maybe(text) && nulls.isToken(text) {
		return true
	}
	c := b.newCandidate()
	c.value, c.path, c.later.Kind = text, int32(path), jsonscan.Absent
	return true
}

// candidates appends the values of the first group of paths that has any.
func (b *batch) candidates(nulls *nulls, r *rolePaths) {
	before := len(b.values)
	for i := range r.groups {
		g := &r.groups[i]
		path, found := g.wants.in(b.present)
		if len(g.wants.more) > 0 {
			path, found = g.wants.inAll(b.present)
		}
		if found == nothing && !g.always || g.when.set != nil && !b.holds(&g.when) {
			continue
		}
		switch {
		case g.fields && found == one:
			b.fieldCandidates(nulls, int(path), nil)
		case g.fields && g.sorted:
			b.sortedCandidates(nulls, g.words, before)
		case g.fields:
			b.orderedCandidates(nulls, g.order, before)
		default:
			for j := range g.paths {
				b.pathCandidates(nulls, &g.paths[j])
			}
		}
		if len(b.values) > before {
			return
		}
	}
}

// sortedCandidates appends the values of all paths of the words that the event
// has, in the order of their indices. Those of the role begin at values[from].
func (b *batch) sortedCandidates(nulls *nulls, words []maskWord, from int) {
	for path := range pathsIn(words, b.present) {
		b.nextCandidates(nulls, path, from)
	}
}

// orderedCandidates appends the values of all paths that the event has, in that
// order.
func (b *batch) orderedCandidates(nulls *nulls, order []uint32, from int) {
	for _, path := range order {
		if b.present[path/64]>>(path%64)&1 != 0 {
			b.nextCandidates(nulls, int(path), from)
		}
	}
}

// nextCandidates appends the values of a field that the event has, unlooked at
// if there is a candidate already.
func (b *batch) nextCandidates(nulls *nulls, path, from int) {
	if b.scanned && len(b.values) > from {
		b.laterCandidates(path)
		return
	}
	b.fieldCandidates(nulls, path, nil)
}

// laterCandidates notes where the values of a field are that the event has.
func (b *batch) laterCandidates(path int) {
	c := b.newCandidate()
	c.value, c.path, c.later = b.json.event, int32(path), b.scanner.Value(path)
}

// pathCandidates appends the values of a path, under each of its spellings,
// that are no null tokens.
func (b *batch) pathCandidates(nulls *nulls, path *pathPlan) {
	if path.literal != nil {
		b.values = append(b.values, candidate{value: path.literal, path: noPath})
		return
	}
	for _, index := range path.spellings {
		if b.present.has(index) {
			b.fieldCandidates(nulls, index, path.after)
		}
	}
}

// fieldCandidates appends the values of a field that the event may have; what
// follows after in them, if that is not empty.
func (b *batch) fieldCandidates(nulls *nulls, path int, after []byte) {
	if b.scanned && len(after) == 0 && b.plainCandidate(nulls, path) {
		return
	}
	b.texts = b.source.append(b.texts[:0], path)
	for _, v := range b.texts {
		if len(after) > 0 {
			_, v, _ = bytes.Cut(v, after)
			v = trim(v)
		}
		b.addCandidate(nulls, v, path)
	}
}

// addCandidate appends a value that is no null token.
func (b *batch) addCandidate(nulls *nulls, v []byte, path int) {
	if !nulls.has(v) {
		b.values = append(b.values, candidate{value: v, path: int32(path)})
	}
}

// newCandidate returns a place behind the candidates, whatever it holds.
func (b *batch) newCandidate() *candidate {
	n := len(b.values)
	if n == cap(b.values) {
		b.values = append(b.values, candidate{})
	}
	b.values = b.values[:n+1]
	return &b.values[n]
}

// zoneIDs are the numbers that the tables have for the zone of the event at hand.
type zoneIDs struct {
	zone entity.Zone
	ids  [tables]table.ZoneID
}

func (b *batch) setZone(z entity.Zone) {
	b.zones.zone = z
	for i := range b.plan.tables {
		if t := b.plan.tables[i].table; t != nil {
			b.zones.ids[i] = t.Zone(z)
		}
	}
}

// begin begins the lookup of a role of the event that was added last, by its
// first candidate.
func (b *batch) begin(role event.Role, values span) {
	at := len(b.roles)
	if at == cap(b.roles) {
		b.roles = append(b.roles, roleState{})
	}
	b.roles = b.roles[:at+1]
	s := &b.roles[at]
	in := tableOf(role)
	s.role, s.table, s.lookup = role, noTable, 0
	s.event, s.values, s.at = int32(b.n-1), values, values.from
	if values.to-values.from > 1 {
		b.several = append(b.several, int32(at))
	}
	if b.plan.tables[in].table != nil {
		s.table, s.lookup = in, int32(b.lookups[in].Add(b.zones.ids[in], b.values[values.from].value))
	}
}
