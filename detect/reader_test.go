package detect_test

import (
	"fmt"
	"hash/maphash"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/risk/score"
)

var now = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// readLine returns the result of reading one line.
func readLine(t *testing.T, cfg detect.Config, resolver detect.Resolver, line string) detect.Reading {
	t.Helper()
	d, err := detect.New(cfg)
	require.NoError(t, err)
	r := d.NewReader(resolver, maphash.MakeSeed())
	r.Reset(now)
	readings := make([]detect.Reading, 1)
	r.ReadLines([][]byte{[]byte(line)}, readings)
	return readings[0]
}

func describeReading(r detect.Reading) string {
	var facts []string
	for i := range r.Facts {
		f := &r.Facts[i]
		facts = append(facts, fmt.Sprintf("%s/%s/%s %s %s %q %v %v", f.Object.Zone, f.Object.Type, f.Object.Key, f.Source, f.Score, f.Message, f.Attack.Tactics, f.Threats))
	}
	switch {
	case r.Err != nil:
		return "bad: " + r.Err.Error()
	case r.Blank:
		return "blank"
	case r.Unmatched:
		return "unmatched"
	}
	return strings.Join(facts, "; ")
}

func TestEventsBecomeFacts(t *testing.T) {
	is := func(field, value string) []entity.Clause {
		return []entity.Clause{{Field: field, Op: "=", Value: entity.Literals{value}}}
	}
	cfg := detect.Config{
		Zone: event.ZoneOptions{Default: "hq", Rules: []event.ZoneRule{{Zone: "lab", When: is("site", "lab1")}}},
		Rules: []detect.Rule{
			{
				Name: "logon", When: is("id", "4625"), Message: "$user$ at $host.name$, $risk_score$ $none$ $a..b$", Attack: []string{"T1110"},
				RiskObjects:   []detect.RiskObject{{Field: "user", Type: "user", Score: score.DecimalOf(20)}, {Field: "hosts[].name"}},
				ThreatObjects: []detect.ThreatObject{{Field: "src", Type: "ip"}},
				Score:         score.DecimalOf(5),
			},
		},
		RuleFiles: []detect.RuleFile{{Name: "f", Rules: []detect.Rule{{Name: "Named", RiskObjects: []detect.RiskObject{{Field: "dest"}}}}}},
		Factors:   []detect.Factor{{Name: "twice", Multiply: score.DecimalOf(2), When: is("risk_object", "double")}},
	}
	tests := []struct{ about, line, want string }{
		{"white space", " \t", "blank"},
		{"not JSON", `{"a":1`, "bad: offset 6: object or array is not closed"},
		{"no rule applies", `{"_time":1,"id":1}`, "unmatched"},
		{"a notable that is fed back is no modifier", `{"_time":1,"risk_object":"a","risk_score":1,"rule":"x","contributions":[]}`, "unmatched"},
		{"a modifier", `{"_time":1,"risk_object":" Web1 ","risk_score":"2.5","source":"s","risk_message":"m"}`, `hq/other/web1 s 2.5 "m" [] []`},
		{
			"types are paired by position, and the last one repeats", `{"_time":1,"risk_object":["a","b","c"],"risk_object_type":["System","USER"],"risk_score":1}`,
			`hq/system/a  1 "" [] []; hq/user/b  1 "" [] []; hq/user/c  1 "" [] []`,
		},
		{"an object counts once", `{"_time":1,"risk_object":["a","A"],"risk_score":1}`, `hq/other/a  1 "" [] []`},
		{"the event's zone, lower-cased", `{"_time":1,"risk_object":"a","risk_score":1,"cim_entity_zone":"DMZ","site":"lab1"}`, `dmz/other/a  1 "" [] []`},
		{"the zone of a rule", `{"_time":1,"risk_object":"a","risk_score":1,"site":"lab1"}`, `lab/other/a  1 "" [] []`},
		{"search_name replaces a missing source", `{"_time":1,"risk_object":"a","risk_score":1,"search_name":"s"}`, `hq/other/a s 1 "" [] []`},
		{"a factor over the modifier", `{"_time":1,"risk_object":"Double","risk_score":1.5}`, `hq/other/double  3 "" [] []`},
		{
			"threats are paired with types, nulls included", `{"_time":1,"risk_object":"a","risk_score":1,"threat_object":["x",null,"y","x"],"threat_object_type":["i","j","k"]}`,
			`hq/other/a  1 "" [] [{i x} {k y} {k x}]`,
		},
		{"tactics of the techniques that the event names", `{"_time":1,"risk_object":"a","risk_score":1,"annotations":{"mitre_attack":["T1110","x"]}}`, `hq/other/a  1 "" [TA0006] []`},
		{"no object", `{"_time":1,"risk_object":[null,""],"risk_score":1}`, "bad: no readable risk object"},
		{"no time", `{"_time":"soon","risk_object":"a","risk_score":1}`, `bad: no readable time: _time is "soon" (tried orig_time, _time, @timestamp, timestamp, ts, time, eventTime, EventTime, TimeCreated, UtcTime, published, createdDateTime, activityDateTime, Timestamp, requestReceivedTimestamp)`},
		{"no score", `{"_time":1,"risk_object":"a","risk_score":"many"}`, `bad: no readable score: risk_score is "many", which is not a number`},
		{"a score out of range", `{"_time":1,"risk_object":"a","risk_score":1e999}`, `bad: no readable score: risk_score is "1e999", which is out of range`},
		{"a null score", `{"_time":1,"risk_object":"a","risk_score":null}`, "bad: no readable score: no value at risk_score"},
		{"an array as score", `{"_time":1,"risk_object":"a","risk_score":[1]}`, "bad: no readable score: risk_score is an array"},
		{"the future", `{"_time":"2026-03-02T00:00:01Z","risk_object":"a","risk_score":1}`, "bad: time is too far in the future"},
		{
			"a rule makes a modifier of each object", `{"_time":1,"id":4625,"user":"Jdoe","host":{"name":"w1"},"hosts":[{"name":"w2"},{"name":"w3"}],"src":["1.2.3.4"]}`,
			`hq/user/jdoe logon 20 "Jdoe at w1, 20 $none$ $a..b$" [TA0006] [{ip 1.2.3.4}]; hq/other/w2 logon 5 "Jdoe at w1, 5 $none$ $a..b$" [TA0006] [{ip 1.2.3.4}]; hq/other/w3 logon 5 "Jdoe at w1, 5 $none$ $a..b$" [TA0006] [{ip 1.2.3.4}]`,
		},
		{"the event's score wins", `{"_time":1,"id":"4625","user":"jdoe","risk_score":7}`, `hq/user/jdoe logon 7 "jdoe at $host.name$, 7 $none$ $a..b$" [TA0006] []`},
		{"a rule without conditions applies by name", `{"_time":1,"source":"NAMED","dest":"w1","risk_score":3}`, `hq/other/w1 Named 3 "" [] []`},
		{"a rule needs a score", `{"_time":1,"source":"named","dest":"w1"}`, "bad: no readable score: no value at risk_score"},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, describeReading(readLine(t, cfg, nil, tt.line)), "%s: %s", tt.about, tt.line)
	}
}

