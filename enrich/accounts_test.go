package enrich_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/event"
)

// accountOf enriches one event as JSON, as a map and, if it is flat, as a CSV record, and
// returns the name of the user in each. They must agree.
func accountOf(t *testing.T, l lists, format, line string) string {
	t.Helper()
	e := enricher(t, l, enrich.Options{Format: format, Fields: []string{"first"}})
	var decoded, out map[string]any
	require.NoError(t, json.Unmarshal([]byte(line), &decoded))
	var header, cells []string
	for _, k := range []string{"EventID", "Computer", "host", "dvc", "user", "User", "TargetUserName", "TargetDomainName", "TargetSid", "TargetUserSid", "SubjectUserName", "SubjectDomainName"} {
		if v, ok := decoded[k]; ok {
			text, isText := v.(string)
			if !isText {
				number, _ := json.Marshal(v)
				text = string(number)
			}
			header, cells = append(header, k), append(cells, text)
		}
	}
	flat := len(header) == len(decoded) && (format == "windows" || format == "cim")

	text, _, err := e.AppendJSON(nil, []byte(line))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &out))
	got, _ := out["user_first"].(string)

	_, err = e.Map(decoded)
	require.NoError(t, err)
	fromMap, _ := decoded["user_first"].(string)
	assert.Equal(t, got, fromMap, "the map of %s", line)

	if flat {
		csv, _ := streamed(t, e, strings.Join(header, ",")+"\n"+strings.Join(cells, ",")+"\n", enrich.StreamOptions{In: enrich.FormatCSV, Out: enrich.FormatCSV})
		row := strings.Split(strings.Split(csv, "\n")[1], ",")
		names := strings.Split(strings.Split(csv, "\n")[0], ",")
		fromCSV := ""
		for i, name := range names {
			if name == "user_first" {
				fromCSV = row[i]
			}
		}
		assert.Equal(t, got, fromCSV, "the CSV record of %s", line)
	}
	return got
}

