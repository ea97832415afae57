package gold

import (
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/schema"
)

// Enricher enriches events in the slow way: it decodes the event, follows the
// documented rules one by one, and writes a new event. It supports all Options except
// the enrichments of OCSF.
type Enricher struct {
	Assets, Identities *Table // either may be nil
	Fill               assets.Fill
	Options            enrich.Options
}

// field is one field that is added: the path to it and its JSON.
type field struct {
	path []string
	json string
}

// Enrich returns the event, which must be one JSON object, enriched.
func (g *Enricher) Enrich(line string) string {
	w := &work{Enricher: g, event: parse(line, len(line)-len(strings.TrimPrefix(line, "\ufeff")))}
	w.preset = w.decide()
	w.zone = w.zoneOf()
	for _, name := range event.RoleNames() {
		if role, ok := w.preset.Role(name); ok {
			w.role(role)
		}
	}
	w.urgency()
	return write(line, w.event, w.fields, g.Options)
}

// work is one event at hand.
type work struct {
	*Enricher
	event    value
	preset   event.Preset
	zone     entity.Zone
	priority int
	fields   []field
}

func (w *work) decide() event.Preset {
	name := w.Options.Format
	if name == "" {
		name = "cim"
	}
	if name == "auto" {
		name = recognise(w.event)
	}
	p, _ := event.PresetByName(name)
	return p
}

// recognise follows the last paragraph of appendix A.
func recognise(e value) string {
	switch {
	case e.shows("class_uid"):
		return "ocsf"
	case e.shows("eventVersion") && e.shows("userIdentity"):
		return "cloudtrail"
	case e.shows("ecs.version"), e.shows("@timestamp") && (e.object("source") || e.object("destination") || e.object("event")):
		return "ecs"
	case e.shows("event_type") && (e.shows("flow_id") || e.shows("src_ip")):
		return "suricata"
	case e.shows("id.orig_h"), e.shows("id_orig_h"), e.shows("ts") && e.shows("uid"):
		return "zeek"
	case e.shows("EventID"), e.shows("winlog"), e.shows("Event.System"):
		return "windows"
	}
	return "cim"
}

func (w *work) zoneOf() entity.Zone {
	if v, ok := w.event.find("cim_entity_zone"); ok {
		if texts := v.texts(); len(texts) > 0 && texts[0] != "" {
			return entity.Zone(Fold(texts[0]))
		}
	}
	for _, rule := range w.Options.Zone.Rules {
		if w.holds(rule.When, func(f string) []string { return []string{f} }, nil) {
			return rule.Zone
		}
	}
	return w.Options.Zone.Default
}

// absent are the null tokens of all presets.
var absent = []string{"", "-", "unknown", "n/a", "null", "none", "(null)", "(empty)", "0.0.0.0", "::", "S-1-0-0", "NULL SID"}

func null(text string, more []string) bool {
	same := func(token string) bool { return Fold(token) == Fold(text) }
	return slices.ContainsFunc(absent, same) || slices.ContainsFunc(more, same)
}

// candidates returns the values of the first group that has any.
func (w *work) candidates(role event.PresetRole) []string {
	for _, group := range role.Groups {
		if !w.holds(group.When, w.preset.Spellings, append([]string{""}, w.preset.Null...)) {
			continue
		}
		var values []string
		for _, path := range group.Paths {
			if path.Value != "" {
				values = append(values, path.Value)
				continue
			}
			for _, spelling := range w.preset.Spellings(path.Field) {
				values = append(values, w.present(spelling, path.After)...)
			}
		}
		if len(values) > 0 {
			return values
		}
	}
	return nil
}

func (w *work) present(path, after string) []string {
	var values []string
	v, _ := w.event.find(path)
	for _, text := range v.texts() {
		if after != "" {
			_, text, _ = strings.Cut(text, after)
			text = strings.TrimSpace(text)
		}
		if !null(text, w.preset.Null) {
			values = append(values, text)
		}
	}
	return values
}

