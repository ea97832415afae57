package enrich

import (
	"github.com/kithsec/kith/internal/jsonscan"
)

// nestedSink is the sink that writes the fields of each role into an object of its own,
// inside the object of the event that Options.Into names.
type nestedSink struct {
	batch       *batch
	event       *eventState
	edits       edits
	objects     []byte         // `"src":{…},"dest":{…}`: of the roles for which the event has no object
	members     []byte         // of the current role
	ownObject   jsonscan.Value // what the event has at the path of the current role's object
	skipObjects bool           // the event has something other than an object at Options.Into
	topMembers  []byte         // added to the event itself: the object, and the urgency
	urgency     []byte         // member, written last
}

// appendNested appends an event with its fields inside the object that Options.Into
// names.
func (r *eventWriter) appendNested(dst []byte, e *eventState) []byte {
	n := &r.nested
	n.batch, n.event = r.batch, e
	n.edits.reset()
	n.objects, n.topMembers, n.urgency = n.objects[:0], n.topMembers[:0], n.urgency[:0]
	own, exists := r.existingAt(e, r.plan.into.path)
	n.skipObjects = exists && own.value.Kind != jsonscan.Object && !r.plan.options.Overwrite
	n.batch.writer.writeFields(e, n)
	switch {
	case len(n.objects) == 0:
	case !exists:
		n.topMembers = append(append(append(append(n.topMembers, r.plan.into.member...), '{'), n.objects...), '}')
	case own.value.Kind == jsonscan.Object:
		n.insertMembers(own.value, n.objects)
	default:
		n.edits.replace(int(own.value.Start), int(own.value.End), []byte{'{'}, n.objects, []byte{'}'})
	}
	n.topMembers = append(n.topMembers, n.urgency...)
	return n.edits.appendWithMembers(dst, e, n.topMembers)
}

// insertMembers inserts members, which are separated by commas, at the end of an object
// of the event.
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
	if own, ok := n.batch.existingAt(n.event, n.batch.plan.intoRoles[s.role].path); ok {
		n.ownObject = own.value
	}
}

func (n *nestedSink) memberBuffer() *[]byte {
	if n.event.existing.from < n.event.existing.to {
		return nil
	}
	return &n.members
}

// addField adds a member to the object of the role. If the event already has it, it is
// kept or, with Options.Overwrite, replaced.
func (n *nestedSink) addField(o *output, json []byte) {
	if o.column == urgencyColumn {
		n.urgency = append(append(n.urgency, o.member...), json...)
		return
	}
	if own, ok := n.batch.existingAt(n.event, o.path); ok {
		if n.batch.plan.options.Overwrite {
			n.edits.replace(int(own.value.Start), int(own.value.End), json)
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
