package event

import (
	"math/bits"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/fold"
)

// Reader reads events in any representation that are bound to a [Schema]. It is for
// one goroutine. Texts that it returns are valid until Reset, even if it reads other
// events in between; texts that share the memory of an event are valid only as long
// as that memory is.
type Reader struct {
	schema  *Schema
	event   Event
	json    *JSON // the event if it is a JSON, which has a fast path
	present Set   // of the event
	format  *Format
	table   *roleTable // of the format

	unescaped  textArena
	values     []Value     // scratch
	texts      [][]byte    // scratch
	pending    []Candidate // scratch
	source     eventSource
	fieldTexts [][]byte // values of the fields of the condition that is evaluated
	zones      zoneCache
	preset     *presetTimes // nil until the time of a preset is needed
	envelope   *Reader      // nil until the time of an envelope is needed
}

// Reset binds the Reader to a Schema and invalidates all texts. It keeps the memory.
func (r *Reader) Reset(s *Schema) {
	r.schema, r.event, r.json, r.present, r.format, r.table = s, nil, nil, nil, nil, nil
	r.unescaped.buf, r.source.reader = r.unescaped.buf[:0], r
}

// Read makes e the event that the other methods read. It must be bound to the
// Reader's Schema.
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
	r.table = r.format.tableFor(r.event, r.present)
}

// ReadJSON is Read for JSON, the most frequent representation.
func (r *Reader) ReadJSON(e *JSON) {
	r.event, r.json, r.present, r.format = e, e, e.present, e.format
	r.table = r.format.tableFor(r.event, r.present)
}

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
	Text []byte // trimmed and with escapes resolved; if Pending is set, the Text of a Value
	// Domain is the domain of the account that the text names, nil if the event has
	// none or the path names none. It is [LocalDomain] if the event has several and it
	// is not clear which one is meant.
	Domain []byte
	Path   Path // where the value is in the event, NoPath for a constant of the preset
	// Pending means that the candidate has not been read yet: AppendPending returns
	// its texts. Usually the first candidate of a role names a known entity, and the
	// others need not be read.
	Pending bool
	Escaped bool // of the Value, if Pending is set
	Kind    Kind // of the Value, if Pending is set
	// Together means that the candidate counts as an element of the same array as the one
	// before it, although it has another path. Candidates with the same path, and the texts
	// of a pending one, always do. See [SameArray].
	Together bool
}

// SameArray reports whether a candidate and the one before it are elements of one array. Of
// these, one that names an entity by itself precedes those that only belong to a network, a
// range of addresses or a domain that is an entity.
func SameArray(before, c *Candidate) bool {
	return c.Together || c.Path == before.Path && c.Path != NoPath
}

// AppendPending appends the texts of a pending candidate. There may be none, and they
// may be null tokens.
func (r *Reader) AppendPending(dst [][]byte, c *Candidate) [][]byte {
	return r.unescaped.appendScalars(dst, Value{c.Kind, c.Escaped, c.Text})
}

// AppendRole appends the candidates of a role in the order in which to try them: the
// values of the first group of paths that has any. The first candidate is not pending.
func (r *Reader) AppendRole(dst []Candidate, role Role) []Candidate {
	paths := r.table[role]
	if paths == nil {
		return dst
	}
	if !paths.fastFirst || r.json == nil {
		return r.appendGroups(dst, paths)
	}
	// Fast path: most events have a plain string at a path of the first group, and
	// perhaps values at later paths of the group.
	found := paths.firstPaths.paths & r.present[paths.firstPaths.index]
	from, plain := len(dst), false
	for ; found != 0; found &= found - 1 {
		p := Path(paths.firstPaths.index*64) + Path(bits.TrailingZeros64(found))
		if len(dst) > from {
			dst = r.json.appendPending(dst, p)
		} else if dst, plain = r.json.appendPlain(dst, p); !plain {
			return r.appendGroups(dst, paths)
		}
	}
	if len(dst) > from {
		if g := &paths.groups[0]; g.domains != nil || len(dst) > from+1 && g.wire != nil {
			return g.refine(r, dst, from)
		}
		return dst
	}
	if len(paths.groups) == 1 {
		return dst
	}
	return r.appendGroups(dst, paths)
}

// appendGroups appends the values of the first group of paths that has any.
func (r *Reader) appendGroups(dst []Candidate, paths *rolePaths) []Candidate {
	if paths.prefilter && !paths.mask.meets(r.present) {
		return dst
	}
	before := len(dst)
	for i := range paths.groups {
		g := &paths.groups[i]
		p, found := g.mask.pathIn(r.present)
		if len(g.mask.more) > 0 {
			p, found = g.mask.pathInAll(r.present)
		}
		if found == zeroPaths && !g.hasConstant {
			continue
		}
		if g.when != nil && (!g.needed.meets(r.present) || !r.Holds(g.when)) {
			continue
		}
		if g.plainFields && found == onePath {
			dst = r.appendField(dst, p, nil)
		} else {
			dst = r.appendGroup(dst, g)
		}
		if len(dst) > before {
			if g.domains != nil || len(dst) > before+1 && g.wire != nil {
				dst = g.refine(r, dst, before)
			}
			return dst
		}
	}
	return dst
}

