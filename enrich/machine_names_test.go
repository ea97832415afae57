package enrich_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/gold"
)

const (
	// namedMachines is a list with short and full names, some of which fit several assets.
	namedMachines = `nt_host,dns,ip,owner,priority
ws-17,,10.1.2.3,ann,high
,db-9.corp.example,10.1.2.4,bob,critical
,mail.corp.example,10.1.2.5,ann,
,mail.lab.example,10.1.2.6,bob,
reporting-server-4,,10.1.2.7,ann,low
,,10.1.0.0/16,net,
`
	namedPeople = "identity,priority\nann,high\nbob,low\nws-17,medium\n"
)

// machineNames are names in events.
var machineNames = []string{
	"ws-17", "WS-17.corp.example", "ws-17.lab.example", "ws-17.other.example", "db-9", "DB-9$", `CORP\db-9`, `CORP\WS-17$`, "host/ws-17.corp.example:5985@CORP.EXAMPLE",
	"mail", "MAIL$", "mail.corp.example", "reporting-serve", "reporting-ser", "nobody", "nobody.corp.example", "10.1.2.3", "10.1.9.9", "TERMSRV/10.1.2.3",
}

// TestEveryWayOfEnrichingFindsTheSameMachines compares all functions that enrich events, the
// public lookups, and the resolution of risk objects.
func TestEveryWayOfEnrichingFindsTheSameMachines(t *testing.T) {
	l := newLists(t, namedMachines, namedPeople, listOptions{table: assets.Options{Domains: []string{"lab.example"}}})
	o := enrich.Options{Fields: []string{"asset", "priority"}, Match: true, Owner: true}
	e := enricher(t, l, o)
	var lines, records strings.Builder
	records.WriteString("src,dest\n")
	r := rand.New(rand.NewPCG(1, 2))
	var all [][2]string
	for range 300 {
		src, dest := machineNames[r.IntN(len(machineNames))], machineNames[r.IntN(len(machineNames))]
		all = append(all, [2]string{src, dest})
		line, err := json.Marshal(map[string]string{"src": src, "dest": dest})
		require.NoError(t, err)
		lines.Write(append(line, '\n'))
		fmt.Fprintf(&records, "%s,%s\n", src, dest)
	}
	want, stats := streamed(t, e, lines.String(), enrich.StreamOptions{})
	wantLines := strings.Split(strings.TrimSpace(want), "\n")
	twin := twinOf(l, o, false)
	twin.Assets.Domains = []string{"lab.example"}
	ambiguous := 0
	for i, pair := range all {
		line := `{"dest":` + quoted(pair[1]) + `,"src":` + quoted(pair[0]) + `}`
		require.Equal(t, twin.Enrich(line), wantLines[i], "twin")
		alone, roles, err := e.AppendJSON(nil, []byte(line))
		require.NoError(t, err)
		require.Equal(t, wantLines[i], string(alone), "AppendJSON")
		var decoded map[string]any
		require.NoError(t, json.Unmarshal([]byte(wantLines[i]), &decoded))
		m := map[string]any{"src": pair[0], "dest": pair[1]}
		mapRoles, err := e.Map(m)
		require.NoError(t, err)
		require.Equal(t, roles, mapRoles, "Map of %q", pair)
		require.Equal(t, decoded["src_asset"], m["src_asset"], "Map of %q", pair)
		require.Equal(t, decoded["dest_owner_priority"], m["dest_owner_priority"], "Map of %q", pair)
		for n, key := range pair {
			role := []event.Role{event.Src, event.Dest}[n]
			found, ok := l.snapshot.Assets.Lookup("", key)
			require.Equal(t, roles.Has(role), ok, "Lookup(%q)", key)
			named, _ := l.snapshot.Assets.LookupName("", key)
			if found.Step() == entity.StepForm || found.Ambiguous() {
				require.Equal(t, found, named, "LookupName(%q)", key)
			}
			if found.Ambiguous() {
				ambiguous++
			}
			resolved, ok := l.snapshot.Resolve("", key, "system")
			require.Equal(t, ok && resolved.Kind == entity.Asset, found.Step() != 0, "Resolve(%q)", key)
			if ok && found.Step() != 0 {
				require.Equal(t, found.Step(), resolved.Step, "Resolve(%q)", key)
				require.Equal(t, decoded[role.String()+"_asset"], resolved.Key, "Resolve(%q)", key)
			}
		}
	}
	require.EqualValues(t, ambiguous, stats.Ambiguous)
	require.Positive(t, ambiguous)

	// The same events as CSV records.
	csv, csvStats := streamed(t, e, records.String(), enrich.StreamOptions{In: enrich.FormatCSV, Out: enrich.FormatNDJSON})
	require.Equal(t, stats.Ambiguous, csvStats.Ambiguous)
	for i, line := range strings.Split(strings.TrimSpace(csv), "\n") {
		require.JSONEq(t, wantLines[i], line, "CSV")
	}
	// A Worker counts nothing but finds the same.
	var input [][]byte
	for line := range strings.Lines(lines.String()) {
		input = append(input, []byte(line))
	}
	require.NoError(t, e.NewWorker().Enrich(input, func(first int, events []enrich.Event) error {
		for i := range events {
			require.Equal(t, wantLines[first+i]+"\n", string(events[i].AppendJSON(nil)))
		}
		return nil
	}))
}

