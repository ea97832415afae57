package risk_test

import (
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/risk"
)

// The block of SPEC 6.6 decodes as the command decodes it, and compiles.
func TestConfigFromYAML(t *testing.T) {
	const text = `
windows: [24h, 7d]
lateness: 24h
future: 1h
clock: event
roll_up: exact
es_factors: [watchlisted_user, high_priority_user]
factors:
  - {name: crown_jewel, multiply: 1.5, when: [{field: risk_object_category, op: "=", value: crown}]}
  - {name: self, add: 5, when: [{field: user, op: "=", value_field: src_user}], enabled: true}
rule_files: [detections.jsonl]
rules:
  - name: Burst of failures
    when: [{field: action, op: "=", value: failure}, {field: count, op: ">=", value: 20}]
    risk_objects: [{field: user, type: user, score: 40}, {field: dest, type: system, score: 20}]
    threat_objects: [{field: src_ip, type: ip_address}]
    message: "$user$ failed on $dest$"
    mitre_attack: [T1110]
incident_rules:
  - name: risk_threshold_24h
    window: 24h
    when: capped_score > 100 # or: tactics >= 3 and (sources >= 4 or max >= 80); and binds tighter
    cap: 2x                  # 3x | 150
    suppress: 24h
    refire: severity         # once | severity
    severity: [{at_least: 100, is: medium}, {at_least: 250, is: high}, {at_least: 500, is: critical}]
  - name: fading
    window: 7d
    when: capped_score > 90
    decay: 12h
    dedup: message           # source | message
    aggregate: sum           # sum | {p_series: 1.5}
    severity: low
    filter: [{field: tactics, op: exists}, {field: source, op: like, value: "EDR %"}]
  - name: ranked
    window: 7d
    when: score > 9.5 or max >= 1e2
    cap: 150
    aggregate: {p_series: 1.5}
  - {name: attack_tactics_7d, enabled: false}
`
	var cfg risk.Config
	require.NoError(t, yaml.UnmarshalWithOptions([]byte(text), &cfg, yaml.Strict()))
	assert.Equal(t, risk.Number("1.5"), cfg.Factors[0].Multiply)
	assert.Equal(t, risk.Number("40"), cfg.Rules[0].RiskObjects[0].Score)
	assert.Equal(t, risk.Number("2x"), cfg.IncidentRules[0].Cap)
	assert.Equal(t, risk.SeverityStep{AtLeast: "250", Is: "high"}, cfg.IncidentRules[0].Severity.Steps[1])
	assert.Equal(t, risk.Aggregate{PSeries: "1.5"}, cfg.IncidentRules[2].Aggregate)
	assert.Equal(t, "low", cfg.IncidentRules[1].Severity.Is)
	_, err := risk.New(cfg, nil, risk.Options{})
	require.EqualError(t, err, "incident_rules[2].cap: has no effect: the condition never names capped_score")
	cfg.IncidentRules[2].When = "capped_score > 9.5 or max >= 1e2"
	_, err = risk.New(cfg, nil, risk.Options{})
	require.NoError(t, err)

	err = yaml.UnmarshalWithOptions([]byte("incident_rules: [{name: a, whn: x}]"), new(risk.Config), yaml.Strict())
	require.ErrorContains(t, err, "whn")
}

func TestParseRules(t *testing.T) {
	rules, err := risk.ParseRules([]byte(`
		{"name":"listed","risk_message":"m","risk_objects":[{"field":"user","type":"user","score":25}],"threat_objects":[{"field":"src","type":"ip_address"}],"mitre_attack_id":["T1003"]}
		[{"name":"block","rba":{"message":"of $dest$","risk_objects":[{"field":"dest","type":"system","score":64}],"threat_objects":[]},"tags":{"mitre_attack_id":["T1059"]}}]
		{"action.correlationsearch.label":"saved","action.correlationsearch.annotations":"{\"mitre_attack\":[\"T1110\"]}","action.risk.param._risk_message":"hit",
		 "action.risk.param._risk":"[{\"risk_object_field\":\"user\",\"risk_object_type\":\"user\",\"risk_score\":56},{\"threat_object_field\":\"src\",\"threat_object_type\":\"ip\"}]"}
		{"name":"nested","action":{"risk":{"param":{"_risk":[{"risk_object_field":"host","risk_object_type":"system"}],"_risk_score":"12"}}}}
		{"Threat - Stanza - Rule":{"action.risk.param._risk":"[{\"risk_object_field\":\"user\"}]"}}
		{"name":"Hunting only"}`))
	require.NoError(t, err)
	user := risk.RiskObject{Field: "user", Type: "user", Score: "25"}
	assert.Equal(t, []risk.Rule{
		{Name: "listed", Message: "m", RiskObjects: []risk.RiskObject{user}, ThreatObjects: []risk.ThreatObject{{Field: "src", Type: "ip_address"}}, MitreAttackID: entity.Literals{"T1003"}},
		{Name: "block", Message: "of $dest$", RiskObjects: []risk.RiskObject{{Field: "dest", Type: "system", Score: "64"}}, ThreatObjects: []risk.ThreatObject{}, MitreAttackID: entity.Literals{"T1059"}},
		{Name: "saved", Message: "hit", RiskObjects: []risk.RiskObject{{Field: "user", Type: "user", Score: "56"}}, ThreatObjects: []risk.ThreatObject{{Field: "src", Type: "ip"}}, MitreAttack: entity.Literals{"T1110"}},
		{Name: "nested", RiskObjects: []risk.RiskObject{{Field: "host", Type: "system"}}, RiskScore: "12"},
		{Name: "Threat - Stanza - Rule", RiskObjects: []risk.RiskObject{{Field: "user"}}},
		{Name: "Hunting only"},
	}, rules)

	for text, want := range map[string]string{
		`{"risk_objects":[]}`: "rule 1: has no name",
		`{"name":"a"`:         "rule 1: unexpected EOF",
		`{"name":"a","action.risk.param._risk":"[{]"}`: `rule 1: "a": action.risk.param._risk: invalid character ']' looking for beginning of object key string`,
	} {
		_, err := risk.ParseRules([]byte(text))
		assert.EqualError(t, err, want, text)
	}
}