// refine decides what depends on several paths of a group, whose candidates are dst[from:].
func (g *group) refine(r *Reader, dst []Candidate, from int) []Candidate {
	if g.domains != nil {
		dst = r.setDomains(dst, from, g)
	}
	if len(dst) > from+1 && g.wire != nil {
		dst = g.dropWireMACs(r, dst, from)
	}
	return dst
}

// appendGroup appends the values of all paths of a group.
func (r *Reader) appendGroup(dst []Candidate, g *group) []Candidate {
	before := len(dst)
	switch {
	case g.plainFields && g.ascending:
		for p := range pathsIn(g.maskWords, r.present) {
			dst = r.appendNext(dst, p, before)
		}
	case g.plainFields:
		for _, p := range g.spellings {
			if r.present[p/64]>>(p%64)&1 != 0 {
				dst = r.appendNext(dst, p, before)
			}
		}
	default:
		for j := range g.paths {
			dst = r.appendGroupPath(dst, &g.paths[j])
		}
	}
	return dst
}

// appendNext appends the values of a field, as a pending candidate if the role has a
// candidate already: the candidates of the role are dst[from:].
func (r *Reader) appendNext(dst []Candidate, p Path, from int) []Candidate {
	if r.json != nil && len(dst) > from {
		return r.json.appendPending(dst, p)
	}
	return r.appendField(dst, p, nil)
}

// appendGroupPath appends the values of a path of a group under all of its spellings.
func (r *Reader) appendGroupPath(dst []Candidate, path *groupPath) []Candidate {
	if path.constant != nil {
		return append(dst, Candidate{Text: path.constant, Path: NoPath})
	}
	for _, p := range path.spellings {
		if r.present.Has(p) {
			dst = r.appendField(dst, p, path.cut)
		}
	}
	return dst
}

// appendField appends the parts that cut selects of the values of a field, other than
// null tokens.
func (r *Reader) appendField(dst []Candidate, p Path, cut *textCut) []Candidate {
	if r.json != nil && cut == nil {
		var plain bool
		if dst, plain = r.json.appendPlain(dst, p); plain {
			return dst
		}
	}
	r.texts = r.AppendTexts(r.texts[:0], p)
	for _, text := range r.texts {
		if text = cut.selectFrom(text); !r.format.nulls.has(text) {
			dst = append(dst, Candidate{Text: text, Path: p})
		}
	}
	return dst
}

// AppendTexts appends the texts of a path, trimmed and with escapes resolved: one for
// a scalar, one for each scalar of an array, none for a null or an object.
func (r *Reader) AppendTexts(dst [][]byte, p Path) [][]byte {
	if r.json != nil && !r.schema.isThroughArray(p) {
		return r.unescaped.appendScalars(dst, r.json.Value(p))
	}
	if v := r.event.Value(p); v.Kind != Array {
		return r.unescaped.appendScalar(dst, v)
	}
	r.values = r.event.AppendElements(r.values[:0], p)
	for _, element := range r.values {
		dst = r.unescaped.appendScalar(dst, element)
	}
	return dst
}

// Text returns the text of a value with its escapes resolved, nil if it is absent.
func (r *Reader) Text(v Value) []byte { return r.unescaped.text(v) }

// Zone returns the zone of the event: the value of the first of ZoneOptions.Fields that has
// one which is not a null token, or else the zone of the first rule whose conditions hold, or
// else the default.
func (r *Reader) Zone() entity.Zone {
	s := r.schema
	for _, path := range s.zonePaths {
		if !r.present.Has(path) {
			continue
		}
		if s.verbatim {
			r.texts = r.AppendVerbatim(r.texts[:0], path)
		} else {
			r.texts = r.AppendTexts(r.texts[:0], path)
		}
		if len(r.texts) > 0 && !s.zoneNulls.has(trimSpace(r.texts[0])) {
			return r.zones.intern(trimSpace(r.texts[0]))
		}
	}
	for i := range s.zoneRules {
		if r.Holds(s.zoneRules[i].when) {
			return s.zoneRules[i].zone
		}
	}
	return s.zone
}

// zoneCache interns the zones that events name.
type zoneCache struct {
	zones  map[string]entity.Zone
	folded []byte // scratch
}

// maxZones bounds the number of zones in a zoneCache.
const maxZones = 1 << 12

// intern returns the zone that a text names. It allocates only when a zone is new.
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

// AppendVerbatim appends the texts of a path with escapes resolved, but not trimmed:
// one for a scalar, one for each element of an array other than null, none for a
// null. The text of an object, or of an array in an array, is its JSON.
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
