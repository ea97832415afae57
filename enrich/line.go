package enrich

import "github.com/kithsec/kith/event"

// line is the sink that writes the fields into the event itself, behind its
// own members.
type line struct {
	batch *batch
	event *eventState
	dst   []byte
	bare  bool // nothing stands between the event's braces yet
	edits edits
}

func (l *line) begin(*roleState) {}
func (l *line) end(*roleState)   {}

func (l *line) buffer() *[]byte {
	if l.bare || l.event.existing.from < l.event.existing.to {
		return nil
	}
	return &l.dst
}

// field appends one member, unless the event has it.
func (l *line) field(o *output, json []byte) {
	if at, ok := l.batch.existingAt(l.event, o.path); ok {
		if l.batch.plan.options.Overwrite && o.column != urgencyColumn {
			l.edits.add(int(at.value.Start), int(at.value.End), json)
		}
		return
	}
	member := o.member
	if l.bare {
		member, l.bare = member[1:], false
	}
	l.dst = append(l.dst, member...)
	l.dst = append(l.dst, json...)
}

// existingAt returns where the event has an output.
func (b *batch) existingAt(e *eventState, path event.Path) (existing, bool) {
	for _, x := range b.existing[e.existing.from:e.existing.to] {
		if x.path == path {
			return x, true
		}
	}
	return existing{}, false
}

// appendPlain is appendFlat for the common case, in which nothing but the
// columns of matches is written and nothing of the event is replaced: it writes
// what fields would give to the line, in one piece.
func (r *eventWriter) appendPlain(dst []byte, e *eventState) []byte {
	dst = append(dst, e.raw[:e.brace]...)
	own := e.existing.from < e.existing.to
	for _, i := range r.matched[e.matched.from:e.matched.to] {
		s := &r.roles[i]
		if own {
			dst = r.appendMissing(dst, e, s)
			continue
		}
		dst = r.lookups[s.table].AppendMembers(dst, int(s.lookup), r.plan.roles[s.role].members)
	}
	end := e.raw[e.brace:]
	if len(end) == len("}\n") {
		return append(dst, end[0], end[1])
	}
	return append(dst, end...)
}

// appendMissing appends the fields of a match that the event lacks.
func (r *eventWriter) appendMissing(dst []byte, e *eventState, s *roleState) []byte {
	l := &r.line
	l.batch, l.event, l.bare, l.dst = r.batch, e, false, dst
	l.edits.reset()
	r.putColumns(&r.lookups[s.table], s.lookup, r.plan.roles[s.role].columns, l)
	dst, l.dst = l.dst, nil
	return dst
}

// appendFlat appends an event with its fields.
func (r *eventWriter) appendFlat(dst []byte, e *eventState) []byte {
	if r.plan.plain && !e.empty {
		return r.appendPlain(dst, e)
	}
	l := &r.line
	start := len(dst)
	l.batch, l.event, l.bare = r.batch, e, e.empty
	l.edits.reset()
	l.dst = append(dst, e.raw[:e.brace]...)
	r.fields(e, l)
	dst, l.dst = append(l.dst, e.raw[e.brace:]...), nil
	if len(l.edits.list) == 0 {
		return dst
	}
	added := append(r.scratch[:0], dst[start+e.brace:]...)
	r.scratch = added
	return append(l.edits.append(dst[:start], e.raw[:e.brace]), added...)
}
