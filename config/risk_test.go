package config

import (
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/risk/score"
)

// The block contains every form in which a value can be written.
func TestRiskConfigParsesEveryForm(t *testing.T) {
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
	var block Risk
	require.NoError(t, yaml.UnmarshalWithOptions([]byte(text), &block, yaml.Strict()))
	cfg, err := block.Config()
	require.NoError(t, err)
	assert.Equal(t, []time.Duration{24 * time.Hour, 7 * 24 * time.Hour}, cfg.Windows)
	assert.Equal(t, score.DecimalOf(1.5), cfg.Factors[0].Multiply)
	assert.False(t, cfg.Factors[1].Disabled)
	assert.Equal(t, score.DecimalOf(40), cfg.Rules[0].RiskObjects[0].Score)
	assert.Equal(t, []string{"T1110"}, cfg.Rules[0].Attack)
	assert.Equal(t, risk.Cap{Times: score.DecimalOf(2)}, cfg.IncidentRules[0].Cap)
	assert.Equal(t, risk.RefireSeverity, cfg.IncidentRules[0].Refire)
	assert.Equal(t, risk.SeverityStep{AtLeast: score.DecimalOf(250), Is: entity.High}, cfg.IncidentRules[0].SeveritySteps[1])
	assert.Equal(t, 12*time.Hour, cfg.IncidentRules[1].Decay)
	assert.Equal(t, risk.DedupMessage, cfg.IncidentRules[1].Dedup)
	assert.Equal(t, entity.Low, cfg.IncidentRules[1].Severity)
	assert.Equal(t, risk.Cap{Amount: score.DecimalOf(150)}, cfg.IncidentRules[2].Cap)
	assert.Equal(t, score.DecimalOf(1.5), cfg.IncidentRules[2].PSeries)
	assert.True(t, cfg.IncidentRules[3].Disabled)
	_, err = risk.New(cfg, nil, risk.Options{})
	require.EqualError(t, err, "incident_rules[2].cap: has no effect: the condition never names capped_score")
	cfg.IncidentRules[2].When = "capped_score > 9.5 or max >= 1e2"
	_, err = risk.New(cfg, nil, risk.Options{})
	require.NoError(t, err)

	err = yaml.UnmarshalWithOptions([]byte("incident_rules: [{name: a, whn: x}]"), new(Risk), yaml.Strict())
	require.ErrorContains(t, err, "whn")
}

// Every value that cannot be parsed is reported at its place, not only the first.
func TestRiskConfigReportsEveryInvalidValue(t *testing.T) {
	off := false
	block := Risk{
		Windows: []string{"24h", "0"}, Lateness: "0", Future: "soon", Clock: "sun",
		Factors: []RiskFactor{{Name: "a", Add: "five"}},
		Rules:   []RiskRule{{Name: "a", RiskObjects: []RiskObject{{Field: "x", Score: Score{Number: "1e13"}}}}},
		IncidentRules: []IncidentRule{
			{Name: "a", Window: "1 day", When: "score > 1", Cap: "ax", Severity: Severity{Steps: []SeverityStep{{"x", "hihg"}}}},
			{Name: "b", Enabled: &off},
		},
	}
	cfg, err := block.Config()
	assert.Equal(t, risk.None, cfg.Lateness, "0 is not the default")
	_, rejected := risk.New(cfg, nil, risk.Options{})
	assert.EqualError(t, rejected, "rules[0].when: is missing")
	assert.EqualError(t, err, `future: bad duration "soon" (write 7d, 24h, 1h30m, 90s or 250ms)
clock: unknown value "sun" (use one of event, wall)
windows[1]: "0" must be greater than 0
factors[0].add: "five": not a number
rules[0].risk_objects[0].score: "1e13": number out of range
incident_rules[0].window: bad duration "1 day" (write 7d, 24h, 1h30m, 90s or 250ms)
incident_rules[0].cap: "a": not a number
incident_rules[0].severity[0].at_least: "x": not a number
incident_rules[0].severity[0].is: unknown severity "hihg" (did you mean "high"?)`)
}

func TestRiskConfigSuggestsWordInOtherCase(t *testing.T) {
	_, err := (&Risk{Clock: "WALL"}).Config()
	assert.EqualError(t, err, `clock: unknown value "WALL" (did you mean "wall"?)`)
}
