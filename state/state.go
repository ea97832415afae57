// Package state persists the state of engines, so that a process can be killed at any
// time and continue at the last commit.
//
// An engine describes what changed since the last commit as a list of [Change], and
// restores itself from a [Reader]. A [Log] makes changes durable, all of them or none:
// package state/bolt keeps them in a file, [Memory] in memory. A [Session] commits the
// changes of all engines that share an input, together with the position in the input
// and the length of the output, so that these never disagree.
package state

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
)

// Change sets the value of a key in a space, or deletes the key if Value is nil. Spaces
// are independent sets of keys.
type Change struct {
	Space string
	Key   []byte
	Value []byte
}

// Reader reads the committed state.
type Reader interface {
	// Get returns the value of a key, or nil if the key does not exist.
	Get(space string, key []byte) ([]byte, error)
	// All yields the keys of a space with their values, in ascending order of the keys.
	// A key and its value are valid until the next iteration. An error ends the
	// sequence.
	All(space string) iter.Seq2[Change, error]
	// Len returns the number of keys in a space.
	Len(space string) int
}

// Log stores changes.
type Log interface {
	Reader
	// Commit makes changes durable, all of them or none. After an error the Log can
	// only be closed.
	Commit(changes []Change) error
	Close() error
}

// Engine is an engine whose changes a [Session] commits.
type Engine interface {
	// AppendChanges appends what changed since the last call, and returns the extended
	// slice.
	AppendChanges(dst []Change) []Change
}

// Errors of a state directory.
var (
	// ErrInUse reports that another process uses the directory.
	ErrInUse = errors.New("is used by another process")
	// ErrVersion reports that the directory was written by a newer program.
	ErrVersion = errors.New("has a newer version")
	// ErrOldVersion reports that the directory was written by an older program, in a
	// format that this program does not read.
	ErrOldVersion = errors.New("has an older version")
	// ErrDamaged reports that the contents of the directory are not as they were
	// written.
	ErrDamaged = errors.New("is damaged")
	// ErrEmpty reports that a directory that was opened for reading has no state.
	ErrEmpty = errors.New("contains no risk state")
)

// Error is an error of a state directory.
type Error struct {
	Dir string
	Err error
}

// Error formats e as "state directory DIR is damaged: …".
func (e *Error) Error() string { return fmt.Sprintf("state directory %s %v", e.Dir, e.Err) }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Memory is a [Log] in memory, for tests and for engines whose state need not outlive
// the process. The zero Memory is empty and ready to use.
type Memory struct {
	spaces map[string]map[string][]byte
}

// Get returns the value of a key, or nil if the key does not exist.
func (m *Memory) Get(space string, key []byte) ([]byte, error) {
	return m.spaces[space][string(key)], nil
}

// All yields the keys of a space with their values, in ascending order of the keys.
func (m *Memory) All(space string) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		for _, key := range slices.Sorted(maps.Keys(m.spaces[space])) {
			if !yield(Change{space, []byte(key), m.spaces[space][key]}, nil) {
				return
			}
		}
	}
}

// Len returns the number of keys in a space.
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
