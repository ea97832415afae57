// Package gold has slow, obvious implementations of tables and of the enricher, which
// tests compare the fast ones with. They scan the entities linearly and decode events
// with encoding/json. They share no matching code with the implementations they test.
// Only tests and benchmarks import the package.
package gold

import (
	"math/big"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/schema"
)

// Enricher is the slow counterpart of enrich.Enricher: it decodes the event, follows the
// documented rules one by one, and writes a new event. It supports all Options except
// OCSF.
type Enricher struct {
	Assets, Identities *Table // either may be nil
	Fill               assets.Fill
	Options            enrich.Options
}

// field is a field to add: its path and its value as JSON.
type field struct {
	path []string
	json string
}

// Enrich returns the enriched event. The event must be one JSON object.
func (g *Enricher) Enrich(line string) string {
	w := &enrichment{Enricher: g, event: parseValue(line, len(line)-len(strings.TrimPrefix(line, "\ufeff")))}
	w.presets = w.choosePresets()
	for _, p := range w.presets {
		for _, l := range p.Lists {
			w.nameElements(p, l)
		}
	}
	w.zone = w.eventZone()
	for _, name := range event.RoleNames() {
		for _, p := range w.presets {
			if role, ok := p.Role(name); ok {
				w.enrichRole(role)
				break
			}
		}
	}
	w.addUrgency()
	return writeFields(line, w.event, w.fields, g.Options)
}

// enrichment is the state of enriching one event.
type enrichment struct {
	*Enricher
	event    value
	presets  []event.Preset // the groups of the second follow those of the first
	zone     entity.Zone
	priority int
	fields   []field
}

func (w *enrichment) choosePresets() (all []event.Preset) {
	names := []string{w.Options.Format}
	switch names[0] {
	case "":
		names[0] = "cim"
	case "auto":
		names = recognisePresets(w.event)
	}
	for _, name := range names {
		p, _ := event.PresetByName(name)
		all = append(all, p)
	}
	return all
}

// recognisePresets returns the name of the preset that the format "auto" selects for an event,
// and that of the preset whose groups follow, if there is one.
func recognisePresets(e value) []string {
	// hasBelow reports whether the event has one of the paths, or has it below properties.
	hasBelow := func(paths ...string) bool {
		return slices.ContainsFunc(paths, func(p string) bool { return e.hasNonNull(p) || e.hasNonNull("properties."+p) })
	}
	switch {
	case e.hasObject("winlog"), e.hasObject("data.win"):
		return []string{"windows", "ecs"}
	case e.hasNonNull("class_uid"):
		return []string{"ocsf"}
	case e.hasNonNull("eventVersion") && e.hasNonNull("userIdentity"):
		return []string{"cloudtrail"}
	case e.hasNonNull("eventType") && e.hasNonNull("actor.alternateId"):
		return []string{"okta"}
	case hasBelow("createdDateTime", "activityDateTime") && hasBelow("userPrincipalName", "initiatedBy", "servicePrincipalId"):
		return []string{"entra"}
	case hasBelow("ActionType") && hasBelow("DeviceId"), hasBelow("Timestamp", "ActionType") && hasBelow("ReportId", "ServiceSource"):
		return []string{"defender"}
	case e.hasNonNull("aid") && (e.hasNonNull("event_simpleName") || e.hasNonNull("cid")):
		return []string{"crowdstrike"}
	case e.hasAny("protoPayload.authenticationInfo", "protoPayload.requestMetadata", "protoPayload.methodName"):
		return []string{"gcp"}
	case e.hasNonNull("auditID") && e.hasNonNull("verb"):
		return []string{"kubernetes"}
	case e.hasNonNull("actor") && e.hasNonNull("action") && e.hasAny("org", "_document_id", "business", "actor_location"):
		return []string{"github"}
	case e.hasNonNull("rule.level") && e.hasNonNull("agent.id") && e.hasAny("timestamp", "decoder", "data"):
		return []string{"wazuh"}
	case e.hasNonNull("ecs.version"), e.hasNonNull("@timestamp") && (e.hasObject("source") || e.hasObject("destination") || e.hasObject("event")):
		return []string{"ecs"}
	case e.hasNonNull("event_type") && (e.hasNonNull("flow_id") || e.hasNonNull("src_ip")):
		return []string{"suricata"}
	case e.hasNonNull("id.orig_h"), e.hasNonNull("id_orig_h"), e.hasNonNull("ts") && e.hasAny("uid", "uids", "client_addr", "host", "tx_hosts"):
		return []string{"zeek"}
	case e.hasNonNull("EventID"), e.hasNonNull("Event.System"), e.hasNonNull("event_id") && (e.hasObject("event_data") || e.hasObject("user_data")):
		return []string{"windows"}
	}
	return []string{"cim"}
}

