package event_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/event"
)

// unwrapSchema returns a Schema of all roles of a format, with an Unwrap.
func unwrapSchema(t testing.TB, format string, u event.Unwrap) *event.Schema {
	t.Helper()
	b := event.NewBuilder(event.Options{Format: format})
	require.NoError(t, b.Roles())
	b.Unwrap(u)
	s, err := b.Build()
	require.NoError(t, err)
	return s
}

func TestEnvelopesAreOpened(t *testing.T) {
	const inner = `{"src":"10.1.2.3","user":"jdoe"}`
	quoted := `"{\"src\":\"10.1.2.3\",\"user\":\"jdoe\"}\n"`
	const eve = `{"event_type":"alert","flow_id":1,"src_ip":"10.1.2.3"}`
	for _, c := range []struct{ what, format, line, want string }{
		{"an event without an envelope is itself", "cim", inner, inner},
		{"HTTP event collector", "cim", `{"time":1772352000,"host":"h","source":"s","event":` + inner + `,"fields":{"a":1}}`, inner},
		{"HTTP event collector: also if the event does not fit", "cim", `{"event":{"a":1},"index":"main"}`, `{"a":1}`},
		{"HTTP event collector: another member beside the event", "cim", `{"event":{"a":1},"indexes":"main"}`, ""},
		{"HTTP event collector: an object as source", "cim", `{"event":{"a":1},"source":{}}`, ""},
		{"HTTP event collector: text that is an object", "cim", `{"time":1,"event":` + quoted + `}`, inner + "\n"},
		{"HTTP event collector: text that is not an object", "cim", `{"time":1,"event":"logon of jdoe"}`, ""},
		{"HTTP event collector: text with two objects", "cim", `{"time":1,"event":"{\"src\":\"10.1.2.3\"} {}"}`, ""},
		{"HTTP event collector: the last of two events", "cim", `{"event":{"a":1},"event":{"b":1}}`, `{"b":1}`},
		{"Splunk export", "cim", `{"preview":false,"offset":0,"lastrow":true,"result":{"a":1}}`, `{"a":1}`},
		{"Kafka Connect", "cim", `{"schema":{"type":"struct"},"payload":{"a":1}}`, `{"a":1}`},
		{"Kafka Connect: a tombstone", "cim", `{"schema":null,"payload":null}`, ""},
		{"Kafka Connect: another member", "cim", `{"schema":{},"payload":{"a":1},"topic":"x"}`, ""},
		{"hit of a search", "cim", `{"_index":"logs","_id":"1","_score":1.0,"_source":{"a":1}}`, `{"a":1}`},
		{"EventBridge", "auto", `{"version":"0","detail-type":"GuardDuty Finding","source":"aws.guardduty","detail":{"a":1}}`, `{"a":1}`},
		{"Docker", "cim", `{"log":` + quoted + `,"stream":"stdout","time":"2026-03-01T08:00:00Z"}`, inner + "\n"},
		{"Docker: not JSON", "cim", `{"log":"started\n","stream":"stdout"}`, ""},
		{"Docker: a file, as Filebeat names it", "cim", `{"log":{"file":{"path":"/x"}},"stream":"stdout"}`, ""},
		{"a member that fits", "auto", `{"firewall_name":"nfw","event":` + eve + `}`, eve},
		{"a member that fits the named format", "suricata", `{"firewall_name":"nfw","event":` + eve + `}`, eve},
		{"a member with a mark of the named format only", "ecs", `{"x":1,"data":{"ecs":{"version":"8"}}}`, `{"ecs":{"version":"8"}}`},
		{"a member with a mark of another format", "suricata", `{"x":1,"data":{"ecs":{"version":"8"}}}`, ""},
		{"text that fits", "cim", `{"ts":1,"message":` + quoted + `}`, inner + "\n"},
		{"the first member that fits", "cim", `{"data":{"src":"10.9.9.9"},"message":{"a":1},"payload":` + inner + `}`, inner},
		{"no member fits", "cim", `{"x":1,"message":{"a":1},"data":"{}"}`, ""},
		{"a null and a null token do not fit", "cim", `{"x":1,"message":{"src":null,"user":"-"}}`, ""},
		{"an object does not fit", "cim", `{"x":1,"message":{"user":{"name":"jdoe"}}}`, ""},
		{"an array fits", "cim", `{"x":1,"message":{"user":[null,"jdoe"]}}`, `{"user":[null,"jdoe"]}`},
		{"a host alone does not fit", "cim", `{"x":1,"message":{"host":"ws-17"}}`, ""},
		{"a host in the envelope", "cim", `{"host":"ws-17","x":1,"message":` + inner + `}`, inner},
		{"a risk modifier", "cim", `{"x":1,"data":{"risk_object":"jdoe"}}`, `{"risk_object":"jdoe"}`},
		{"one level", "cim", `{"time":1,"event":{"x":1,"message":` + inner + `}}`, `{"x":1,"message":` + inner + `}`},
		{"an object that fits is not an envelope", "cim", `{"user":"root","message":` + inner + `}`, ""},
		{"ECS with event and message", "auto", `{"@timestamp":"2026-03-01T08:00:00Z","event":{"kind":"event","user":"x"},"message":` + quoted + `}`, ""},
		{"ECS in flat keys", "auto", `{"@timestamp":"2026-03-01T08:00:00Z","event.kind":"event","message":` + quoted + `}`, ""},
		{"ECS, named", "ecs", `{"@timestamp":"2026-03-01T08:00:00Z","event":{"kind":"event","source":{"ip":"10.1.2.3"}},"message":"x"}`, ""},
		{"Suricata with payload", "auto", `{"event_type":"alert","flow_id":1,"src_ip":"10.1.2.3","payload":"{\"user\":\"jdoe\"}"}`, ""},
		{"Google Cloud with protoPayload", "auto", `{"protoPayload":{"@type":"x","serviceName":"s","authenticationInfo":{"principalEmail":"a@corp.example"}},"logName":"l","payload":{"user":"jdoe"}}`, ""},
		{"Okta with target", "auto", `{"eventType":"user.session.start","actor":{"alternateId":"a@corp.example","id":"1","type":"User"},"target":[{"type":"User","alternateId":"b@corp.example"}],"published":"2026-03-01T08:00:00Z","data":{"user":"jdoe"}}`, ""},
		{"text before the object", "cim", `<134>Mar 1 host app: {"time":1,"event":` + inner + `}`, inner},
	} {
		t.Run(c.what, func(t *testing.T) {
			e := unwrapSchema(t, c.format, event.Unwrap{}).NewJSON()
			for range 3 { // what was the previous event does not matter
				require.NoError(t, e.Scan([]byte(c.line)))
				if c.want == "" {
					assert.Equal(t, c.line, string(e.Raw()))
					assert.False(t, e.IsPart())
				} else {
					assert.Equal(t, c.want, string(e.Raw()))
				}
			}
			off := unwrapSchema(t, c.format, event.Unwrap{Off: true}).NewJSON()
			require.NoError(t, off.Scan([]byte(c.line)))
			assert.Equal(t, strings.TrimPrefix(c.line, "<134>Mar 1 host app: "), string(off.Raw()), "with Off")
		})
	}
}

