package detect

import (
	"strings"

	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/bytestext"
)

// condition is a condition over an event, or over a modifier if it has fields.
type condition struct {
	event  *event.Condition
	fields []field // fields[i] is field i of event
}

// field is a field of a modifier to which a condition or a token of a message refers.
type field struct {
	path     event.Path // in the event
	property property   // takes precedence over the field of the event, except entityProperty
	column   string     // of the object's entity, if property is entityProperty
}

// property is a field that modifiers have in addition to those of the event.
type property uint8

const (
	noProperty property = iota
	objectProperty
	typeProperty
	scoreProperty
	messageProperty
	sourceProperty
	threatProperty
	threatTypeProperty
	tacticsProperty
	techniquesProperty
	entityProperty // risk_object_<column>: that of the event, or else that of the entity
)

var properties = map[string]property{
	"risk_object": objectProperty, "risk_object_type": typeProperty, "risk_score": scoreProperty, "risk_message": messageProperty,
	"source": sourceProperty, "threat_object": threatProperty, "threat_object_type": threatTypeProperty,
	"tactics": tacticsProperty, "techniques": techniquesProperty,
}

// entityPrefix is the prefix of the fields of the object's entity.
const entityPrefix = "risk_object_"

// modifierField returns the field of a modifier with that name.
func (c *compiler) modifierField(name string) field {
	f := field{path: c.builder.Path(name), property: properties[name]}
	if column, found := strings.CutPrefix(name, entityPrefix); found && f.property == noProperty {
		f.property, f.column = entityProperty, column
		c.readsEntities = true
	}
	return f
}

// conditionHolds reports whether a condition holds for the current event, or for its
// current modifier if the condition has fields.
func (r *Reader) conditionHolds(c *condition) bool {
	if c.fields == nil {
		return r.events.Holds(c.event)
	}
	r.modifier.condition, r.modifier.texts = c, r.modifier.texts[:0]
	return r.events.HoldsFor(c.event, &r.modifier)
}

// modifier is an event.Source that returns the values of the current modifier.
type modifier struct {
	reader    *Reader
	condition *condition
	texts     [][]byte
}

// Values returns the values of a field. Those of the modifier take precedence over
// those of the event, and those of the event over those of the object's entity.
func (m *modifier) Values(i int) [][]byte {
	field := &m.condition.fields[i]
	if field.property == noProperty {
		return m.reader.events.Values(m.condition.event, i)
	}
	return m.ownValues(field, i)
}

// ownValues returns the values of field i, which has a property.
func (m *modifier) ownValues(field *field, i int) [][]byte {
	f := m.reader.fact
	from := len(m.texts)
	switch field.property {
	case entityProperty:
		if values := m.reader.events.Values(m.condition.event, i); len(values) > 0 {
			return values
		}
		m.appendValues(m.reader.resolved.entity.Values(field.column)...)
	case objectProperty:
		m.appendValues(f.Spelled)
	case typeProperty:
		m.appendValues(f.Object.Type)
	case scoreProperty:
		m.appendValues(f.Base.String())
	case messageProperty:
		m.appendNonEmpty(f.Message)
	case sourceProperty:
		m.appendNonEmpty(f.Source)
	case tacticsProperty:
		m.appendValues(f.Attack.Tactics...)
	case techniquesProperty:
		m.appendValues(f.Attack.Techniques...)
	case threatProperty:
		for i := range f.Threats {
			m.appendValues(f.Threats[i].Value)
		}
	case threatTypeProperty:
		for i := range f.Threats {
			m.appendValues(f.Threats[i].Type)
		}
	}
	return m.texts[from:len(m.texts):len(m.texts)]
}

func (m *modifier) appendNonEmpty(text string) {
	if text != "" {
		m.appendValues(text)
	}
}

func (m *modifier) appendValues(texts ...string) {
	for _, text := range texts {
		m.texts = append(m.texts, bytestext.Bytes(text))
	}
}

// tokenValue returns the value of a token of a message: that of the event, or else that
// of the modifier. It returns false if both are empty.
func (r *Reader) tokenValue(f field) (string, bool) {
	text := r.joinedText(f.path)
	if text == "" {
		switch f.property {
		case objectProperty:
			text = r.fact.Spelled
		case typeProperty:
			text = r.fact.Object.Type
		case scoreProperty:
			text = r.fact.Base.String()
		}
	}
	return text, text != ""
}