func (w *enrichment) eventZone() entity.Zone {
	fields := w.Options.Zone.Fields
	if len(fields) == 0 {
		fields = []string{"cim_entity_zone"}
	}
	for _, field := range fields {
		if v, ok := w.event.findPath(field); ok {
			if texts := v.lookupTexts(); len(texts) > 0 && !isNull(texts[0], nil) {
				return entity.Zone(Fold(texts[0]))
			}
		}
	}
	for _, rule := range w.Options.Zone.Rules {
		if w.conditionsHold(rule.When, func(f string) []string { return []string{f} }, nil) {
			return rule.Zone
		}
	}
	return w.Options.Zone.Default
}

// nullTokens lists the values that all presets treat as absent.
var nullTokens = []string{"", "-", "unknown", "n/a", "null", "none", "(null)", "(empty)", "0.0.0.0", "::", "S-1-0-0", "NULL SID"}

func isNull(text string, more []string) bool {
	same := func(token string) bool { return Fold(token) == Fold(text) }
	return slices.ContainsFunc(nullTokens, same) || slices.ContainsFunc(more, same)
}

// candidate is a value that may name an entity, the domain of the account that it names, and
// the path of the array in which it is, "" for a constant.
type candidate struct {
	text, domain, array string
	wire                bool // of PresetPath.Wire
}

