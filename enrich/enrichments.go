package enrich

import (
	"github.com/kithsec/kith/internal/jsonscan"
)

// ocsfArray is the member of OCSF events that lists enrichment objects.
const ocsfArray = "enrichments"

// enrichments is the sink that writes OCSF enrichment objects, one for each
// role that has fields, into the event's enrichments array.
type enrichments struct {
	batch *batch
	list  []byte // `{…},{…}`
	data  []byte // members of the object begun last
	top   []byte // members of the event itself: the array, and urgency
	last  []byte // urgency, which is last of all
}

// appendEnrichments appends an OCSF event with its fields as objects
// {"name","value","type","provider","data"} of its enrichments array. An
// enrichments member that is not an array is kept.
func (r *eventWriter) appendEnrichments(dst []byte, e *eventState) []byte {
	n := &r.ocsf
	n.collect(r.batch, e)
	own, there := r.existingAt(e, r.plan.into.path)
	edits := &r.line.edits
	edits.reset()
	switch {
	case len(n.list) == 0:
	case !there:
		n.top = append(append(append(append(n.top, r.plan.into.member...), '['), n.list...), ']')
	case own.value.Kind == jsonscan.Array:
		comma := []byte{','}
		if own.value.Empty(e.raw) {
			comma = nil
		}
		edits.add(int(own.value.End)-1, int(own.value.End)-1, comma, n.list)
	case r.plan.options.Overwrite:
		edits.add(int(own.value.Start), int(own.value.End), []byte{'['}, n.list, []byte{']'})
	}
	n.top = append(n.top, n.last...)
	return edits.appendEvent(dst, e, n.top)
}

// collect fills list and last for an event.
func (n *enrichments) collect(b *batch, e *eventState) {
	n.batch, n.list, n.top, n.last = b, n.list[:0], n.top[:0], n.last[:0]
	b.writer.fields(e, n)
}

func (n *enrichments) begin(*roleState) { n.data = n.data[:0] }
func (n *enrichments) buffer() *[]byte  { return &n.data }

func (n *enrichments) field(o *output, json []byte) {
	if o.column == urgencyColumn {
		n.last = append(append(n.last, o.member...), json...)
		return
	}
	n.data = append(append(n.data, o.member...), json...)
}

func (n *enrichments) end(s *roleState) {
	if len(n.data) == 0 {
		return
	}
	if len(n.list) > 0 {
		n.list = append(n.list, ',')
	}
	c := n.batch.values[s.at]
	n.list = append(n.list, `{"name":`...)
	n.list = jsonscan.AppendString(n.list, n.batch.plan.schema.Text(c.Path))
	n.list = append(n.list, `,"value":`...)
	n.list = jsonscan.AppendString(n.list, c.Text)
	n.list = append(n.list, `,"type":"`...)
	n.list = append(n.list, s.role.Kind().String()...)
	n.list = append(n.list, `","provider":"kith","data":{`...)
	n.list = append(n.list, n.data[1:]...)
	n.list = append(n.list, "}}"...)
}

// isEnrichments reports whether the fields of an event become enrichment objects.
func (b *batch) isEnrichments(e *eventState) bool {
	return b.plan.options.OCSF && e.format.Name() == "ocsf"
}
