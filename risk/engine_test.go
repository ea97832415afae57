package risk_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	written "github.com/kithsec/kith/config"
	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/state"
)

// directory is a resolver for a few people and machines.
type directory map[string]entity.Resolved

func (d directory) Resolve(zone entity.Zone, text, objectType string) (entity.Resolved, bool) {
	for _, key := range []string{objectType + "/" + fold.Lower(text), fold.Lower(text)} {
		if r, found := d[key]; found && (zone == "" || r.Zone == zone) {
			return r, true
		}
	}
	return entity.Resolved{}, false
}

func people() directory {
	jdoe := entity.Resolved{Kind: entity.Identity, Key: "jdoe", Step: entity.StepExact, Fields: []entity.FieldValues{
		{Name: "priority", Values: []string{"high"}}, {Name: "category", Values: []string{"Admin", "vip"}}, {Name: "watchlist", Values: []string{"true"}},
	}}
	host := entity.Resolved{Kind: entity.Asset, Key: "WS-17.acme.example", Step: entity.StepExact}
	covered := entity.Resolved{Kind: entity.Asset, Key: "10.1.0.0/16", Step: entity.StepPrefix, Fields: []entity.FieldValues{
		{Name: "priority", Values: []string{"critical"}}, {Name: "category", Values: []string{"dmz"}},
	}}
	return directory{
		"jdoe": jdoe, `acme\jdoe`: jdoe, "jdoe@corp.example": jdoe,
		"ws-17": host, "ws-17.acme.example": host, "10.1.2.3": covered,
	}
}

func frozen() time.Time { return time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC) }

func engine(t *testing.T, cfg risk.Config, opt risk.Options) *risk.Engine {
	t.Helper()
	if opt.Now == nil {
		opt.Now = frozen
	}
	e, err := risk.New(cfg, people(), opt)
	require.NoError(t, err)
	return e
}

func add(e *risk.Engine, lines ...string) ([]string, []risk.BadLine) {
	var raw [][]byte
	for _, l := range lines {
		raw = append(raw, []byte(l))
	}
	r := e.Add(raw)
	var out []string
	for _, n := range r.Notables {
		out = append(out, string(n.AppendJSON(nil)))
	}
	return out, r.Bad
}

// parse parses the text of the configuration block "risk".
func parse(t *testing.T, text string) (risk.Config, error) {
	t.Helper()
	var block written.Risk
	require.NoError(t, yaml.UnmarshalWithOptions([]byte(text), &block, yaml.Strict()))
	return block.Config()
}

func config(t *testing.T, text string) risk.Config {
	t.Helper()
	cfg, err := parse(t, text)
	require.NoError(t, err)
	return cfg
}

func field(t *testing.T, line, name string) any {
	t.Helper()
	var m map[string]any
	require.NoError(t, json.Unmarshal([]byte(line), &m), line)
	return m[name]
}

