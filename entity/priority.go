package entity

import (
	"slices"

	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/schema"
)

// Priority is how much an entity matters, in the words of Enterprise Security.
// Greater is more important; Unset is a blank cell.
type Priority uint8

// The priorities, ascending. UnknownPriority is a value that a list can have, unlike
// Unset.
const (
	Unset Priority = iota
	UnknownPriority
	Informational
	Low
	Medium
	High
	Critical
)

// String returns the lower-case word, "" for Unset.
func (p Priority) String() string {
	if int(p) < len(schema.Priorities) {
		return schema.Priorities[p]
	}
	return ""
}

// ParsePriority returns the priority that s names, ignoring case and white
// space around it, and false if it names none. A blank s is Unset.
func ParsePriority(s string) (Priority, bool) {
	if p := slices.Index(schema.Priorities[:], fold.Lower(fold.Trim(s))); p >= 0 {
		return Priority(p), true
	}
	return UnknownPriority, false
}