// TestDomainBesideTheName is the rules about the domains of accounts in events.
func TestDomainBesideTheName(t *testing.T) {
	two := newLists(t, "", "identity,email,first\nCORP\\jdoe,jdoe@corp.example,John\nLAB\\jdoe,jdoe@lab.example,Jane\nS-1-5-21-9,,Sid\n", listOptions{})
	one := newLists(t, "nt_host,dns,ip\nws-17,,\n,db-9.corp.example,\n", "identity,email,first\njdoe,jdoe@corp.example,John\n", listOptions{})
	noMachines := newLists(t, "", "identity,email,first\njdoe,jdoe@corp.example,John\n", listOptions{})
	for _, c := range []struct {
		why    string
		l      lists
		format string
		line   string
		want   string
	}{
		{"the domain decides", two, "windows", `{"EventID":4624,"TargetUserName":"jdoe","TargetDomainName":"CORP"}`, "John"},
		{"the other domain", two, "windows", `{"EventID":4624,"TargetUserName":"jdoe","TargetDomainName":"LAB"}`, "Jane"},
		{"Kerberos writes the name in DNS", two, "windows", `{"EventID":4768,"TargetUserName":"jdoe","TargetDomainName":"LAB.EXAMPLE"}`, "Jane"},
		{"a local account", two, "windows", `{"EventID":4624,"TargetUserName":"jdoe","TargetDomainName":"WS-17"}`, ""},
		{"a local account, written", two, "windows", `{"EventID":1,"User":"WS-17\\jdoe"}`, ""},
		{"a domain account, written", two, "windows", `{"EventID":1,"User":"LAB\\jdoe"}`, "Jane"},
		{"its own domain counts, not the one beside it", two, "windows", `{"EventID":4624,"TargetUserName":"LAB\\jdoe","TargetDomainName":"CORP"}`, "Jane"},
		{"an address has its own domain", two, "windows", `{"EventID":4624,"TargetUserName":"jdoe@lab.example","TargetDomainName":"CORP"}`, "Jane"},
		{"a null token is no domain", two, "windows", `{"EventID":4624,"TargetUserName":"jdoe","TargetDomainName":"-"}`, "John"},
		{"nor is a blank one", two, "windows", `{"EventID":4624,"TargetUserName":"jdoe","TargetDomainName":"  "}`, "John"},
		{"a SID beside a local name", two, "windows", `{"EventID":4624,"TargetUserName":"jdoe","TargetDomainName":"WS-17","TargetUserSid":"S-1-5-21-9"}`, "Sid"},
		{"4740 has the machine in that place", two, "windows", `{"EventID":4740,"TargetUserName":"jdoe","TargetDomainName":"WS-17","TargetSid":"S-1-5-21-1"}`, "John"},
		{"below a prefix", two, "windows", `{"winlog":{"event_id":4624,"event_data":{"TargetUserName":"jdoe","TargetDomainName":"LAB"}}}`, "Jane"},
		{"the subject", two, "windows", `{"EventID":4672,"SubjectUserName":"jdoe","SubjectDomainName":"LAB"}`, "Jane"},
		{"ecs", two, "ecs", `{"user":{"name":"jdoe","domain":"LAB"}}`, "Jane"},
		{"ecs, flat", two, "ecs", `{"user.name":"jdoe","user.domain":"LAB"}`, "Jane"},
		{"ecs, the target", two, "ecs", `{"user":{"name":"x","domain":"CORP","target":{"name":"jdoe","domain":"LAB"}}}`, "Jane"},
		{"ocsf", two, "ocsf", `{"class_uid":3002,"user":{"name":"jdoe","domain":"LAB"}}`, "Jane"},
		{"ocsf, the actor", two, "ocsf", `{"class_uid":3002,"actor":{"user":{"name":"jdoe","domain":"LAB"}}}`, "Jane"},
		{"names and domains by position", two, "ecs", `{"user":{"name":["x","jdoe"],"domain":["CORP","LAB"]}}`, "Jane"},
		{"a name without a domain keeps its position", two, "ecs", `{"user":{"name":["x","jdoe"],"domain":[null,"LAB"]}}`, "Jane"},
		{"the domain of another name is not taken", two, "ecs", `{"user":{"name":["jdoe","x"],"domain":[null,"LAB"]}}`, "John"},
		{"one domain for all names", two, "ecs", `{"user":{"name":["x","jdoe"],"domain":"LAB"}}`, "Jane"},
		{"several domains for one name", two, "ecs", `{"user":{"name":"jdoe","domain":["CORP","LAB"]}}`, ""},

		{"an asset", one, "windows", `{"EventID":4624,"TargetUserName":"jdoe","TargetDomainName":"WS-17"}`, ""},
		{"an asset by its full name", one, "cim", `{"user":"DB-9\\jdoe"}`, ""},
		{"a domain", one, "cim", `{"user":"CORP\\jdoe"}`, "John"},
		{"the event's machine", one, "windows", `{"EventID":4624,"Computer":"PC-3.corp.example","TargetUserName":"jdoe","TargetDomainName":"PC-3"}`, ""},
		{"the event's machine without a list of machines", noMachines, "windows", `{"EventID":4624,"Computer":"PC-3.corp.example","TargetUserName":"jdoe","TargetDomainName":"PC-3"}`, ""},
		{"another machine than the event's", noMachines, "windows", `{"EventID":4624,"Computer":"PC-3.corp.example","TargetUserName":"jdoe","TargetDomainName":"CORP"}`, "John"},
		{"the domain of the event's machine", noMachines, "windows", `{"EventID":4624,"Computer":"PC-3.corp.example","TargetUserName":"jdoe","TargetDomainName":"corp.example"}`, "John"},
		{"the full name of the event's machine", noMachines, "windows", `{"EventID":4624,"Computer":"PC-3","TargetUserName":"jdoe","TargetDomainName":"pc-3.corp.example"}`, ""},
		{"the host of cim", noMachines, "cim", `{"dvc":"pc-3","user":"PC-3\\jdoe"}`, ""},
		{"the host of ecs, one of its names", noMachines, "ecs", `{"host":{"name":"a","hostname":["b","pc-3"],"ip":["10.1.2.3"]},"user":{"name":"jdoe","domain":"PC-3"}}`, ""},
		{"the authority of the system", noMachines, "ecs", `{"user":{"name":"jdoe","domain":"NT-AUTORITÄT"}}`, ""},
		{"escaped", noMachines, "ecs", `{"user":{"name":"jdo\u0065","domain":"C\u004fRP"}}`, "John"},
		{"a zero-width space", noMachines, "ecs", `{"user":{"name":"jdoe","domain":"\u200bCORP"}}`, "John"},
	} {
		assert.Equal(t, c.want, accountOf(t, c.l, c.format, c.line), "%s: %s", c.why, c.line)
	}
}