func TestNotableIsWrittenToTheByte(t *testing.T) {
	e := engine(t, config(t, `{
		"factors": [{"name": "vpn", "add": 5, "when": [{"field": "vpn", "op": "=", "value": true}]},
			{"name": "admin_entity", "multiply": 1.5, "when": [{"field": "risk_object_category", "op": "=", "value": "admin"}]}],
		"incident_rules": [{"name": "risk_threshold_24h", "window": "24h", "when": "capped_score > 100", "cap": "2x", "suppress": "24h",
			"refire": "severity", "severity": [{"at_least": 100, "is": "medium"}, {"at_least": 250, "is": "high"}, {"at_least": 500, "is": "critical"}]}]}`), risk.Options{})
	got, bad := add(e,
		`{"_time":"2026-03-01T10:00:00Z","risk_object":"ACME\\jdoe","risk_object_type":"user","risk_score":25,"source":"Brute force","risk_message":"20 failures","vpn":true,"annotations":{"mitre_attack":["T1110"]}}`,
		`{"_time":1772359260,"risk_object":"jdoe","risk_object_type":"user","risk_score":"30","source":"Brute force","risk_message":"60 failures","threat_object":"203.0.113.9","threat_object_type":"ip_address"}`,
		`{"_time":"2026-03-01T10:02:00Z","risk_object":"jdoe@corp.example","risk_object_type":"user","risk_score":20,"source":"Brute force","risk_message":"x"}`,
		`{"_time":"2026-03-01T11:30:00.500+01:00","risk_object":"jdoe","risk_score":12,"source":"New admin","risk_message":"jdoe joined Domain Admins","annotations.mitre_attack":"T1003"}`)
	require.Empty(t, bad)
	require.Len(t, got, 1)
	require.Equal(t, `{"id":"6cf352fb41c4ae9438bc225281699cdf","rule":"risk_threshold_24h","_time":"2026-03-01T10:30:00.5Z","risk_object":"jdoe","risk_object_type":"user","normalized_risk_object":"jdoe","risk_score":108,"uncapped_score":138,"risk_event_count":4,`+
		`"risk_objects":["ACME\\jdoe","jdoe","jdoe@corp.example"],"sources":["Brute force","New admin"],"tactics":["TA0006"],"techniques":["T1003","T1110"],"threat_objects":[{"type":"ip_address","value":"203.0.113.9"}],`+
		`"window":"24h","window_start":"2026-02-28T10:30:00.5Z","window_end":"2026-03-01T10:30:00.5Z","trigger":"modifier","severity":"medium","priority":"high","urgency":"medium","contributions":[`+
		`{"_time":"2026-03-01T10:00:00Z","risk_object":"ACME\\jdoe","source":"Brute force","risk_message":"20 failures","base":25,"adds":[{"factor":"vpn","value":5}],"multiplies":[{"factor":"admin_entity","value":1.5}],"calculated":45,"contribution":45},`+
		`{"_time":"2026-03-01T10:01:00Z","risk_object":"jdoe","source":"Brute force","risk_message":"60 failures","base":30,"adds":[],"multiplies":[{"factor":"admin_entity","value":1.5}],"calculated":45,"contribution":45},`+
		`{"_time":"2026-03-01T10:02:00Z","risk_object":"jdoe@corp.example","source":"Brute force","risk_message":"x","base":20,"adds":[],"multiplies":[{"factor":"admin_entity","value":1.5}],"calculated":30,"cap_discount":30,"contribution":0},`+
		`{"_time":"2026-03-01T10:30:00.5Z","risk_object":"jdoe","source":"New admin","risk_message":"jdoe joined Domain Admins","base":12,"adds":[],"multiplies":[{"factor":"admin_entity","value":1.5}],"calculated":18,"contribution":18}]}`, got[0])
	assert.Equal(t, risk.Summary{Lines: 4, Counted: 4, Notables: 1}, e.Summary())
}

func modifier(at, object, score string, more ...string) string {
	return fmt.Sprintf(`{"_time":"%s","risk_object":"%s","risk_object_type":"user","risk_score":%s%s}`, at, object, score, strings.Join(append([]string{""}, more...), ","))
}

