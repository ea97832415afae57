package risk_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/risk/score"
)

func TestParseRulesAcceptsEveryForm(t *testing.T) {
	rules, err := detect.ParseRules([]byte(`
		{"name":"listed","risk_message":"m","risk_objects":[{"field":"user","type":"user","score":25}],"threat_objects":[{"field":"src","type":"ip_address"}],"mitre_attack_id":["T1003"]}
		[{"name":"block","rba":{"message":"of $dest$","risk_objects":[{"field":"dest","type":"system","score":64}],"threat_objects":[]},"tags":{"mitre_attack_id":["T1059"]}}]
		{"action.correlationsearch.label":"saved","action.correlationsearch.annotations":"{\"mitre_attack\":[\"T1110\"]}","action.risk.param._risk_message":"hit",
		 "action.risk.param._risk":"[{\"risk_object_field\":\"user\",\"risk_object_type\":\"user\",\"risk_score\":56},{\"threat_object_field\":\"src\",\"threat_object_type\":\"ip\"}]"}
		{"name":"nested","action":{"risk":{"param":{"_risk":[{"risk_object_field":"host","risk_object_type":"system"}],"_risk_score":"12"}}}}
		{"Threat - Stanza - Rule":{"action.risk.param._risk":"[{\"risk_object_field\":\"user\"}]"}}
		{"name":"Hunting only"}`))
	require.NoError(t, err)
	user := detect.RiskObject{Field: "user", Type: "user", Score: score.DecimalOf(25)}
	assert.Equal(t, []detect.Rule{
		{Name: "listed", Message: "m", RiskObjects: []detect.RiskObject{user}, ThreatObjects: []detect.ThreatObject{{Field: "src", Type: "ip_address"}}, Attack: []string{"T1003"}},
		{Name: "block", Message: "of $dest$", RiskObjects: []detect.RiskObject{{Field: "dest", Type: "system", Score: score.DecimalOf(64)}}, Attack: []string{"T1059"}},
		{Name: "saved", Message: "hit", RiskObjects: []detect.RiskObject{{Field: "user", Type: "user", Score: score.DecimalOf(56)}}, ThreatObjects: []detect.ThreatObject{{Field: "src", Type: "ip"}}, Attack: []string{"T1110"}},
		{Name: "nested", RiskObjects: []detect.RiskObject{{Field: "host", Type: "system"}}, Score: score.DecimalOf(12)},
		{Name: "Threat - Stanza - Rule", RiskObjects: []detect.RiskObject{{Field: "user"}}},
		{Name: "Hunting only"},
	}, rules)

	for text, want := range map[string]string{
		`{"risk_objects":[]}`: "rule 1: has no name",
		`{"name":"a"`:         "rule 1: unexpected EOF",
		`{"name":"a","action.risk.param._risk":"[{]"}`: `rule 1: "a": action.risk.param._risk: invalid character ']' looking for beginning of object key string`,
	} {
		_, err := detect.ParseRules([]byte(text))
		assert.EqualError(t, err, want, text)
	}
}

func TestParseRulesReportsEveryScore(t *testing.T) {
	rules, err := detect.ParseRules([]byte(`{"name":"a","risk_objects":[{"field":"x","score":"many"}]} {"name":"b","risk_score":1e13,"risk_objects":[{"field":"x","score":3}]}`))
	assert.EqualError(t, err, "rule 1.risk_objects[0].score: \"many\": not a number\nrule 2.risk_score: \"1e13\": number out of range")
	assert.ErrorAs(t, err, new(*detect.ConfigError))
	require.Len(t, rules, 2)
	assert.Equal(t, score.DecimalOf(3), rules[1].RiskObjects[0].Score)
}
