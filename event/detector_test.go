package event

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// flatten puts the values of an event, nulls and empty objects included, under the flat keys
// that join the names of the objects around them.
func flatten(event map[string]any) map[string]any {
	flat := map[string]any{}
	for key, v := range event {
		inner, isObject := v.(map[string]any)
		if !isObject || len(inner) == 0 {
			flat[key] = v
			continue
		}
		for below, v := range flatten(inner) {
			flat[key+"."+below] = v
		}
	}
	return flat
}

// objectsIn adds the paths of the objects in an event that are spelled out.
func objectsIn(event map[string]any, around string, objects map[string]bool) {
	for key, v := range event {
		if inner, isObject := v.(map[string]any); isObject {
			objects[around+key] = true
			objectsIn(inner, around+key+".", objects)
		}
	}
}

// ruleIn is the twin of detector.ruleFor with detector.signsIn, and of what JSON does: it
// looks at each sign and each flat key.
func ruleIn(d *detector, event map[string]any) int {
	var exact signSet
	flat, objects := flatten(event), map[string]bool{}
	objectsIn(event, "", objects)
	for i, s := range d.signs {
		v := flat[s.path]
		_, isEmpty := v.(map[string]any)
		if objects[s.path] || v != nil && !isEmpty && !s.isObject {
			exact = exact.union(setOf(i))
		}
	}
	if rule := d.firstRule(exact); rule < len(d.rules) {
		return rule
	}
	return d.firstRule(signsIn(d, event))
}

// signsIn returns the signs of an event with those of its flat keys.
func signsIn(d *detector, event map[string]any) (seen signSet) {
	flat := flatten(event)
	for i, s := range d.signs {
		for key, v := range flat {
			_, isEmpty := v.(map[string]any)
			if strings.HasPrefix(key, s.path+".") || key == s.path && (isEmpty || v != nil && !s.isObject) {
				seen = seen.union(setOf(i))
			}
		}
	}
	return seen
}

