package enrich

// line is the sink that writes the fields into the event itself, behind its
// own members.
type line struct {
	batch *batch
	event *event
	dst   []byte
	bare  bool // nothing stands between the event's braces yet
	edits edits
}

func (l *line) begin(*roleState) {}
func (l *line) end(*roleState)   {}

// field appends one member, unless the event has it.
func (l *line) field(o *output, json []byte) {
	if l.event.existing.from < l.event.existing.to {
		if at, ok := l.batch.existingAt(l.event, o.path); ok {
			if l.batch.plan.options.Overwrite && o.column != urgencyColumn {
				l.edits.add(int(at.value.Start), int(at.value.End), json)
			}
			return
		}
	}
	member := o.member
	if l.bare {
		member, l.bare = member[1:], false
	}
	l.dst = append(l.dst, member...)
	l.dst = append(l.dst, json...)
}

// existingAt returns where the event has an output.
func (b *batch) existingAt(e *event, path int) (existing, bool) {
	for _, x := range b.existing[e.existing.from:e.existing.to] {
		if int(x.path) == path {
			return x, true
		}
	}
	return existing{}, false
}

// appendFlat appends an event with its fields.
func (b *batch) appendFlat(dst []byte, e *event) []byte {
	l := &b.line
	start := len(dst)
	l.batch, l.event, l.bare = b, e, e.empty
	l.edits.reset()
	l.dst = append(dst, e.raw[:e.brace]...)
	b.fields(e, l)
	dst, l.dst = append(l.dst, e.raw[e.brace:]...), nil
	if len(l.edits.list) == 0 {
		return dst
	}
	added := append(b.scratch[:0], dst[start+e.brace:]...)
	b.scratch = added
	return append(l.edits.append(dst[:start], e.raw[:e.brace]), added...)
}