func quoted(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}

// TestAmbiguousCountsRolesThatStayUnmatched: a role whose further value matches is not
// ambiguous.
func TestAmbiguousCountsRolesThatStayUnmatched(t *testing.T) {
	l := newLists(t, namedMachines, "", listOptions{})
	e := enricher(t, l, enrich.Options{Fields: []string{"owner"}})
	for _, test := range []struct {
		event string
		want  int64
		added string
	}{
		{`{"src":"mail"}`, 1, ""},
		{`{"src":"mail","dest":"mail","dvc":"ws-17"}`, 2, `,"dvc_owner":"ann"`},
		{`{"src":["mail","ws-17"]}`, 0, `,"src_owner":"ann"`},
		{`{"src":["nobody","mail"]}`, 1, ""},
		{`{"src":["nobody","mail","10.1.2.4"]}`, 0, `,"src_owner":"bob"`},
		{`{"src":["mail","nobody"]}`, 1, ""},
		{`{"user":"mail"}`, 0, ""},
	} {
		got, stats := streamed(t, e, test.event+"\n", enrich.StreamOptions{})
		assert.Equal(t, strings.TrimSuffix(test.event, "}")+test.added+"}\n", got)
		assert.Equal(t, test.want, stats.Ambiguous, "%s", test.event)
	}
}

// TestAmbiguousNameIsNotLookedUpInTheDefaultZone: a zone with several candidates decides.
func TestAmbiguousNameIsNotLookedUpInTheDefaultZone(t *testing.T) {
	const csv = "nt_host,dns,cim_entity_zone\nmail,,\ndb-9,,\n,mail.corp.example,emea\n,mail.lab.example,emea\n,app.corp.example,emea\n"
	l := newLists(t, csv, "", listOptions{table: assets.Options{Fallback: true}})
	for key, want := range map[string]string{"mail": "", "db-9": "db-9 exact", "app": "app.corp.example form", "db-9$": "db-9 form", "mail$": ""} {
		m, ok := l.snapshot.Assets.Lookup("emea", key)
		got := ""
		if ok {
			got = l.assets.At(int(m.Record())).Key + " " + m.Step().String()
		}
		assert.Equal(t, want, got, "%q", key)
		assert.Equal(t, want == "", m.Ambiguous(), "%q", key)
		twin := &gold.Table{Entities: entities.Of(l.assets), Fallback: true}
		a, _ := twin.Lookup("emea", key)
		assert.Equal(t, m.Step(), a.Step, "twin: %q", key)
	}
}

// TestUsersAreNotFoundByFormsOfMachines: of the risk objects, only those that are not users
// are looked up by other forms of machine names.
func TestUsersAreNotFoundByFormsOfMachines(t *testing.T) {
	l := newLists(t, namedMachines, namedPeople, listOptions{})
	for _, test := range []struct{ key, objectType, want string }{
		{"db-9", "system", "db-9.corp.example form"},
		{"db-9", "other", "db-9.corp.example form"},
		{"db-9", "user", ""},
		{`CORP\db-9`, "user", ""},
		{"db-9.corp.example", "user", "db-9.corp.example exact"},
		{"ws-17.corp.example", "user", ""},
		{`CORP\ws-17`, "user", "ws-17 domain"},
		{`CORP\ws-17`, "system", "ws-17 form"},
		{"10.1.2.4", "user", "db-9.corp.example exact"},
	} {
		got := ""
		if r, ok := l.snapshot.Resolve("", test.key, test.objectType); ok {
			got = r.Key + " " + r.Step.String()
		}
		assert.Equal(t, test.want, got, "Resolve(%q, %s)", test.key, test.objectType)
		named := make([]entity.Named, 1)
		key := l.snapshot.AppendNames(nil, "", test.objectType, []string{test.key}, named)
		assert.Equal(t, test.want, strings.TrimSpace(string(key)+" "+named[0].Step.String()), "AppendNames(%q, %s)", test.key, test.objectType)
	}
}