func TestFirstRuleRecognisesFormats(t *testing.T) {
	d := newDetector()
	for text, want := range map[string]string{
		`{}`:                               "cim",
		`{"src":"10.1.2.3","user":"jdoe"}`: "cim",
		`{"class_uid":3002}`:               "ocsf",
		`{"class_uid":null}`:               "cim",
		`{"metadata":{"class_uid":1}}`:     "cim",
		`{"class_uid":3002,"@timestamp":"","event":{"kind":"x"}}`: "ocsf",

		`{"eventVersion":"1.08","userIdentity":{"type":"Root"}}`:                  "cloudtrail",
		`{"eventVersion":"1.08","userIdentity.type":"Root"}`:                      "cloudtrail",
		`{"eventVersion":"1.08","userIdentity":{"type":"Root"},"@timestamp":"x"}`: "cloudtrail",
		`{"eventVersion":"1.08","userIdentity.onBehalfOf.userId":"u2"}`:           "cloudtrail",
		`{"eventVersion":"1.08"}`:                                                 "cim",
		`{"userIdentity":{"type":"Root"}}`:                                        "cim",

		`{"ecs":{"version":"8.0"}}`:                              "ecs",
		`{"ecs.version":"8.0"}`:                                  "ecs",
		`{"@timestamp":"x","source":{"ip":"10.1.2.3"}}`:          "ecs",
		`{"@timestamp":"x","source":{}}`:                         "ecs",
		`{"@timestamp":"x","source.ip":"10.1.2.3"}`:              "ecs",
		`{"@timestamp":"x","source.geo":{"location":{"lat":1}}}`: "ecs",
		`{"@timestamp":"x","destination.port":443}`:              "ecs",
		`{"@timestamp":"x","event":{"anything":1}}`:              "ecs",
		`{"@timestamp":"x","event.dataset":"x"}`:                 "ecs",
		`{"@timestamp":"x","source":"SMB"}`:                      "cim",
		`{"@timestamp":"x","event":[{"kind":"x"}]}`:              "cim",
		`{"@timestamp":"x"}`:                                     "cim",
		`{"source":{"ip":"10.1.2.3"},"event":{"kind":"x"}}`:      "cim",

		`{"protoPayload":{"methodName":"storage.objects.get"}}`:                                      "gcp",
		`{"protoPayload":{"authenticationInfo":{"principalEmail":"jdoe@corp.example"}}}`:             "gcp",
		`{"protoPayload.requestMetadata.callerIp":"10.1.2.3"}`:                                       "gcp",
		`{"protoPayload":{"@type":"type.googleapis.com/google.appengine.logging.v1.RequestLog"}}`:    "cim",
		`{"jsonPayload":{"methodName":"storage.objects.get"}}`:                                       "cim",
		`{"auditID":"1f5b","verb":"get"}`:                                                            "kubernetes",
		`{"auditID":"1f5b","verb":"get","@timestamp":"x","event":{"kind":"event"}}`:                  "kubernetes",
		`{"kubernetes":{"audit":{"auditID":"1f5b","verb":"get"}},"@timestamp":"x","event.kind":"x"}`: "ecs",
		`{"auditID":"1f5b"}`:                                   "cim",
		`{"verb":"get","user":"jdoe"}`:                         "cim",
		`{"actor":"jdoe","action":"repo.create","org":"acme"}`: "github",
		`{"actor":"jdoe","action":"git.clone","_document_id":"Aq1x","@timestamp":1772359200000}`: "github",
		`{"actor":"jdoe","action":"pull_request.merge","actor_location":{"country_code":"CH"}}`:  "github",
		`{"actor":"jdoe","action":"user.login","business":"acme"}`:                               "github",
		`{"actor":"jdoe","action":"login"}`:                                                      "cim",
		`{"action":"allowed","org":"acme","user":"jdoe"}`:                                        "cim",
		`{"@timestamp":"x","event":{"action":"x"},"actor":{"id":"1"},"action":"x"}`:              "ecs",
		`{"github":{"actor":"jdoe","org":"acme"},"event":{"action":"x"},"@timestamp":"x"}`:       "ecs",
		`{"timestamp":"x","rule":{"level":5},"agent":{"id":"001"}}`:                              "wazuh",
		`{"rule":{"level":5},"agent":{"id":"001"},"data":{"srcip":"10.1.2.3"}}`:                  "wazuh",
		`{"rule.level":5,"agent.id":"001","data.srcip":"10.1.2.3"}`:                              "wazuh",
		`{"@timestamp":"x","timestamp":"x","rule":{"level":5},"agent":{"id":"001"},"event":{}}`:  "wazuh",
		`{"@timestamp":"x","event":{},"agent":{"id":"4f1"},"rule":{"level":"high","name":"x"}}`:  "ecs",
		`{"@timestamp":"x","event":{},"agent":{"id":"4f1"},"rule":{"name":"rule1"}}`:             "ecs",
		`{"agent":{"id":"001"},"data":{"srcip":"10.1.2.3"}}`:                                     "cim",

		`{"eventType":"user.session.start","actor":{"alternateId":"jdoe"}}`:           "okta",
		`{"eventType":"AwsApiCall","actor":"jdoe"}`:                                   "cim",
		`{"userPrincipalName":"j","createdDateTime":"x"}`:                             "entra",
		`{"initiatedBy":{"app":{"appId":null}},"activityDateTime":"x"}`:               "entra",
		`{"time":"x","properties":{"servicePrincipalId":"f","createdDateTime":"x"}}`:  "entra",
		`{"properties.userPrincipalName":"j","properties.createdDateTime":"x"}`:       "entra",
		`{"userPrincipalName":"j","displayName":"x"}`:                                 "cim",
		`{"ActionType":"LogonSuccess","DeviceId":"d"}`:                                "defender",
		`{"category":"x","properties":{"ActionType":"LogonFailed","DeviceId":"d"}}`:   "defender",
		`{"properties":{"Timestamp":"x","ReportId":1,"RecipientEmailAddress":"j"}}`:   "defender",
		`{"Timestamp":"x","AlertId":"1","ServiceSource":"x"}`:                         "defender",
		`{"Timestamp":"x","DeviceId":"sensor-1","temperature":21}`:                    "cim",
		`{"aid":"f","event_simpleName":"UserLogon","@timestamp":"x","event":{"x":1}}`: "crowdstrike",
		`{"aid":"f","cid":"c"}`:     "crowdstrike",
		`{"aid":"f","user":"jdoe"}`: "cim",

		`{"event_type":"alert","src_ip":"10.1.2.3"}`:                                                                                         "suricata",
		`{"event_type":"stats","flow_id":1}`:                                                                                                 "suricata",
		`{"event_type":"stats"}`:                                                                                                             "cim",
		`{"src_ip":"10.1.2.3","dest_ip":"10.1.2.4"}`:                                                                                         "cim",
		`{"event_type":"flow","flow_id":1,"@timestamp":"x","event":{"kind":"x"}}`:                                                            "ecs",
		`{"event_type":"alert","src_ip":"10.1.2.3","payload":"eyJhIjoxfQ==","payload_printable":"{}"}`:                                       "suricata",
		`{"@timestamp":"x","ecs":{"version":"8.0"},"event":{"original":"{}"},"message":"{\"src\":1}"}`:                                       "ecs",
		`{"@timestamp":"x","event":{"kind":"event"},"message":"{\"class_uid\":1}"}`:                                                          "ecs",
		`{"@timestamp":"x","event":{},"rule":{"level":5},"agent":{"id":"001"},"timestamp":"x","data":{"win":{"system":{"eventID":"4624"}}}}`: "windows",
		`{"timestamp":"x","rule":{"level":5},"agent":{"id":"001"},"data":{"win":{"system":{"eventID":"4624"}}}}`:                             "windows",

		`{"id.orig_h":"10.1.2.3"}`:                              "zeek",
		`{"id":{"orig_h":"10.1.2.3"}}`:                          "zeek",
		`{"id_orig_h":"10.1.2.3"}`:                              "zeek",
		`{"ts":1.5,"uid":"C1"}`:                                 "zeek",
		`{"ts":1.5,"fuid":"F1"}`:                                "cim",
		`{"ts":1.5,"fuid":"F1","tx_hosts":["10.1.2.3"]}`:        "zeek",
		`{"ts":1.5,"uids":["C1"],"mac":"00:00:5e:00:53:11"}`:    "zeek",
		`{"ts":1.5,"client_addr":"10.1.2.3"}`:                   "zeek",
		`{"ts":1.5,"host":"10.1.2.3"}`:                          "zeek",
		`{"host":"10.1.2.3","client_addr":"10.1.2.3"}`:          "cim",
		`{"@timestamp":"x","ts":1.5,"uid":"C1","source":"SMB"}`: "zeek",

		`{"EventID":4624,"@timestamp":"x","Hostname":"WS5"}`: "windows",
		`{"EventID":"4624"}`:                                                    "windows",
		`{"winlog":{"event_id":4624}}`:                                          "windows",
		`{"winlog.event_id":4624,"@timestamp":"x"}`:                             "windows",
		`{"Event":{"System":{"EventID":4624}}}`:                                 "windows",
		`{"Event.System":{"EventID":{"#text":4624}}}`:                           "windows",
		`{"Event.System.EventID":4624}`:                                         "windows",
		`{"winlog.event_data.TargetUserName":"jdoe"}`:                           "windows",
		`{"Event":{"EventData":{"TargetUserName":"jdoe"}}}`:                     "cim",
		`{"@timestamp":"x","event":{"code":"4624"},"winlog":{"event_id":4624}}`: "windows",
		`{"ecs.version":"8.0","winlog.channel":"Security"}`:                     "windows",
		`{"class_uid":1,"winlog":{}}`:                                           "windows",
		`{"@timestamp":"x","event":{"code":"4624"},"winlog":"4624"}`:            "ecs",
		`{"data":{"win":{"system":{"eventID":"4624"}}},"rule":{"level":3}}`:     "windows",
		`{"data.win.system.eventID":"4624"}`:                                    "windows",
		`{"data":{"win":"10"}}`:                                                 "cim",
		`{"@timestamp":"x","event_id":4624,"event_data":{"TargetUserSid":1}}`:   "windows",
		`{"event_id":4624,"user_data":{"xml_name":"EventXML"}}`:                 "windows",
		`{"event_id":4624}`:                                                     "cim",
		`{"event_data":{"TargetUserSid":1}}`:                                    "cim",
	} {
		var event map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &event), "%s", text)
		assert.Equal(t, want, d.presetOf(ruleIn(d, event)), "preset of %s", text)
	}
}

