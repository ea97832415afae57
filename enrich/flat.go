package enrich

// flatSink is the sink that appends the fields to the event's own members.
type flatSink struct {
	batch *batch
	event *eventState
	dst   []byte
	empty bool // no member has been written between the event's braces yet
	edits edits
}

func (l *flatSink) beginRole(*roleState) {}
func (l *flatSink) endRole(*roleState)   {}

func (l *flatSink) memberBuffer() *[]byte {
	if l.empty || l.event.existing.from < l.event.existing.to {
		return nil
	}
	return &l.dst
}

// addField appends one member. If the event already has it, it is kept or, with
// Options.Overwrite, replaced.
func (l *flatSink) addField(o *output, json []byte) {
	if own, ok := l.batch.existingAt(l.event, o.path); ok {
		if l.batch.plan.options.Overwrite && o.column != urgencyColumn {
			l.edits.replace(int(own.value.Start), int(own.value.End), json)
		}
		return
	}
	member := o.member
	if l.empty {
		member, l.empty = member[1:], false
	}
	l.dst = append(l.dst, member...)
	l.dst = append(l.dst, json...)
}

// appendFlat appends an event with its fields as members of the event itself.
func (r *eventWriter) appendFlat(dst []byte, e *eventState) []byte {
	if r.plan.columnsOnly && !e.empty {
		return r.appendColumns(dst, e)
	}
	l := &r.flat
	start := len(dst)
	l.batch, l.event, l.empty = r.batch, e, e.empty
	l.edits.reset()
	l.dst = append(dst, e.raw[:e.brace]...)
	r.writeFields(e, l)
	dst, l.dst = append(l.dst, e.raw[e.brace:]...), nil
	if len(l.edits.list) == 0 {
		return dst
	}
	added := append(r.scratch[:0], dst[start+e.brace:]...)
	r.scratch = added
	return append(l.edits.appendEdited(dst[:start], e.raw[:e.brace]), added...)
}

// appendColumns is appendFlat for the common case of plan.columnsOnly: it copies the
// members of a match in one piece instead of passing each field to the sink.
func (r *eventWriter) appendColumns(dst []byte, e *eventState) []byte {
	dst = append(dst, e.raw[:e.brace]...)
	hasExisting := e.existing.from < e.existing.to
	for _, i := range r.matched[e.matched.from:e.matched.to] {
		s := &r.roles[i]
		if hasExisting {
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

// appendMissing appends those fields of a match that the event lacks.
func (r *eventWriter) appendMissing(dst []byte, e *eventState, s *roleState) []byte {
	l := &r.flat
	l.batch, l.event, l.empty, l.dst = r.batch, e, false, dst
	l.edits.reset()
	r.writeColumns(&r.lookups[s.table], s.lookup, r.plan.roles[s.role].columns, l)
	dst, l.dst = l.dst, nil
	return dst
}
