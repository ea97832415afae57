package risk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/risk"
)

// ruleCase states a rule of the engine: the modifiers that arrive, in order, and the
// notables they cause. The window is one hour and the lateness one hour.
//
// A modifier is "time score" about object a on one day, followed by members: object,
// source, message, tactic, technique, threat (type/value). "same" is the previous
// modifier again. A notable is "time score", with "expiry" if that is its trigger.
type ruleCase struct {
	name string
	rule string // members of the incident rule
	add  []string
	want []string
}

func TestWindowsIncludeTheirEndAndExcludeTheirStart(t *testing.T) {
	runRuleCases(t, []ruleCase{
		{"an arriving modifier is in the window", `"when":"score >= 100"`, []string{"10:00 100"}, []string{"10:00 100"}},
		{"score > 100 excludes 100", `"when":"score > 100"`, []string{"10:00 100"}, nil},
		{"modifiers of one instant count together", `"when":"score >= 100"`, []string{"10:00 60", "10:00 40"}, []string{"10:00 100"}},
		{"a modifier counts until just before it is an hour old", `"when":"score >= 100"`, []string{"10:00 60", "10:59:59 40"}, []string{"10:59:59 100"}},
		{"a modifier that is an hour old has left", `"when":"score >= 100"`, []string{"10:00 60", "11:00 40"}, nil},
		{"modifiers of another object do not count", `"when":"score >= 100"`, []string{"10:00 60", "10:01 40 object=b"}, nil},
		{"a negative modifier lowers the score", `"when":"score >= 100"`, []string{"10:00 -10", "10:01 105"}, nil},
		{"a negative modifier that leaves raises the score", `"when":"score >= 100"`, []string{"10:00 -10", "10:30 105", "11:00 1 object=b"}, []string{"11:00 105 expiry"}},
		{"a negative modifier has not left just before it is an hour old", `"when":"score >= 100"`, []string{"10:00 -10", "10:30 105", "10:59:59 1 object=b"}, nil},
		{"a positive modifier that leaves causes no notable", `"when":"score < 50"`, []string{"10:00 60", "10:30 10", "11:20 60 object=b"}, nil},
		{"no condition is true for an empty window", `"when":"count < 5 and score < 50"`, []string{"10:00 60", "11:30 60 object=b"}, nil},
	})
}

func TestMeasuresCountDistinctValues(t *testing.T) {
	runRuleCases(t, []ruleCase{
		{"a source counts once", `"when":"sources >= 2"`, []string{"10:00 1 source=s1", "10:01 1 source=s1"}, nil},
		{"two sources are two", `"when":"sources >= 2"`, []string{"10:00 1 source=s1", "10:01 1 source=s2"}, []string{"10:01 2"}},
		{"a modifier without a source counts, but is not a source", `"when":"sources >= 2 or count >= 3"`, []string{"10:00 1 source=s1", "10:01 1", "10:02 1"}, []string{"10:02 3"}},
		{"a source counts while one of its modifiers is in the window", `"when":"sources >= 2"`, []string{"10:00 1 source=s1", "10:30 1 source=s1", "11:29 1 source=s2"}, []string{"11:29 2"}},
		{"a source counts no more when its last modifier leaves", `"when":"sources >= 2"`, []string{"10:00 1 source=s1", "10:30 1 source=s1", "11:30 1 source=s2"}, nil},
		{"a tactic counts once", `"when":"tactics >= 2"`, []string{"10:00 1 tactic=TA0001", "10:01 1 tactic=TA0001"}, nil},
		{"two tactics are two", `"when":"tactics >= 2"`, []string{"10:00 1 tactic=TA0001", "10:01 1 tactic=TA0002"}, []string{"10:01 2"}},
		{"two techniques of a tactic are one tactic", `"when":"techniques >= 2 and tactics = 1"`, []string{"10:00 1 technique=T1003", "10:01 1 technique=T1110"}, []string{"10:01 2"}},
		{"threat objects differ by type", `"when":"threat_objects >= 2"`, []string{"10:00 1 threat=ip/x", "10:01 1 threat=ip/x", "10:02 1 threat=file/x"}, []string{"10:02 3"}},
		{"max is the largest score, not the last", `"when":"max >= 9 and count >= 2"`, []string{"10:00 9", "10:01 1"}, []string{"10:01 10"}},
		{"max forgets a modifier that has left", `"when":"max >= 9 and count >= 2"`, []string{"10:00 9", "11:00 1", "11:01 1"}, nil},
		{"dedup by source counts the largest of a source", `"when":"capped_score >= 100","dedup":"source"`, []string{"10:00 60 source=s1", "10:01 70 source=s1", "10:02 30 source=s2"}, []string{"10:02 100"}},
		{"dedup by message needs the same source, too", `"when":"capped_score >= 100","dedup":"message"`, []string{"10:00 50 source=s1 message=m", "10:01 50 source=s2 message=m"}, []string{"10:01 100"}},
		{"modifiers without a source are not repeats", `"when":"capped_score >= 100","dedup":"source"`, []string{"10:00 50", "10:01 50"}, []string{"10:01 100"}},
		{"a cap limits each source", `"when":"capped_score >= 100","cap":"60"`, []string{"10:00 90 source=s1", "10:01 30 source=s1", "10:02 40 source=s2"}, []string{"10:02 100"}},
	})
}

