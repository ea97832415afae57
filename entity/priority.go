package entity

// Priority is how much an entity matters, in the words of ES. Greater is more
// important; Unset is a blank cell.
type Priority uint8

// The priorities, ascending. UnknownPriority is a value of its own: somebody
// said that nobody knows.
const (
	Unset Priority = iota
	UnknownPriority
	Informational
	Low
	Medium
	High
	Critical
)

var priorityNames = [...]string{"", "unknown", "informational", "low", "medium", "high", "critical"}

// String returns the lower-case word, "" for Unset.
func (p Priority) String() string {
	if int(p) < len(priorityNames) {
		return priorityNames[p]
	}
	return ""
}

// ParsePriority returns the priority that s names, ignoring case, and false if
// it names none. A blank s is Unset.
func ParsePriority(s string) (Priority, bool) {
	s = Fold(Trim(s))
	for p, name := range priorityNames {
		if s == name {
			return Priority(p), true
		}
	}
	return UnknownPriority, false
}
