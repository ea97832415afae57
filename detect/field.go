package detect

import (
	"strings"

	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/bytestext"
)

// condition is a condition over an event, or over a modifier if it has fields.
type condition struct {
	event  *event.Condition
	fields []field // by their index in the condition
}

// field is the place from which a condition or a token reads a field of a modifier.
type field struct {
	path   event.Path // in the event
	of     property   // of the modifier; it hides the event's
	column string     // of the object's entity, if of is ofEntity
}

// property is a field that every modifier has, whatever its event.
type property uint8

const (
	ofEvent property = iota
	ofObject
	ofType
	ofScore
	ofMessage
	ofSource
	ofThreat
	ofThreatType
	ofTactics
	ofTechniques
	ofEntity // risk_object_<column>: the event's, else the entity's
)

var properties = map[string]property{
	"risk_object": ofObject, "risk_object_type": ofType, "risk_score": ofScore, "risk_message": ofMessage,
	"source": ofSource, "threat_object": ofThreat, "threat_object_type": ofThreatType,
	"tactics": ofTactics, "techniques": ofTechniques,
}

// entityPrefix is the prefix of fields of the object's entity.
const entityPrefix = "risk_object_"

// modifierField returns the field of that name of a modifier.
func (c *compiler) modifierField(name string) field {
	f := field{path: c.builder.Path(name), of: properties[name]}
	if column, found := strings.CutPrefix(name, entityPrefix); found && f.of == ofEvent {
		f.of, f.column = ofEntity, column
		c.entities = true
	}
	return f
}

// holds reports whether a condition holds for the event, or for the modifier that
// is being made of it.
func (r *Reader) holds(c *condition) bool {
	if c.fields == nil {
		return r.events.Holds(c.event)
	}
	r.modifier.condition, r.modifier.values = c, r.modifier.values[:0]
	return r.events.HoldsFor(c.event, &r.modifier)
}

// modifier is an event.Source of the modifier that is being made of an event.
type modifier struct {
	reader    *Reader
	condition *condition
	values    [][]byte
}

// Values returns the values of a field: the modifier's own hide the event's, and
// the event's hide those of the object's entity.
func (m *modifier) Values(i int) [][]byte {
	field := &m.condition.fields[i]
	if field.of == ofEvent {
		return m.reader.events.Values(m.condition.event, i)
	}
	return m.ownValues(field, i)
}

func (m *modifier) ownValues(field *field, i int) [][]byte {
	f := m.reader.fact
	from := len(m.values)
	switch field.of {
	case ofEntity:
		if values := m.reader.events.Values(m.condition.event, i); len(values) > 0 {
			return values
		}
		m.add(m.reader.naming.entity.Values(field.column)...)
	case ofObject:
		m.add(f.Spelled)
	case ofType:
		m.add(f.Object.Type)
	case ofScore:
		m.add(f.Base.String())
	case ofMessage:
		m.addUnlessEmpty(f.Message)
	case ofSource:
		m.addUnlessEmpty(f.Source)
	case ofTactics:
		m.add(f.Attack.Tactics...)
	case ofTechniques:
		m.add(f.Attack.Techniques...)
	case ofThreat:
		for i := range f.Threats {
			m.add(f.Threats[i].Value)
		}
	case ofThreatType:
		for i := range f.Threats {
			m.add(f.Threats[i].Type)
		}
	}
	return m.values[from:len(m.values):len(m.values)]
}

func (m *modifier) addUnlessEmpty(text string) {
	if text != "" {
		m.add(text)
	}
}

func (m *modifier) add(texts ...string) {
	for _, text := range texts {
		m.values = append(m.values, bytestext.Bytes(text))
	}
}

// token returns the value of a token of a message: the event's, else the
// modifier's. It returns false if both are empty.
func (r *Reader) token(f field) (string, bool) {
	text := r.joined(f.path)
	if text == "" {
		switch f.of {
		case ofObject:
			text = r.fact.Spelled
		case ofType:
			text = r.fact.Object.Type
		case ofScore:
			text = r.fact.Base.String()
		}
	}
	return text, text != ""
}
