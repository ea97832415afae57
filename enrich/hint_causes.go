package enrich

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
)

// hint returns the Hint that the survey of events gives, or nil.
func (x *examiner) hint(events []sampledEvent, s *survey) *Hint {
	h := &Hint{Events: s.events, Format: x.format, Roles: x.missingRoles(s)}
	h.NoField = len(h.Roles) == len(x.roles)
	switch {
	case s.events == 0 || len(x.roles) == 0:
		return nil
	case x.findFormat(h, s), x.findFields(h, events), x.findDomain(h, s):
		return h
	case x.anyMatched() || len(s.keys) == 0:
		return nil
	case x.findZone(h, s):
		return h
	}
	h.Cause, h.Roles, h.Role, h.Key = UnknownKeys, nil, s.keys[0].role, s.keys[0].text
	return h
}

// findFormat looks for a format that at least half of the events look like, and in which at
// least a tenth of these have a field for a role for which no event has one. Events without
// marks of a format are in the default format only if they have fields of it, and none of the
// format of the stream.
func (x *examiner) findFormat(h *Hint, s *survey) bool {
	if x.format == event.Auto || len(h.Roles) == 0 {
		return false
	}
	gained := map[event.Role]bool{}
	others := 0
	for name, f := range s.formats {
		if name == x.format || name == defaultFormat && !h.NoField {
			continue
		}
		useful := false
		for _, role := range h.Roles {
			if f.has[role] > 0 && f.has[role]*10 >= f.events {
				gained[role], useful = true, true
			}
		}
		if useful {
			others += f.events
			h.Formats = append(h.Formats, FormatCount{name, f.events})
		}
	}
	if others*2 < s.events || len(gained) == 0 {
		h.Formats = nil
		return false
	}
	slices.SortFunc(h.Formats, func(a, b FormatCount) int {
		return cmp.Or(cmp.Compare(b.Events, a.Events), strings.Compare(a.Format, b.Format))
	})
	h.Cause, h.Roles = OtherFormat, slices.Sorted(maps.Keys(gained))
	return true
}

// findFields lists the fields of the events if none of them is a field of the format: those
// whose values are in the lists, or else the most frequent ones.
func (x *examiner) findFields(h *Hint, events []sampledEvent) bool {
	if !h.NoField {
		return false
	}
	count, known := map[string]int{}, map[string]int{}
	for i := range events {
		events[i].eachField(func(path, text string) {
			count[path]++
			if x.isListed(x.zone, text) {
				known[path]++
			}
		})
	}
	maps.DeleteFunc(known, func(path string, n int) bool { return n*2 < count[path] }) // "tcp" may be a machine, too
	h.Cause, h.InLists = OtherFields, len(known) > 0
	if h.InLists {
		count = known
	}
	h.Fields = slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), strings.Compare(a, b))
	})
	return true
}

// isListed reports whether the lists have a key in a zone.
func (x *examiner) isListed(zone entity.Zone, key string) bool {
	if t := x.snapshot.Assets; t != nil {
		if _, ok := t.Lookup(zone, key); ok {
			return true
		}
	}
	return x.isListedIdentity(zone, key)
}

func (x *examiner) isListedIdentity(zone entity.Zone, key string) bool {
	if x.snapshot.Identities == nil {
		return false
	}
	_, ok := x.snapshot.Identities.Lookup(zone, key)
	return ok
}

// isListedAs reports whether the lists have a key of a role in a zone.
func (x *examiner) isListedAs(role event.Role, zone entity.Zone, key string) bool {
	if role.Kind() == entity.Identity {
		return x.isListedIdentity(zone, key)
	}
	if x.snapshot.Assets == nil {
		return false
	}
	_, ok := x.snapshot.Assets.Lookup(zone, key)
	return ok
}

// domainSurvey counts the machines that events name in a domain.
type domainSurvey struct {
	known, unknown map[string]bool // first labels that the lists have or lack
	reports        bool            // a known one reports the events
	example        surveyedKey
}

// findDomain looks for a domain such that the lists have most machines that events name in
// it, without it: two of them, or one that reports the events.
func (x *examiner) findDomain(h *Hint, s *survey) bool {
	domains := x.surveyDomains(s)
	best := ""
	for _, name := range slices.Sorted(maps.Keys(domains)) {
		d := domains[name]
		enough := len(d.known) >= 2 || len(d.known) == 1 && d.reports
		if enough && len(d.known) >= len(d.unknown) && (best == "" || len(d.known) > len(domains[best].known)) {
			best = name
		}
	}
	if best == "" {
		return false
	}
	e := domains[best].example
	h.Cause, h.Roles, h.Role, h.Key, h.Domain = OtherDomain, nil, e.role, e.text, best
	h.Known, _, _ = strings.Cut(e.text, ".")
	return true
}

// surveyDomains returns the domains of the names of machines that the lists lack.
func (x *examiner) surveyDomains(s *survey) map[string]*domainSurvey {
	domains := map[string]*domainSurvey{}
	for _, k := range s.keys {
		label, name, ok := strings.Cut(strings.ToLower(k.text), ".")
		if !ok || k.role.Kind() != entity.Asset || label == "" || name == "" || isAddress(k.text) || x.isListedAs(k.role, k.zone, k.text) {
			continue
		}
		d := domains[name]
		if d == nil {
			d = &domainSurvey{known: map[string]bool{}, unknown: map[string]bool{}}
			domains[name] = d
		}
		if !x.isListedAs(k.role, k.zone, label) {
			d.unknown[label] = true
			continue
		}
		if len(d.known) == 0 {
			d.example = k
		}
		d.known[label] = true
		d.reports = d.reports || k.role == event.Dvc || k.role == event.Host
	}
	return domains
}

// isAddress reports whether a text is an IP address, or consists of numbers like one.
func isAddress(text string) bool { return strings.Trim(text, "0123456789.:/") == "" }

// findZone looks for a zone in which the lists have at least half of the keys.
func (x *examiner) findZone(h *Hint, s *survey) bool {
	found, example := map[entity.Zone]int{}, map[entity.Zone]surveyedKey{}
	for _, k := range s.keys {
		for _, zone := range x.zonesOf(k.role) {
			if zone != k.zone && x.isListedAs(k.role, zone, k.text) {
				if found[zone]++; found[zone] == 1 {
					example[zone] = k
				}
			}
		}
	}
	for _, zone := range slices.Sorted(maps.Keys(found)) {
		if found[zone]*2 >= len(s.keys) {
			e := example[zone]
			h.Cause, h.Roles, h.Role, h.Key, h.Zone = OtherZone, nil, e.role, e.text, zone
			return true
		}
	}
	return false
}

// zonesOf returns the zones of the list of a role.
func (x *examiner) zonesOf(role event.Role) []entity.Zone {
	if role.Kind() == entity.Identity {
		return x.snapshot.Identities.Zones()
	}
	return x.snapshot.Assets.Zones()
}