// TestScoresMatchPublishedFigures compares scores with figures from the documentation of
// other products.
func TestScoresMatchPublishedFigures(t *testing.T) {
	at := func(minute int) string { return fmt.Sprintf("2026-03-01T10:%02d:00Z", minute) }
	seen := `{"name":"seen","window":"24h","when":"%s","refire":"severity","severity":"low"%s}`
	only := func(when, more string) string {
		return `"incident_rules":[{"name":"risk_threshold_24h","enabled":false},{"name":"attack_tactics_7d","enabled":false},` + fmt.Sprintf(seen, when, more) + `]`
	}
	for _, c := range []struct {
		name, config string
		lines        []string
		want         string // risk scores
	}{
		{
			"base 5, +5 +6 ×2 ×2 = 64",
			`{"factors":[{"name":"m1","multiply":2},{"name":"a1","add":5},{"name":"m2","multiply":2},{"name":"a2","add":6}],` + only("count >= 1", "") + `}`,
			[]string{modifier(at(0), "a", "5")},
			"64",
		},
		{
			"120 + 50 = 170",
			`{"factors":[{"name":"critical","add":50,"when":[{"field":"priority","op":"=","value":"critical"}]}],` + only("count >= 1", "") + `}`,
			[]string{modifier(at(0), "a", "120", `"priority":"Critical"`)},
			"170",
		},
		{
			"three times the largest of ten 20s, and a 30",
			`{` + only("capped_score > 89", `,"cap":"3x"`) + `}`,
			append(repeat(10, func(i int) string { return modifier(at(i), "a", "20", `"source":"s"`) }), modifier(at(30), "a", "30", `"source":"s"`)), "90",
		},
		{
			"p-series of 70, 45, 21, 21, 21",
			`{` + only("count >= 5", `,"aggregate":{"p_series":1.5}`) + `}`,
			[]string{modifier(at(0), "a", "21"), modifier(at(1), "a", "70"), modifier(at(2), "a", "21"), modifier(at(3), "a", "45"), modifier(at(4), "a", "21")},
			"94.454652",
		},
		{
			"one person under two names: 40 + 60",
			`{` + only("score >= 100", "") + `}`,
			[]string{modifier(at(0), "jdoe", "40"), modifier(at(1), "jdoe@corp.example", "60")},
			"100",
		},
		{"the shipped rule is strict", `{}`, []string{modifier(at(0), "a", "60"), modifier(at(1), "a", "40")}, ""},
		{"above 100", `{}`, []string{modifier(at(0), "a", "60"), modifier(at(1), "a", "40.000001")}, "100.000001"},
		{
			"three tactics from four sources", `{}`,
			[]string{
				modifier(at(0), "a", "1", `"source":"s1","annotations":{"mitre_attack":"T1110"}`), modifier(at(1), "a", "1", `"source":"s2","annotations":{"mitre_attack":["T1059.001","x"]}`),
				modifier(at(2), "a", "1", `"source":"s3","annotations.mitre_attack.mitre_tactic_id":"TA0040"`), modifier(at(3), "a", "1", `"source":"s5"`), modifier(at(4), "a", "1", `"source":"s4","annotations":{"mitre_attack":"Credential Access"}`),
			},
			"4",
		},
		{"four sources, two tactics", `{}`, repeat(4, func(i int) string {
			return modifier(at(i), "a", "1", fmt.Sprintf(`"source":"s%d","annotations":{"mitre_attack":["TA0001","TA0002"]}`, i))
		}), ""},
	} {
		e := engine(t, config(t, c.config), risk.Options{})
		got, bad := add(e, c.lines...)
		assert.Empty(t, bad, c.name)
		var scores []string
		for _, line := range got {
			scores = append(scores, fmt.Sprint(field(t, line, "risk_score")))
		}
		assert.Equal(t, c.want, strings.Join(scores, " "), c.name)
	}
}

func repeat(n int, line func(int) string) []string {
	var lines []string
	for i := range n {
		lines = append(lines, line(i))
	}
	return lines
}

func TestUnreadableEventsAreReported(t *testing.T) {
	for line, want := range map[string]string{
		`{"_time":1772359260,"risk_object":"","risk_score":1}`:                      "object",
		`{"_time":1772359260,"risk_object":null,"risk_score":1}`:                    "object",
		`{"_time":1772359260,"risk_object":{"a":1},"risk_score":1}`:                 "object",
		`{"_time":1772359260,"risk_object":["",null],"risk_score":1}`:               "object",
		`{"risk_object":"a","risk_score":1}`:                                        "time",
		`{"_time":"20260301100000","risk_object":"a","risk_score":1}`:               "time",
		`{"_time":"50000-01-01T00:00:00Z","risk_object":"a","risk_score":1}`:        "time",
		`{"_time":true,"risk_object":"a","risk_score":1}`:                           "time",
		`{"_time":"2026-02-30T00:00:00Z","risk_object":"a","risk_score":1}`:         "time",
		`{"_time":"2026-03-02T01:00:01Z","risk_object":"a","risk_score":1}`:         "future",
		`{"_time":1772359260,"risk_object":"a"}`:                                    "score",
		`{"_time":1772359260,"risk_object":"a","risk_score":true}`:                  "score",
		`{"_time":1772359260,"risk_object":"a","risk_score":"NaN"}`:                 "score",
		`{"_time":1772359260,"risk_object":"a","risk_score":null}`:                  "score",
		`{"_time":1772359260,"risk_object":"a","risk_score":"high"}`:                "score",
		`{"_time":1772359260,"risk_object":"a","risk_score":1000000000000.0000001}`: "score",
		`{"_time":1772359260,"risk_object":"a","risk_score":1`:                      "not closed",
		`[1]`: "not a JSON object",
	} {
		e := engine(t, risk.Config{}, risk.Options{})
		_, bad := add(e, line)
		if assert.Len(t, bad, 1, line) {
			assert.Contains(t, bad[0].Reason.Error(), want, line)
		}
		assert.Equal(t, risk.Summary{Lines: 1, Bad: 1}, e.Summary(), line)
	}
}