func TestNamedMembersAreOpenedWithoutConditions(t *testing.T) {
	for _, c := range []struct{ what, names, line, want string }{
		{"in an object that fits", "body", `{"user":"root","body":{"a":1}}`, `{"a":1}`},
		{"nested", "data.body", `{"user":"root","data":{"body":{"a":1}}}`, `{"a":1}`},
		{"text", "body", `{"body":"{\"a\":1}"}`, `{"a":1}`},
		{"text that is not an object", "body", `{"body":"a"}`, ""},
		{"the first name that is an object", "x body y", `{"x":1,"y":{"b":1},"body":{"a":1}}`, `{"a":1}`},
		{"absent", "body", `{"message":{"src":"10.1.2.3"}}`, ""},
		{"a shape goes first", "message", `{"event":{"a":1},"time":1}`, `{"a":1}`},
	} {
		e := unwrapSchema(t, "cim", event.Unwrap{Names: strings.Fields(c.names)}).NewJSON()
		require.NoError(t, e.Scan([]byte(c.line)), c.what)
		want := c.want
		if want == "" {
			want = c.line
		}
		assert.Equal(t, want, string(e.Raw()), c.what)
	}
}

func TestOnlyObjectsWithAMemberForAnEventAreScannedAgain(t *testing.T) {
	for _, tt := range []struct {
		format, text string
		again, own   bool
	}{
		{"zeek", `{"ts":1.5,"fingerprint":"ab","certificate.serial":"05"}`, false, true}, // x509.log
		{"zeek", `{"ts":1.5,"data.size":"05"}`, false, true},
		{"zeek", `{"ts":1.5,"id.orig_h":"10.1.2.3","message":"ssl"}`, false, true},
		{"zeek", `{"ts":1.5,"message":"ssl"}`, true, false},
		{"cim", `{"src":"10.1.2.3","message":"{}"}`, false, true},
		{"cim", `{"src":"-","message":"{}"}`, true, false},
		{"cim", `{"action":"allowed"}`, false, true},
		{"auto", `{"action":"allowed"}`, false, true},
		{"auto", `{"event":{"src":"10.1.2.3"}}`, true, false},
	} {
		e := unwrapSchema(t, tt.format, event.Unwrap{}).NewJSON()
		require.NoError(t, e.Scan([]byte(tt.text)), tt.text)
		assert.Equal(t, tt.again, event.TestsForEnvelope(e), "scanned again: %s as %s", tt.text, tt.format)
		assert.Equal(t, tt.own, e.IsOwn(), "IsOwn of %s as %s", tt.text, tt.format)
	}
}

