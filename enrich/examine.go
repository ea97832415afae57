package enrich

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/snapshot"
)

// firstSurvey is how many events are surveyed to find out whether there may be a Hint.
const firstSurvey = 64

// examine returns a Hint about the first events of a stream whose counts are total, or nil.
func examine(p *plan, events []sampledEvent, total *Stats) *Hint {
	x := &examiner{snapshot: p.snapshot, total: total, format: cmp.Or(p.options.Format, defaultFormat), zone: p.options.Zone.Default}
	x.collectRoles(p)
	if len(events) == 0 || !slices.ContainsFunc(x.roles, func(r event.Role) bool { return total.matched[r] == 0 }) {
		return nil
	}
	if x.compile(p.options) != nil {
		return nil // New has compiled the same options
	}
	few := events[:min(firstSurvey, len(events))]
	s := x.survey(few)
	if x.anyMatched() && !x.haveOtherFields(few, x.missingRoles(s)) && !x.findDomain(&Hint{}, s) {
		return nil
	}
	// Only now, because it takes as long as enriching thousands of events.
	var err error
	if x.auto, err = x.compileSchema(p.options, event.Auto); err != nil {
		return nil
	}
	if x.anyMatched() && x.hint(few, x.survey(few)) == nil {
		return nil
	}
	return x.hint(events, x.survey(events))
}

// defaultFormat is the default of Options.Format. It is also the format of the events that do
// not look like another one.
const defaultFormat = "cim"

// examiner looks for the reason why events do not match.
type examiner struct {
	snapshot *snapshot.Snapshot
	total    *Stats
	format   string
	zone     entity.Zone  // of events without one
	roles    []event.Role // that the lists could match
	presets  []event.Preset
	schema   *event.Schema // of the format
	auto     *event.Schema // recognises the format of each event; nil until it is needed
}

// collectRoles collects the roles that have a list with entities.
func (x *examiner) collectRoles(p *plan) {
	for role := range event.Role(event.NumRoles) {
		if t := p.tables[tableOf(role)].table; t != nil && t.Len() > 0 {
			x.roles = append(x.roles, role)
		}
	}
}

// compile compiles the schema of the format. It removes roles that the format does not have.
func (x *examiner) compile(o Options) (err error) {
	x.schema, err = x.compileSchema(o, x.format)
	return err
}

func (x *examiner) compileSchema(o Options, format string) (*event.Schema, error) {
	b := event.NewBuilder(event.Options{Format: format, Presets: o.Presets, Zone: o.Zone})
	if err := b.Roles(); err != nil {
		return nil, err
	}
	x.roles = slices.DeleteFunc(x.roles, func(r event.Role) bool { return !b.HasRole(r) })
	x.presets = o.Presets
	b.Unwrap(o.Unwrap)
	return b.Build()
}

// missingRoles returns the roles that did not match, and for which no event has a field.
func (x *examiner) missingRoles(s *survey) (roles []event.Role) {
	for _, role := range x.roles {
		if s.has[role] == 0 && x.total.matched[role] == 0 {
			roles = append(roles, role)
		}
	}
	return roles
}

// haveOtherFields reports whether an event has a field at which some format has one of the
// roles. It looks at few events, and not at conditions.
func (x *examiner) haveOtherFields(events []sampledEvent, roles []event.Role) bool {
	const most = 16
	if len(roles) == 0 || x.format == event.Auto {
		return false
	}
	fields := map[string]bool{}
	for i := range events[:min(most, len(events))] {
		events[i].eachField(func(path, _ string) { fields[path] = true })
	}
	for _, p := range slices.Concat(x.presets, event.Presets()) {
		for _, role := range roles {
			r, _ := p.Role(role.String())
			for _, g := range r.Groups {
				for _, path := range g.Paths {
					if slices.ContainsFunc(p.Spellings(path.Field), func(text string) bool { return fields[withoutFilters(text)] }) {
						return true
					}
				}
			}
		}
	}
	return false
}

// withoutFilters returns a path with "[]" in place of "[type=User]".
func withoutFilters(path string) string {
	for from := 0; ; {
		open := strings.IndexByte(path[from:], '[')
		if open < 0 {
			return path
		}
		open += from
		length := strings.IndexByte(path[open:], ']')
		if length < 0 {
			return path
		}
		path = path[:open+1] + path[open+length:]
		from = open + 2
	}
}

// anyMatched reports whether any event of the stream matched.
func (x *examiner) anyMatched() bool {
	return x.total.matched != [event.NumRoles]int64{}
}

