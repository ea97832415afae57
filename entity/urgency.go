package entity

// Urgency says how urgent a notable of this severity about an entity of this
// priority is: the table of Splunk Enterprise Security. Severities and
// urgencies have the words of Priority. Unset counts as unknown; a priority
// that is informational reads the column of low ones.
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