func TestMatchShowsTheAccount(t *testing.T) {
	l := newLists(t, "", "identity,first\nCORP\\jdoe,John\nasmith,Ann\n", listOptions{})
	e := enricher(t, l, enrich.Options{Format: "windows", Match: true, Fields: []string{"first"}})
	for line, want := range map[string]string{
		`{"TargetUserName":"jdoe","TargetDomainName":"CORP"}`:   `{"key":"CORP\\jdoe","kind":"identity","step":"exact"}`,
		`{"TargetUserName":"asmith","TargetDomainName":"corp"}`: `{"key":"corp\\asmith","kind":"identity","step":"domain"}`,
		`{"TargetUserName":"asmith","TargetDomainName":"-"}`:    `{"key":"asmith","kind":"identity","step":"exact"}`,
		`{"User":"Corp\\asmith"}`:                               `{"key":"Corp\\asmith","kind":"identity","step":"domain"}`,
	} {
		out, _, err := e.AppendJSON(nil, []byte(line))
		require.NoError(t, err)
		assert.Contains(t, string(out), `"user_match":`+want, line)
	}
}

// TestOwnersAreAccounts looks up owners that are written with their domain.
func TestOwnersAreAccounts(t *testing.T) {
	l := newLists(t, "ip,nt_host,owner\n10.1.1.1,a,LAB\\jdoe\n10.1.1.2,b,WS-17\\jdoe\n10.1.1.3,ws-17,CORP\\jdoe\n",
		"identity,first\nCORP\\jdoe,John\nLAB\\jdoe,Jane\njdoe,Jo\n", listOptions{})
	e := enricher(t, l, enrich.Options{Owner: true, Fields: []string{"owner_first"}})
	for ip, want := range map[string]string{"10.1.1.1": "Jane", "10.1.1.2": "", "10.1.1.3": "John"} {
		out, _, err := e.AppendJSON(nil, []byte(`{"src":"`+ip+`"}`))
		require.NoError(t, err)
		var m map[string]any
		require.NoError(t, json.Unmarshal(out, &m))
		got, _ := m["src_owner_first"].(string)
		assert.Equal(t, want, got, "the owner of %s", ip)
	}
}

// TestUserPresetNamesDomains reads a domain at a path of a preset of the user.
func TestUserPresetNamesDomains(t *testing.T) {
	p, err := event.PresetFile{Name: "own", Prefixes: []string{"", "data."}, Roles: map[string][]event.PresetFileGroup{
		"user": {{Paths: []event.PresetFilePath{{Field: "acts[].who", Domain: "realm", After: "id="}, {Field: "login", Domain: "login_domain"}}}},
	}}.Preset()
	require.NoError(t, err)
	l := newLists(t, "", "identity,first\nCORP\\jdoe,John\nLAB\\jdoe,Jane\n", listOptions{})
	e := enricher(t, l, enrich.Options{Format: "own", Presets: []event.Preset{p}, Fields: []string{"first"}})
	for line, want := range map[string]string{
		`{"login":"jdoe","login_domain":"LAB"}`:                              "Jane",
		`{"data":{"login":"jdoe","login_domain":"LAB"}}`:                     "Jane",
		`{"data":{"login":"jdoe"},"login_domain":"LAB"}`:                     "", // the domain of another prefix
		`{"acts":[{"who":"id=x"},{"who":"id=jdoe"}],"realm":"LAB"}`:          "Jane",
		`{"acts":[{"who":"id=jdoe"}],"realm":"CORP","login":"x"}`:            "John",
		`{"acts":[{"who":"id=x"}],"login":"jdoe","login_domain":["LAB"]}`:    "Jane",
		`{"acts":[{"who":"id=jdoe"}],"realm":{},"login":"jdoe"}`:             "",
		`{"acts":[{"who":"none"}],"realm":"LAB","login":"LAB\\jdoe","a":{}}`: "Jane",
	} {
		var out map[string]any
		text, _, err := e.AppendJSON(nil, []byte(line))
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &out))
		got, _ := out["user_first"].(string)
		assert.Equal(t, want, got, line)
	}
}
