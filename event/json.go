package event

import (
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/jsonscan"
)

// JSON is an event that is one JSON object. Scan finds the paths of the Schema in
// one pass over the bytes, without decoding them. If an event has a path more than
// once, the value that begins last counts. If the Schema has an [Unwrap], the event may
// be an object inside the bytes that are scanned. A JSON is for one goroutine; the zero
// JSON needs Reset.
type JSON struct {
	schema     *Schema
	scanner    jsonscan.Scanner
	raw        []byte
	present    Set
	ownPresent Set // backs present if the Schema has paths through arrays
	format     *Format
	guesses    guessCache

	placement
	place Place

	envelope  *envelope // nil until an object may be an envelope
	envelopes bool      // the previous event was in an envelope, and the next probably is
	whole     bool      // take all bytes as the event: no text before it, no envelope

	elementScanners []*jsonscan.Scanner // for elements of arrays, by depth
	text            []byte              // scratch
	elements        []Value             // scratch
}

// NewJSON returns a JSON for the paths of the Schema.
func (s *Schema) NewJSON() *JSON {
	e := new(JSON)
	e.Reset(s)
	return e
}

// Reset makes Scan look for the paths of s. It keeps the memory.
func (e *JSON) Reset(s *Schema) {
	if e.schema != s {
		e.guesses, e.envelopes = guessCache{}, false
	}
	e.schema, e.raw, e.present, e.format = s, nil, nil, nil
	e.placement = placement{}
	if len(s.formats) > 0 && s.auto == nil {
		e.format = &s.formats[0]
	}
}

// Scan makes the event in raw the current event. It neither changes nor copies the bytes. If
// raw is not exactly one JSON object, it returns an error that states the offset, and the
// event has no values. Text before the object is skipped if the object begins at the first
// `{"`. The event is the object, or with [Builder.Unwrap] an object inside it.
func (e *JSON) Scan(raw []byte) (err error) {
	s := e.schema
	e.raw, e.placement = raw, placement{}
	if e.envelopes {
		return e.schema.unwrap.scanEnvelope(e, raw)
	}
	if s.auto != nil {
		e.present = nil
		err = e.scanAuto()
	} else {
		err = s.paths.Scan(raw, &e.scanner)
		e.present = e.scanner.Present()
	}
	if err != nil {
		return scanAfterText(e, raw, err)
	}
	if e.format != nil && e.format.lists != nil && e.format.listMask.meets(e.present) {
		for i := range e.format.lists {
			e.format.lists[i].readJSON(e)
		}
	}
	if len(s.throughArrays) > 0 {
		e.addArrayPaths()
	}
	if w := s.unwrap; w != nil && !e.whole && w.mayBeEnvelope(e) {
		return w.scanMember(e, raw, 0)
	}
	return nil
}

// addArrayPaths adds to present the paths through arrays that the event has.
func (e *JSON) addArrayPaths() {
	if !e.schema.arrays.Meets(e.present) {
		return
	}
	e.ownPresent = append(e.ownPresent[:0], e.present...)
	for _, p := range e.schema.throughArrays {
		if e.ownPresent.Has(e.schema.arrayPaths[p].array) {
			e.ownPresent.Add(p)
		}
	}
	e.present = e.ownPresent
}

// Raw returns the bytes of the event.
func (e *JSON) Raw() []byte { return e.raw }

// Schema returns the Schema to which the event is bound.
func (e *JSON) Schema() *Schema { return e.schema }

// Present returns the paths that the event has. For a path through an array,
// this only means that the event has the array.
func (e *JSON) Present() Set { return e.present }

// Value returns the value at a path.
func (e *JSON) Value(p Path) Value {
	if e.schema.isThroughArray(p) {
		if e.scanner.Value(int(e.schema.arrayPaths[p].array)).Found() {
			return Value{Kind: Array}
		}
		return Value{}
	}
	return valueOf(e.scanner.Value(int(p)), e.raw)
}

