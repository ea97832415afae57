package table_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/gold"
	"github.com/kithsec/kith/internal/sections"
	"github.com/kithsec/kith/internal/table"
	"github.com/kithsec/kith/merge"
)

// TestMachineIsFoundByOtherFormsOfItsName is the table in words: the names that lists state,
// the name in the event, and the canonical key of the asset and how it is found, or why not.
func TestMachineIsFoundByOtherFormsOfItsName(t *testing.T) {
	const header = "nt_host,dns,ip,serial,cim_entity_zone\n"
	all := table.MachineForms(0)
	for _, test := range []struct {
		claim   string
		rows    string
		forms   table.MachineForms
		domains []string
		names   map[string]string // "" for no match, "several" for several assets
	}{
		{"the example of the documentation", "ws-17,,,,\n,db-9.corp.example,,,\n", all, nil, map[string]string{
			"ws-17.corp.example": "ws-17 form short ws-17", "db-9": "db-9.corp.example form fqdn db-9.corp.example", "ws-17.lab.example": "",
			"WS-17.Corp.Example.": "ws-17 form short ws-17", "DB-9.": "db-9.corp.example form fqdn db-9.corp.example", "ws-17.x.corp.example": "", "ws-17.example": "", "corp": "", "corp.example": "",
		}},
		{"an exact key comes first", "ws-17,,,,\n,ws-17.corp.example,,,\n", all, nil, map[string]string{
			"ws-17": "ws-17 exact", "ws-17.corp.example": "ws-17.corp.example exact",
		}},
		{"a short name with full names of its own is in no other domain", "ws-17,ws-17.lab.example,,,\n,db-9.corp.example,,,\n", all, nil, map[string]string{
			"ws-17.corp.example": "", "ws-17.lab.example": "ws-17.lab.example exact", "ws-17": "ws-17.lab.example exact",
		}},
		{"a full name with another label does not count as its own", "ws-17,print.lab.example,,,\n,db-9.corp.example,,,\n", all, nil, map[string]string{
			"ws-17.corp.example": "print.lab.example form short ws-17",
		}},
		{"a full name of another asset does not count as its own", "ws-17,,,,\n,ws-17.lab.example,,,\n,db-9.corp.example,,,\n", all, nil, map[string]string{
			"ws-17.corp.example": "ws-17 form short ws-17",
		}},
		{"a listed domain is enough", "ws-17,ws-17.lab.example,,,\n", all, []string{" Corp.Example. "}, map[string]string{
			"ws-17.corp.example": "ws-17.lab.example form short ws-17", "ws-17.x.corp.example": "", "ws-17.other.example": "",
		}},
		{"every domain is listed", "ws-17,,,,\n", all, []string{"*"}, map[string]string{
			"ws-17.corp.example": "ws-17 form short ws-17", "ws-17.x": "ws-17 form short ws-17", "ws-17.": "ws-17 exact", "ws-17..": "", ".ws-17": "", "db-9.x": "",
		}},
		{"only a name directly in the domain makes it known", "ws-17,,,,\n,db-9.eu.corp.example,,,\n,*.lab.example,,,\n", all, nil, map[string]string{
			"ws-17.eu.corp.example": "ws-17 form short ws-17", "ws-17.corp.example": "", "ws-17.lab.example": "*.lab.example suffix",
		}},
		{"forms come before suffixes", "ws-17,,,,\n,*.corp.example,,,\n,db-9.corp.example,,,\n", all, nil, map[string]string{
			"ws-17.corp.example": "ws-17 form short ws-17", "ws-18.corp.example": "*.corp.example suffix", "host/ws-18.corp.example:80": "*.corp.example suffix",
		}},
		{"several full names of one asset are one candidate", ",db-9.corp.example|db-9.lab.example,,,\n", all, nil, map[string]string{
			"db-9": "db-9.corp.example form fqdn db-9.corp.example",
		}},
		{"full names of several assets are none", ",db-9.corp.example,,,\n,db-9.lab.example,,,\n", all, nil, map[string]string{
			"db-9": "several", `CORP\db-9`: "several", "db-9$": "several", "db-9.corp.example": "db-9.corp.example exact",
		}},
		{"NetBIOS names have 15 characters", ",reporting-server-4.corp.example,,,\nprinting-server-4,,,,\n", all, nil, map[string]string{
			"REPORTING-SERVE": "reporting-server-4.corp.example form netbios reporting-server-4.corp.example",
			"printing-server": "printing-server-4 form netbios printing-server-4", "reporting-serv": "", "reporting-server": "", "reporting-serve.corp.example": "",
			"PRINTING-SERVER$": "printing-server-4 form machine+netbios printing-server-4",
		}},
		{"characters are not bytes", "größe-und-gewicht,,,,\n", all, nil, map[string]string{
			"GRÖSSE-UND-GEWI": "", "GRÖßE-UND-GEWIC": "größe-und-gewicht form netbios größe-und-gewicht", "größe-und-gew": "",
		}},
		{"the first form with candidates decides", ",reporting-serve.corp.example,,,\n,reporting-serve.lab.example,,,\n,reporting-server-4.corp.example,,,\n", all, nil, map[string]string{
			"reporting-serve": "several",
		}},
		{"several assets with one NetBIOS name are none", "reporting-server-4,,,,\nreporting-server-5,,,,\n", all, nil, map[string]string{
			"reporting-serve": "several", "reporting-server-4": "reporting-server-4 exact",
		}},
		{"a domain or an account surrounds the name", "ws-17,ws-17.corp.example,,,\n", all, nil, map[string]string{
			`CORP\WS-17`: "ws-17.corp.example form domain ws-17", "WS-17$": "ws-17.corp.example form machine ws-17", `CORP\WS-17$`: "ws-17.corp.example form domain+machine ws-17",
			`corp.example\ws-17.corp.example`: "ws-17.corp.example form domain ws-17.corp.example", `\ws-17`: "ws-17.corp.example form domain ws-17",
			"WS-17$@CORP.EXAMPLE": "ws-17.corp.example form machine ws-17", "ws-17@CORP.EXAMPLE": "", `A\B\ws-17`: "", `CORP\`: "", "$": "", "WS-17$$": "",
			"host/ws-17": "ws-17.corp.example form machine ws-17", "HOST/WS-17.CORP.EXAMPLE": "ws-17.corp.example form machine ws-17.corp.example",
			"host/ws-17.corp.example:5985@CORP.EXAMPLE": "ws-17.corp.example form machine ws-17.corp.example", "host/ws-17.corp.example.@CORP": "ws-17.corp.example form machine ws-17.corp.example",
			"ldap/ws-17.corp.example/corp.example": "ws-17.corp.example form machine ws-17.corp.example", "MSSQLSvc/ws-17:INST1": "ws-17.corp.example form machine ws-17",
			`CORP\host/ws-17$`: "ws-17.corp.example form domain+machine ws-17", "TERMSRV/ws-17": "ws-17.corp.example form machine ws-17", "RestrictedKrbHost/ws-17": "ws-17.corp.example form machine ws-17",
			"krbtgt/ws-17": "", "path/ws-17": "", "host/": "", "host/@CORP": "", "/ws-17": "", "ws-17:5985": "", "host//ws-17": "",
		}},
		{"what remains is looked up by the other forms", "ws-17,,,,\n,db-9.corp.example,,,\n", all, nil, map[string]string{
			`CORP\db-9$`: "db-9.corp.example form domain+machine+fqdn db-9.corp.example", "host/ws-17.corp.example": "ws-17 form machine+short ws-17",
		}},
		{"what remains can be an address, which is looked up exactly", ",,10.1.2.3|2001:db8::3,,\n,,10.1.0.0/16,,\n", all, nil, map[string]string{
			"TERMSRV/10.1.2.3": "10.1.2.3 form machine 10.1.2.3", "host/10.1.2.3:5985": "10.1.2.3 form machine 10.1.2.3", "host/2001:db8::3": "10.1.2.3 form machine 2001:db8::3", "host/10.1.2.4": "",
		}},
		{"the domain decides where a list has the name in two domains", `CORP\ws-17,,,,` + "\n" + `LAB\ws-17,,,,` + "\n", all, nil, map[string]string{
			`corp\WS-17`: `CORP\ws-17 exact`, `corp\WS-17$`: `CORP\ws-17 form machine CORP\ws-17`, `LAB\ws-17$@LAB.EXAMPLE`: `LAB\ws-17 form machine LAB\ws-17`,
			"ws-17": "", "ws-17$": "", `ACME\ws-17$`: "",
		}},
		{"only nt_host and dns state names", ",,10.1.2.3,ws-17,\n,,10.1.2.4,db-9.corp.example,\n,app-1.corp.example,,,\n", all, []string{"corp.example"}, map[string]string{
			"ws-17.corp.example": "", "db-9": "", "db-9.corp.example": "10.1.2.4 exact", "ws-17": "10.1.2.3 exact", `CORP\ws-17`: "10.1.2.3 form domain ws-17",
		}},
		{"placeholders are no names", ",localhost.corp.example,,,\n", all, nil, map[string]string{"localhost": "", "localhost.corp.example": "localhost.corp.example exact"}},
		{"a domain is of one zone", "ws-17,,,,\n,db-9.corp.example,,,emea\n", all, nil, map[string]string{
			"ws-17.corp.example": "", "db-9": "", "emea/db-9": "db-9.corp.example form fqdn db-9.corp.example", "emea/ws-17": "",
		}},
		{"forms can be switched off", "ws-17,,,,\n,db-9.corp.example,,,\n,reporting-server-4.corp.example,,,\n", table.MachineNone, []string{"*"}, map[string]string{
			"ws-17.corp.example": "", "db-9": "", "reporting-serve": "", `CORP\ws-17`: "", "ws-17$": "",
		}},
		{"each form stands alone: domain", "ws-17,db-9.corp.example,,,\n", table.MachineDomain, nil, map[string]string{
			`CORP\ws-17`: "db-9.corp.example form domain ws-17", `CORP\ws-17$`: "", "ws-17$": "", "db-9": "", "ws-17.corp.example": "", `CORP\db-9`: "",
		}},
		{"each form stands alone: machine", "ws-17,db-9.corp.example,,,\n", table.MachineAccount, nil, map[string]string{
			`CORP\ws-17`: "", `CORP\ws-17$`: "", "ws-17$": "db-9.corp.example form machine ws-17", "db-9$": "", "host/ws-17.corp.example": "",
		}},
		{"each form stands alone: netbios", ",reporting-serve.corp.example,,,\n,reporting-server-4.corp.example,,,\n", table.MachineNetBIOS, nil, map[string]string{
			"reporting-serve": "reporting-server-4.corp.example form netbios reporting-server-4.corp.example",
		}},
	} {
		e := mergeMachines(t, header+test.rows)
		at := buildTable(t, e, table.Options{MachineForms: test.forms, Domains: test.domains})
		r := writeSections(t, func(w *sections.Writer) { require.NoError(t, at.Put(w, "t")) })
		opened, err := table.Open(entity.Asset, r, "t", table.Options{MachineForms: test.forms, Domains: test.domains})
		require.NoError(t, err)
		for name, want := range test.names {
			zone, key, ok := strings.Cut(name, "/")
			if ok = ok && zone == "emea"; !ok {
				zone, key = "", name
			}
			for _, at := range []*table.Table{at, opened} {
				requireForm(t, at, e, entity.Zone(zone), key, want, test.claim)
			}
		}
	}
}

// requireForm requires that a name is found as described: canonical key, step, forms and the
// name that they lead to.
func requireForm(t *testing.T, at *table.Table, e *entity.Entities, zone entity.Zone, name, want, claim string) {
	t.Helper()
	m, ok := at.Lookup(at.Zone(zone), name)
	got := ""
	switch {
	case m.Several():
		got = "several"
	case ok:
		forms, key := at.FormOf(m, name)
		got = strings.TrimSpace(strings.Join([]string{entities.Of(e).CanonicalKey(int(m.Record)), m.Step.String(), forms, key}, " "))
	}
	assert.Equal(t, want, got, "%s: Lookup(%q, %q)", claim, zone, name)
}

// denseName returns one of few names, of which many share a label, a domain or 15 characters.
func denseName(r *rand.Rand) string {
	label := []string{"a", "b", "ws-1", "localhost", "name-of-15-char", "name-of-15-chars", "name-of-15-charts", "name-of-15-ch\u00e4r", "NAME-of-15-ch\u00e4rs"}[r.IntN(9)]
	if r.IntN(2) == 0 {
		label += []string{".x", ".y", ".b.x", ".x.y"}[r.IntN(4)]
	}
	return label
}

// surround adds what the forms domain and machine remove.
func surround(r *rand.Rand, name string) string {
	name = []string{"", "", "", "host/", "CIFS/", "ldap/", "unknown/"}[r.IntN(7)] + name
	name += []string{"", "", "", "$", ":80", ".", "$$"}[r.IntN(7)]
	name += []string{"", "", "", "@REALM.X", "/x@Y", "/x"}[r.IntN(6)]
	name = []string{"", "", "", `D\`, `\`, `D.x\`, `A\B\`}[r.IntN(7)] + name
	if r.IntN(3) == 0 {
		name = strings.ToUpper(name)
	}
	return name
}

// TestFormsAgreeWithTwin compares lookups in dense random lists, one by one, in batches and in
// an opened table, with the slow twin.
func TestFormsAgreeWithTwin(t *testing.T) {
	matched, several := map[string]int{}, 0
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 9))
		e := mergeMachines(t, denseList(r))
		forms := table.MachineForms(0)
		if r.IntN(3) > 0 {
			forms = 1 + table.MachineForms(r.IntN(32))
		}
		o := table.Options{MachineForms: forms, Domains: [][]string{nil, nil, {"x"}, {"Y."}, {"*"}}[r.IntN(5)], Fallback: r.IntN(2) == 0}
		twin := &gold.Table{Entities: entities.Of(e), Fallback: o.Fallback}
		for _, d := range o.Domains {
			twin.Domains = append(twin.Domains, strings.TrimSuffix(d, "."))
		}
		for i, name := range table.MachineFormNames() {
			if forms != 0 && forms&(1<<i) == 0 {
				twin.NoForms = append(twin.NoForms, name)
			}
		}
		made := buildTable(t, e, o)
		sectionsOf := writeSections(t, func(w *sections.Writer) { require.NoError(t, made.Put(w, "t")) })
		opened, err := table.Open(entity.Asset, sectionsOf, "t", o)
		require.NoError(t, err)
		for range 6 {
			zone := entity.Zone([]string{"", "emea", "nowhere"}[r.IntN(3)])
			var keys [][]byte
			for range 40 {
				keys = append(keys, []byte(surround(r, denseName(r))))
			}
			for _, at := range []*table.Table{made, opened} {
				for i, m := range lookupEveryWay(t, at, at.Zone(zone), keys) {
					want, ok := twin.Lookup(zone, string(keys[i]))
					label := fmt.Sprintf("seed %d: %q in %q", seed, keys[i], zone)
					require.Equal(t, want.Step, m.Step, label)
					require.Equal(t, want.Several, m.Several(), label)
					if want.Several {
						several++
					}
					if ok {
						require.EqualValues(t, want.Record, m.Record, label)
						require.Equal(t, want.Zone, at.ZoneOf(m), label)
						forms, name := at.FormOf(m, string(keys[i]))
						require.Equal(t, strings.Join(want.Forms, "+"), forms, label)
						require.Equal(t, want.Name, name, label)
						matched[forms]++
					}
				}
			}
		}
	}
	assert.Greater(t, several, 100, "names of several assets")
	for _, forms := range []string{"domain", "machine", "short", "fqdn", "netbios", "domain+machine", "domain+machine+fqdn"} {
		assert.Greater(t, matched[forms], 10, "matches by %s", forms)
	}
}

// mergeMachines returns the assets of a list in which the column serial has keys.
func mergeMachines(t testing.TB, csv string) *entity.Entities {
	t.Helper()
	r, err := merge.Merge(entity.Asset, []merge.Source{{Name: "list", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(csv)), nil
	}}}, merge.Options{Fields: map[string]merge.FieldOptions{"serial": {Key: merge.On}}})
	require.NoError(t, err)
	return r.Entities
}

// denseList returns a random list with the names of denseName.
func denseList(r *rand.Rand) string {
	var list strings.Builder
	list.WriteString("nt_host,dns,ip,serial,cim_entity_zone\n")
	value := func(share int) string {
		if r.IntN(share) > 0 {
			return ""
		}
		return denseName(r)
	}
	for i := range 1 + r.IntN(14) {
		suffix := ""
		if r.IntN(6) == 0 {
			suffix = "|*.x"
		}
		fmt.Fprintf(&list, "%s,%s%s,10.0.0.%d,%s,%s\n", value(2), value(2), suffix, i, value(6), []string{"", "", "emea"}[r.IntN(3)])
	}
	return list.String()
}

// lookupEveryWay looks up keys one by one, as names, and in batches, requires that the matches
// are the same, and returns them.
func lookupEveryWay(t *testing.T, at *table.Table, zone table.ZoneID, keys [][]byte) []table.Match {
	t.Helper()
	var single []table.Match
	for _, key := range keys {
		m, ok := at.Lookup(zone, string(key))
		require.Equal(t, m.Step != 0, ok, "%q", key)
		single = append(single, m)
	}
	many := make([]table.Match, len(keys))
	at.LookupNames(many, zone, keys)
	var l table.Lookups
	view := at.View([]int{0}, table.FillNone)
	l.Reset(view)
	for _, key := range keys {
		l.Add(zone, key)
	}
	l.Advance()
	l.Advance()
	for i, m := range single {
		require.Equal(t, m, many[i], "LookupNames of %q", keys[i])
		require.Equal(t, m, *l.Match(i), "Lookups of %q", keys[i])
		require.Equal(t, m.Step != 0, l.Matched()[i], "%q", keys[i])
	}
	// The same keys, as further keys of a key without a match.
	l.Reset(view)
	for range keys {
		l.Add(zone, []byte("no such name"))
	}
	l.Advance()
	l.Advance()
	for i, key := range keys {
		l.AddMore(i, zone, key, 1)
	}
	l.MatchMore()
	for i, m := range single {
		require.Equal(t, m.Step != 0, l.Matched()[i], "AddMore of %q", keys[i])
		require.Equal(t, m.Several(), l.Match(i).Several(), "AddMore of %q", keys[i])
		require.Equal(t, m.Record, l.Match(i).Record*min(1, uint32(m.Step)), "AddMore of %q", keys[i])
	}
	return single
}

func TestLookupsByFormDoNotAllocate(t *testing.T) {
	e := mergeList(t, entity.Asset, "nt_host,dns\nws-17,\n,db-9.corp.example\n,reporting-server-4.corp.example\n,db-9.lab.example\n")
	at := buildTable(t, e, table.Options{Domains: []string{"lab.example"}})
	for _, key := range []string{
		"ws-17.corp.example", "WS-17.LAB.example", "db-9", `CORP\WS-17$`, "host/ws-17.corp.example:80@CORP.EXAMPLE", "reporting-serve",
		"nobody", "nobody.corp.example", "unknown/ws-17", "ws-17.\u00e9xample",
	} {
		assert.Zero(t, testing.AllocsPerRun(20, func() { at.Lookup(at.Zone(""), key) }), "%q", key)
	}
}

// FuzzForms looks up any name in every way, and compares with the twin.
func FuzzForms(f *testing.F) {
	for _, name := range []string{
		"ws-17.corp.example", `CORP\WS-17$`, "host/ws-17.corp.example:5985@CORP.EXAMPLE", "name-of-15-char", "a..b", `\\a$`, "host/[::1]:80", "$@", "*.x", "\xff.x", "\u212a.x",
	} {
		f.Add(name, "ws-17", "db-9.corp.example")
	}
	f.Fuzz(func(t *testing.T, name, short, full string) {
		quote := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
		merged, err := merge.Merge(entity.Asset, []merge.Source{{Name: "list", Open: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("nt_host,dns,ip\n" + quote(short) + ",,10.0.0.1\n," + quote(full) + ",10.0.0.2\n")), nil
		}}}, merge.Options{})
		if err != nil {
			return
		}
		e := merged.Entities
		at := buildTable(t, e, table.Options{})
		m := lookupEveryWay(t, at, at.Zone(""), [][]byte{[]byte(strings.TrimSpace(name))})[0]
		want, _ := (&gold.Table{Entities: entities.Of(e)}).Lookup("", name)
		require.Equal(t, want.Step, m.Step, "%q among %q, %q", name, short, full)
		require.Equal(t, want.Several, m.Several(), "%q among %q, %q", name, short, full)
	})
}
