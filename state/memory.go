package state

import (
	"bytes"
	"iter"
	"maps"
	"slices"
)

// Memory is a [Log] in memory, for tests and for engines whose state need not
// outlive the process. The zero Memory is empty.
type Memory struct {
	spaces map[string]map[string][]byte
}

// Get returns the value of a key.
func (m *Memory) Get(space string, key []byte) ([]byte, error) {
	return m.spaces[space][string(key)], nil
}

// All yields the keys of a space and their values.
func (m *Memory) All(space string) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		for _, key := range slices.Sorted(maps.Keys(m.spaces[space])) {
			if !yield(Change{space, []byte(key), m.spaces[space][key]}, nil) {
				return
			}
		}
	}
}

// Len returns how many keys a space has.
func (m *Memory) Len(space string) int { return len(m.spaces[space]) }

// Commit applies the changes. It keeps copies of them.
func (m *Memory) Commit(changes []Change) error {
	if m.spaces == nil {
		m.spaces = map[string]map[string][]byte{}
	}
	for _, c := range changes {
		if c.Value == nil {
			delete(m.spaces[c.Space], string(c.Key))
			continue
		}
		if m.spaces[c.Space] == nil {
			m.spaces[c.Space] = map[string][]byte{}
		}
		m.spaces[c.Space][string(c.Key)] = bytes.Clone(c.Value)
	}
	return nil
}

// Close does nothing.
func (m *Memory) Close() error { return nil }