// key returns the key to look up: the account D\u if there is a domain and the name needs
// one.
func (c candidate) key() string {
	if c.domain == "" || strings.ContainsAny(c.text, `@\`) || strings.Contains(strings.ToLower(c.text), "#ext#") {
		return c.text
	}
	return c.domain + `\` + c.text
}

// nameElements adds the elements of the arrays of a list to the members of the event, under
// the path of the array and the name of the element.
func (w *enrichment) nameElements(p event.Preset, l event.PresetList) {
	for _, path := range l.Paths {
		array, _ := w.event.findPath(path)
		names := w.elementNames(p, l)
		for i, element := range array.elements {
			name, v := "", element
			if i < len(names) {
				name = names[i]
			}
			if l.By == "" && element.kind == '{' {
				n, _ := element.findFirst(l.Name)
				if v, _ = element.findFirst(l.Value); n.kind == '"' && v.kind != 0 {
					name = n.text
				}
			}
			if name != "" {
				w.event.members = append(w.event.members, member{path + "." + name, v})
			}
		}
	}
}

// elementNames returns the names of the elements of a list by position.
func (w *enrichment) elementNames(p event.Preset, l event.PresetList) []string {
	for _, spelling := range p.Spellings(l.By) {
		v, _ := w.event.findPath(spelling)
		if texts := v.lookupTexts(); len(texts) == 1 && v.kind != '[' {
			for _, n := range l.Names {
				if n.By == texts[0] {
					return n.Names
				}
			}
			return nil
		}
	}
	return nil
}

// findFirst returns the value at the first of some paths that has one.
func (v value) findFirst(paths []string) (found value, ok bool) {
	for _, path := range paths {
		if found, ok = v.findPath(path); ok {
			return found, true
		}
	}
	return found, false
}

// candidateValues returns the values of the first group of a role that has any.
func (w *enrichment) candidateValues(name string) []candidate {
	for _, p := range w.presets {
		role, _ := p.Role(name)
		for _, group := range role.Groups {
			if !w.conditionsHold(group.When, p.Spellings, append([]string{""}, w.presets[0].Null...)) {
				continue
			}
			if values := w.groupValues(p, group); len(values) > 0 {
				return withoutWireMACs(values)
			}
		}
	}
	return nil
}

// groupValues returns the values of the paths of a group.
func (w *enrichment) groupValues(p event.Preset, group event.PresetGroup) (values []candidate) {
	for _, path := range group.Paths {
		if path.Value != "" {
			values = append(values, candidate{text: path.Value})
			continue
		}
		for i, spelling := range p.Spellings(path.Field) {
			values = append(values, w.valuesAt(p, path, spelling, i)...)
		}
	}
	return values
}

// withoutWireMACs returns the values without the MAC addresses that were seen on the wire
// beside an address that is not link-local. Beside one that is, they are in its array.
func withoutWireMACs(values []candidate) []candidate {
	local := map[string]bool{} // the paths with a link-local address
	var macs int
	for _, c := range values {
		a, err := netip.ParseAddr(firstAddress(c.text))
		switch {
		case c.wire:
			macs++
		case err != nil:
		case a.Unmap().IsLinkLocalUnicast():
			local[c.array] = true
		default:
			return slices.DeleteFunc(slices.Clone(values), func(c candidate) bool { return c.wire })
		}
	}
	if macs == 0 {
		return values
	}
	for i := 1; i < len(values); i++ {
		before, c := &values[i-1], &values[i]
		if (c.wire || local[c.array]) && len(local) > 0 && (before.wire || local[before.array]) {
			local[before.array] = true
			c.array = before.array
		}
	}
	return values
}

// valuesAt returns the values of a path of a group under one of its spellings, that with an
// index.
func (w *enrichment) valuesAt(p event.Preset, path event.PresetPath, spelling string, index int) []candidate {
	var values []candidate
	v, _ := w.event.findPath(spelling)
	names := v.positions()
	domains := w.domainsBeside(p, path, index, len(names))
	for i, name := range names {
		texts := name.lookupTexts()
		if len(texts) != 1 || name.kind == '[' {
			continue
		}
		text := cutText(path, texts[0])
		if !isNull(text, w.presets[0].Null) {
			values = append(values, candidate{text, domains[i], spelling, path.Wire})
		}
	}
	return values
}

// cutText returns the part of a text that a path takes, "" if the text lacks a separator.
func cutText(path event.PresetPath, text string) string {
	if i := strings.Index(text, path.After); path.After != "" {
		if i < 0 {
			return ""
		}
		text = text[i+len(path.After):]
	}
	if parts := strings.Split(text, path.AfterLast); path.AfterLast != "" {
		if len(parts) == 1 {
			return ""
		}
		text = parts[len(parts)-1]
	}
	if parts := strings.Split(text, path.Before); path.Before != "" {
		if len(parts) == 1 {
			return ""
		}
		text = parts[0]
	}
	text = strings.TrimSpace(text)
	if path.Take == "address" {
		return firstAddress(text)
	}
	return text
}

// addressForms match an address, in the first group, with what may stand around it: the
// brackets and the port of any address, or the port of one that ends in an IPv4 address.
var addressForms = []*regexp.Regexp{
	regexp.MustCompile(`^\[([^\[\]%]*)(?:%[^\]]*)?\](?::(\d+))?$`),
	regexp.MustCompile(`^([^%]*\.[^%]*?)(?:%.*)?:(\d+)$`),
	regexp.MustCompile(`^([^%]*)(?:%.*)?$`),
}

// firstAddress returns the first address of a list in a text, without brackets, port and
// scope, or the text if it does not begin with an address.
func firstAddress(text string) string {
	first := strings.TrimSpace(strings.Split(text, ",")[0])
	for _, form := range addressForms {
		parts := form.FindStringSubmatch(first)
		if parts == nil {
			continue
		}
		if _, err := netip.ParseAddr(parts[1]); err != nil {
			continue
		}
		if len(parts) > 2 && parts[2] != "" {
			if _, err := strconv.ParseUint(parts[2], 10, 16); err != nil {
				continue
			}
		}
		return parts[1]
	}
	return text
}

// domainsBeside returns the domain of each of n names at a path, "" if there is none.
func (w *enrichment) domainsBeside(p event.Preset, path event.PresetPath, index, n int) []string {
	domains := make([]string, n)
	if path.Domain == "" {
		return domains
	}
	spelling := p.Spellings(path.Field)[index]
	var v value
	for _, text := range p.Spellings(path.Domain) {
		if samePrefix(p, path, spelling, text) {
			if found, ok := w.event.findPath(text); ok && found.kind != 'n' {
				v = found
				break
			}
		}
	}
	if len(v.lookupTexts()) == 0 {
		return domains
	}
	beside := v.positions()
	for i := range domains {
		var texts []string
		switch len(beside) {
		case 1:
			texts = beside[0].lookupTexts()
		case n:
			if beside[i].kind != '[' {
				texts = beside[i].lookupTexts()
			}
		default:
			texts = []string{"."}
		}
		if len(texts) > 0 {
			domains[i] = texts[0]
		}
		if isNull(domains[i], w.presets[0].Null) {
			domains[i] = ""
		}
	}
	return domains
}

// samePrefix reports whether a spelling of a domain has the prefix of a spelling of the name.
// If the name is an alias, every spelling of the domain counts.
func samePrefix(p event.Preset, path event.PresetPath, name, domain string) bool {
	for _, prefix := range p.Prefixes {
		rest, found := strings.CutPrefix(name, prefix)
		if !found || !strings.EqualFold(rest, path.Field) {
			continue
		}
		beside, found := strings.CutPrefix(domain, prefix)
		return found && strings.EqualFold(beside, path.Domain)
	}
	return true
}

// machineNames returns the names of the machine that the event names.
func (w *enrichment) machineNames() (names []string) {
	for _, name := range []string{"dvc", "host"} {
		for _, c := range w.candidateValues(name) {
			names = append(names, c.text)
		}
	}
	return names
}

var numberSyntax = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$`)