func TestScoreIsReadFromAField(t *testing.T) {
	decimal := func(text string) score.Decimal {
		d, err := score.ParseAmount(text)
		require.NoError(t, err)
		return d
	}
	severity := detect.ScoreField{Field: "alert.severity", Map: map[string]score.Decimal{"Critical": decimal("80"), "low": decimal("-0.5"), "1": decimal("60"), "true": decimal("7")}}
	cfg := detect.Config{Rules: []detect.Rule{
		{
			Name: "mapped", When: []entity.Clause{{Field: "alert", Op: "exists"}},
			RiskObjects: []detect.RiskObject{{Field: "src", ScoreField: severity}, {Field: "dest", Score: decimal("5")}, {Field: "user"}},
			ScoreField:  detect.ScoreField{Field: "alerts[].score"},
		},
		{Name: "own", When: []entity.Clause{{Field: "own", Op: "exists"}}, RiskObjects: []detect.RiskObject{{Field: "own"}}, ScoreField: detect.ScoreField{Field: "risk_score", Map: map[string]score.Decimal{"high": decimal("50")}}},
	}}
	noScore := func(field, reason string) string {
		return `; rule "mapped": no score, so no modifier: ` + field + " " + reason
	}
	for _, c := range []struct{ rule, line, want string }{
		{"a text in the map, ignoring case and white space", `{"_time":1,"alert":{"severity":" CRITICAL "},"src":"a"}`, `a 80`},
		{"a number as it is", `{"_time":1,"alert":{"severity":2.5},"src":"a"}`, `a 2.5`},
		{"a text that is a number", `{"_time":1,"alert":{"severity":"1e1"},"src":"a"}`, `a 10`},
		{"a number in the map", `{"_time":1,"alert":{"severity":1},"src":"a"}`, `a 60`},
		{"a negative score in the map", `{"_time":1,"alert":{"severity":"Low"},"src":"a"}`, `a -0.5`},
		{"a boolean in the map", `{"_time":1,"alert":{"severity":true},"src":"a"}`, `a 7`},
		{"the largest of an array", `{"_time":1,"alert":{"severity":["low","1",61,null]},"src":"a"}`, `a 61`},
		{"an array without a number", `{"_time":1,"alert":{"severity":["odd",null]},"src":"a"}`, noScore("alert.severity", `is null`)[2:]},
		{"an empty array", `{"_time":1,"alert":{"severity":[]},"src":"a"}`, noScore("alert.severity", `is an empty array`)[2:]},
		{"a text that is not in the map", `{"_time":1,"alert":{"severity":"odd"},"src":"a","dest":"b"}`, `b 5` + noScore("alert.severity", `is "odd", which is neither a number nor in the map`)},
		{"a boolean is no number", `{"_time":1,"alert":{"severity":false},"src":"a"}`, noScore("alert.severity", `is "false", which is neither a number nor in the map`)[2:]},
		{"NaN is no number", `{"_time":1,"alert":{"severity":"NaN"},"src":"a"}`, noScore("alert.severity", `is "NaN", which is neither a number nor in the map`)[2:]},
		{"a number out of range", `{"_time":1,"alert":{"severity":"1000000000001"},"src":"a"}`, noScore("alert.severity", `is "1000000000001", which is out of range`)[2:]},
		{"null", `{"_time":1,"alert":{"severity":null},"src":"a"}`, noScore("alert.severity", "is null")[2:]},
		{"an object", `{"_time":1,"alert":{"severity":{"id":1}},"src":"a"}`, noScore("alert.severity", "is an object")[2:]},
		{"absent", `{"_time":1,"alert":{"id":1},"src":"a","dest":["b","c"]}`, `b 5; c 5` + noScore("alert.severity", "is absent")},
		{"a path through an array, of the rule", `{"_time":1,"alert":1,"alerts":[{"score":3},{"score":"30"},{}],"user":"u"}`, `u 30`},
		{"without a map", `{"_time":1,"alert":1,"alerts":[{"score":"high"}],"user":"u"}`, noScore("alerts[].score", `is "high", which is not a number`)[2:]},
		{"one error, that of the first object", `{"_time":1,"alert":{"severity":"x"},"src":"a","user":"u"}`, noScore("alert.severity", `is "x", which is neither a number nor in the map`)[2:]},
		{"an object that is empty needs no score", `{"_time":1,"alert":{"severity":"x"},"dest":"b"}`, `b 5`},
		{"risk_score wins", `{"_time":1,"alert":{"severity":"critical"},"risk_score":3,"src":"a"}`, `a 3`},
		{"risk_score itself, in words", `{"_time":1,"own":"a","risk_score":"High"}`, `a 50`},
	} {
		r := readLine(t, cfg, nil, c.line)
		require.NoError(t, r.Err, "%s: %s", c.rule, c.line)
		var got []string
		for _, f := range r.Facts {
			got = append(got, f.Spelled+" "+f.Score.String())
		}
		if r.ScoreErr != nil {
			got = append(got, r.ScoreErr.Error())
		}
		assert.Equal(t, c.want, strings.Join(got, "; "), "%s: %s", c.rule, c.line)
		assert.Equal(t, r.ScoreErr != nil, r.RuleError, "%s: %s", c.rule, c.line)
		assert.False(t, r.Unmatched, "%s: %s", c.rule, c.line)
	}
}

