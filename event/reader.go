package event

import (
	"bytes"
	"math/bits"
	"time"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/jsonscan"
)

// Reader reads events of any representation by a [Schema]. It is for one
// goroutine. What it returns stays valid until Reset, however many events it reads
// in between; what shares the memory of an event, as long as that stays.
type Reader struct {
	schema  *Schema
	event   Event
	json    *JSON // event, if it is one: the fast path
	present Set   // of event
	format  *Format

	text   []byte  // resolved texts; when it grows, earlier ones stay where they are
	values []Value // scratch
	texts  [][]byte
	source eventSource
	// Values of the fields of a condition.
	fieldTexts [][]byte
	zones      zoneCache
}

// Reset makes the Reader read by a Schema and drops all texts. It keeps its memory.
func (r *Reader) Reset(s *Schema) {
	r.schema, r.event, r.json, r.present, r.format = s, nil, nil, nil, nil
	r.text, r.source.reader = r.text[:0], r
}

// Read makes e, which was compiled against the Reader's Schema, the event that the
// other methods read.
func (r *Reader) Read(e Event) {
	if e, ok := e.(*JSON); ok {
		r.ReadJSON(e)
		return
	}
	r.event, r.present, r.json = e, e.Present(), nil
	switch e := e.(type) {
	case *Record:
		r.format = e.format
	default:
		r.format = r.schema.formatOf(e, r.present)
	}
}

// ReadJSON is Read for the form that most events have.
func (r *Reader) ReadJSON(e *JSON) { r.event, r.json, r.present, r.format = e, e, e.present, e.format }

// Format returns the format of the event, nil if the Schema reads no roles.
func (r *Reader) Format() *Format { return r.format }

// Value returns the value of the event at a path.
func (r *Reader) Value(p Path) Value {
	if r.json != nil {
		return r.json.Value(p)
	}
	return r.event.Value(p)
}

// Candidate is a value that may name the entity of a role.
type Candidate struct {
	Text []byte // trimmed, escapes resolved; if Pending the Text of a Value
	Path Path   // where it was found, NoPath for a constant of the preset
	// Pending means that AppendPending turns the candidate into texts, which may be
	// none. Mostly the first candidate of a role finds its entity, and the others
	// need not be looked at.
	Pending bool
	Escaped bool
	Kind    Kind
}

// AppendPending appends the texts of a pending candidate, null tokens included.
func (r *Reader) AppendPending(dst [][]byte, c *Candidate) [][]byte {
	return r.appendValue(dst, Value{c.Kind, c.Escaped, c.Text})
}

// AppendRole appends the candidates of a role, best first: the values of the first
// group of paths that has any. The first of them is not pending.
func (r *Reader) AppendRole(dst []Candidate, role Role) []Candidate {
	paths := r.format.byRole[role]
	if paths == nil {
		return dst
	}
	if !paths.quick || r.json == nil {
		return r.appendRole(dst, paths)
	}
	// What most events have for a role: a plain string at a path of the first group,
	// and maybe others behind it.
	found := paths.first.paths & r.present[paths.first.at]
	from, plain := len(dst), false
	for ; found != 0; found &= found - 1 {
		p := Path(paths.first.at*64) + Path(bits.TrailingZeros64(found))
		if len(dst) > from {
			dst = r.appendPending(dst, p)
		} else if dst, plain = r.appendPlain(dst, p); !plain {
			return r.appendRole(dst, paths)
		}
	}
	if len(dst) > from || len(paths.groups) == 1 {
		return dst
	}
	return r.appendRole(dst, paths)
}

// appendRole is AppendRole for every event.
func (r *Reader) appendRole(dst []Candidate, paths *rolePaths) []Candidate {
	if paths.rare && !paths.paths.meets(r.present) {
		return dst
	}
	return r.appendGroups(dst, paths)
}

