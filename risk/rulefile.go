package risk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
)

// ParseRules reads the rules of a rule file. data is JSON: one value, several
// one after another (NDJSON), or an array of them; a caller that has YAML
// converts it first. Each value is one rule, in any of the forms that
// detection content is published in:
//
//   - the list form: {"name", "risk_objects": [{"field","type","score"}],
//     "threat_objects", "risk_message", "mitre_attack_id"}, and the keys of a
//     [Rule];
//   - a detection with an rba: block: {"name", "rba": {"message",
//     "risk_objects", "threat_objects"}, "tags": {"mitre_attack_id"}};
//   - a saved search: {"action.risk.param._risk": "[{\"risk_object_field\": …}]"},
//     with action.risk.param._risk_message, action.risk.param._risk_score,
//     action.correlationsearch.label and action.correlationsearch.annotations,
//     its keys flat or nested, alone or as {"name of the search": {…}}.
//
// A detection that has no risk objects is a rule that writes nothing.
// The error says which value is wrong.
func ParseRules(data []byte) ([]Rule, error) {
	var rules []Rule
	decoder := json.NewDecoder(bytes.NewReader(data))
	for n := 1; ; n++ {
		var value json.RawMessage
		err := decoder.Decode(&value)
		if errors.Is(err, io.EOF) {
			return rules, nil
		}
		if err == nil {
			rules, err = appendRules(rules, value)
		}
		if err != nil {
			return nil, fmt.Errorf("rule %d: %w", n, err)
		}
	}
}

func appendRules(rules []Rule, value json.RawMessage) ([]Rule, error) {
	if value[0] == '[' {
		var list []json.RawMessage
		if err := json.Unmarshal(value, &list); err != nil {
			return nil, err
		}
		for i, v := range list {
			var err error
			if rules, err = appendRules(rules, v); err != nil {
				return nil, fmt.Errorf("[%d]: %w", i, err)
			}
		}
		return rules, nil
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(value, &keys); err != nil {
		return nil, err
	}
	if stanzas := savedSearches(keys); stanzas != nil {
		return appendRules(rules, stanzas)
	}
	flat := map[string]json.RawMessage{}
	flatten(flat, "", keys)
	rule, err := parseRule(value, flat)
	if err != nil {
		return nil, err
	}
	return append(rules, rule), nil
}

// savedSearches returns the stanzas of a savedsearches.conf that was turned
// into one object, {"name": {"action.risk.param._risk": …}}, as a list with the
// names inside; nil if keys is something else.
func savedSearches(keys map[string]json.RawMessage) json.RawMessage {
	var list []map[string]json.RawMessage
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		var stanza map[string]json.RawMessage
		if json.Unmarshal(keys[name], &stanza) != nil || stanza[riskParam] == nil {
			return nil
		}
		stanza["title"], _ = json.Marshal(name) // a text
		list = append(list, stanza)
	}
	if list == nil {
		return nil
	}
	text, _ := json.Marshal(list) // values that were just read
	return text
}

// flatten joins the keys of nested objects with dots, as conf files have them.
func flatten(flat map[string]json.RawMessage, prefix string, keys map[string]json.RawMessage) {
	for key, value := range keys {
		flat[prefix+key] = value
		var nested map[string]json.RawMessage
		if json.Unmarshal(value, &nested) == nil {
			flatten(flat, prefix+key+".", nested)
		}
	}
}

// detection is a rule in the list form, and what detections add to it.
type detection struct {
	Rule
	RiskMessage string `json:"risk_message"`
	RBA         *struct {
		Message       string         `json:"message"`
		RiskObjects   []RiskObject   `json:"risk_objects"`
		ThreatObjects []ThreatObject `json:"threat_objects"`
	} `json:"rba"`
	Tags struct {
		MitreAttackID entity.Literals `json:"mitre_attack_id"`
	} `json:"tags"`
}

const riskParam = "action.risk.param._risk"

func parseRule(value json.RawMessage, flat map[string]json.RawMessage) (Rule, error) {
	if risk, found := flat[riskParam]; found {
		return parseSavedSearch(risk, flat)
	}
	var d detection
	if err := json.Unmarshal(value, &d); err != nil {
		return Rule{}, err
	}
	rule := d.Rule
	if rule.Message == "" {
		rule.Message = d.RiskMessage
	}
	if d.RBA != nil {
		rule.Message, rule.RiskObjects, rule.ThreatObjects = d.RBA.Message, d.RBA.RiskObjects, d.RBA.ThreatObjects
	}
	if len(rule.MitreAttack)+len(rule.MitreAttackID) == 0 {
		rule.MitreAttackID = d.Tags.MitreAttackID
	}
	if rule.Name == "" {
		return Rule{}, errors.New("has no name")
	}
	return rule, nil
}

// parseSavedSearch reads the risk parameters of a correlation search.
func parseSavedSearch(risk json.RawMessage, flat map[string]json.RawMessage) (Rule, error) {
	var rule Rule
	for _, key := range [...]string{"action.correlationsearch.label", "search_name", "name", "title"} {
		if rule.Name == "" {
			rule.Name = plainText(flat[key])
		}
	}
	if rule.Name == "" {
		return rule, fmt.Errorf("has %s, but no action.correlationsearch.label and no name", riskParam)
	}
	rule.Message = plainText(flat[riskParam+"_message"])
	if score := plainText(flat[riskParam+"_score"]); score != "" {
		rule.RiskScore = Number(score)
	}
	var parts []struct {
		RiskObjectField   string `json:"risk_object_field"`
		RiskObjectType    string `json:"risk_object_type"`
		RiskScore         Number `json:"risk_score"`
		ThreatObjectField string `json:"threat_object_field"`
		ThreatObjectType  string `json:"threat_object_type"`
	}
	if err := json.Unmarshal(embedded(risk), &parts); err != nil {
		return rule, fmt.Errorf("%q: %s: %w", rule.Name, riskParam, err)
	}
	for _, p := range parts {
		if p.RiskObjectField != "" {
			rule.RiskObjects = append(rule.RiskObjects, RiskObject{p.RiskObjectField, p.RiskObjectType, p.RiskScore})
		}
		if p.ThreatObjectField != "" {
			rule.ThreatObjects = append(rule.ThreatObjects, ThreatObject{p.ThreatObjectField, p.ThreatObjectType})
		}
	}
	if len(rule.RiskObjects) == 0 {
		return rule, fmt.Errorf("%q: %s has no risk_object_field", rule.Name, riskParam)
	}
	return rule, attackOf(&rule, flat)
}

// attackOf reads the annotations of a correlation search.
func attackOf(rule *Rule, flat map[string]json.RawMessage) error {
	annotations, found := flat["action.correlationsearch.annotations"]
	if !found {
		return nil
	}
	var named struct {
		MitreAttack   entity.Literals `json:"mitre_attack"`
		MitreAttackID entity.Literals `json:"mitre_attack_id"`
	}
	if err := json.Unmarshal(embedded(annotations), &named); err != nil {
		return fmt.Errorf("%q: action.correlationsearch.annotations: %w", rule.Name, err)
	}
	rule.MitreAttack, rule.MitreAttackID = named.MitreAttack, named.MitreAttackID
	return nil
}

// embedded returns the JSON that a JSON string holds, or the value itself.
func embedded(value json.RawMessage) []byte {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return []byte(text)
	}
	return value
}

// plainText returns a string or a number as text.
func plainText(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return strings.TrimSpace(text)
	}
	return strings.TrimSpace(string(value))
}
