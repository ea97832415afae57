package entity

import (
	"encoding/json"
	"errors"
)

// Clause is one comparison of a condition in a configuration, such as
// `{field: EventID, op: "=", value: [4728, 4732]}`. A condition is met if all of its clauses
// are. The zero Clause is invalid.
type Clause struct {
	Field string `yaml:"field" json:"field"` // a path in the event
	Op    string `yaml:"op" json:"op"`       // one of = != regex like > >= < <= exists
	// Value lists the literals to compare with. A clause with != holds if none of them
	// matches, any other clause if at least one does.
	Value Literals `yaml:"value" json:"value,omitempty"`
	// ValueField is the path of a field to compare with instead of literals.
	ValueField string `yaml:"value_field" json:"value_field,omitempty"`
}

// Literals are the values that a clause compares a field with. In a file they are one
// scalar or a list of scalars. Numbers and booleans are stored as text, as they are spelled
// in the file.
type Literals []string

// UnmarshalYAML decodes a scalar or a list of scalars. For a mapping it returns the error of
// decoding a scalar, and for a bad list the errors of its elements.
func (v *Literals) UnmarshalYAML(decode func(any) error) error {
	var one string
	noScalar := decode(&one)
	if noScalar == nil {
		*v = Literals{one}
		return nil
	}
	var list []string
	err := decode(&list)
	switch {
	case err == nil:
		*v = list
	case list == nil: // not a list
		return noScalar
	}
	return err
}

// UnmarshalJSON decodes a string, a number, true, false, or an array of these.
// It rejects null.
func (v *Literals) UnmarshalJSON(data []byte) error {
	var list []json.RawMessage
	if err := json.Unmarshal(data, &list); err != nil {
		list = []json.RawMessage{data}
	}
	*v = nil
	for _, raw := range list {
		text, err := literalText(raw)
		if err != nil {
			return err
		}
		*v = append(*v, text)
	}
	return nil
}

var errNoScalar = errors.New("value: must be a string, a number, true or false, or a list of these")

func literalText(raw json.RawMessage) (text string, err error) {
	switch raw[0] {
	case '{', '[', 'n':
		return "", errNoScalar
	case '"':
		err = json.Unmarshal(raw, &text)
		return text, err
	}
	return string(raw), nil
}