// appendPlain appends the candidate at a path of the event, if the value is plain: a
// string without escapes and without white space around it, as most values are. A
// plain value that is a null token is not appended. appendPlain reports whether the
// value is plain.
func (e *JSON) appendPlain(dst []Candidate, p Path) ([]Candidate, bool) {
	v := e.scanner.Value(int(p))
	if v.Kind != jsonscan.String || v.Escaped {
		return dst, false
	}
	text := v.Text(e.raw)
	if !isTrimmed(text) {
		return dst, false
	}
	if n := e.format.nulls; n.mayHave(text) && n.matchesToken(text) {
		return dst, true
	}
	dst, c := growCandidates(dst)
	c.Text, c.Path, c.Domain, c.Pending, c.Together = text, p, nil, false, false
	return dst, true
}

// plainText returns the text at a path of the event, and reports whether the value is
// plain: a string without escapes and without white space around it.
func (e *JSON) plainText(p Path) (text []byte, plain bool) {
	v := e.scanner.Value(int(p))
	if v.Kind != jsonscan.String || v.Escaped {
		return nil, false
	}
	text = v.Text(e.raw)
	return text, isTrimmed(text)
}

// appendPending appends the value at a path of the event as a pending candidate.
func (e *JSON) appendPending(dst []Candidate, p Path) []Candidate {
	v := e.scanner.Value(int(p))
	dst, c := growCandidates(dst)
	c.Text, c.Path, c.Domain, c.Together = v.Text(e.raw), p, nil, false
	c.Pending, c.Kind, c.Escaped = true, Kind(v.Kind), v.Escaped
	return dst
}

// growCandidates extends dst by one candidate without clearing it: its fields are
// whatever the memory held before. The caller sets the fields that it needs, which
// is measurably faster than copying a literal.
func growCandidates(dst []Candidate) ([]Candidate, *Candidate) {
	n := len(dst)
	if n == cap(dst) {
		dst = append(dst, Candidate{})
	}
	dst = dst[:n+1]
	return dst, &dst[n]
}

// Range returns the range of the value at a path in the bytes of the event, the
// quotes of a string included. The path must not go through an array.
func (e *JSON) Range(p Path) (start, end int) {
	v := e.scanner.Value(int(p))
	return int(v.Start), int(v.End)
}

// Brace returns the offset of the closing brace, which is where new members are
// inserted, and whether the object has no members.
func (e *JSON) Brace() (offset int, empty bool) {
	return e.scanner.Brace(), e.scanner.Root().Empty(e.raw)
}

// AppendElements appends the elements of the array at a path, or the value if it is
// not an array.
func (e *JSON) AppendElements(dst []Value, p Path) []Value {
	if !e.schema.isThroughArray(p) {
		return e.Value(p).appendElements(dst)
	}
	through := e.schema.arrayPaths[p]
	return e.appendFromArray(dst, e.Value(through.array), through, 0)
}

// appendFromArray appends the values that a path reaches in the elements of an array.
// Nested arrays are flattened; a value that is not an array counts as an array of one
// element.
func (e *JSON) appendFromArray(dst []Value, array Value, p *arrayPath, depth int) []Value {
	if array.Kind != Array {
		return e.appendFromElement(dst, array, p, depth)
	}
	all := jsonscan.Value{Kind: jsonscan.Array, End: uint32(len(array.Text))}
	for element := range all.Elements(array.Text) {
		dst = e.appendFromArray(dst, valueOf(element, array.Text), p, depth)
	}
	return dst
}

// appendFromElement appends the values that a path reaches in one element of an array.
func (e *JSON) appendFromElement(dst []Value, element Value, p *arrayPath, depth int) []Value {
	if p.paths == nil {
		return element.appendElements(dst)
	}
	if element.Kind != Object {
		return dst
	}
	for len(e.elementScanners) <= depth {
		e.elementScanners = append(e.elementScanners, new(jsonscan.Scanner))
	}
	scanner := e.elementScanners[depth]
	if p.paths.Scan(element.Text, scanner) != nil {
		return dst
	}
	if p.where.Name != "" {
		member := valueOf(scanner.Value(p.paths.Len()-1), element.Text)
		e.text = member.AppendText(e.text[:0])
		if !member.Kind.IsScalar() || !fold.Equal(bytestext.String(e.text), p.where.Value) {
			return dst
		}
	}
	if p.rest == "" {
		return append(dst, element)
	}
	v := valueOf(scanner.Value(0), element.Text)
	if p.next != nil {
		return e.appendFromArray(dst, v, p.next, depth+1)
	}
	return v.appendElements(dst)
}