func TestOneNotablePerSpanUnlessSuppressedOrMoreSevere(t *testing.T) {
	const severity = `"severity":[{"at_least":100,"is":"medium"},{"at_least":200,"is":"high"}]`
	runRuleCases(t, []ruleCase{
		{"a span causes one notable", `"when":"score >= 100"`, []string{"10:00 100", "10:10 50", "10:59 50"}, []string{"10:00 100"}},
		{"a span goes on when a modifier enters as another leaves", `"when":"score >= 100"`, []string{"10:00 100", "11:00 100"}, []string{"10:00 100"}},
		{"a span that opens after a gap causes its own notable", `"when":"score >= 100"`, []string{"10:00 100", "11:00:01 100"}, []string{"10:00 100", "11:00:01 100"}},
		{"a negative modifier closes a span", `"when":"score >= 100"`, []string{"10:00 100", "10:10 -20", "10:20 30"}, []string{"10:00 100", "10:20 110"}},
		{"a suppressed span causes no notable", `"when":"score >= 100","suppress":"2h"`, []string{"10:00 100", "11:30 100", "11:59:59 5"}, []string{"10:00 100"}},
		{"a suppressed span causes one as soon as suppression ends", `"when":"score >= 100","suppress":"2h"`, []string{"10:00 100", "11:30 100", "12:00 5"}, []string{"10:00 100", "12:00 105"}},
		{"suppression is for one object", `"when":"score >= 100","suppress":"2h"`, []string{"10:00 100", "10:30 100 object=b"}, []string{"10:00 100", "10:30 100 b"}},
		{"refire: another notable when the severity rises", `"when":"score >= 100","refire":"severity",` + severity, []string{"10:00 100", "10:10 50", "10:20 50"}, []string{"10:00 100", "10:20 200"}},
		{"no refire: one notable although the severity rises", `"when":"score >= 100",` + severity, []string{"10:00 100", "10:20 100"}, []string{"10:00 100"}},
		{"refire: not when the severity returns to its highest", `"when":"score >= 100","refire":"severity",` + severity, []string{"10:00 100", "10:30 100", "11:10 100"}, []string{"10:00 100", "10:30 200"}},
		{"refire: each span begins anew", `"when":"score >= 100","refire":"severity",` + severity, []string{"10:00 200", "11:30 100"}, []string{"10:00 200", "11:30 100"}},
		{"refire: suppression does not delay it", `"when":"score >= 100","refire":"severity","suppress":"2h",` + severity, []string{"10:00 100", "10:20 100"}, []string{"10:00 100", "10:20 200"}},
	})
}

func TestLateModifiersChangeThePast(t *testing.T) {
	runRuleCases(t, []ruleCase{
		{"a modifier as old as the lateness counts", `"when":"score >= 100"`, []string{"11:00 1 object=b", "10:00 100"}, []string{"10:00 100"}},
		{"an older one is ignored", `"when":"score >= 100"`, []string{"11:00 1 object=b", "09:59:59 100"}, nil},
		{"a late modifier opens a span at its own time", `"when":"score >= 100"`, []string{"10:30 10", "10:10 100"}, []string{"10:10 100"}},
		{"a late modifier completes a later window", `"when":"score >= 100"`, []string{"10:30 60", "10:10 40"}, []string{"10:30 100"}},
		{"a late modifier completes a window that has passed", `"when":"score >= 100"`, []string{"10:00 60", "11:30 10", "10:40 40"}, []string{"10:40 100"}},
		{"a late modifier that joins two spans causes nothing", `"when":"score >= 100"`, []string{"10:00 100", "11:10 100", "10:30 100"}, []string{"10:00 100", "11:10 100"}},
		{"a late modifier extends a span: no second notable", `"when":"score >= 100"`, []string{"10:00 100", "10:40 10", "10:30 100"}, []string{"10:00 100"}},
		{"a late modifier opens an earlier span, apart from the next", `"when":"score >= 100"`, []string{"11:10 100", "10:15 -20", "10:14 100"}, []string{"11:10 100", "10:14 100"}},
		{"a late negative modifier splits a span: the later part gets a notable", `"when":"score >= 100"`, []string{"10:00 100", "10:10 50", "10:05 -20"}, []string{"10:00 100", "10:10 130"}},
		{"a late negative modifier splits a span: the earlier part gets a notable", `"when":"score >= 100"`, []string{"10:30 250", "10:10 100", "10:20 -150"}, []string{"10:30 250", "10:10 100"}},
		{"a late modifier splits a span of a condition with an upper bound", `"when":"score >= 10 and score <= 20"`, []string{"10:00 10", "10:20 -5", "10:30 6", "10:10 12"}, []string{"10:00 10", "10:30 11", "10:20 17"}},
		{"a notable whose span a late modifier removes is not withdrawn", `"when":"score >= 100"`, []string{"10:00 100", "09:50 -20", "10:20 1"}, []string{"10:00 100"}},
		{"a modifier counts once", `"when":"score >= 100"`, []string{"10:00 60", "same"}, nil},
		{"a late duplicate counts once", `"when":"score >= 100"`, []string{"10:00 60", "10:50 1 object=b", "10:00 60 id=0"}, nil},
		{"a modifier that differs in one member is no duplicate", `"when":"score >= 100"`, []string{"10:00 60 message=m1 id=x", "10:00 60 message=m2 id=x"}, []string{"10:00 120"}},
	})
}

