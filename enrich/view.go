package enrich

import (
	"slices"
	"strings"

	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/jsonscan"
)

// view is Options.View compiled for a plan: how events of the view's Schema are read
// from the scan for the plan's schema and from the written fields.
type view struct {
	pathOf   []event.Path // by path of the plan: the path of the view, or event.NoPath
	plain    event.Set    // the view's paths without "[]", as paths of the plan
	iterated []event.Path // the view's paths with "[]", as paths of the plan
	columns  [event.NumRoles][]viewColumn
	// overlaps is true if the view reads a part of a value that enrichment writes, or an
	// object around one. Events are then not readable.
	overlaps bool
}

// viewColumn is a column of a role that the view reads.
type viewColumn struct {
	output *output
	path   event.Path // of the view
}

// viewedValue is the value at a path of the view. For a path with "[]", elements is
// set instead of value.
type viewedValue struct {
	path     event.Path
	value    event.Value
	elements indexRange // of batch.elements
}

// addView adds the paths of a view to those of the plan and returns them.
func (c *compiler) addView(s *event.Schema) (paths []event.Path) {
	for p := range event.Path(s.Len()) {
		paths = append(paths, c.builder.Path(s.Text(p)))
	}
	return paths
}

// newView compiles a view. p.schema must be complete; paths are those that addView
// returned.
func newView(p *plan, paths []event.Path) *view {
	v := &view{pathOf: make([]event.Path, p.schema.Len())}
	for i := range v.pathOf {
		v.pathOf[i] = event.NoPath
	}
	for of, path := range paths {
		v.pathOf[path] = event.Path(of)
		if hasElements(p.schema, path) {
			v.iterated = append(v.iterated, path)
		} else {
			v.plain.Add(path)
		}
		v.overlaps = v.overlaps || p.overlapsOutput(p.schema.Text(path))
	}
	for role := range p.roles {
		for i := range p.roles[role].columns {
			o := &p.roles[role].columns[i]
			if of := v.pathOf[o.path]; of != event.NoPath && o.column != unusedColumn {
				v.columns[role] = append(v.columns[role], viewColumn{o, of})
			}
		}
	}
	return v
}

// hasElements reports whether a path has a step "[]".
func hasElements(s *event.Schema, p event.Path) bool {
	for _, step := range s.Routes(p)[0] {
		if step.Each {
			return true
		}
	}
	return false
}

// overlapsOutput reports whether a path leads to a part of a value that enrichment
// writes, or to an object or array around one.
func (p *plan) overlapsOutput(text string) bool {
	if p.options.OCSF && strings.HasPrefix(text, ocsfArray) {
		return true
	}
	for path := range p.written.Common(p.written) {
		o := p.schema.Text(path)
		if p.isNestedObject(path) && text == o || !p.isNestedObject(path) && strings.HasPrefix(text, o+".") ||
			strings.HasPrefix(text, o+"[") || strings.HasPrefix(o, text+".") {
			return true
		}
	}
	return false
}

// isNestedObject reports whether a written path is that of the object of Options.Into,
// or of a role's object in it.
func (p *plan) isNestedObject(path event.Path) bool {
	if p.options.Into == "" {
		return false
	}
	return path == p.into.path || slices.ContainsFunc(p.intoRoles[:], func(o output) bool { return o.name != "" && o.path == path })
}

// appendViewed appends the values that the view reads from the last scanned event, and
// returns their range. They share the memory of the event.
func (b *batch) appendViewed(v *view) (values indexRange) {
	values.from = int32(len(b.viewed))
	present := b.json.Present()
	for p := range v.plain.Common(present) {
		b.viewed = append(b.viewed, viewedValue{path: v.pathOf[p], value: b.json.Value(p)})
	}
	for _, p := range v.iterated {
		if !present.Has(p) {
			continue
		}
		from := int32(len(b.elements))
		b.elements = b.json.AppendElements(b.elements, p)
		b.viewed = append(b.viewed, viewedValue{path: v.pathOf[p], elements: indexRange{from, int32(len(b.elements))}})
	}
	values.to = int32(len(b.viewed))
	return values
}

// readView sets the values of the event: those that were scanned, then those that
// enrichment writes.
func (e *Event) readView(v *view) {
	b, s := e.batch, e.state
	e.values = append(e.values, b.viewed[s.viewed.from:s.viewed.to]...)
	for i := range e.values {
		e.present.Add(e.values[i].path)
	}
	if !b.plan.columnsOnly {
		b.writer.writeFields(s, (*viewSink)(e))
		return
	}
	for _, i := range b.matched[s.matched.from:s.matched.to] {
		r := &b.roles[i]
		for _, c := range v.columns[r.role] {
			if json := b.lookups[r.table].Value(int(r.lookup), c.output.column); json != nil {
				(*viewSink)(e).addField(c.output, json)
			}
		}
	}
}

// viewSink is the sink that sets the written values that the view reads.
type viewSink Event

func (s *viewSink) beginRole(r *roleState) {
	p := s.batch.plan
	s.skipRole = p.options.Into != "" && !p.options.Overwrite &&
		(s.isTaken(p.into.path) || s.isTaken(p.intoRoles[r.role].path))
}

// isTaken reports whether the event has something other than an object at a path.
func (s *viewSink) isTaken(p event.Path) bool {
	x, found := s.batch.existingAt(s.state, p)
	return found && x.value.Kind != jsonscan.Object
}

func (s *viewSink) memberBuffer() *[]byte { return nil }

func (s *viewSink) endRole(*roleState) { s.skipRole = false }

func (s *viewSink) addField(o *output, json []byte) {
	p := s.batch.plan
	path := p.view.pathOf[o.path]
	if path == event.NoPath || s.skipRole && o.column != urgencyColumn {
		return
	}
	if _, found := s.batch.existingAt(s.state, o.path); found && (!p.options.Overwrite || o.column == urgencyColumn) {
		return
	}
	w := s.worker
	from := len(w.text)
	w.text = append(w.text, json...)
	value := viewedValue{path: path, value: jsonValue(w.text[from:len(w.text):len(w.text)])}
	if !s.present.Has(path) {
		s.present.Add(path)
		s.values = append(s.values, value)
		return
	}
	for i := range s.values {
		if s.values[i].path == path {
			s.values[i] = value
		}
	}
}

// Present implements event.Event.
func (e *Event) Present() event.Set { return e.present }

// Value implements event.Event.
func (e *Event) Value(p event.Path) event.Value {
	if e.present.Has(p) {
		for i := range e.values {
			if e.values[i].path == p {
				return e.values[i].value
			}
		}
	}
	return event.Value{}
}

// AppendElements implements event.Event.
func (e *Event) AppendElements(dst []event.Value, p event.Path) []event.Value {
	for i := range e.values {
		if v := &e.values[i]; v.path == p && v.elements.from < v.elements.to {
			return append(dst, e.batch.elements[v.elements.from:v.elements.to]...)
		}
	}
	v := e.Value(p)
	if v.Kind != event.Array {
		if v.Found() {
			dst = append(dst, v)
		}
		return dst
	}
	array := jsonscan.Value{Kind: jsonscan.Array, End: uint32(len(v.Text))}
	for element := range array.Elements(v.Text) {
		dst = append(dst, jsonValue(element.Raw(v.Text)))
	}
	return dst
}