// conditionsHold reports whether all conditions are true. It supports the operators =, !=
// and exists.
func (w *enrichment) conditionsHold(when []entity.Clause, spell func(string) []string, nulls []string) bool {
	for _, c := range when {
		var values []string
		for _, spelling := range spell(c.Field) {
			v, _ := w.event.findPath(spelling)
			if values = slices.DeleteFunc(v.lookupTexts(), func(t string) bool { return nulls != nil && isNull(t, nulls) }); len(values) > 0 {
				break
			}
		}
		equal := slices.ContainsFunc(values, func(v string) bool {
			return slices.ContainsFunc(c.Value, func(literal string) bool { return equalsLiteral(v, literal) })
		})
		if len(values) == 0 || c.Op == "=" && !equal || c.Op == "!=" && equal {
			return false
		}
	}
	return true
}

func equalsLiteral(v, literal string) bool {
	if numberSyntax.MatchString(literal) {
		a, _ := new(big.Rat).SetString(literal)
		if !numberSyntax.MatchString(v) {
			return false
		}
		b, _ := new(big.Rat).SetString(v)
		return a.Cmp(b) == 0
	}
	return Fold(v) == Fold(literal)
}

// enrichRole looks up the values of a role and adds the fields of the first match.
func (w *enrichment) enrichRole(role event.PresetRole) {
	table := w.Assets
	if role.Name == "user" || role.Name == "src_user" {
		table = w.Identities
	}
	values := w.candidateValues(role.Name)
	if table == nil || len(values) == 0 {
		return
	}
	machines := w.machineNames()
	var wideKey string
	var wide *Match // of the current array: the first match of a network, a range or a suffix
	for i, c := range values {
		if wide != nil && (c.array == "" || c.array != values[i-1].array) {
			break
		}
		key := c.text
		if table == w.Identities && !table.NoDomain {
			key = c.key()
		}
		a, ok := table.LookupBeside(w.zone, key, machines)
		isWide := a.Step == entity.StepPrefix || a.Step == entity.StepMACRange || a.Step == entity.StepSuffix
		if ok && !isWide {
			w.addMatch(role.Name, key, table, a)
			return
		}
		if ok && wide == nil {
			wide, wideKey = &a, key
		}
	}
	if wide != nil {
		w.addMatch(role.Name, wideKey, table, *wide)
		return
	}
	if w.Options.Defaults {
		w.addDefaults(role.Name, table)
	}
}

