package enrich

import (
	"github.com/kithsec/kith/internal/jsonscan"
)

// nested is the sink that writes the fields of each role into an object of its
// own, inside one object of the event.
type nested struct {
	batch *batch
	event *eventState
	edits edits
	roles []byte         // `"src":{…},"dest":{…}`: roles that the event's object lacks
	role  []byte         // members of the role begun last
	has   jsonscan.Value // the event's own object of that role
	skip  bool           // the event has something else there
	top   []byte         // members of the event itself: the object, and urgency
	last  []byte         // urgency, which is last of all
}

// appendNested appends an event with its fields inside the object that
// Options.Into names.
func (r *eventWriter) appendNested(dst []byte, e *eventState) []byte {
	n := &r.nested
	n.batch, n.event = r.batch, e
	n.edits.reset()
	n.roles, n.top, n.last = n.roles[:0], n.top[:0], n.last[:0]
	own, there := r.existingAt(e, r.plan.into.path)
	n.skip = there && own.value.Kind != jsonscan.Object && !r.plan.options.Overwrite
	n.batch.writer.fields(e, n)
	switch {
	case len(n.roles) == 0:
	case !there:
		n.top = append(append(append(append(n.top, r.plan.into.member...), '{'), n.roles...), '}')
	case own.value.Kind == jsonscan.Object:
		n.insert(own.value, n.roles)
	default:
		n.edits.add(int(own.value.Start), int(own.value.End), []byte{'{'}, n.roles, []byte{'}'})
	}
	n.top = append(n.top, n.last...)
	return n.edits.appendEvent(dst, e, n.top)
}

// insert adds members, which are parted by commas, at the end of an object of
// the event.
func (n *nested) insert(object jsonscan.Value, members []byte) {
	comma := []byte{','}
	if object.Empty(n.event.raw) {
		comma = nil
	}
	n.edits.add(int(object.End)-1, int(object.End)-1, comma, members)
}

func (n *nested) begin(s *roleState) {
	n.role = n.role[:0]
	n.has = jsonscan.Value{}
	if x, ok := n.batch.existingAt(n.event, n.batch.plan.intoRoles[s.role].path); ok {
		n.has = x.value
	}
}

func (n *nested) buffer() *[]byte {
	if n.event.existing.from < n.event.existing.to {
		return nil
	}
	return &n.role
}

// field adds a member to the role's object, unless the event has it.
func (n *nested) field(o *output, json []byte) {
	if o.column == urgencyColumn {
		n.last = append(append(n.last, o.member...), json...)
		return
	}
	if x, ok := n.batch.existingAt(n.event, o.path); ok {
		if n.batch.plan.options.Overwrite {
			n.edits.add(int(x.value.Start), int(x.value.End), json)
		}
		return
	}
	n.role = append(append(n.role, o.member...), json...)
}

func (n *nested) end(s *roleState) {
	if len(n.role) == 0 {
		return
	}
	object := n.batch.plan.intoRoles[s.role].member
	switch n.has.Kind {
	case jsonscan.Object:
		n.insert(n.has, n.role[1:])
	case jsonscan.Absent:
		if n.skip {
			return
		}
		if len(n.roles) == 0 {
			object = object[1:]
		}
		n.roles = append(append(append(append(n.roles, object...), '{'), n.role[1:]...), '}')
	default:
		if n.batch.plan.options.Overwrite {
			n.edits.add(int(n.has.Start), int(n.has.End), []byte{'{'}, n.role[1:], []byte{'}'})
		}
	}
}
