package events

import (
	"encoding/json"
	"errors"

	"github.com/bytedance/sonic"
	"github.com/bytedance/sonic/ast"
)

// sonicAny decodes into a map, adds fields, and encodes, with code compiled at run time.
type sonicAny struct{ decoder }

func newSonicAny(l *lists, s shape) *sonicAny { return &sonicAny{l.decoder(s)} }

func (*sonicAny) Name() string { return "sonic, map[string]any" }

func (s *sonicAny) Enrich(dst, event []byte) ([]byte, error) {
	var m map[string]any
	if err := sonic.Unmarshal(event, &m); err != nil {
		return dst, err
	}
	keys := s.keysOf(m)
	s.addFields(&keys, func(name string, value json.RawMessage) { m[name] = value })
	out, err := sonic.Marshal(m)
	return append(dst, out...), err
}

// sonicAST searches for each path from the start of the event, with vector instructions.
type sonicAST struct {
	splicer
	paths [3][]any
}

func newSonicAST(l *lists, s shape) *sonicAST {
	a := &sonicAST{splicer: l.splicer(s)}
	for role, path := range s.paths {
		for _, name := range path {
			a.paths[role] = append(a.paths[role], name)
		}
	}
	return a
}

func (*sonicAST) Name() string { return "sonic ast + splice" }

func (a *sonicAST) Enrich(dst, event []byte) ([]byte, error) {
	var keys [3][]byte
	for role, path := range a.paths {
		node, err := sonic.Get(event, path...)
		if errors.Is(err, ast.ErrNotExist) {
			continue
		}
		if err != nil {
			return dst, err
		}
		text, err := node.String()
		if err != nil {
			return dst, err
		}
		keys[role] = []byte(text)
	}
	return a.splice(dst, event, &keys), nil
}
