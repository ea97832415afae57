package entity

// Urgency returns the urgency of a notable of a severity about an entity of a
// priority, by the table of Splunk Enterprise Security. Severities and urgencies use
// the names of priorities. Unset counts as unknown, and an informational priority
// counts as low.
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