func TestScoreFieldsAreChecked(t *testing.T) {
	huge, err := score.ParseDecimal("1e999999999")
	require.NoError(t, err)
	when := []entity.Clause{{Field: "a", Op: "exists"}}
	object := func(s detect.ScoreField, n score.Decimal) detect.Rule {
		return detect.Rule{Name: "r", When: when, RiskObjects: []detect.RiskObject{{Field: "a", Score: n, ScoreField: s}}}
	}
	_, err = detect.New(detect.Config{Rules: []detect.Rule{
		object(detect.ScoreField{Map: map[string]score.Decimal{"a": score.DecimalOf(1)}}, score.Decimal{}),
		object(detect.ScoreField{Field: "s"}, score.DecimalOf(1)),
		object(detect.ScoreField{Field: "s", Map: map[string]score.Decimal{"A": score.DecimalOf(1), "a ": score.DecimalOf(2), "b": {}, "c": huge}}, score.Decimal{}),
		{Name: "r", When: when, RiskObjects: []detect.RiskObject{{Field: "a"}}, ScoreField: detect.ScoreField{Field: strings.Repeat("a.", 70)}},
	}})
	assert.EqualError(t, err, `rules[0].risk_objects[0].score.field: is missing
rules[1].risk_objects[0].score: is both a number and a field
rules[2].risk_objects[0].score.map: "a ": is listed twice, as case is ignored
rules[2].risk_objects[0].score.map: "b": is missing
rules[2].risk_objects[0].score.map: "c": number out of range
rules[3].risk_score.field: `+event.CheckPath(strings.Repeat("a.", 70)).Error())
}

