package event

import (
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/jsonscan"
)

// JSON is an event that is one JSON object. Scan finds the paths of the Schema in
// one pass over its bytes, without decoding it. If several members lead to one
// path, that which begins last in the event counts. It is for one goroutine; the
// zero JSON needs Reset.
type JSON struct {
	schema  *Schema
	scanner jsonscan.Scanner
	raw     []byte
	present Set
	own     Set // backs present where the scanner's is not complete
	format  *Format
	guesses guesses

	scanners []*jsonscan.Scanner // of elements, by depth
	text     []byte
}

// NewJSON returns a JSON for the paths of the Schema.
func (s *Schema) NewJSON() *JSON {
	e := new(JSON)
	e.Reset(s)
	return e
}

// Reset makes the paths of s those that are scanned for. It keeps the memory.
func (e *JSON) Reset(s *Schema) {
	if e.schema != s {
		e.guesses = guesses{}
	}
	e.schema, e.raw, e.present, e.format = s, nil, nil, nil
	if len(s.formats) > 0 && s.auto == nil {
		e.format = &s.formats[0]
	}
}

// Scan makes raw the event. It neither changes nor copies it. If raw is not one JSON
// object, the error has the offset, and the event has no values.
func (e *JSON) Scan(raw []byte) error {
	s := e.schema
	e.raw = raw
	if s.auto != nil {
		e.present = nil
		if err := e.scanAuto(); err != nil {
			return err
		}
	} else {
		err := s.paths.Scan(raw, &e.scanner)
		if e.present = e.scanner.Present(); err != nil {
			return err
		}
	}
	if len(s.through) > 0 {
		e.addThrough()
	}
	return nil
}

// addThrough adds to present the paths through arrays whose arrays are there.
func (e *JSON) addThrough() {
	e.own = append(e.own[:0], e.present...)
	for _, p := range e.schema.through {
		if e.own.Has(e.schema.each[p].array) {
			e.own.Add(p)
		}
	}
	e.present = e.own
}

// Raw returns the bytes of the event.
func (e *JSON) Raw() []byte { return e.raw }

// Schema returns the Schema whose paths are found.
func (e *JSON) Schema() *Schema { return e.schema }

// Present returns the paths that the event has.
func (e *JSON) Present() Set { return e.present }

// Value returns the value at a path.
func (e *JSON) Value(p Path) Value {
	if e.schema.isThrough(p) {
		if e.scanner.Value(int(e.schema.each[p].array)).Found() {
			return Value{Kind: Array}
		}
		return Value{}
	}
	return valueOf(e.scanner.Value(int(p)), e.raw)
}

// Range returns where the value at a path lies in the event, strings with their
// quotes. The path must not go through an array.
func (e *JSON) Range(p Path) (start, end int) {
	v := e.scanner.Value(int(p))
	return int(v.Start), int(v.End)
}

// Brace returns the offset of the closing brace, before which new members go, and
// whether the object has no members.
func (e *JSON) Brace() (offset int, empty bool) {
	return e.scanner.Brace(), e.scanner.Root().Empty(e.raw)
}

// AppendElements appends the elements of the array at a path.
func (e *JSON) AppendElements(dst []Value, p Path) []Value {
	if !e.schema.isThrough(p) {
		return e.Value(p).appendElements(dst)
	}
	through := e.schema.each[p]
	return e.appendThrough(dst, e.Value(through.array), through, 0)
}

// appendThrough appends what a path leads to in the elements of an array.
func (e *JSON) appendThrough(dst []Value, array Value, p *elements, depth int) []Value {
	if array.Kind != Array {
		return e.appendWithin(dst, array, p, depth)
	}
	all := jsonscan.Value{Kind: jsonscan.Array, End: uint32(len(array.Text))}
	for element := range all.Elements(array.Text) {
		dst = e.appendThrough(dst, valueOf(element, array.Text), p, depth)
	}
	return dst
}

// appendWithin appends what a path leads to in one element of an array.
func (e *JSON) appendWithin(dst []Value, element Value, p *elements, depth int) []Value {
	if p.paths == nil {
		return element.appendElements(dst)
	}
	if element.Kind != Object {
		return dst
	}
	for len(e.scanners) <= depth {
		e.scanners = append(e.scanners, new(jsonscan.Scanner))
	}
	scanner := e.scanners[depth]
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
		return e.appendThrough(dst, v, p.next, depth+1)
	}
	return v.appendElements(dst)
}