var number = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$`)

// holds decides conditions of the operators =, != and exists.
func (w *work) holds(when []entity.Clause, spell func(string) []string, nulls []string) bool {
	for _, c := range when {
		var values []string
		for _, spelling := range spell(c.Field) {
			v, _ := w.event.find(spelling)
			if values = slices.DeleteFunc(v.texts(), func(t string) bool { return nulls != nil && null(t, nulls) }); len(values) > 0 {
				break
			}
		}
		equal := slices.ContainsFunc(values, func(v string) bool {
			return slices.ContainsFunc(c.Value, func(literal string) bool { return equals(v, literal) })
		})
		if len(values) == 0 || c.Op == "=" && !equal || c.Op == "!=" && equal {
			return false
		}
	}
	return true
}

func equals(v, literal string) bool {
	if number.MatchString(literal) {
		a, _ := new(big.Rat).SetString(literal)
		if !number.MatchString(v) {
			return false
		}
		b, _ := new(big.Rat).SetString(v)
		return a.Cmp(b) == 0
	}
	return Fold(v) == Fold(literal)
}

// role looks a role up and adds its fields.
func (w *work) role(role event.PresetRole) {
	table := w.Assets
	if role.Name == "user" || role.Name == "src_user" {
		table = w.Identities
	}
	values := w.candidates(role)
	if table == nil || len(values) == 0 {
		return
	}
	for _, text := range values {
		if a, ok := table.Lookup(w.zone, text); ok {
			w.matched(role.Name, text, table, a)
			return
		}
	}
	if w.Options.Defaults {
		w.unmatched(role.Name, table)
	}
}

func (w *work) add(role, name, json string) {
	if json == "" || len(w.Options.Fields) > 0 && !slices.Contains(w.Options.Fields, name) &&
		!slices.Contains(w.Options.Fields, strings.TrimPrefix(name, "owner_")) {
		return
	}
	w.always(role, name, json)
}

func (w *work) always(role, name, json string) {
	path := []string{role + "_" + name}
	if w.Options.Into != "" {
		path = []string{w.Options.Into, role, name}
	}
	w.fields = append(w.fields, field{path, json})
}

func (w *work) matched(role, text string, table *Table, a Answer) {
	columns := table.Columns(a, w.Fill)
	w.columns(role, "", columns)
	if w.Options.Owner && table == w.Assets && w.Identities != nil {
		for _, c := range columns {
			if c.Name != "owner" || c.JSON == "" {
				continue
			}
			if owner, ok := w.Identities.Lookup(w.zone, parse(c.JSON, 0).text); ok {
				w.columns(role, "owner_", w.Identities.Columns(owner, w.Fill))
			}
		}
	}
	if w.Options.Match {
		prefix := ""
		if a.Step == entity.StepPrefix {
			prefix = `,"prefix":"` + a.Prefix.String() + `"`
		}
		w.always(role, "match", `{"key":`+quote(text)+`,"kind":"`+table.Entities.Kind.String()+`","step":"`+a.Step.String()+`"`+prefix+`}`)
	}
}

func (w *work) columns(role, before string, columns []Column) {
	for _, c := range columns {
		json := c.JSON
		if json == "" && w.Options.Defaults && c.Type == schema.Boolean {
			json = "false"
		}
		w.add(role, before+c.Name, json)
		if c.Name == "priority" && json != "" {
			w.priority = max(w.priority, rank(parse(json, 0).text))
		}
	}
}

var words = []string{"unknown", "informational", "low", "medium", "high", "critical"}

func rank(priority string) int { return max(0, slices.Index(words, priority)) }

func (w *work) unmatched(role string, table *Table) {
	for _, f := range table.Entities.Fields {
		switch {
		case f.Name == "pci_domain":
			w.add(role, f.Name, `["untrust"]`)
		case slices.Contains([]string{"is_expected", "should_timesync", "should_update", "requires_av", "watchlist"}, f.Name):
			w.add(role, f.Name, "false")
		}
	}
}

// urgencies is the urgency table of Splunk Enterprise Security.
var urgencies = map[string][]string{
	"unknown":       {"low", "low", "low", "medium", "medium"},
	"informational": {"informational", "informational", "informational", "informational", "informational"},
	"low":           {"low", "low", "low", "medium", "medium"},
	"medium":        {"low", "low", "medium", "medium", "high"},
	"high":          {"medium", "medium", "high", "high", "critical"},
	"critical":      {"high", "high", "critical", "critical", "critical"},
}

func (w *work) urgency() {
	severity, ok := w.event.find("severity")
	_, has := w.event.find("urgency")
	texts := severity.texts()
	if !w.Options.Urgency || has || !ok || len(texts) == 0 || texts[0] == "" {
		return
	}
	row, ok := urgencies[Fold(texts[0])]
	if !ok {
		row = urgencies["unknown"]
	}
	column := map[string]int{"unknown": 0, "informational": 1, "low": 1, "medium": 2, "high": 3, "critical": 4}[words[w.priority]]
	w.fields = append(w.fields, field{[]string{"urgency"}, quote(row[column])})
}