func TestUnwrapIsParsed(t *testing.T) {
	for _, c := range []struct {
		words string
		want  event.Unwrap
		err   string
	}{
		{"", event.Unwrap{}, ""},
		{"auto", event.Unwrap{}, ""},
		{"off", event.Unwrap{Off: true}, ""},
		{"body a.b", event.Unwrap{Names: []string{"body", "a.b"}}, ""},
		{"body auto", event.Unwrap{}, "auto cannot be combined with names of members"},
		{"off body", event.Unwrap{}, "off cannot be combined with names of members"},
		{"body body", event.Unwrap{}, `"body" is listed twice`},
		{"a[].b", event.Unwrap{}, `"a[].b" goes through an array: use the path of the array without brackets`},
	} {
		u, err := event.ParseUnwrap(strings.Fields(c.words))
		if c.err != "" {
			assert.EqualError(t, err, c.err, c.words)
			continue
		}
		require.NoError(t, err, c.words)
		assert.Equal(t, c.want, u, c.words)
	}
	_, err := event.ParseUnwrap([]string{""})
	assert.ErrorContains(t, err, "path is empty")
}

func TestTextBeforeAnObjectIsSkipped(t *testing.T) {
	for _, c := range []struct{ line, event, err string }{
		{`<134>Mar 1 host suricata: {"a":1}`, `{"a":1}`, ""},
		{`Mar 1 {x} [1] "q: {"a":{"b":"{\""}} ` + "\r\n", `{"a":{"b":"{\""}} ` + "\r\n", ""},
		{`[INFO] {"a":1}`, `{"a":1}`, ""},
		{"\ufeff<1> {\"a\":1}", `{"a":1}`, ""},
		{`,{"a":1}`, `{"a":1}`, ""},
		{`host: {"a":1} {"b":1}`, "", "offset 14: text after the object"},
		{`host: {"a":1`, "", "offset 12: object or array is not closed"},
		{`host: { "a":1}`, "", "offset 0: not a JSON object"},
		{`[{"a":1}]`, "", "offset 0: not a JSON object"},
		{`[ [{"a":1}`, "", "offset 0: not a JSON object"},
		{`  "user": {"name":"x"}`, "", "offset 2: not a JSON object"},
		{`{x} {"a":1}`, "", "offset 4: text after the object"},
		{`no object`, "", "offset 0: not a JSON object"},
	} {
		e := unwrapSchema(t, "cim", event.Unwrap{}).NewJSON()
		err := e.Scan([]byte(c.line))
		if c.err != "" {
			assert.Error(t, err, c.line)
			if err != nil {
				assert.Equal(t, c.err, err.Error(), c.line)
			}
			continue
		}
		require.NoError(t, err, c.line)
		assert.Equal(t, c.event, string(e.Raw()))
		place := e.Place()
		assert.Equal(t, c.event, c.line[place.From:place.To])
	}
}

