package enrich

import (
	"errors"

	"github.com/kithsec/kith/event"
)

// ErrNilMap is the error of Map for a map that nothing can be added to.
var ErrNilMap = errors.New("event is a nil map")

// Map adds to a decoded event the fields that AppendJSON adds to its bytes.
// Paths reach into nested maps and match flat keys with dots, which come first
// where both are there. Texts, numbers and booleans are looked up, and those in
// []any and []string. What is added has the types that encoding/json decodes
// into: string, []any of them, bool, float64 for lat and long, and
// map[string]any. matched are the roles whose entity was found. The map must not be
// used by others meanwhile.
func (e *Enricher) Map(m map[string]any) (matched event.Roles, err error) {
	if m == nil {
		return 0, ErrNilMap
	}
	b := e.getBatch(e.plan.Load())
	defer e.putBatch(b)
	ev := &b.events[0]
	in := b.plan.schema.NewMap()
	in.Reset(m)
	b.addEvent(in)
	b.finishLookups()
	matched = b.matchedRoles(ev)
	if b.isEnrichments(ev) {
		return matched, b.writer.mapEnrichments(ev, m)
	}
	b.writer.writeFields(ev, &mapSink{plan: b.plan, event: m})
	return matched, nil
}
