package enrich

import (
	"github.com/kithsec/kith/internal/jsonscan"
)

// ocsfArray is the member of OCSF events that lists enrichment objects.
const ocsfArray = "enrichments"

// writesEnrichments reports whether the fields of an event become OCSF enrichment
// objects.
func (p *plan) writesEnrichments(e *eventState) bool {
	return p.options.OCSF && e.format.Name() == "ocsf"
}

// ocsfSink is the sink that collects OCSF enrichment objects, one for each role that
// has fields.
type ocsfSink struct {
	batch      *batch
	objects    []byte // `{…},{…}`
	members    []byte // of the current role's "data"
	topMembers []byte // added to the event itself: the array, and the urgency
	urgency    []byte // member, written last
}

// appendEnrichments appends an OCSF event with its fields as objects
// {"name","value","type","provider","data"} of its enrichments array. An enrichments
// member that is not an array is kept unless Options.Overwrite is set.
func (r *eventWriter) appendEnrichments(dst []byte, e *eventState) []byte {
	n := &r.ocsf
	n.collectObjects(r.batch, e)
	own, exists := r.existingAt(e, r.plan.into.path)
	edits := &r.flat.edits
	edits.reset()
	switch {
	case len(n.objects) == 0:
	case !exists:
		n.topMembers = append(append(append(append(n.topMembers, r.plan.into.member...), '['), n.objects...), ']')
	case own.value.Kind == jsonscan.Array:
		comma := []byte{','}
		if own.value.Empty(e.raw) {
			comma = nil
		}
		edits.replace(int(own.value.End)-1, int(own.value.End)-1, comma, n.objects)
	case r.plan.options.Overwrite:
		edits.replace(int(own.value.Start), int(own.value.End), []byte{'['}, n.objects, []byte{']'})
	}
	n.topMembers = append(n.topMembers, n.urgency...)
	return edits.appendWithMembers(dst, e, n.topMembers)
}

// collectObjects collects the objects and the urgency of an event.
func (n *ocsfSink) collectObjects(b *batch, e *eventState) {
	n.batch, n.objects, n.topMembers, n.urgency = b, n.objects[:0], n.topMembers[:0], n.urgency[:0]
	b.writer.writeFields(e, n)
}

func (n *ocsfSink) beginRole(*roleState)  { n.members = n.members[:0] }
func (n *ocsfSink) memberBuffer() *[]byte { return &n.members }

func (n *ocsfSink) addField(o *output, json []byte) {
	if o.column == urgencyColumn {
		n.urgency = append(append(n.urgency, o.member...), json...)
		return
	}
	n.members = append(append(n.members, o.member...), json...)
}

func (n *ocsfSink) endRole(s *roleState) {
	if len(n.members) == 0 {
		return
	}
	if len(n.objects) > 0 {
		n.objects = append(n.objects, ',')
	}
	c := n.batch.candidates[s.chosen]
	n.objects = append(n.objects, `{"name":`...)
	n.objects = jsonscan.AppendString(n.objects, n.batch.plan.schema.Text(c.Path))
	n.objects = append(n.objects, `,"value":`...)
	n.objects = jsonscan.AppendString(n.objects, c.Text)
	n.objects = append(n.objects, `,"type":"`...)
	n.objects = append(n.objects, s.role.Kind().String()...)
	n.objects = append(n.objects, `","provider":"kith","data":{`...)
	n.objects = append(n.objects, n.members[1:]...)
	n.objects = append(n.objects, "}}"...)
}