func TestUnusualFormsOfValuesAreAccepted(t *testing.T) {
	for _, line := range []string{
		`{"_time":"2026-03-01T10:00:00Z","risk_object":"a","risk_score":1e12}`,
		`{"_time":"1772359260.25","risk_object":7,"risk_score":" -1.5e1 "}`,
		`{"orig_time":"soon","_time":"2026-03-01t10:00:00.123456789123z","risk_object":"a","risk_score":0}`,
		`{"_time":1.77235926e9,"risk_object":"a","risk_score":1e-400}`,
	} {
		e := engine(t, risk.Config{}, risk.Options{})
		_, bad := add(e, line, "", "  ")
		assert.Empty(t, bad, line)
		assert.Equal(t, int64(1), e.Summary().Counted, line)
	}
}

func TestSummaryCountsEachKindOfLine(t *testing.T) {
	e := engine(t, risk.Config{}, risk.Options{})
	one := modifier("2026-03-01T10:00:00Z", "a", "1")
	_, bad := add(e, one, " "+one+" ", one,
		modifier("2026-02-28T09:59:59Z", "a", "1"), modifier("2026-02-28T10:00:00Z", "a", "1"),
		`{"_time":"2026-03-01T09:00:00Z","risk_object":["x","X","y"],"risk_score":1}`,
		`{"_time":"2026-03-01T09:00:00Z","risk_object":"x","risk_score":1,"orig_sid":"s","orig_rid":"1"}`,
		`{"_time":"2026-03-01T09:00:01Z","risk_object":"x","risk_score":9,"orig_sid":"s","orig_rid":"1"}`,
		`{"action":"login"}`, `{"rule":"r","contributions":[],"risk_object":"a","risk_score":1,"_time":1}`, "", "oops")
	require.Len(t, bad, 1)
	assert.Equal(t, risk.Summary{Lines: 11, Counted: 5, Duplicates: 3, Late: 1, Bad: 1, Unmatched: 2}, e.Summary())
}

func TestRulesTurnEventsIntoModifiers(t *testing.T) {
	e := engine(t, config(t, `{"rules":[{"name":"Burst of failures","when":[{"field":"action","op":"=","value":"failure"},{"field":"count","op":">=","value":20}],
		"risk_objects":[{"field":"user","type":"user","score":40},{"field":"dest","type":"system","score":20},{"field":"nobody","score":1}],
		"threat_objects":[{"field":"src_ip","type":"ip_address"}],"message":"$user$ failed on $dest$ for $$5, $who.is$","mitre_attack":["T1110","Lateral Movement"]}],
		"incident_rules":[{"name":"any","window":"1h","when":"count > 0"}]}`), risk.Options{})
	got, bad := add(e,
		`{"_time":1772359260,"action":"Failure","count":"20","user":"jdoe","dest":"WS-17","src_ip":["203.0.113.9","203.0.113.7"]}`,
		`{"_time":1772359261,"action":"failure","count":19,"user":"jdoe"}`)
	require.Empty(t, bad)
	require.Len(t, got, 2)
	assert.Equal(t, "jdoe", field(t, got[0], "normalized_risk_object"))
	assert.Equal(t, "ws-17.acme.example", field(t, got[1], "normalized_risk_object"))
	assert.Equal(t, 40.0, field(t, got[0], "risk_score"))
	assert.Equal(t, []any{"TA0008"}, field(t, got[0], "tactics"), "given tactics replace the table")
	assert.Len(t, field(t, got[0], "threat_objects"), 2)
	assert.Contains(t, got[0], `"risk_message":"jdoe failed on WS-17 for $$5, $who.is$"`)
	assert.Equal(t, risk.Summary{Lines: 2, Counted: 2, Unmatched: 1, RuleErrors: 1, Notables: 2}, e.Summary())
}

