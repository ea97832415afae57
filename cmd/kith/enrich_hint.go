package main

import (
	"fmt"
	"strings"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/internal/problem"
)

// matchHint returns a Hint as a sentence that states what was found and what to change.
func matchHint(h *enrich.Hint) string {
	switch h.Cause {
	case enrich.OtherFormat:
		return formatHint(h)
	case enrich.OtherFields:
		return fieldsHint(h)
	case enrich.OtherDomain:
		return fmt.Sprintf("%s (%s) is not in the lists, but %s is: if %s is one of your domains, set assets: {domains: [%s]}",
			problem.Quote(h.Key), h.Role, problem.Quote(h.Known), problem.Shorten(h.Domain), problem.Shorten(h.Domain))
	case enrich.OtherZone:
		return fmt.Sprintf("no event matched: keys such as %s (%s) are in the zone %s of the lists, but not in the zone of the events: set zones.default or zones.rules",
			problem.Quote(h.Key), h.Role, problem.Quote(string(h.Zone)))
	case enrich.UnknownKeys:
		return fmt.Sprintf("no event matched: no key is in the lists, such as %s (%s); kith lookup shows what is near", problem.Quote(h.Key), h.Role)
	}
	return ""
}

// formatHint names the format that fits.
func formatHint(h *enrich.Hint) string {
	var looks []string
	for _, f := range h.Formats {
		verb := "look"
		if f.Events == 1 {
			verb = "looks"
		}
		looks = append(looks, fmt.Sprintf("%s %s like %s", problem.Plural(f.Events, "event"), verb, f.Format))
	}
	missing := "no event has a field of the format " + h.Format
	if !h.NoField {
		missing = fmt.Sprintf("no event has a field for %s in the format %s", roleList(h), h.Format)
	}
	cure := "--format auto"
	if h.Formats[0].Events*10 >= h.Events*9 {
		cure += " or --format " + h.Formats[0].Format
	}
	return fmt.Sprintf("%s, and %s: use %s", missing, strings.Join(looks, ", "), cure)
}

// fieldsHint names the fields that events have.
func fieldsHint(h *enrich.Hint) string {
	const most = 5
	var names []string
	for _, path := range h.Fields[:min(most, len(h.Fields))] {
		names = append(names, problem.Quote(path))
	}
	fields := strings.Join(names, ", ")
	if more := len(h.Fields) - most; more > 0 {
		fields += fmt.Sprintf(" and %s more", problem.Thousands(more))
	}
	what := "no event has a field for " + roleList(h) + " in the format " + h.Format
	switch {
	case h.InLists:
		return fmt.Sprintf("%s, but the lists have the values of %s: name these fields in a preset of your own (enrich.presets)", what, fields)
	case fields == "":
		return what
	}
	return fmt.Sprintf("%s; the events have %s: name those that hold keys in a preset of your own (enrich.presets)", what, fields)
}

// roleList returns the roles of a Hint as "src, dest or user".
func roleList(h *enrich.Hint) string {
	var names []string
	for _, r := range h.Roles {
		names = append(names, r.String())
	}
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
