package enrich

import (
	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
)

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
func (b *batch) existingAt(e *event, path int) (existing, bool) {
	for _, x := range b.existing[e.existing.from:e.existing.to] {
		if int(x.path) == path {
			return x, true
		}
	}
	return existing{}, false
}

// appendPlain is appendFlat for the common case, in which nothing but the
// columns of matches is written and nothing of the event is replaced: it writes
// what fields would give to the line, in one piece.
func (b *batch) appendPlain(dst []byte, e *event) []byte {
	dst = append(dst, e.raw[:e.brace]...)
	for i := e.roles.from; i < e.roles.to; i++ {
		s := &b.roles[i]
		switch out := &b.plan.roles[s.role]; {
		case !s.matched:
		case s.identity:
			dst = b.appendIdentity(dst, e, s.who, out.columns)
		default:
			dst = b.appendAsset(dst, e, s.found, out.columns)
		}
	}
	return append(dst, e.raw[e.brace:]...)
}

func (b *batch) appendAsset(dst []byte, e *event, m assets.Match, columns []output) []byte {
	t := b.plan.snapshot.Assets
	filled := t.Fill(m, b.plan.snapshot.Fill)
	own := e.existing.from < e.existing.to
	for i := range columns {
		o := &columns[i]
		switch {
		case own && b.hasOutput(e, o.path):
		case o.column == entity.IDColumn:
			dst = t.AppendID(append(dst, o.member...), m)
		default:
			dst = filled.AppendMember(dst, o.member, o.column)
		}
	}
	return dst
}

func (b *batch) appendIdentity(dst []byte, e *event, m identities.Match, columns []output) []byte {
	t := b.plan.snapshot.Identities
	own := e.existing.from < e.existing.to
	for i := range columns {
		o := &columns[i]
		switch {
		case own && b.hasOutput(e, o.path):
		case o.column == entity.IDColumn:
			dst = t.AppendID(append(dst, o.member...), m)
		default:
			dst = t.AppendMember(dst, o.member, m, o.column)
		}
	}
	return dst
}

// hasOutput reports whether the event has an output.
func (b *batch) hasOutput(e *event, path int) bool {
	_, ok := b.existingAt(e, path)
	return ok
}

// appendFlat appends an event with its fields.
func (b *batch) appendFlat(dst []byte, e *event) []byte {
	if b.plan.plain && !e.empty {
		return b.appendPlain(dst, e)
	}
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