func TestThreatsPairWithTypesByPosition(t *testing.T) {
	for _, test := range []struct{ values, types, want string }{
		{`"a"`, `"x"`, `[{"type":"x","value":"a"}]`},
		{`["a","b","c"]`, `["x","y"]`, `[{"type":"x","value":"a"},{"type":"y","value":"b"},{"type":"y","value":"c"}]`},
		{`["a","b"]`, `"x"`, `[{"type":"x","value":"a"},{"type":"x","value":"b"}]`},
		{`["a",null,"c"]`, `["x","y","z"]`, `[{"type":"x","value":"a"},{"type":"z","value":"c"}]`},
		{`["a","b"]`, `[null,"y"]`, `[{"type":"","value":"a"},{"type":"y","value":"b"}]`},
		{`[null,""," "]`, `["x"]`, `[]`},
		{`["a"]`, `[]`, `[{"type":"","value":"a"}]`},
	} {
		e := engine(t, config(t, `{"incident_rules":[{"name":"any","window":"1h","when":"count > 0"}]}`), risk.Options{})
		got, bad := add(e, `{"_time":1772359260,"risk_object":"a","risk_score":1,"threat_object":`+test.values+`,"threat_object_type":`+test.types+`}`)
		require.Empty(t, bad)
		require.Len(t, got, 1)
		assert.Contains(t, got[0], `"threat_objects":`+test.want, test)
	}
}

func TestEveryDetectionOfAFileMatches(t *testing.T) {
	data, err := os.ReadFile("../detect/testdata/detections.jsonl")
	require.NoError(t, err)
	rules, err := detect.ParseRules(data)
	require.NoError(t, err)
	e := engine(t, config(t, `{"incident_rules":[{"name":"any","window":"1h","when":"count > 0"}]}`), risk.Options{Rules: []detect.RuleFile{{Name: "detections.jsonl", Rules: rules}}})
	fired := 0
	for i, r := range rules {
		if r.RiskObjects[0].Field == "risk_object" {
			continue // a line with a risk_object is a modifier, not an event
		}
		fired++
		fields := map[string]any{"_time": 1772359200 + i, "search_name": strings.ToUpper(r.Name)}
		for _, o := range r.RiskObjects {
			fields[o.Field] = "object of " + r.Name + " " + o.Type
		}
		line, _ := json.Marshal(fields)
		_, bad := add(e, string(line))
		require.Empty(t, bad, "%s", line)
	}
	s := e.Summary()
	assert.Equal(t, int64(fired), s.Lines)
	assert.Greater(t, fired, 390)
	assert.Zero(t, s.Unmatched)
	assert.NotZero(t, s.Notables)
}

func TestRollUpSelectsAddressOrOwnerOfPrefix(t *testing.T) {
	line := `{"_time":1772359260,"risk_object":"10.1.2.3","risk_score":1}`
	for rollUp, want := range map[string]string{"": "10.1.2.3", "exact": "10.1.2.3", "covering": "10.1.0.0/16"} {
		e := engine(t, config(t, `{"roll_up":"`+rollUp+`","es_factors":["critical_priority_destination"],"incident_rules":[{"name":"any","window":"1h","when":"count > 0"}]}`), risk.Options{})
		got, _ := add(e, line)
		require.Len(t, got, 1)
		assert.Equal(t, want, field(t, got[0], "normalized_risk_object"))
		assert.Equal(t, "system", field(t, got[0], "risk_object_type"))
		assert.Equal(t, "critical", field(t, got[0], "priority"))
		assert.Equal(t, 1.5, field(t, got[0], "risk_score"), "the prefix supplies factor fields")
	}
}