// TestTextInAnEnvelopeStaysValid checks that the texts of events survive the scan of later ones,
// as those of a batch must.
func TestTextInAnEnvelopeStaysValid(t *testing.T) {
	e := unwrapSchema(t, "cim", event.Unwrap{}).NewJSON()
	var texts [][]byte
	for i := range 10_000 {
		require.NoError(t, e.Scan(fmt.Appendf(nil, `{"log":"{\"src\":\"10.1.2.%d\"}","stream":"stdout"}`, i)))
		texts = append(texts, e.Raw())
	}
	for i, text := range texts {
		require.Equal(t, fmt.Sprintf(`{"src":"10.1.2.%d"}`, i), string(text))
	}
}

// FuzzEnvelopes checks Scan with any line, alone or in an envelope. Valid JSON is scanned without
// an error, whatever the event before it was, and fields are added to valid JSON. Without Unwrap,
// the line is the event.
func FuzzEnvelopes(f *testing.F) {
	for i, line := range []string{
		`{"src":"10.1.2.3","user":"jdoe"}`, `{"time":1,"event":{"src":"10.1.2.3"}}`, `{"log":"{\"src\":\"10.1.2.3\"}\n","stream":"stdout"}`,
		`{"log":"{\"src\" \"10.1.2.3\"","stream":"stdout"}`, `{"log":"{\"src\":[}","stream":"stdout","src":"-"}`, `{"message":"\u007b}"}`,
		`{"_index":"a","_source":{"ecs":{"version":"8"}}}`, `{"event":{"event":{}},"event":"{}"}`, `<13>Mar 1 ws-17: {"src":"10.1.2.3"}`, `{"src":`, `[{}]`,
	} {
		f.Add([]byte(line), uint8(i))
	}
	schemas := func(u event.Unwrap) (list []*event.Schema) {
		for _, format := range []string{"cim", "auto", "windows"} {
			list = append(list, unwrapSchema(f, format, u))
		}
		return list
	}
	opening, plain := schemas(event.Unwrap{}), schemas(event.Unwrap{Off: true})
	f.Fuzz(func(t *testing.T, line []byte, draw uint8) {
		text, err := json.Marshal(string(line))
		require.NoError(t, err)
		switch draw / 3 % 3 {
		case 1:
			line = fmt.Appendf(nil, `{"time":1,"event":%s}`, line)
		case 2:
			line = fmt.Appendf(nil, `{"log":%s,"stream":"stdout"}`, text)
		}
		isValid := json.Valid(line) && bytes.TrimSpace(line)[0] == '{'
		e, off := opening[draw%3].NewJSON(), plain[draw%3].NewJSON()
		first := ""
		for _, before := range []string{`{}`, `{"time":1,"event":{"src":"10.1.2.3"}}`, `{"log":"{\"src\":\"\"}","stream":""}`} {
			require.NoError(t, e.Scan([]byte(before)))
			if err := e.Scan(line); !isValid {
				continue
			} else {
				require.NoError(t, err, "%s", line)
			}
			if first == "" {
				first = string(e.Raw())
			}
			require.Equal(t, first, string(e.Raw()), "%s after %s", line, before)
			target, err := e.Target()
			require.NoError(t, err, "%s", line)
			require.True(t, json.Valid(target.Raw()), "%s: the fields are added to %s", line, target.Raw())
			require.NoError(t, e.MergeEnvelope(), "%s", line)
		}
		if err := off.Scan(line); isValid {
			require.NoError(t, err, "%s", line)
			require.Equal(t, string(line), string(off.Raw()))
		}
	})
}

