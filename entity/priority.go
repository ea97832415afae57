package entity

import (
	"slices"

	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/schema"
)

// Priority is the importance of an entity, with the names of Enterprise Security. Greater
// values are more important. The zero Priority, Unset, stands for a blank cell.
type Priority uint8

// The priorities in ascending order. UnknownPriority stands for the value "unknown" in a
// list, and Unset for a missing value.
const (
	Unset Priority = iota
	UnknownPriority
	Informational
	Low
	Medium
	High
	Critical
)

// String returns the name in lower case, "" for Unset.
func (p Priority) String() string {
	if int(p) < len(schema.Priorities) {
		return schema.Priorities[p]
	}
	return ""
}

// ParsePriority returns the priority with the name s, ignoring case and surrounding white
// space. A blank s is Unset. For other names ParsePriority returns UnknownPriority and
// false.
func ParsePriority(s string) (Priority, bool) {
	if p := slices.Index(schema.Priorities[:], fold.Name(s)); p >= 0 {
		return Priority(p), true
	}
	return UnknownPriority, false
}

// Urgency returns the urgency of a notable with the given severity about an entity with the
// given priority, according to the table of Splunk Enterprise Security. Severities and
// urgencies use the names of priorities. Unset counts as unknown, and an informational
// priority as low.
func Urgency(severity, priority Priority) Priority {
	column := [...]int{UnknownPriority: 0, Informational: 1, Low: 1, Medium: 2, High: 3, Critical: 4}[min(priority, Critical)]
	return [...][5]Priority{
		Unset:           {Low, Low, Low, Medium, Medium},
		UnknownPriority: {Low, Low, Low, Medium, Medium},
		Informational:   {Informational, Informational, Informational, Informational, Informational},
		Low:             {Low, Low, Low, Medium, Medium},
		Medium:          {Low, Low, Medium, Medium, High},
		High:            {Medium, Medium, High, High, Critical},
		Critical:        {High, High, Critical, Critical, Critical},
	}[min(severity, Critical)][column]
}