func TestWorkersChangeNothing(t *testing.T) {
	var lines []string
	for i := range 4000 {
		lines = append(lines, modifier(fmt.Sprintf("2026-03-01T%02d:%02d:%02dZ", i/3600, i/60%60, i%60), fmt.Sprint("u", i*i%37), fmt.Sprint(i%23-4), fmt.Sprintf(`"source":"s%d","n":%d`, i%5, i)))
	}
	var want []string
	for workers := 1; workers <= 5; workers++ {
		e := engine(t, config(t, `{"windows":["1m"],"lateness":"1m","incident_rules":[{"name":"risk_threshold_24h","window":"5m","when":"score > 20"}]}`), risk.Options{Workers: workers})
		var got []string
		for rest := lines; len(rest) > 0; {
			n := min(len(rest), 1+workers*97)
			out, bad := add(e, rest[:n]...)
			require.Empty(t, bad)
			got, rest = append(got, out...), rest[n:]
		}
		if workers == 1 {
			want = got
			require.NotEmpty(t, want)
		}
		require.Equal(t, want, got, "%d workers", workers)
	}
}

func TestConfigErrorsNamePathAndValue(t *testing.T) {
	for text, want := range map[string]string{
		`{"incident_rules":[{"name":"a","window":"1h","when":"score > "}]}`:                    `incident_rules[0].when: line 1, column 9: expected a number, found the end`,
		`{"incident_rules":[{"name":"a","window":"1h","when":"count > 1\n and scores > 2"}]}`:  `incident_rules[0].when: line 2, column 6: unknown name "scores" (known: score, capped_score, count, sources, tactics, techniques, threat_objects, max)`,
		`{"incident_rules":[{"name":"a","window":"1h","when":"score > 1","cap":"3x"}]}`:        `incident_rules[0].cap: has no effect: the condition never names capped_score`,
		`{"incident_rules":[{"name":"a","window":"1h","when":"score > 1","dedup":"source"}]}`:  `incident_rules[0].dedup: has no effect: the condition never names capped_score`,
		`{"incident_rules":[{"name":"a","when":"score > 1"}]}`:                                 `incident_rules[0].window: is missing`,
		`{"rules":[{"name":"a","risk_objects":[{"field":"x","score":1}]}]}`:                    `rules[0].when: is missing`,
		`{"factors":[{"name":"a","when":[{"field":"x","op":"==","value":1}],"add":1}]}`:        `factors[0].when[0].op: unknown operator "==" (did you mean "="?)`,
		`{"es_factors":["high_prio_user"]}`:                                                    `es_factors[0]: unknown factor "high_prio_user" (did you mean "high_priority_user"?)`,
		`{"lateness":"5 days"}`:                                                                `lateness: bad duration "5 days" (write 7d, 24h, 1h30m, 90s or 250ms)`,
		`{"clock":"walls"}`:                                                                    `clock: unknown value "walls" (did you mean "wall"?)`,
		`{"incident_rules":[{"name":"a","window":"1h","when":"score > 1","severity":"hihg"}]}`: `incident_rules[0].severity: unknown severity "hihg" (did you mean "high"?)`,
		`{"factors":[{"name":"a"}]}`:                                                           `factors[0]: needs add or multiply`,
	} {
		cfg, err := parse(t, text)
		if _, rejected := risk.New(cfg, nil, risk.Options{}); err == nil {
			err = rejected
		} else {
			require.NoError(t, rejected, "New(%s) has nothing to add", text)
		}
		require.Error(t, err, text)
		assert.Equal(t, want, err.Error(), text)
		var e *detect.ConfigError
		require.ErrorAs(t, err, &e, text)
	}
}

