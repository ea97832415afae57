package enrich

import (
	"errors"

	"github.com/kithsec/kith/event"
)

// ErrSchema is the error of Apply for an event that was made for another Schema than
// the one the Enricher uses now.
var ErrSchema = errors.New("event was made for another schema: use the one that Enricher.Schema returns")

// Apply adds to an event of any representation the fields that AppendJSON adds to a JSON
// event that is not in an envelope. It reads ev and writes w; both must stand for the same
// event. Fields that the event already has are kept unless Options.Overwrite is set. With
// Options.Into, each name passed to w is {Into, role, field}. OCSF enrichments are set as
// one array of the new objects. matched are the roles whose entity was found.
//
// ev must have been made for the Schema of the Enricher. If ev has a method Schema()
// *event.Schema that returns another Schema, Apply returns ErrSchema.
func (e *Enricher) Apply(ev event.Event, w event.Writer) (matched event.Roles, err error) {
	if ev == nil || w == nil {
		return 0, errors.New("the event and its writer must not be nil")
	}
	b := e.getBatch(e.plan.Load())
	defer e.putBatch(b)
	if in, ok := ev.(interface{ Schema() *event.Schema }); ok && in.Schema() != b.plan.schema {
		return 0, ErrSchema
	}
	b.addEvent(ev)
	b.finishLookups()
	s := &b.events[0]
	if b.plan.writesEnrichments(s) {
		b.writer.applyEnrichments(s, w)
	} else {
		b.writer.writeFields(s, &writerSink{plan: b.plan, event: ev, to: w})
	}
	return b.matchedRoles(s), nil
}

// writerSink is the sink that sets fields through an event.Writer.
type writerSink struct {
	plan     *plan
	event    event.Event
	to       event.Writer
	name     [3]string // Options.Into, role, field; without Into only the field
	skipRole bool      // the event has something other than an object for the role
}

func (s *writerSink) memberBuffer() *[]byte { return nil }

func (s *writerSink) beginRole(r *roleState) {
	if s.plan.options.Into == "" {
		return
	}
	s.name = [3]string{s.plan.options.Into, r.role.String()}
	s.skipRole = !s.plan.options.Overwrite &&
		(s.isTaken(s.plan.into.path) || s.isTaken(s.plan.intoRoles[r.role].path))
}

// isTaken reports whether the event has something other than an object at a path.
func (s *writerSink) isTaken(p event.Path) bool {
	kind := s.event.Value(p).Kind
	return kind != event.Absent && kind != event.Object
}

func (s *writerSink) endRole(*roleState) {}

func (s *writerSink) addField(o *output, json []byte) {
	isUrgency := o.column == urgencyColumn
	if s.event.Value(o.path).Found() && (isUrgency || !s.plan.options.Overwrite) {
		return
	}
	v := jsonValue(json)
	switch {
	case s.plan.options.Into == "" || isUrgency:
		s.name[2] = o.name
		s.to.Set(s.name[2:], v)
	case !s.skipRole:
		s.name[2] = o.name
		s.to.Set(s.name[:], v)
	}
}

// applyEnrichments sets the enrichment objects and the urgency of an OCSF event.
func (r *eventWriter) applyEnrichments(e *eventState, w event.Writer) {
	n := &r.ocsf
	n.collectObjects(r.batch, e)
	if len(n.urgency) > 0 {
		w.Set([]string{r.plan.urgency.name}, jsonValue(n.urgency[len(r.plan.urgency.member):]))
	}
	if len(n.objects) > 0 {
		r.scratch = append(append(append(r.scratch[:0], '['), n.objects...), ']')
		w.Set([]string{r.plan.options.Into}, jsonValue(r.scratch))
	}
}