func (w *enrichment) addField(role, name, json string) {
	if json == "" || len(w.Options.Fields) > 0 && !slices.Contains(w.Options.Fields, name) &&
		!slices.Contains(w.Options.Fields, strings.TrimPrefix(name, "owner_")) {
		return
	}
	w.addUnfiltered(role, name, json)
}

func (w *enrichment) addUnfiltered(role, name, json string) {
	path := []string{role + "_" + name}
	if w.Options.Into != "" {
		path = []string{w.Options.Into, role, name}
	}
	w.fields = append(w.fields, field{path, json})
}

func (w *enrichment) addMatch(role, text string, table *Table, a Match) {
	columns := table.Columns(a, w.Fill)
	w.addColumns(role, "", columns)
	if w.Options.Owner && table == w.Assets && w.Identities != nil {
		for _, c := range columns {
			if c.Name != "owner" || c.JSON == "" {
				continue
			}
			if owner, ok := w.Identities.Lookup(w.zone, parseValue(c.JSON, 0).text); ok {
				w.addColumns(role, "owner_", w.Identities.Columns(owner, w.Fill))
			}
		}
	}
	if w.Options.Match {
		prefix := ""
		if a.Step == entity.StepPrefix {
			prefix = `,"prefix":"` + a.Prefix.String() + `"`
		}
		if a.Step == entity.StepForm {
			prefix = `,"form":"` + strings.Join(a.Forms, "+") + `","name":` + quoteJSON(a.Name)
		}
		w.addUnfiltered(role, "match", `{"key":`+quoteJSON(text)+`,"kind":"`+table.Entities.Kind.String()+`","step":"`+a.Step.String()+`"`+prefix+`}`)
	}
}

func (w *enrichment) addColumns(role, before string, columns []Column) {
	for _, c := range columns {
		json := c.JSON
		if json == "" && w.Options.Defaults && c.Type == schema.Boolean {
			json = "false"
		}
		w.addField(role, before+c.Name, json)
		if c.Name == "priority" && json != "" {
			w.priority = max(w.priority, priorityRank(parseValue(json, 0).text))
		}
	}
}

var priorityNames = []string{"unknown", "informational", "low", "medium", "high", "critical"}

func priorityRank(priority string) int { return max(0, slices.Index(priorityNames, priority)) }

func (w *enrichment) addDefaults(role string, table *Table) {
	for _, f := range table.Entities.Fields {
		switch {
		case f.Name == "pci_domain":
			w.addField(role, f.Name, `["untrust"]`)
		case slices.Contains([]string{"is_expected", "should_timesync", "should_update", "requires_av", "watchlist"}, f.Name):
			w.addField(role, f.Name, "false")
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

func (w *enrichment) addUrgency() {
	severity, ok := w.event.findPath("severity")
	_, has := w.event.findPath("urgency")
	texts := severity.lookupTexts()
	if !w.Options.Urgency || has || !ok || severity.kind == '{' {
		return
	}
	row := urgencies["unknown"]
	if len(texts) > 0 && urgencies[Fold(texts[0])] != nil {
		row = urgencies[Fold(texts[0])]
	}
	column := map[string]int{"unknown": 0, "informational": 1, "low": 1, "medium": 2, "high": 3, "critical": 4}[priorityNames[w.priority]]
	w.fields = append(w.fields, field{[]string{"urgency"}, quoteJSON(row[column])})
}