// TestRestoreChangesNothing checks that an engine that is restored at any point emits the
// same notables as one that was never stopped.
func TestRestoreChangesNothing(t *testing.T) {
	cfg := config(t, `{"windows":["40s"],"lateness":"15s","factors":[{"name":"f","multiply":1.5,"when":[{"field":"source","op":"=","value":"s1"}]}],
		"incident_rules":[{"name":"risk_threshold_24h","window":"30s","when":"score > 20","refire":"severity","suppress":"20s","severity":[{"at_least":30,"is":"high"}]},
		{"name":"low","window":"20s","when":"capped_score < 5","dedup":"message","filter":[{"field":"source","op":"!=","value":"s2"}]},
		{"name":"fading","window":"40s","when":"score > 18","decay":"7s"}]}`)
	for seed := range 30 {
		rng := rand.New(rand.NewPCG(uint64(seed), 3))
		log := new(state.Memory)
		whole, parts := engine(t, cfg, risk.Options{}), engine(t, cfg, risk.Options{Workers: 1 + seed%3, State: log})
		now := 0
		for i := range 400 {
			now += rng.IntN(4) * rng.IntN(3)
			if rng.IntN(60) == 0 {
				now += rng.IntN(150)
			}
			at := frozen().Add(-5*time.Hour + time.Duration(now-rng.IntN(2)*rng.IntN(20))*time.Second)
			line := modifier(at.Format(time.RFC3339), fmt.Sprint("u", rng.IntN(4)), fmt.Sprint(rng.IntN(20)-5), fmt.Sprintf(`"source":"s%d","risk_message":"m%d","n":%d,"threat_object":"t%d"`, rng.IntN(3), rng.IntN(3), i-rng.IntN(2), rng.IntN(3)))
			want, _ := add(whole, line)
			got, _ := add(parts, line)
			require.Equal(t, want, got, "seed %d line %d", seed, i)
			if rng.IntN(20) > 0 {
				continue
			}
			require.NoError(t, log.Commit(parts.AppendChanges(nil)))
			if rng.IntN(2) > 0 {
				continue
			}
			parts = engine(t, cfg, risk.Options{Workers: 1 + rng.IntN(3), State: log})
		}
	}
}

// TestSpansEndAcrossRestarts checks that a span which ended while its object had no
// modifiers is closed after a restart, although the modifier whose departure ended it has
// expired. The next span gets a notable of its own.
func TestSpansEndAcrossRestarts(t *testing.T) {
	cfg := config(t, `{"windows":["30m"],"lateness":"5m","incident_rules":[{"name":"quiet","window":"10m","when":"capped_score < 8","suppress":"3m"},
		{"name":"risk_threshold_24h","enabled":false},{"name":"attack_tactics_7d","enabled":false}]}`)
	at := func(after time.Duration) string { return frozen().Add(-10*time.Hour + after).Format(time.RFC3339) }
	for name, clock := range map[string][]string{
		"in one go":         {modifier(at(0), "a", "5") + "\n" + modifier(at(3*time.Hour), "b", "50")},
		"after a restart":   {modifier(at(0), "a", "5"), modifier(at(3*time.Hour), "b", "50")},
		"between two looks": {modifier(at(0), "a", "5"), modifier(at(time.Minute), "a", "1"), modifier(at(34*time.Minute+30*time.Second), "b", "50"), modifier(at(36*time.Minute+20*time.Second), "b", "60")},
	} {
		log := new(state.Memory)
		for i, lines := range append(clock, modifier(at(3*time.Hour+time.Minute), "a", "6")) {
			e := engine(t, cfg, risk.Options{State: log})
			got, bad := add(e, strings.Split(lines, "\n")...)
			require.Empty(t, bad)
			if i == 0 || i == len(clock) {
				require.Len(t, got, 1, "%s, part %d", name, i)
			}
			require.NoError(t, log.Commit(e.AppendChanges(nil)))
		}
	}
}