// TestEnvelopesMatchTheirTwin compares Scan with a slow implementation over decoded objects.
func TestEnvelopesMatchTheirTwin(t *testing.T) {
	for _, format := range []string{"cim", "auto", "ecs", "suricata", "windows"} {
		for _, names := range [][]string{nil, {"body", "data"}} {
			s := unwrapSchema(t, format, event.Unwrap{Names: names})
			twin := newUnwrapTwin(t, format, names)
			r := rand.New(rand.NewPCG(1, 2))
			e := s.NewJSON()
			opened := 0
			for range 10_000 {
				object := drawObject(r, 2)
				line, err := json.Marshal(object)
				require.NoError(t, err)
				want, isText := twin.unwrap(object)
				require.NoError(t, e.Scan(line), "%s", line)
				var got map[string]any
				require.NoError(t, json.Unmarshal(e.Raw(), &got))
				require.Equal(t, want, got, "%s: %s", format, line)
				if !isText && e.IsPart() {
					opened++
					place := e.Place()
					require.Equal(t, string(line[place.From:place.To]), string(e.Raw()))
				}
				require.Equal(t, twin.fits(want), e.Fits(), "%s: %s", format, line)
			}
			assert.Greater(t, opened, 100, "%s: the input must be worth the test", format)
		}
	}
}

// unwrapTwin takes events out of envelopes by the rules as they are documented at event.Unwrap.
type unwrapTwin struct {
	names  []string
	format string
	reader event.Reader
	event  *event.Map
	paths  []string // of the roles of the format, without those of host
	schema *event.Schema
}

func newUnwrapTwin(t *testing.T, format string, names []string) *unwrapTwin {
	b := event.NewBuilder(event.Options{Format: event.Auto})
	require.NoError(t, b.Roles())
	schema, err := b.Build()
	require.NoError(t, err)
	w := &unwrapTwin{names: names, format: format, event: schema.NewMap(), schema: schema, paths: []string{"risk_object"}}
	if format == event.Auto {
		format = "cim"
	}
	p, found := event.PresetByName(format)
	require.True(t, found)
	host := map[string]bool{"host": true}
	if role, has := p.Role("host"); has {
		for _, path := range rolePathTexts(p, role) {
			host[path] = true
		}
	}
	for _, role := range p.Roles {
		for _, path := range rolePathTexts(p, role) {
			if !host[path] {
				w.paths = append(w.paths, path)
			}
		}
	}
	return w
}

func rolePathTexts(p event.Preset, role event.PresetRole) (list []string) {
	for _, g := range role.Groups {
		for _, path := range g.Paths {
			if path.Field != "" {
				list = append(list, p.Spellings(path.Field)...)
			}
		}
	}
	return list
}

// othersMarks lists keys of drawObject by which auto takes an object for another format, although
// it may have a mark of the format, too.
var othersMarks = map[string]string{
	"ecs": "class_uid", "suricata": "class_uid @timestamp EventID", "windows": "class_uid @timestamp event_type",
}

func (w *unwrapTwin) fits(object map[string]any) bool {
	marked := maps.Clone(object)
	for _, key := range strings.Fields(othersMarks[w.format]) {
		delete(marked, key)
	}
	w.event.Reset(marked)
	w.reader.Reset(w.schema)
	w.reader.Read(w.event)
	if name := w.reader.Format().Name(); name != "cim" && (w.format == event.Auto || name == w.format) {
		return true
	}
	for _, path := range w.paths {
		in, key, found := event.Locate(object, path)
		if !found {
			continue
		}
		list, isList := in[key].([]any)
		if !isList {
			list = []any{in[key]}
		}
		for _, v := range list {
			if text, isText := v.(string); isText && text != "-" && text != "" || isNumber(v) {
				return true
			}
		}
	}
	return false
}

func isNumber(v any) bool { _, is := v.(float64); return is }

