package detect

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/problem"
)

// The keys of a saved search that make it a correlation search with risk.
const (
	riskAction       = "action.risk" // whether the search writes modifiers
	riskParam        = "action.risk.param._risk"
	labelParam       = "action.correlationsearch.label"
	annotationsParam = "action.correlationsearch.annotations"
)

// stanzaSearches returns the stanzas of a savedsearches.conf that is one object,
// {"name": {"action.risk.param._risk": …}}, as objects that contain their names. It returns
// nil if keys is not such an object.
func stanzaSearches(keys map[string]json.RawMessage) (list []map[string]json.RawMessage) {
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		var stanza map[string]json.RawMessage
		if json.Unmarshal(keys[name], &stanza) != nil || stanza[riskParam] == nil {
			return nil
		}
		stanza["title"], _ = json.Marshal(name) // encoding a string cannot fail
		list = append(list, stanza)
	}
	return list
}

// searchLists are the members that hold the saved searches in the response of Splunk's REST
// interface (output_mode=json), and in the results of "| rest /services/saved/searches".
var searchLists = [...]string{"entry", "results"}

// searchWrappers are the members that hold the settings of one search in these lists.
var searchWrappers = [...]string{"content", "result"}

// listedSearches returns the searches of a list of saved searches. It returns false if keys is
// not such a list.
func listedSearches(keys map[string]json.RawMessage) (list []map[string]json.RawMessage, found bool) {
	for _, name := range searchLists {
		if keys["name"] == nil && json.Unmarshal(keys[name], &list) == nil && list != nil {
			for i := range list {
				list[i] = unwrapSearch(list[i])
			}
			return list, true
		}
	}
	return nil, false
}

// unwrapSearch returns the settings of a search that are below a member, with its name. It
// returns other keys as they are.
func unwrapSearch(keys map[string]json.RawMessage) map[string]json.RawMessage {
	for _, wrapper := range searchWrappers {
		var inner map[string]json.RawMessage
		if json.Unmarshal(keys[wrapper], &inner) != nil || inner == nil {
			continue
		}
		if inner["title"] == nil && keys["name"] != nil {
			inner["title"] = keys["name"]
		}
		return inner
	}
	return keys
}

// addSearches adds the searches of a list that write modifiers. keys is the object around
// the list.
func (p *ruleParser) addSearches(list []map[string]json.RawMessage, keys map[string]json.RawMessage) error {
	without := 0
	for i, search := range list {
		flat := map[string]json.RawMessage{}
		flattenKeys(flat, "", search)
		if flat[riskParam] == nil {
			without++
			continue
		}
		if err := p.addSavedSearch(flat); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	if without > 0 {
		p.addNote(0, "saved searches without %s, which score nothing: %d", riskParam, without)
	}
	var paging struct{ Total int }
	if json.Unmarshal(keys["paging"], &paging) == nil && paging.Total > len(list) {
		p.addNote(0, "only %d of %d saved searches: request all with count=0", len(list), paging.Total)
	}
	return nil
}

// addSavedSearch adds the rule of a correlation search, from its risk parameters.
func (p *ruleParser) addSavedSearch(flat map[string]json.RawMessage) error {
	rule := ruleJSON{Label: plainText(flat[labelParam])}
	for _, key := range [...]string{"search_name", "name", "title"} {
		if rule.Name == "" {
			rule.Name = plainText(flat[key])
		}
	}
	if rule.Name == "" {
		rule.Name, rule.Label = rule.Label, ""
	}
	if rule.Name == "" {
		return fmt.Errorf("has %s, but no name and no %s", riskParam, labelParam)
	}
	rule.Message = plainText(flat[riskParam+"_message"])
	rule.RiskScore.number = number(plainText(flat[riskParam+"_score"]))
	note, err := parseRiskParam(&rule, flat)
	if err == nil {
		err = parseAnnotations(&rule, flat)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", problem.Quote(rule.Name), err)
	}
	p.addRule(rule)
	if note != "" {
		p.addNote(len(p.rules), "%s %s", problem.Quote(rule.Name), note)
	}
	return nil
}

// parseRiskParam sets the risk objects and threat objects of a search. The note states why
// there are no risk objects, or that an entry is empty.
func parseRiskParam(rule *ruleJSON, flat map[string]json.RawMessage) (note string, err error) {
	const idle = "scores nothing: "
	switch strings.ToLower(plainText(flat[riskAction])) {
	case "0", "false", "f", "no":
		return idle + riskAction + " is off", nil
	}
	type part struct {
		RiskObjectField   string    `json:"risk_object_field"`
		RiskObjectType    string    `json:"risk_object_type"`
		RiskScore         scoreJSON `json:"risk_score"`
		ThreatObjectField string    `json:"threat_object_field"`
		ThreatObjectType  string    `json:"threat_object_type"`
	}
	var parts []part
	text := embeddedJSON(flat[riskParam])
	if len(text) == 0 {
		return idle + riskParam + " is empty", nil
	}
	if text[0] == '{' { // one part that is not in a list
		var single part
		err = json.Unmarshal(text, &single)
		parts = append(parts, single)
	} else {
		err = json.Unmarshal(text, &parts)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", riskParam, err)
	}
	for i, p := range parts {
		if strings.TrimSpace(p.RiskObjectField+p.ThreatObjectField) == "" {
			note = fmt.Sprintf("has an entry of %s without a field: number %d", riskParam, i+1)
		}
		if field := strings.TrimSpace(p.RiskObjectField); field != "" {
			rule.RiskObjects = append(rule.RiskObjects, riskObjectJSON{field, p.RiskObjectType, p.RiskScore})
		}
		if field := strings.TrimSpace(p.ThreatObjectField); field != "" {
			rule.ThreatObjects = append(rule.ThreatObjects, threatObjectJSON{field, p.ThreatObjectType})
		}
	}
	switch {
	case len(rule.RiskObjects) > 0:
		return note, nil
	case len(parts) == 0:
		return idle + riskParam + " is empty", nil
	}
	return idle + "no entry of " + riskParam + " has a risk_object_field", nil
}

// parseAnnotations sets the techniques of a rule from the annotations of a correlation
// search.
func parseAnnotations(rule *ruleJSON, flat map[string]json.RawMessage) error {
	annotations := embeddedJSON(flat[annotationsParam])
	if len(annotations) == 0 {
		return nil
	}
	var named struct {
		MitreAttack   entity.Literals `json:"mitre_attack"`
		MitreAttackID entity.Literals `json:"mitre_attack_id"`
	}
	if err := json.Unmarshal(annotations, &named); err != nil {
		return fmt.Errorf("%s: %w", annotationsParam, err)
	}
	rule.MitreAttack, rule.MitreAttackID = named.MitreAttack, named.MitreAttackID
	return nil
}

// embeddedJSON returns the JSON that a JSON string contains, or the value itself if it is
// not a string. It is empty for null and a blank string.
func embeddedJSON(value json.RawMessage) []byte {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return []byte(strings.TrimSpace(text))
	}
	return value
}

// plainText returns the text of a string or a number, trimmed, and "" for null.
func plainText(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return strings.TrimSpace(text)
	}
	return strings.TrimSpace(string(value))
}
