package risk

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/risk/score"
	"github.com/kithsec/kith/state"
)

// scoreRule returns a rule that scores the users of events with an action.
func scoreRule(t *testing.T, name, action, points string) detect.Rule {
	t.Helper()
	d, err := score.ParseDecimal(points)
	require.NoError(t, err)
	return detect.Rule{
		Name: name, When: []entity.Clause{{Field: "action", Op: "=", Value: entity.Literals{action}}},
		RiskObjects: []detect.RiskObject{{Field: "user"}}, Score: d,
	}
}

// swapConfig has an incident rule that fires again when the severity rises, and one with a
// filter.
func swapConfig(rules ...detect.Rule) Config {
	return Config{Rules: rules, IncidentRules: []IncidentRule{
		{Name: "risk_threshold_24h", Window: time.Hour, When: "score > 50", Disabled: true},
		{Name: "sum", Window: time.Hour, When: "score > 50", Refire: RefireSeverity, SeveritySteps: []SeverityStep{{score.DecimalOf(100), entity.High}}},
		{Name: "first only", Window: time.Hour, When: "score > 30", Filter: []entity.Clause{{Field: "action", Op: "=", Value: entity.Literals{"a"}}}},
	}}
}

func swapOptions() Options {
	return Options{Now: func() time.Time { return time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC) }}
}

// addAction adds an event of jdoe at a minute, and returns the notables that it causes, as text.
func addAction(t *testing.T, e *Engine, minute int, action string) (notables []string) {
	t.Helper()
	result := e.Add([][]byte{fmt.Appendf(nil, `{"_time":"2026-03-01T08:%02d:00Z","user":"jdoe","action":%q}`, minute, action)})
	require.Empty(t, result.Bad)
	for _, n := range result.Notables {
		notables = append(notables, fmt.Sprintf("%s %s %s %v", n.Rule, n.Score, n.Severity, n.Sources))
	}
	return notables
}

// TestSetRulesKeepsWhatWasCounted replaces the rules while a span is open. Modifiers of rules
// that are gone go on counting, and the span goes on.
func TestSetRulesKeepsWhatWasCounted(t *testing.T) {
	e, err := New(swapConfig(scoreRule(t, "First", "a", "60")), nil, swapOptions())
	require.NoError(t, err)
	assert.Equal(t, []string{"sum 60 low [First]", "first only 60 low [First]"}, addAction(t, e, 0, "a"))
	assert.Empty(t, addAction(t, e, 1, "b"), "no rule applies")

	rules, err := e.CompileRules([]detect.Rule{scoreRule(t, "Second", "b", "45")}, nil)
	require.NoError(t, err)
	assert.Empty(t, addAction(t, e, 2, "b"), "compiled rules are not in use")
	e.SetRules(rules)
	assert.Empty(t, addAction(t, e, 3, "a"), "the rule is gone")
	assert.Equal(t, []string{"sum 105 high [First Second]"}, addAction(t, e, 4, "b"), "the same span, with a higher severity")

	rules, err = e.CompileRules([]detect.Rule{scoreRule(t, "First", "a", "1")}, nil)
	require.NoError(t, err)
	e.SetRules(rules)
	assert.Empty(t, addAction(t, e, 5, "a"), "the span is still open")
	assert.EqualValues(t, 3, e.Summary().Counted)
}

// TestCompileRulesRefusesBadRules checks that the error names the rule, and that the rules in
// use stay.
func TestCompileRulesRefusesBadRules(t *testing.T) {
	e, err := New(swapConfig(scoreRule(t, "First", "a", "60")), nil, swapOptions())
	require.NoError(t, err)
	_, err = e.CompileRules([]detect.Rule{scoreRule(t, "Second", "b", "1"), {Name: "bad"}}, nil)
	var bad *detect.ConfigError
	require.ErrorAs(t, err, &bad)
	assert.Equal(t, "rules[1]", bad.Path[:2].String())
	assert.Len(t, addAction(t, e, 0, "a"), 2)
}

// TestStateGoesOnAfterSetRules restores an engine with the rules that replaced its first ones.
// What it emits next is what the engine that was not restarted emits.
func TestStateGoesOnAfterSetRules(t *testing.T) {
	for _, restart := range []bool{false, true} {
		log, opt := new(state.Memory), swapOptions()
		opt.State = log
		e, err := New(swapConfig(scoreRule(t, "First", "a", "60")), nil, opt)
		require.NoError(t, err)
		assert.Len(t, addAction(t, e, 0, "a"), 2)
		second := []detect.Rule{scoreRule(t, "Second", "b", "20")}
		rules, err := e.CompileRules(second, nil)
		require.NoError(t, err)
		e.SetRules(rules)
		assert.Empty(t, addAction(t, e, 1, "b"))
		require.NoError(t, log.Commit(e.AppendChanges(nil)))
		if restart {
			e, err = New(swapConfig(second...), nil, opt)
			require.NoError(t, err)
		}
		assert.Empty(t, addAction(t, e, 1, "b"), "it was counted before")
		assert.Equal(t, []string{"sum 100 high [First Second]"}, addAction(t, e, 2, "b"), "restarted: %v", restart)
	}
}
