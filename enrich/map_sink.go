package enrich

import (
	"encoding/json"
	"strconv"

	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/table"
)

// mapSink writes fields into a decoded event, or into the map that Options.Into
// names.
type mapSink struct {
	plan  *plan
	event map[string]any
}

func (s *mapSink) beginRole(*roleState) {}
func (s *mapSink) memberBuffer() *[]byte  { return nil }
func (s *mapSink) endRole(*roleState)   {}

// addField sets one field, unless the event has it.
func (s *mapSink) addField(o *output, json []byte) {
	urgency := o.column == urgencyColumn
	if m, key, ok := event.Locate(s.event, s.plan.schema.Text(o.path)); ok {
		if s.plan.options.Overwrite && !urgency {
			m[key] = decodeJSON(json)
		}
		return
	}
	m := s.event
	if s.plan.options.Into != "" && !urgency {
		if m = s.innerMap(m, s.plan.options.Into); m == nil {
			return
		}
		if m = s.innerMap(m, o.role.String()); m == nil {
			return
		}
	}
	m[o.name] = decodeJSON(json)
}

// innerMap returns the map at a path, which it makes if there is none; nil if
// there is something else, which is kept.
func (s *mapSink) innerMap(m map[string]any, path string) map[string]any {
	in, key, ok := event.Locate(m, path)
	if !ok {
		in, key = m, path
	}
	if found, is := in[key].(map[string]any); is && found != nil {
		return found
	}
	if ok && !s.plan.options.Overwrite {
		return nil
	}
	made := make(map[string]any)
	in[key] = made
	return made
}

// decodeJSON returns a value as encoding/json decodes it.
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

// mapEnrichments appends to the enrichments of a decoded OCSF event what
// appendEnrichments appends to its bytes.
func (r *eventWriter) mapEnrichments(e *eventState, m map[string]any) error {
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
	own, there := m[ocsfArray]
	if have, ok := own.([]any); ok {
		m[ocsfArray] = append(have, list...)
	} else if !there || r.plan.options.Overwrite {
		m[ocsfArray] = list
	}
	return nil
}