// appendPlain appends the value of a path of a JSON event, unless that is a null
// token. It reports whether the value is what most are: a string without escapes
// and without white space around it. Others are not appended.
func (r *Reader) appendPlain(dst []Candidate, p Path) ([]Candidate, bool) {
	v := r.json.scanner.Value(int(p))
	if v.Kind != jsonscan.String || v.Escaped {
		return dst, false
	}
	text := v.Text(r.json.raw)
	if !isTrimmed(text) {
		return dst, false
	}
	if n := r.format.nulls; n.maybe(text) && n.isToken(text) {
		return dst, true
	}
	dst, c := growCandidates(dst)
	c.Text, c.Path, c.Pending = text, p, false
	return dst, true
}

// growCandidates appends a candidate, whose fields are those of an earlier one:
// writing them once is measurably faster than copying a literal.
func growCandidates(dst []Candidate) ([]Candidate, *Candidate) {
	n := len(dst)
	if n == cap(dst) {
		dst = append(dst, Candidate{})
	}
	dst = dst[:n+1]
	return dst, &dst[n]
}

// appendGroups appends the values of the first group of paths that has any.
func (r *Reader) appendGroups(dst []Candidate, paths *rolePaths) []Candidate {
	before := len(dst)
	for i := range paths.groups {
		g := &paths.groups[i]
		p, found := g.wants.in(r.present)
		if len(g.wants.more) > 0 {
			p, found = g.wants.inAll(r.present)
		}
		if found == nothing && !g.always || g.when != nil && !r.Holds(g.when) {
			continue
		}
		switch {
		case g.fields && found == one:
			dst = r.appendField(dst, p, nil)
		case g.fields && g.sorted:
			for p := range pathsIn(g.words, r.present) {
				dst = r.appendNext(dst, p, before)
			}
		case g.fields:
			for _, p := range g.order {
				if r.present[p/64]>>(p%64)&1 != 0 {
					dst = r.appendNext(dst, p, before)
				}
			}
		default:
			for j := range g.paths {
				dst = r.appendPath(dst, &g.paths[j])
			}
		}
		if len(dst) > before {
			return dst
		}
	}
	return dst
}

// appendNext appends the values of a field, pending if the role has a candidate
// already.
func (r *Reader) appendNext(dst []Candidate, p Path, from int) []Candidate {
	if r.json != nil && len(dst) > from {
		return r.appendPending(dst, p)
	}
	return r.appendField(dst, p, nil)
}

// appendPending appends a field of a JSON event without looking at its value.
func (r *Reader) appendPending(dst []Candidate, p Path) []Candidate {
	v := r.json.scanner.Value(int(p))
	dst, c := growCandidates(dst)
	c.Text, c.Path, c.Pending, c.Kind, c.Escaped = v.Text(r.json.raw), p, true, Kind(v.Kind), v.Escaped
	return dst
}

// appendPath appends the values of a path of a group under all of its spellings.
func (r *Reader) appendPath(dst []Candidate, path *groupPath) []Candidate {
	if path.constant != nil {
		return append(dst, Candidate{Text: path.constant, Path: NoPath})
	}
	for _, p := range path.spellings {
		if r.present.Has(p) {
			dst = r.appendField(dst, p, path.after)
		}
	}
	return dst
}

// appendField appends the values of a field, or what follows after in them unless
// that is empty. Null tokens are left out.
func (r *Reader) appendField(dst []Candidate, p Path, after []byte) []Candidate {
	if r.json != nil && len(after) == 0 {
		var plain bool
		if dst, plain = r.appendPlain(dst, p); plain {
			return dst
		}
	}
	r.texts = r.AppendTexts(r.texts[:0], p)
	for _, text := range r.texts {
		if len(after) > 0 {
			_, text, _ = bytes.Cut(text, after)
			text = trim(text)
		}
		if !r.format.nulls.has(text) {
			dst = append(dst, Candidate{Text: text, Path: p})
		}
	}
	return dst
}

// AppendTexts appends the texts of a path, trimmed and with escapes resolved: of a
// scalar one, of an array those of its scalars, of null and objects none.
func (r *Reader) AppendTexts(dst [][]byte, p Path) [][]byte {
	if r.json != nil && !r.schema.isThrough(p) {
		return r.appendValue(dst, r.json.Value(p))
	}
	if v := r.event.Value(p); v.Kind != Array {
		return r.appendText(dst, v)
	}
	r.values = r.event.AppendElements(r.values[:0], p)
	for _, element := range r.values {
		dst = r.appendText(dst, element)
	}
	return dst
}

