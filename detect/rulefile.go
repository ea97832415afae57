package detect

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
	"github.com/kithsec/kith/risk/score"
)

// ParseRules returns the rules of [ParseRuleFile].
func ParseRules(data []byte) ([]Rule, error) {
	f, err := ParseRuleFile("", data)
	return f.Rules, err
}

// ParseRuleFile parses a rule file. data is JSON: one value, several values one after
// another (NDJSON), or an array of values. YAML must be converted to JSON first. Each value
// is a rule in one of the formats in which detection content is published:
//
//   - the list format: {"name", "risk_objects": [{"field","type","score"}],
//     "threat_objects", "risk_message", "mitre_attack_id"}, and the keys of a
//     [Rule];
//   - a detection with an rba block: {"name", "rba": {"message",
//     "risk_objects", "threat_objects"}, "tags": {"mitre_attack_id"}};
//   - a saved search: {"action.risk.param._risk": "[{\"risk_object_field\": …}]"},
//     with action.risk.param._risk_message, action.risk.param._risk_score,
//     action.correlationsearch.label and action.correlationsearch.annotations.
//     Keys can be flat or nested, and the search can be the value of a key that is
//     its name: {"name of the search": {…}};
//   - the saved searches that Splunk's REST interface returns:
//     {"entry": [{"name", "content": {"action.risk.param._risk": …}}]}. Searches
//     without action.risk.param._risk are left out.
//
// A detection without risk objects is a rule that makes no modifiers. The notes state why a
// saved search makes none.
//
// If a value is not a rule, the error states which one, and there are no rules. If only
// scores cannot be parsed, ParseRuleFile returns all rules without these scores, and an
// error that joins a [*ConfigError] for each.
func ParseRuleFile(name string, data []byte) (RuleFile, error) {
	var p ruleParser
	decoder := json.NewDecoder(bytes.NewReader(data))
	for n := 1; ; n++ {
		var value json.RawMessage
		err := decoder.Decode(&value)
		if errors.Is(err, io.EOF) {
			return RuleFile{Name: name, Rules: p.rules, Notes: p.notes}, errors.Join(p.errs...)
		}
		if err == nil {
			err = p.addRules(value)
		}
		if err != nil {
			return RuleFile{Name: name}, fmt.Errorf("rule %d: %w", n, err)
		}
	}
}

// ruleParser collects rules, the errors of their scores, and notes.
type ruleParser struct {
	rules []Rule
	errs  []error
	notes []RuleNote
}

// addNote adds a note on a rule, by its number from 1, or on the file if it is 0.
func (p *ruleParser) addNote(rule int, format string, args ...any) {
	p.notes = append(p.notes, RuleNote{rule, fmt.Sprintf(format, args...)})
}

