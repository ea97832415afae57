package enrich

import (
	"encoding/json"
	"errors"
	"strconv"

	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/table"
)

// ErrNilMap is the error of Map for a nil map, to which no field can be added.
var ErrNilMap = errors.New("event is a nil map")

// Map adds to a decoded event the fields that AppendJSON adds to a JSON event. Paths
// reach into nested maps and match flat keys with dots; if both exist, the flat key
// wins. Strings, numbers and booleans are looked up, and the elements of []any and
// []string. Added values have the types that encoding/json decodes into: string, []any
// of strings, bool, float64 for lat and long, and map[string]any. Unlike
// AppendJSON, Map does not look into envelopes: pass the event itself. matched are the roles
// whose entity was found. Other goroutines must not use the map during the call.
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
	if b.plan.writesEnrichments(ev) {
		return matched, b.writer.addEnrichments(ev, m)
	}
	b.writer.writeFields(ev, &mapSink{plan: b.plan, event: m})
	return matched, nil
}

// mapSink is the sink that sets fields in a decoded event, or in the maps inside it
// that Options.Into names.
type mapSink struct {
	plan  *plan
	event map[string]any
}

func (s *mapSink) beginRole(*roleState)  {}
func (s *mapSink) memberBuffer() *[]byte { return nil }
func (s *mapSink) endRole(*roleState)    {}

// addField sets one field. If the event already has it, it is kept or, with
// Options.Overwrite, replaced.
func (s *mapSink) addField(o *output, json []byte) {
	isUrgency := o.column == urgencyColumn
	if m, key, ok := event.Locate(s.event, s.plan.schema.Text(o.path)); ok {
		if s.plan.options.Overwrite && !isUrgency {
			m[key] = decodeJSON(json)
		}
		return
	}
	m := s.event
	if s.plan.options.Into != "" && !isUrgency {
		if m = s.innerMap(m, s.plan.options.Into); m == nil {
			return
		}
		if m = s.innerMap(m, o.role.String()); m == nil {
			return
		}
	}
	m[o.name] = decodeJSON(json)
}

// innerMap returns the map at a path, and creates it if nothing is there. If something
// other than a map is there, it is replaced with Options.Overwrite; otherwise it is
// kept and innerMap returns nil.
func (s *mapSink) innerMap(m map[string]any, path string) map[string]any {
	in, key, ok := event.Locate(m, path)
	if !ok {
		in, key = m, path
	}
	if found, isMap := in[key].(map[string]any); isMap && found != nil {
		return found
	}
	if ok && !s.plan.options.Overwrite {
		return nil
	}
	created := make(map[string]any)
	in[key] = created
	return created
}

// decodeJSON decodes a value as encoding/json does.
func decodeJSON(text []byte) any {
	switch text[0] {
	case '"':
		return table.Unquoted(text)
	case 't':
		return true
	case 'f':
		return false
	case '[':
		list := jsonscan.Value{Kind: jsonscan.Array, End: uint32(len(text))}
		values := []any{}
		for v := range list.Elements(text) {
			values = append(values, decodeJSON(v.Raw(text)))
		}
		return values
	case '{':
		var object map[string]any
		if json.Unmarshal(text, &object) == nil {
			return object
		}
	}
	if number, err := strconv.ParseFloat(string(text), 64); err == nil {
		return number
	}
	return string(text)
}

// addEnrichments adds to a decoded OCSF event what appendEnrichments adds to a JSON
// event.
func (r *eventWriter) addEnrichments(e *eventState, m map[string]any) error {
	n := &r.ocsf
	n.collectObjects(r.batch, e)
	if len(n.urgency) > 0 {
		if err := json.Unmarshal(append(append([]byte{'{'}, n.urgency[1:]...), '}'), &m); err != nil {
			return err
		}
	}
	if len(n.objects) == 0 {
		return nil
	}
	var list []any
	if err := json.Unmarshal(append(append([]byte{'['}, n.objects...), ']'), &list); err != nil {
		return err
	}
	own, exists := m[ocsfArray]
	if array, ok := own.([]any); ok {
		m[ocsfArray] = append(array, list...)
	} else if !exists || r.plan.options.Overwrite {
		m[ocsfArray] = list
	}
	return nil
}
