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

// lookUpPath returns the value at a path through nested objects, flat keys or a
// mixture.
func lookUpPath(object map[string]any, path string) any {
	if v := object[path]; v != nil {
		return v
	}
	for i, c := range path {
		if c != '.' {
			continue
		}
		if inner, ok := object[path[:i]].(map[string]any); ok {
			if v := lookUpPath(inner, path[i+1:]); v != nil {
				return v
			}
		}
	}
	return nil
}

// signsIn returns the signs that a decoded event has.
func signsIn(d *detector, event map[string]any) (seen signSet) {
	for _, p := range d.allProbes() {
		v := lookUpPath(event, p.path)
		if _, object := v.(map[string]any); v != nil && (object || !p.needsObject) {
			seen = seen.union(p.signs)
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
		assert.Equal(t, want, d.presetOf(d.firstRule(signsIn(d, event))), "preset of %s", text)
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
		var seen signSet
		for column := range strings.SplitSeq(header, ",") {
			seen = seen.union(d.signsOfKey(column))
		}
		assert.Equal(t, want, d.presetOf(d.firstRule(seen)), "preset of columns %s", header)
	}
}

// allSigns returns the set of all signs.
func allSigns(d *detector) (all signSet) {
	for i := range d.signs {
		all = all.union(setOf(i))
	}
	return all
}

func TestProbesAreDistinctAndFindAllSigns(t *testing.T) {
	d := newDetector()
	paths := map[string]bool{}
	var all signSet
	for _, p := range d.allProbes() {
		assert.False(t, paths[p.path], "probe %s is a duplicate", p.path)
		paths[p.path] = true
		assert.NotZero(t, p.signs, "probe %s has no sign", p.path)
		all = all.union(p.signs)
		if !p.needsObject {
			assert.Equal(t, p.signs, d.signsOfKey(p.path), "probe %s as a flat key", p.path)
		}
	}
	assert.LessOrEqual(t, len(d.signs), maxSigns, "each sign has its own bit")
	assert.Equal(t, allSigns(d), all)
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
	assert.Equal(t, "windows", d.presetOf(d.firstRule(allSigns(d))), "the first rule wins")
}

// TestConfirmedRuleIsTheFirstRuleForAllProbes draws dense and sparse sets of probes
// that an event has, those of each sign equally often. If firstRule confirms a rule by its sufficient probes, or
// isExpected by its expected probes, firstRule must return it for all probes, too.
func TestConfirmedRuleIsTheFirstRuleForAllProbes(t *testing.T) {
	d := newDetector()
	require.Equal(t, "cim", d.presetOf(d.ruleCount()-1), "the last rule is the fallback")
	r := rand.New(rand.NewPCG(1, 2))
	bySign := make([][]probe, len(d.signs))
	for _, p := range d.allProbes() {
		for i := range bySign {
			if p.signs.meets(setOf(i)) {
				bySign[i] = append(bySign[i], p)
			}
		}
	}
	sufficientProbes, expectedProbes := make([][]probe, d.ruleCount()), make([][]probe, d.ruleCount())
	for rule := range sufficientProbes {
		sufficientProbes[rule], expectedProbes[rule] = d.sufficientProbes(rule), d.expectedProbes(rule)
	}
	sufficient, expected := make([]int, d.ruleCount()), make([]int, d.ruleCount())
	for range 20_000 {
		var all signSet
		present := map[string]bool{}
		for n := 1 + r.IntN(1+r.IntN(30)); n > 0; n-- {
			of := bySign[r.IntN(len(bySign))]
			p := of[r.IntN(len(of))]
			all = all.union(p.signs)
			present[p.path] = true
		}
		for rule := range d.ruleCount() {
			seen := func(probes []probe) (some signSet) {
				for _, p := range probes {
					if present[p.path] {
						some = some.union(p.signs)
					}
				}
				return some
			}
			if d.firstRule(seen(sufficientProbes[rule])) == rule {
				sufficient[rule]++
				require.Equal(t, rule, d.firstRule(all), "firstRule for %v", present)
			}
			if d.isExpected(rule, seen(expectedProbes[rule])) {
				expected[rule]++
				require.Equal(t, rule, d.firstRule(all), "firstRule for %v", present)
			}
		}
	}
	assert.Less(t, len(d.expectedProbes(d.ruleCount()-1)), len(d.sufficientProbes(d.ruleCount()-1))/2)
	for rule, n := range sufficient {
		assert.Positive(t, n, "events that confirm rule %d, %s, by its sufficient probes", rule, d.presetOf(rule))
		assert.Positive(t, expected[rule], "events that confirm rule %d, %s, by its expected probes", rule, d.presetOf(rule))
		assert.LessOrEqual(t, len(d.expectedProbes(rule)), len(d.sufficientProbes(rule)), "probes of rule %d, %s", rule, d.presetOf(rule))
	}
}

func TestFirstRuleDoesNotAllocate(t *testing.T) {
	d := newDetector()
	assert.Zero(t, testing.AllocsPerRun(100, func() { d.presetOf(d.firstRule(d.rules[len(d.rules)-1].rarest)) }))
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
			got[d.presetOf(d.firstRule(signsIn(d, event)))]++
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