func TestColumnNamesDetermineTheFormat(t *testing.T) {
	d := newDetector()
	for header, want := range map[string]string{
		"src,dest,user":               "cim",
		"@timestamp,source.own":       "ecs", // any key below an object counts
		"@timestamp,event.x.y":        "ecs",
		"@timestamp,source":           "cim",
		"@timestamp,sources.ip":       "cim",
		"ts,uid,id.orig_h":            "zeek",
		"EventID,Computer":            "windows",
		"Event.System.Channel":        "windows",
		"eventVersion,userIdentity":   "cloudtrail",
		"eventVersion,userIdentity.x": "cloudtrail",
		"class_uid":                   "ocsf",
	} {
		assert.Equal(t, want, d.presetOf(d.ruleOfHeader(strings.Split(header, ","))), "preset of columns %s", header)
	}
}

func TestPathsHaveTheirSigns(t *testing.T) {
	d := newDetector()
	assert.LessOrEqual(t, len(d.signs), maxSigns, "each sign has its own bit")
	for i, s := range d.signs {
		at := d.byPath[s.path]
		assert.Equal(t, !s.isObject, at.value.meets(setOf(i)), "a value at %v", s)
		assert.True(t, at.object.meets(setOf(i)), "an object at %v", s)
		assert.True(t, d.signsOfKey(s.path+".own").meets(setOf(i)), "a key below %v", s)
		assert.Contains(t, d.signPaths(setOf(i)), s.path)
	}
}