// staffResolver is a Namer with one person and one network.
type staffResolver struct{}

func (s staffResolver) Resolve(_ entity.Zone, text, _ string) (entity.Resolved, bool) {
	name, kind, step, _, found := s.appendName(nil, text)
	return entity.Resolved{Kind: kind, Key: string(name), Step: step, Fields: []entity.FieldValues{{Name: "category", Values: []string{"admin"}}}}, found
}

func (staffResolver) appendName(dst []byte, text string) ([]byte, entity.Kind, entity.Step, entity.Priority, bool) {
	switch text {
	case "jdoe", `ACME\jdoe`:
		return append(dst, "JDoe@corp.example"...), entity.Identity, entity.StepExact, entity.High, true
	case "10.0.0.1":
		return append(dst, "10.0.0.0/8"...), entity.Asset, entity.StepPrefix, entity.Low, true
	}
	return dst, 0, 0, entity.Unset, false
}

func (s staffResolver) AppendNames(dst []byte, _ entity.Zone, _ string, texts []string, to []entity.Named) []byte {
	for i, text := range texts {
		from := len(dst)
		dst, to[i].Kind, to[i].Step, to[i].Priority, _ = s.appendName(dst, text)
		to[i].From, to[i].To = from, len(dst)
	}
	return dst
}

func TestObjectsAreNamedByTheResolver(t *testing.T) {
	byCategory := detect.Config{Factors: []detect.Factor{{Name: "admin", Add: score.DecimalOf(1), When: []entity.Clause{{Field: "risk_object_category", Op: "=", Value: entity.Literals{"admin"}}}}}}
	tests := []struct {
		about, object, want string
		cfg                 detect.Config
	}{
		{"a person is the canonical key", `"jdoe"`, `/user/jdoe@corp.example  1 "" [] []`, detect.Config{}},
		{"several objects are looked up one by one", `["ACME\\jdoe","jdoe"]`, `/user/jdoe@corp.example  1 "" [] []; /user/jdoe@corp.example  1 "" [] []`, detect.Config{}},
		{"an address that matches only a prefix is itself", `"10.0.0.1"`, `/system/10.0.0.1  1 "" [] []`, detect.Config{}},
		{"with Covering it is the owner of the prefix", `"10.0.0.1"`, `/system/10.0.0.0/8  1 "" [] []`, detect.Config{Covering: true}},
		{"an unknown object is its text in lower case", `"X"`, `/other/x  1 "" [] []`, detect.Config{}},
		{"fields of the entity are read", `"jdoe"`, `/user/jdoe@corp.example  2 "" [] []`, byCategory},
	}
	for _, tt := range tests {
		line := `{"_time":1,"risk_score":1,"risk_object":` + tt.object + `}`
		assert.Equal(t, tt.want, describeReading(readLine(t, tt.cfg, staffResolver{}, line)), "%s: %s", tt.about, line)
	}
}

func Example() {
	d, err := detect.New(detect.Config{Rules: []detect.Rule{{
		Name: "Failed logon", When: []entity.Clause{{Field: "EventID", Op: "=", Value: entity.Literals{"4625"}}},
		RiskObjects: []detect.RiskObject{{Field: "user", Type: "user", Score: score.DecimalOf(20)}},
		Message:     "$user$ at $host$", Attack: []string{"T1110"},
	}}})
	if err != nil {
		panic(err)
	}
	r := d.NewReader(nil, maphash.MakeSeed())
	r.Reset(time.Now())
	readings := make([]detect.Reading, 1)
	r.ReadMaps([]map[string]any{{"_time": 1.7e9, "EventID": 4625, "user": "jdoe", "host": "web1"}}, readings)
	for _, f := range readings[0].Facts {
		fmt.Println(f.Object.Type, f.Object.Key, f.Score, f.Message, f.Attack.Tactics)
	}
	// Output: user jdoe 20 jdoe at web1 [TA0006]
}