// survey counts what some events have.
type survey struct {
	events  int
	has     [event.NumRoles]int // events with a field for the role
	formats map[string]*formatSurvey
	keys    []surveyedKey // of roles that did not match
}

// formatSurvey counts the events that look like one format.
type formatSurvey struct {
	events int
	has    [event.NumRoles]int // events with a field for the role, in this format
}

// surveyedKey is a value that names the entity of a role.
type surveyedKey struct {
	role event.Role
	zone entity.Zone
	text string
}

// survey reads events in the format of the stream and, if auto is set, in the one that they
// look like.
func (x *examiner) survey(events []sampledEvent) *survey {
	s := &survey{formats: map[string]*formatSurvey{}}
	own, auto := sampleReader{schema: x.schema}, sampleReader{schema: x.auto}
	for i := range events {
		if !own.read(&events[i]) {
			continue
		}
		s.events++
		for _, role := range x.roles {
			if keys := own.keysOf(role); len(keys) > 0 {
				s.has[role]++
				if x.total.matched[role] == 0 {
					s.keys = append(s.keys, surveyedKey{role, own.reader.Zone(), keys[0]})
				}
			}
		}
		if x.auto != nil && auto.read(&events[i]) {
			s.addFormat(&auto, x.roles)
		}
	}
	return s
}

// addFormat counts an event for the format that it looks like.
func (s *survey) addFormat(r *sampleReader, roles []event.Role) {
	name := r.reader.Format().Name()
	f := s.formats[name]
	if f == nil {
		f = &formatSurvey{}
		s.formats[name] = f
	}
	f.events++
	for _, role := range roles {
		if len(r.keysOf(role)) > 0 {
			f.has[role]++
		}
	}
}

// sampleReader reads sampled events.
type sampleReader struct {
	schema *event.Schema
	json   event.JSON
	record *event.Record
	header []string // of record
	reader event.Reader

	candidates []event.Candidate
	texts      [][]byte
}

// read makes e the current event. It returns false if e is malformed.
func (r *sampleReader) read(e *sampledEvent) bool {
	r.reader.Reset(r.schema)
	if e.header == nil {
		r.json.Reset(r.schema)
		if r.json.Scan(e.json) != nil {
			return false
		}
		r.reader.ReadJSON(&r.json)
		return true
	}
	if r.record == nil || !slices.Equal(r.header, e.header) {
		r.record, r.header = r.schema.NewRecord(e.header), e.header
	}
	r.record.Reset(e.cells)
	r.reader.Read(r.record)
	return true
}

// keysOf returns the texts that name the entity of a role, the best first.
func (r *sampleReader) keysOf(role event.Role) (keys []string) {
	format := r.reader.Format()
	r.candidates = r.reader.AppendRole(r.candidates[:0], role)
	for i := range r.candidates {
		c := &r.candidates[i]
		r.texts = append(r.texts[:0], c.Text)
		if c.Pending {
			r.texts = r.reader.AppendPending(r.texts[:0], c)
		}
		for _, text := range r.texts {
			if c.Path != event.NoPath && !format.IsNull(text) {
				keys = append(keys, string(text))
			}
		}
	}
	return keys
}

// eachField calls do for every text in the event, with its path.
func (e *sampledEvent) eachField(do func(path, text string)) {
	for i, name := range e.header {
		if i < len(e.cells) && len(bytes.TrimSpace(e.cells[i])) > 0 {
			do(name, string(e.cells[i]))
		}
	}
	var object map[string]any
	if e.header != nil || json.Unmarshal(e.json, &object) != nil {
		return
	}
	eachText("", object, maxFieldDepth, func(path, text string) {
		var inner map[string]any
		if strings.HasPrefix(text, "{") && json.Unmarshal([]byte(text), &inner) == nil {
			eachText("", inner, maxFieldDepth, do) // an event in an envelope
			return
		}
		do(path, text)
	})
}

// maxFieldDepth is how deep objects and arrays may be nested in fields that are examined.
const maxFieldDepth = 10

// eachText calls do for every text in a decoded JSON value, down to a depth.
func eachText(path string, value any, depth int, do func(path, text string)) {
	if depth < 0 {
		return
	}
	switch v := value.(type) {
	case string:
		if strings.TrimSpace(v) != "" {
			do(path, v)
		}
	case []any:
		for _, element := range v {
			inner := path
			if _, ok := element.(map[string]any); ok {
				inner += "[]"
			}
			eachText(inner, element, depth-1, do)
		}
	case map[string]any:
		for name, member := range v {
			if path != "" {
				name = path + "." + name
			}
			eachText(name, member, depth-1, do)
		}
	}
}