func TestEveryRuleNamesAPreset(t *testing.T) {
	d := newDetector()
	r := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		var seen signSet
		for i := range seen {
			seen[i] = r.Uint64() & r.Uint64()
		}
		_, ok := PresetByName(d.presetOf(d.firstRule(seen)))
		require.True(t, ok, "firstRule(%b) is for %s", seen, d.presetOf(d.firstRule(seen)))
	}
	assert.Equal(t, "windows", d.presetOf(d.firstRule(d.allSigns())), "the first rule wins")
}

// TestProofsHoldForNoOtherRule draws dense and sparse sets of signs. The proof for one event
// must hold for it, and may hold for another only if that has the same first rule, also if
// only the signs in the proof are known.
func TestProofsHoldForNoOtherRule(t *testing.T) {
	d := newDetector()
	require.Equal(t, "cim", d.presetOf(d.ruleCount()-1), "the last rule is the fallback")
	r := rand.New(rand.NewPCG(1, 2))
	draw := func() (seen signSet) {
		for n := r.IntN(1 + r.IntN(12)); n > 0; n-- {
			seen = seen.union(setOf(r.IntN(len(d.signs))))
		}
		if rule := r.IntN(d.ruleCount()); rule < len(d.rules) && r.IntN(2) == 0 {
			for _, any := range d.rules[rule].all {
				for i := range d.signs {
					if any.meets(setOf(i)) && r.IntN(2) == 0 {
						seen = seen.union(setOf(i))
					}
				}
			}
		}
		return seen
	}
	held := make([]int, d.ruleCount())
	for range 2_000 {
		seen := draw()
		p := d.prove(seen, func(path string) bool { return len(path)%2 == 0 })
		require.Equal(t, d.firstRule(seen), p.rule)
		require.True(t, d.holds(&p, seen))
		for range 50 {
			other := draw()
			if r.IntN(2) == 0 { // like the first event, with one sign more
				other = seen.union(setOf(r.IntN(len(d.signs))))
			}
			known := other
			for i := range known {
				known[i] &= p.has[i] | p.lacks[i]
			}
			if d.holds(&p, known) {
				held[p.rule]++
				require.Equal(t, p.rule, d.firstRule(other))
				require.True(t, d.holds(&p, other))
			}
		}
	}
	for rule, n := range held {
		assert.Positive(t, n, "events for which the proof of rule %d, %s, holds", rule, d.presetOf(rule))
	}
}

func TestFirstRuleDoesNotAllocate(t *testing.T) {
	d := newDetector()
	assert.Zero(t, testing.AllocsPerRun(100, func() { d.presetOf(d.firstRule(d.rules[len(d.rules)-1].all[0])) }))
}

var realEvents = map[string]map[string]int{
	"mordor/windows.ndjson":      {"windows": 60},
	"mordor/zeek.ndjson":         {"zeek": 52, "cim": 8},
	"mordor/cloudtrail.ndjson":   {"cloudtrail": 20},
	"stratus/cloudtrail.ndjson":  {"cloudtrail": 20},
	"acme/events/windows.ndjson": {"windows": 80},
	"acme/events/zeek.ndjson":    {"zeek": 60},
	"acme/events/ecs.ndjson":     {"ecs": 60},
	"acme/events/cim.ndjson":     {"cim": 100},
}

// TestSampleEventsAreRecognised counts the presets of sample events. They are not
// always those of the product: Windows events of Winlogbeat 6 (event_id, event_data)
// and Zeek logs that name no machine (x509, stats) have no sign of
// their format and get cim, and later versions of Winlogbeat write ECS.
func TestSampleEventsAreRecognised(t *testing.T) {
	d := newDetector()
	for file, want := range realEvents {
		got := map[string]int{}
		for event := range readEvents(t, filepath.Join("..", "testdata", file)) {
			got[d.presetOf(ruleIn(d, event))]++
		}
		assert.Equal(t, want, got, "presets of the events of %s", file)
	}
}

func readEvents(t *testing.T, path string) func(func(map[string]any) bool) {
	return func(yield func(map[string]any) bool) {
		f, err := os.Open(path)
		require.NoError(t, err)
		defer f.Close()
		var in io.Reader = f
		if strings.HasSuffix(path, ".gz") {
			in, err = gzip.NewReader(f)
			require.NoError(t, err)
		}
		lines := bufio.NewScanner(in)
		lines.Buffer(nil, 1<<24)
		for lines.Scan() {
			var event map[string]any
			require.NoError(t, json.Unmarshal(lines.Bytes(), &event), path)
			if !yield(event) {
				return
			}
		}
		require.NoError(t, lines.Err(), path)
	}
}