// addRules parses a value that is a rule, an array of values, or a list of saved searches.
func (p *ruleParser) addRules(value json.RawMessage) error {
	if value[0] == '[' {
		var list []json.RawMessage
		if err := json.Unmarshal(value, &list); err != nil {
			return err
		}
		for i, v := range list {
			if err := p.addRules(v); err != nil {
				return fmt.Errorf("[%d]: %w", i, err)
			}
		}
		return nil
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(value, &keys); err != nil {
		return err
	}
	if stanzas := stanzaSearches(keys); stanzas != nil {
		return p.addSearches(stanzas, nil)
	}
	if list, found := listedSearches(keys); found {
		return p.addSearches(list, keys)
	}
	flat := map[string]json.RawMessage{}
	flattenKeys(flat, "", unwrapSearch(keys))
	if flat[riskParam] != nil {
		return p.addSavedSearch(flat)
	}
	rule, err := parseRule(value)
	if err == nil {
		p.addRule(rule)
	}
	return err
}

// addRule adds a rule and parses its scores.
func (p *ruleParser) addRule(r ruleJSON) {
	rule := Rule{Name: r.Name, Label: r.Label, When: r.When, Message: r.Message, Attack: slices.Concat(r.MitreAttack, r.MitreAttackID)}
	rule.Score, rule.ScoreField = p.parseScore(Path{}.Key("risk_score"), r.RiskScore)
	for i, o := range r.RiskObjects {
		object := RiskObject{Field: o.Field, Type: o.Type}
		object.Score, object.ScoreField = p.parseScore(Path{}.Key("risk_objects").At(i).Key("score"), o.Score)
		rule.RiskObjects = append(rule.RiskObjects, object)
	}
	for _, o := range r.ThreatObjects {
		rule.ThreatObjects = append(rule.ThreatObjects, ThreatObject(o))
	}
	p.rules = append(p.rules, rule)
}

// parseScore parses a score, and records errors for the values at a path and below it.
func (p *ruleParser) parseScore(at Path, s scoreJSON) (score.Decimal, ScoreField) {
	field := ScoreField{Field: s.Field}
	for _, text := range slices.Sorted(maps.Keys(s.Map)) {
		if field.Map == nil {
			field.Map = map[string]score.Decimal{}
		}
		field.Map[text] = p.parseNumber(at.Key("map"), s.Map[text])
	}
	return p.parseNumber(at, s.number), field
}

// parseNumber parses a number, and records an error for the value at a path.
func (p *ruleParser) parseNumber(at Path, text number) score.Decimal {
	if text == "" {
		return score.Decimal{}
	}
	d, err := score.ParseAmount(strings.TrimSpace(string(text)))
	if err != nil {
		p.errs = append(p.errs, &ConfigError{Rule: len(p.rules) + 1, Path: at, Err: fmt.Errorf("%q: %w", text, err)})
	}
	return d
}

// flattenKeys adds keys to flat, and those of nested objects under names joined by dots,
// as they are in conf files.
func flattenKeys(flat map[string]json.RawMessage, prefix string, keys map[string]json.RawMessage) {
	for key, value := range keys {
		flat[prefix+key] = value
		var nested map[string]json.RawMessage
		if json.Unmarshal(value, &nested) == nil {
			flattenKeys(flat, prefix+key+".", nested)
		}
	}
}

// ruleJSON is a rule in the list format.
type ruleJSON struct {
	Name          string             `json:"name"`
	Label         string             `json:"-"` // of a saved search
	When          []entity.Clause    `json:"when"`
	RiskObjects   []riskObjectJSON   `json:"risk_objects"`
	ThreatObjects []threatObjectJSON `json:"threat_objects"`
	Message       string             `json:"message"`
	MitreAttack   entity.Literals    `json:"mitre_attack"`
	MitreAttackID entity.Literals    `json:"mitre_attack_id"` // another name of MitreAttack
	RiskScore     scoreJSON          `json:"risk_score"`
}

type riskObjectJSON struct {
	Field string    `json:"field"`
	Type  string    `json:"type"`
	Score scoreJSON `json:"score"`
}

type threatObjectJSON struct {
	Field string `json:"field"`
	Type  string `json:"type"`
}

// scoreJSON is a score: a number, or the field of the event that has it.
type scoreJSON struct {
	number
	Field string
	Map   map[string]number
}

// UnmarshalJSON accepts a number, a string, null or {"field", "map"}.
func (s *scoreJSON) UnmarshalJSON(data []byte) error {
	*s = scoreJSON{}
	if data = bytes.TrimSpace(data); data[0] != '{' {
		return json.Unmarshal(data, &s.number)
	}
	var from struct {
		Field string            `json:"field"`
		Map   map[string]number `json:"map"`
	}
	if err := json.Unmarshal(data, &from); err != nil {
		return err
	}
	if from.Field == "" {
		return errors.New("a score that is an object needs a field")
	}
	s.Field, s.Map = from.Field, from.Map
	return nil
}

// number is the text of a number, or "" if there is none.
type number string

// UnmarshalJSON accepts a number, a string or null.
func (n *number) UnmarshalJSON(data []byte) error {
	*n = ""
	switch data = bytes.TrimSpace(data); {
	case data[0] == '"':
		return json.Unmarshal(data, (*string)(n))
	case string(data) == "null":
	case data[0] == '-' || data[0] >= '0' && data[0] <= '9':
		*n = number(data)
	default:
		return fmt.Errorf("must be a number, not %s", data)
	}
	return nil
}

// detection is a rule in the list format with the additional keys of detections.
type detection struct {
	ruleJSON
	RiskMessage string `json:"risk_message"`
	RBA         *struct {
		Message       string             `json:"message"`
		RiskObjects   []riskObjectJSON   `json:"risk_objects"`
		ThreatObjects []threatObjectJSON `json:"threat_objects"`
	} `json:"rba"`
	Tags struct {
		MitreAttackID entity.Literals `json:"mitre_attack_id"`
	} `json:"tags"`
}

// parseRule parses a rule in the list format, or a detection.
func parseRule(value json.RawMessage) (ruleJSON, error) {
	var d detection
	if err := json.Unmarshal(value, &d); err != nil {
		return ruleJSON{}, err
	}
	rule := d.ruleJSON
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
		return ruleJSON{}, errors.New("has no name")
	}
	return rule, nil
}
