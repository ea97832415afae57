package entity

// Level is a step of a scale that severities and priorities share. They are
// ordered by rank: unknown < informational < low < medium < high < critical.
type Level uint8

// The levels. The zero Level is Unknown.
const (
	Unknown Level = iota
	Informational
	Low
	Medium
	High
	Critical
)

// String returns the level in lower case.
func (l Level) String() string {
	return [...]string{"unknown", "informational", "low", "medium", "high", "critical"}[min(l, Critical)]
}

// ParseLevel reads a level, ignoring case and the white space around it. It is
// Unknown and false for anything else.
func ParseLevel(s string) (Level, bool) {
	s = Trim(s)
	for l := Unknown; l <= Critical; l++ {
		if EqualFold(s, l.String()) {
			return l, true
		}
	}
	return Unknown, false
}

// Urgency says how urgent a notable of this severity about an entity of this
// priority is: the table of Splunk Enterprise Security. A priority that is
// informational reads the column of low ones.
func Urgency(severity, priority Level) Level {
	column := [...]int{Unknown: 0, Informational: 1, Low: 1, Medium: 2, High: 3, Critical: 4}[min(priority, Critical)]
	return [...][5]Level{
		Unknown:       {Low, Low, Low, Medium, Medium},
		Informational: {Informational, Informational, Informational, Informational, Informational},
		Low:           {Low, Low, Low, Medium, Medium},
		Medium:        {Low, Low, Medium, Medium, High},
		High:          {Medium, Medium, High, High, Critical},
		Critical:      {High, High, Critical, Critical, Critical},
	}[min(severity, Critical)][column]
}