func TestZonesSeparateObjects(t *testing.T) {
	e := engine(t, config(t, `{"incident_rules":[{"name":"any","window":"1h","when":"count > 0"}]}`), risk.Options{
		Zone: event.ZoneOptions{Default: "hq", Rules: []event.ZoneRule{{Zone: "emea", When: []entity.Clause{{Field: "sensor", Op: "=", Value: entity.Literals{"fra1", "lhr2"}}}}}},
	})
	got, bad := add(e, modifier("2026-03-01T10:00:00Z", "a", "1", `"sensor":"FRA1"`), modifier("2026-03-01T10:00:00Z", "a", "1"), modifier("2026-03-01T10:00:00Z", "a", "1", `"cim_entity_zone":"APAC"`))
	require.Empty(t, bad)
	require.Len(t, got, 3, "three zones are three objects")
	for i, zone := range []string{"emea", "hq", "apac"} {
		assert.Equal(t, "a_"+zone, field(t, got[i], "normalized_risk_object"))
		assert.True(t, strings.HasSuffix(got[i], `],"cim_entity_zone":"`+zone+`"}`), got[i])
	}
}

func TestNotablesListTheLargestContributions(t *testing.T) {
	for keep, want := range map[int]string{0: "10 30 20 40.5", 2: "30 40.5 30/2", 3: "30 20 40.5 10/1", 4: "10 30 20 40.5", -1: "100.5/4"} {
		e := engine(t, risk.Config{}, risk.Options{MaxContributions: max(keep, 0), NoContributions: keep < 0})
		got, _ := add(e, modifier("2026-03-01T10:00:00Z", "a", "10"), modifier("2026-03-01T10:00:01Z", "a", "30"), modifier("2026-03-01T10:00:02Z", "a", "20"), modifier("2026-03-01T10:00:03Z", "a", "40.5"))
		require.Len(t, got, 1)
		var rows []string
		for _, row := range field(t, got[0], "contributions").([]any) {
			m := row.(map[string]any)
			text := fmt.Sprint(m["contribution"])
			if n, found := m["remainder"]; found {
				text += fmt.Sprintf("/%v", n)
			}
			rows = append(rows, text)
		}
		assert.Equal(t, want, strings.Join(rows, " "), "keep %d", keep)
	}
}

// TestDepartureOfNegativeModifierFires checks that the departure of a negative modifier
// emits a notable when another modifier advances the clock to it.
func TestDepartureOfNegativeModifierFires(t *testing.T) {
	e := engine(t, config(t, `{"incident_rules":[{"name":"r","window":"1h","when":"score > 50"}]}`), risk.Options{})
	got, _ := add(e, modifier("2026-03-01T10:00:00Z", "a", "-30"), modifier("2026-03-01T10:30:00Z", "a", "60"))
	require.Empty(t, got)
	got, _ = add(e, modifier("2026-03-01T10:59:59Z", "b", "1"))
	require.Empty(t, got)
	got, _ = add(e, modifier("2026-03-01T11:20:00Z", "b", "1"))
	require.Len(t, got, 1)
	assert.Equal(t, "expiry", field(t, got[0], "trigger"))
	assert.Equal(t, "2026-03-01T11:00:00Z", field(t, got[0], "_time"))
	assert.Equal(t, 60.0, field(t, got[0], "risk_score"))
}

func TestScoreNotablesCountsNotables(t *testing.T) {
	line := `{"rule":"r","contributions":[],"risk_object":"a","risk_score":200,"_time":"2026-03-01T10:00:00Z"}`
	e := engine(t, risk.Config{ScoreNotables: true}, risk.Options{})
	got, _ := add(e, line)
	require.Len(t, got, 1)
	assert.Equal(t, int64(1), e.Summary().Counted)
}

func TestWallClockDecidesWhatIsLate(t *testing.T) {
	now := frozen()
	e := engine(t, risk.Config{Clock: risk.WallClock, Lateness: time.Hour}, risk.Options{Now: func() time.Time { return now }})
	add(e, modifier("2026-03-01T22:59:59Z", "a", "1"), modifier("2026-03-01T23:00:00Z", "a", "1"))
	assert.Equal(t, risk.Summary{Lines: 2, Counted: 1, Late: 1}, e.Summary())
	now = now.Add(time.Hour)
	add(e, modifier("2026-03-01T23:59:59Z", "a", "2"))
	assert.Equal(t, int64(2), e.Summary().Late)
}