// appendValue appends the texts of a value of a JSON event.
func (r *Reader) appendValue(dst [][]byte, v Value) [][]byte {
	if v.Kind != Array {
		return r.appendText(dst, v)
	}
	array := jsonscan.Value{Kind: jsonscan.Array, End: uint32(len(v.Text))}
	for element := range array.Elements(v.Text) {
		dst = r.appendText(dst, valueOf(element, v.Text))
	}
	return dst
}

func (r *Reader) appendText(dst [][]byte, v Value) [][]byte {
	if !v.Kind.IsScalar() {
		return dst
	}
	return append(dst, trim(r.Text(v)))
}

// Text returns the text of a value with its escapes resolved, nil if it is absent.
func (r *Reader) Text(v Value) []byte {
	if !v.Escaped {
		return v.Text
	}
	from := len(r.text)
	r.text = jsonscan.AppendUnquoted(r.text, v.Text)
	return r.text[from:len(r.text):len(r.text)]
}

// Zone returns the zone of the event: its cim_entity_zone, else that of the first
// zone rule whose condition holds, else the default.
func (r *Reader) Zone() entity.Zone {
	if s := r.schema; len(s.rules) == 0 && !r.present.Has(s.zonePath) {
		return s.zone
	}
	return r.readZone()
}

func (r *Reader) readZone() entity.Zone {
	s := r.schema
	if r.present.Has(s.zonePath) {
		if s.verbatim {
			r.texts = r.AppendVerbatim(r.texts[:0], s.zonePath)
		} else {
			r.texts = r.AppendTexts(r.texts[:0], s.zonePath)
		}
		if len(r.texts) > 0 && len(trim(r.texts[0])) > 0 {
			return r.zones.intern(trim(r.texts[0]))
		}
	}
	for i := range s.rules {
		if r.Holds(s.rules[i].when) {
			return s.rules[i].zone
		}
	}
	return s.zone
}

// zoneCache holds the zones that were named so far.
type zoneCache struct {
	zones  map[string]entity.Zone
	folded []byte
}

// maxZones bounds the zones that a zoneCache holds.
const maxZones = 1 << 12

// intern returns the zone that a text names. It allocates for the first event of a
// zone only.
func (c *zoneCache) intern(text []byte) entity.Zone {
	c.folded = fold.AppendLower(c.folded[:0], text)
	if z, known := c.zones[string(c.folded)]; known {
		return z
	}
	if len(c.zones) == maxZones || c.zones == nil {
		c.zones = make(map[string]entity.Zone)
	}
	z := entity.Zone(c.folded)
	c.zones[string(z)] = z
	return z
}

// Time returns when the event happened: the first of the Schema's times that is a
// number or a string and can be read, as RFC 3339 or as seconds since 1970 UTC. It
// returns false if there is none from 1678 to 2261.
func (r *Reader) Time() (time.Time, bool) {
	for _, p := range r.schema.times {
		if !r.present.Has(p) {
			continue
		}
		v := r.Value(p)
		if v.Kind != Number && v.Kind != String {
			continue
		}
		if at, ok := eventtime.Parse(bytestext.String(trim(r.Text(v)))); ok {
			return at.Time(), true
		}
	}
	return time.Time{}, false
}

// AppendVerbatim appends the texts of a path with escapes resolved and the white
// space around them: of an array those of its elements other than null, of an
// object its JSON.
func (r *Reader) AppendVerbatim(dst [][]byte, p Path) [][]byte {
	v := r.Value(p)
	switch v.Kind {
	case Absent, Null:
		return dst
	case Array:
		r.values = r.event.AppendElements(r.values[:0], p)
		for _, element := range r.values {
			if element.Found() && element.Kind != Null {
				dst = append(dst, r.Text(element))
			}
		}
		return dst
	}
	return append(dst, r.Text(v))
}
