package cond

import (
	"encoding/json"
	"errors"
)

// Clause is one comparison as it is written. The zero Clause is not valid.
type Clause struct {
	Field string `yaml:"field" json:"field"` // a path in the event
	Op    string `yaml:"op" json:"op"`       // one of = != regex like > >= < <= exists
	// Value holds the literals, any of which may hold.
	Value Values `yaml:"value" json:"value,omitempty"`
	// ValueField is the field to compare with instead of literals.
	ValueField string `yaml:"value_field" json:"value_field,omitempty"`
}

// Values are the literals of a clause: in a file one scalar or a list of them.
// Each is kept as the text that was written.
type Values []string

// UnmarshalYAML takes a scalar or a list of scalars. decode is how the YAML
// packages offer what is there.
func (v *Values) UnmarshalYAML(decode func(any) error) error {
	var one string
	if decode(&one) == nil {
		*v = Values{one}
		return nil
	}
	var list []string
	if err := decode(&list); err != nil {
		return err
	}
	*v = list
	return nil
}

// UnmarshalJSON takes a string, a number, true, false, or an array of them. A
// null is no value.
func (v *Values) UnmarshalJSON(data []byte) error {
	var list []json.RawMessage
	if err := json.Unmarshal(data, &list); err != nil {
		list = []json.RawMessage{data}
	}
	*v = nil
	for _, raw := range list {
		text, err := scalar(raw)
		if err != nil {
			return err
		}
		*v = append(*v, text)
	}
	return nil
}

var errNoScalar = errors.New("value: want a text, a number, true or false, or a list of them")

func scalar(raw json.RawMessage) (text string, err error) {
	switch raw[0] {
	case '{', '[', 'n':
		return "", errNoScalar
	case '"':
		err = json.Unmarshal(raw, &text)
		return text, err
	}
	return string(raw), nil
}
