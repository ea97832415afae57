package entity

import (
	"encoding/json"
	"errors"
)

// Clause is one comparison of a condition, as it is written: `{field: EventID, op: "=", value: [4728, 4732]}`.
// All clauses of a condition must hold. The zero Clause is invalid.
type Clause struct {
	Field string `yaml:"field" json:"field"` // a path in the event
	Op    string `yaml:"op" json:"op"`       // one of = != regex like > >= < <= exists
	// Value holds the literals, any of which may hold.
	Value Literals `yaml:"value" json:"value,omitempty"`
	// ValueField is the field to compare with instead of literals.
	ValueField string `yaml:"value_field" json:"value_field,omitempty"`
}

// Literals are what a clause compares a field with: one scalar in a file, or a
// list of scalars. Each is kept as the text that was written.
type Literals []string

// UnmarshalYAML decodes a scalar or a list of scalars. The error for a mapping is
// that of a scalar, the errors for the elements of a list are their own.
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
	case list == nil: // not even the length of a list was decoded
		return noScalar
	}
	return err
}

// UnmarshalJSON decodes a string, a number, true, false, or an array of these.
// A null is rejected.
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

var errNoScalar = errors.New("value: want a text, a number, true or false, or a list of them")

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