func TestSummaryCountsDuplicatesBeforeLateModifiers(t *testing.T) {
	for _, c := range []struct {
		name string
		add  []string
		want risk.Summary
	}{
		{"as old as the lateness is not late", []string{"11:00 1", "10:00 1"}, risk.Summary{Lines: 2, Counted: 2}},
		{"older is late", []string{"11:00 1", "09:59:59 1"}, risk.Summary{Lines: 2, Counted: 1, Late: 1}},
		{"a repeated modifier is a duplicate", []string{"10:00 1", "same", "same"}, risk.Summary{Lines: 3, Counted: 1, Duplicates: 2}},
		{"a duplicate that is late is a duplicate", []string{"10:00 1", "11:30 1", "10:00 1 id=0"}, risk.Summary{Lines: 3, Counted: 2, Duplicates: 1}},
		{"a late modifier is late each time", []string{"11:00 1", "09:00 1", "same"}, risk.Summary{Lines: 3, Counted: 1, Late: 2}},
	} {
		e := engine(t, config(t, ruleConfig(`"when":"score > 1000"`)), risk.Options{})
		_, bad := add(e, ruleLines(t, c.add)...)
		require.Empty(t, bad, c.name)
		assert.Equal(t, c.want, e.Summary(), c.name)
	}
}

// runRuleCases adds the modifiers of each case one by one, and all at once on two
// workers. Both must cause the same notables.
func runRuleCases(t *testing.T, cases []ruleCase) {
	t.Helper()
	for _, c := range cases {
		cfg, lines := config(t, ruleConfig(c.rule)), ruleLines(t, c.add)
		single, whole := engine(t, cfg, risk.Options{}), engine(t, cfg, risk.Options{Workers: 2})
		var got []string
		for _, line := range lines {
			out, bad := add(single, line)
			require.Empty(t, bad, c.name)
			got = append(got, ruleNotables(t, out)...)
		}
		assert.Equal(t, c.want, got, "%s: Add of one line after another", c.name)
		out, _ := add(whole, lines...)
		assert.Equal(t, c.want, ruleNotables(t, out), "%s: Add of all lines", c.name)
	}
}

func ruleConfig(rule string) string {
	return `{"windows":["1h"],"lateness":"1h","incident_rules":[{"name":"r","window":"1h",` + rule + `},
		{"name":"risk_threshold_24h","enabled":false},{"name":"attack_tactics_7d","enabled":false}]}`
}

// ruleLines returns the lines of modifiers. Each has an id of its own, its index, unless
// it states one.
func ruleLines(t *testing.T, modifiers []string) []string {
	t.Helper()
	var lines []string
	for i, text := range modifiers {
		if text == "same" {
			lines = append(lines, lines[i-1])
			continue
		}
		words := strings.Fields(text)
		clock := words[0]
		if len(clock) == len("10:00") {
			clock += ":00"
		}
		m := map[string]string{"object": "a", "id": fmt.Sprint(i)}
		for _, word := range words[2:] {
			name, value, found := strings.Cut(word, "=")
			require.True(t, found, "modifier %q", text)
			m[name] = value
		}
		threatType, threat, _ := strings.Cut(m["threat"], "/")
		lines = append(lines, fmt.Sprintf(`{"_time":"2026-03-01T%sZ","risk_object":%q,"risk_score":%s,"source":%q,"risk_message":%q,"annotations":{"mitre_attack":[%q,%q]},"threat_object":%q,"threat_object_type":%q,"id":%q}`,
			clock, m["object"], words[1], m["source"], m["message"], m["tactic"], m["technique"], threat, threatType, m["id"]))
	}
	return lines
}

func ruleNotables(t *testing.T, lines []string) []string {
	t.Helper()
	var out []string
	for _, line := range lines {
		at, err := time.Parse(time.RFC3339Nano, field(t, line, "_time").(string))
		require.NoError(t, err)
		text := strings.TrimSuffix(at.Format(time.TimeOnly), ":00") + fmt.Sprintf(" %v", field(t, line, "risk_score"))
		if object := field(t, line, "risk_object"); object != "a" {
			text += fmt.Sprintf(" %v", object)
		}
		if field(t, line, "trigger") == "expiry" {
			text += " expiry"
		}
		out = append(out, text)
	}
	return out
}