func (w *unwrapTwin) unwrap(object map[string]any) (inner map[string]any, isText bool) {
	fits := w.fits(object)
	onlyText := false
	if fits && w.names == nil {
		own := maps.Clone(object)
		maps.DeleteFunc(own, func(name string, v any) bool {
			_, isList := v.([]any)
			return isList && regexp.MustCompile("^(src|dest|dvc|host|user|src_user)_(ip|mac|nt_host|dns)$").MatchString(name)
		})
		if w.fits(own) {
			return object, false
		}
		onlyText = true
	}
	isString := func(v any) bool { _, is := v.(string); return is }
	if name := twinShape(object); name != "" && (!fits || onlyText && isString(object[name])) {
		if inner, isText := asObject(object[name]); inner != nil {
			return inner, isText
		}
		return object, false
	}
	names := w.names
	if names == nil {
		names = strings.Fields("event result payload _source detail message log data")
	}
	for _, name := range names {
		inner, isText := asObject(object[name])
		if inner != nil && (w.names != nil || w.fits(inner)) && (!onlyText || isText) {
			return inner, isText
		}
	}
	return object, false
}

func twinShape(o map[string]any) string {
	has := func(names ...string) bool {
		for _, name := range names {
			if _, has := o[name]; !has {
				return false
			}
		}
		return true
	}
	_, eventIsText := o["event"].(string)
	isAdded := regexp.MustCompile("^urgency$|^(src|dest|dvc|host|user|src_user)_")
	only := func(names string) bool {
		for name := range o {
			if eventIsText && isAdded.MatchString(name) && strings.HasPrefix(names, "event ") {
				continue
			}
			if !strings.Contains(" "+names+" ", " "+name+" ") {
				return false
			}
		}
		return true
	}
	plain := true
	for _, name := range strings.Fields("time host source sourcetype index") {
		switch o[name].(type) {
		case map[string]any, []any:
			plain = false
		}
	}
	_, logIsText := o["log"].(string)
	switch {
	case has("event") && plain && only("event time host source sourcetype index fields"):
		return "event"
	case has("result", "preview"):
		return "result"
	case has("schema", "payload") && only("schema payload"):
		return "payload"
	case has("_index", "_source"):
		return "_source"
	case has("detail-type", "detail"):
		return "detail"
	case has("stream") && logIsText:
		return "log"
	}
	return ""
}

func asObject(v any) (object map[string]any, isText bool) {
	switch v := v.(type) {
	case map[string]any:
		return v, false
	case string:
		if json.Unmarshal([]byte(v), &object) == nil && object != nil && !bytes.HasPrefix([]byte(v), []byte("null")) {
			return object, true
		}
	}
	return nil, false
}

// drawObject draws an object that may be an envelope.
func drawObject(r *rand.Rand, depth int) map[string]any {
	keys := [][]string{
		strings.Fields("event result payload _source detail message log data body"),
		strings.Fields("preview schema _index detail-type stream time host source sourcetype index fields other"),
		strings.Fields("src user dest_ip src_ip event_type flow_id EventID @timestamp class_uid risk_object host Computer src_owner"),
	}
	object := map[string]any{}
	for range r.IntN(4) + 1 {
		kind := r.IntN(len(keys))
		if depth == 0 {
			kind = 2
		}
		key := keys[kind][r.IntN(len(keys[kind]))]
		object[key] = drawMember(r, depth)
	}
	return object
}

func drawMember(r *rand.Rand, depth int) any {
	switch n := r.IntN(12); {
	case depth > 0 && n < 4:
		return drawObject(r, depth-1)
	case depth > 0 && n < 6:
		text, _ := json.Marshal(drawObject(r, depth-1))
		return string(text) + []string{"", "\n", " x"}[r.IntN(3)]
	case n == 6:
		return []any{nil, "-", []string{"jdoe", "-"}[r.IntN(2)]}
	case n == 7:
		return nil
	case n == 8:
		return "-"
	case n == 9:
		return 17.0
	}
	return []string{"10.1.2.3", "jdoe", "a \"b\"", ""}[r.IntN(4)]
}
