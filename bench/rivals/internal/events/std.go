package events

import "encoding/json"

// stdAny is the obvious implementation: it decodes into a map, adds fields, and encodes.
type stdAny struct{ decoder }

func (*stdAny) Name() string { return "encoding/json, map[string]any" }

func (s *stdAny) Enrich(dst, event []byte) ([]byte, error) {
	var m map[string]any
	if err := json.Unmarshal(event, &m); err != nil {
		return dst, err
	}
	keys := s.keysOf(m)
	s.addFields(&keys, func(name string, value json.RawMessage) { m[name] = value })
	out, err := json.Marshal(m)
	return append(dst, out...), err
}

// stdRaw decodes only the first level and keeps the values as bytes.
type stdRaw struct{ decoder }

func (*stdRaw) Name() string { return "encoding/json, map of RawMessage" }

func (s *stdRaw) Enrich(dst, event []byte) ([]byte, error) {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(event, &m); err != nil {
		return dst, err
	}
	var keys [3]string
	for role, path := range s.shape.paths {
		if err := textAt(m, path, &keys[role]); err != nil {
			return dst, err
		}
	}
	s.addFields(&keys, func(name string, value json.RawMessage) { m[name] = value })
	out, err := json.Marshal(m)
	return append(dst, out...), err
}

func textAt(m map[string]json.RawMessage, path []string, text *string) error {
	raw := m[path[0]]
	for _, name := range path[1:] {
		var inner map[string]json.RawMessage
		if err := json.Unmarshal(raw, &inner); err != nil {
			return err
		}
		raw = inner[name]
	}
	if raw == nil {
		return nil
	}
	return json.Unmarshal(raw, text)
}
