package enrich

import (
	"github.com/kithsec/kith/internal/jsonscan"
)

// nestedSink is the sink that writes the fields of each role into an object of its
// own, inside one object of the event.
type nestedSink struct {
	batch *batch
	event *eventState
	edits edits
	objects []byte         // `"src":{…},"dest":{…}`: roles that the event's object lacks
	members  []byte         // members of the role begun last
	ownObject   jsonscan.Value // the event's own object of that role
	skipObjects  bool           // the event has something else there
	topMembers   []byte         // members of the event itself: the object, and urgency
	urgency  []byte         // urgency, which is last of all
}

// appendNested appends an event with its fields inside the object that
// Options.Into names.
func (r *eventWriter) appendNested(dst []byte, e *eventState) []byte {
	n := &r.nested
	n.batch, n.event = r.batch, e
	n.edits.reset()
	n.objects, n.topMembers, n.urgency = n.objects[:0], n.topMembers[:0], n.urgency[:0]
	own, there := r.existingAt(e, r.plan.into.path)
	n.skipObjects = there && own.value.Kind != jsonscan.Object && !r.plan.options.Overwrite
	n.batch.writer.writeFields(e, n)
	switch {
	case len(n.objects) == 0:
	case !there:
		n.topMembers = append(append(append(append(n.topMembers, r.plan.into.member...), '{'), n.objects...), '}')
	case own.value.Kind == jsonscan.Object:
		n.insertMembers(own.value, n.objects)
	default:
		n.edits.replace(int(own.value.Start), int(own.value.End), []byte{'{'}, n.objects, []byte{'}'})
	}
	n.topMembers = append(n.topMembers, n.urgency...)
	return n.edits.appendWithMembers(dst, e, n.topMembers)
}

// insertMembers adds members, which are parted by commas, at the end of an object of
// the event.
func (n *nestedSink) insertMembers(object jsonscan.Value, members []byte) {
	comma := []byte{','}
	if object.Empty(n.event.raw) {
		comma = nil
	}
	n.edits.replace(int(object.End)-1, int(object.End)-1, comma, members)
}

func (n *nestedSink) beginRole(s *roleState) {
	n.members = n.members[:0]
	n.ownObject = jsonscan.Value{}
	if x, ok := n.batch.existingAt(n.event, n.batch.plan.intoRoles[s.role].path); ok {
		n.ownObject = x.value
	}
}

func (n *nestedSink) memberBuffer() *[]byte {
	if n.event.existing.from < n.event.existing.to {
		return nil
	}
	return &n.members
}

// addField adds a member to the role's object, unless the event has it.
func (n *nestedSink) addField(o *output, json []byte) {
	if o.column == urgencyColumn {
		n.urgency = append(append(n.urgency, o.member...), json...)
		return
	}
	if x, ok := n.batch.existingAt(n.event, o.path); ok {
		if n.batch.plan.options.Overwrite {
			n.edits.replace(int(x.value.Start), int(x.value.End), json)
		}
		return
	}
	n.members = append(append(n.members, o.member...), json...)
}

func (n *nestedSink) endRole(s *roleState) {
	if len(n.members) == 0 {
		return
	}
	object := n.batch.plan.intoRoles[s.role].member
	switch n.ownObject.Kind {
	case jsonscan.Object:
		n.insertMembers(n.ownObject, n.members[1:])
	case jsonscan.Absent:
		if n.skipObjects {
			return
		}
		if len(n.objects) == 0 {
			object = object[1:]
		}
		n.objects = append(append(append(append(n.objects, object...), '{'), n.members[1:]...), '}')
	default:
		if n.batch.plan.options.Overwrite {
			n.edits.replace(int(n.ownObject.Start), int(n.ownObject.End), []byte{'{'}, n.members[1:], []byte{'}'})
		}
	}
}
