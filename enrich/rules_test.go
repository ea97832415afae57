package enrich_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/snapshot"
)

// only returns options with few fields, so that a case shows one rule.
func only(fields ...string) enrich.Options { return enrich.Options{Fields: fields} }

func with(o enrich.Options, change func(*enrich.Options)) enrich.Options {
	change(&o)
	return o
}

// TestRulesOfEnrichment has an example for each rule of enrichment.
func TestRulesOfEnrichment(t *testing.T) {
	zones := event.ZoneOptions{Rules: []event.ZoneRule{
		{Zone: "emea", When: []entity.Clause{{Field: "sensor", Op: "=", Value: entity.Literals{"fra1", "lhr2"}}}},
		{Zone: "nowhere", When: []entity.Clause{{Field: "sensor", Op: "like", Value: entity.Literals{"f%"}}}},
	}}
	edr := event.Preset{
		Name: "edr", Prefixes: []string{"", "data."}, Null: []string{"N.N."},
		Roles: []event.PresetRole{{Name: "user", Groups: []event.PresetGroup{
			{Paths: []event.PresetPath{{Field: "a.name"}, {Field: "a.id"}}, When: []entity.Clause{{Field: "type", Op: "=", Value: entity.Literals{"login"}}}},
			{Paths: []event.PresetPath{{Field: "b"}}},
		}}},
	}
	for _, c := range []struct {
		name     string
		o        enrich.Options
		in, want string // want is in plus the additions, which are between §
	}{
		{"bytes stay, fields are added at the end", only("priority"), ` { "n" : 1.50e3 , "src":"\u0031\u0030.1.2.3","é":"\/" } ` + "\r\n", ` { "n" : 1.50e3 , "src":"\u0031\u0030.1.2.3","é":"\/" §,"src_priority":"high"§} ` + "\r\n"},
		{"a byte order mark stays", only("priority"), "\ufeff{\"src\":\"ws-17\"}", "\ufeff{\"src\":\"ws-17\"§,\"src_priority\":\"high\"§}"},
		{"an empty object", with(only("watchlist"), func(o *enrich.Options) { o.Defaults = true }), `{ }`, `{ }`},
		{
			"all fields of an asset, in order",
			enrich.Options{},
			`{"src":"ws-17"}`,
			`{"src":"ws-17"§,"src_asset":"ws-17.corp.example","src_asset_id":"` + assetID("ws-17.corp.example") + `","src_asset_tag":["expected","workstation","eng"],"src_ip":["10.1.2.3"],"src_mac":["00:25:bc:42:f4:60"],"src_nt_host":["ws-17"],"src_dns":["ws-17.corp.example"],"src_owner":"jdoe","src_priority":"high","src_category":["workstation","eng"],"src_pci_domain":["untrust"],"src_is_expected":true,"src_os":"linux"§}`,
		},
		{
			"all fields of an identity, in order; numbers and booleans as such",
			enrich.Options{},
			`{"user":"JDOE"}`,
			`{"user":"JDOE"§,"user_identity":["jdoe","S-1-5-21-7","jdoe@corp.example"],"user_identity_id":"` + identityID("jdoe") + `","user_identity_tag":["staff","watchlist","eng"],"user_first":"Jane","user_last":"Doe","user_email":"jdoe@corp.example","user_priority":"medium","user_bunit":"eng","user_category":["staff"],"user_watchlist":true,"user_work_lat":48.5§}`,
		},
		{"roles in order", only("asset", "identity_id"), `{"src_user":"boss","user":"boss","dvc":"srv-9","dest":"srv-9","src":"srv-9"}`, `{"src_user":"boss","user":"boss","dvc":"srv-9","dest":"srv-9","src":"srv-9"§,"src_asset":"srv-9","dest_asset":"srv-9","dvc_asset":"srv-9","user_identity_id":"` + identityID("boss") + `","src_user_identity_id":"` + identityID("boss") + `"§}`},
		{"no prefixes in ip, no *. in dns", only("ip", "dns"), `{"src":"10.1.2.9","dest":"a.srv.example"}`, `{"src":"10.1.2.9","dest":"a.srv.example"§,"dest_ip":["10.9.0.1"]§}`},
		{"an existing field is kept, also null", only("priority", "category"), `{"src_priority":null,"src":"ws-17","src_category":[]}`, `{"src_priority":null,"src":"ws-17","src_category":[]}`},
		{"overwrite replaces in place", with(only("priority", "category", "asset"), func(o *enrich.Options) { o.Overwrite = true }), `{"src_priority": null ,"src":"ws-17","src_category":[]}`, `{"src_priority": §"high"§ ,"src":"ws-17","src_category":§["workstation","eng"]§§,"src_asset":"ws-17.corp.example"§}`},
		{"overwrite replaces the last of repeated keys", with(only("priority"), func(o *enrich.Options) { o.Overwrite = true }), `{"src_priority":1,"src_priority":2,"src":"ws-17"}`, `{"src_priority":1,"src_priority":§"high"§,"src":"ws-17"}`},
		{"the last of repeated keys counts", only("priority"), `{"src":"ws-17","src":"nobody"}`, `{"src":"ws-17","src":"nobody"}`},
		{"a nested key is another field", only("priority"), `{"x":{"src":"ws-17"},"src":"nobody"}`, `{"x":{"src":"ws-17"},"src":"nobody"}`},
		{"arrays by element, the first that matches", only("asset"), `{"src":["-",["ws-17"],{"a":"ws-17"},"nobody","srv-9","ws-17"]}`, `{"src":["-",["ws-17"],{"a":"ws-17"},"nobody","srv-9","ws-17"]§,"src_asset":"srv-9"§}`},
		{
			"an array behind the first path, by element, escapes resolved",
			with(only("asset"), func(o *enrich.Options) { o.Format, o.Match = "ecs", true }),
			`{"host":{"name":"nobody","ip":["-",{"a":"10.1.2.3"},7," \u0031\u0030.9.0.1 ","10.1.2.3"],"id":"ws-17"}}`,
			`{"host":{"name":"nobody","ip":["-",{"a":"10.1.2.3"},7," \u0031\u0030.9.0.1 ","10.1.2.3"],"id":"ws-17"}§,"host_asset":"srv-9","host_match":{"key":"10.9.0.1","kind":"asset","step":"exact"}§}`,
		},
		{
			"paths behind the first that have nothing to look up",
			with(only("asset"), func(o *enrich.Options) { o.Format = "ecs" }),
			`{"host":{"name":"nobody","hostname":null,"ip":[],"mac":{"a":"10.1.2.3"},"id":"unknown"}}`,
			`{"host":{"name":"nobody","hostname":null,"ip":[],"mac":{"a":"10.1.2.3"},"id":"unknown"}}`,
		},
		{"numbers and booleans are looked up by their text, objects are not", only("identity_id"), `{"user":true,"src_user":{"name":"boss"}}`, `{"user":true,"src_user":{"name":"boss"}}`},
		{"if a value matches no entity, the next path is tried", only("asset"), `{"src":"nobody","src_ip":"10.9.0.1"}`, `{"src":"nobody","src_ip":"10.9.0.1"§,"src_asset":"srv-9"§}`},
		{"null tokens are absent, values are trimmed", only("asset"), `{"src":"N/A","src_ip":" 10.9.0.1\t"}`, `{"src":"N/A","src_ip":" 10.9.0.1\t"§,"src_asset":"srv-9"§}`},
		{"groups: a path that is present excludes the next group", with(only("asset"), func(o *enrich.Options) { o.Format = "ecs" }), `{"source":{"ip":"203.0.113.1"},"client.ip":"10.9.0.1"}`, `{"source":{"ip":"203.0.113.1"},"client.ip":"10.9.0.1"}`},
		{"groups: a path with only null tokens does not", with(only("asset"), func(o *enrich.Options) { o.Format = "ecs" }), `{"source":{"ip":"-"},"client.ip":"10.9.0.1"}`, `{"source":{"ip":"-"},"client.ip":"10.9.0.1"§,"src_asset":"srv-9"§}`},
		{"the event's zone", only("priority"), `{"src":"10.1.2.3","cim_entity_zone":" EMEA "}`, `{"src":"10.1.2.3","cim_entity_zone":" EMEA "§,"src_priority":"critical"§}`},
		{"an unknown zone", only("priority"), `{"src":"10.1.2.3","cim_entity_zone":"mars"}`, `{"src":"10.1.2.3","cim_entity_zone":"mars"}`},
		{"the first zone rule that matches counts", with(only("priority"), func(o *enrich.Options) { o.Zone = zones }), `{"src":"10.1.2.3","sensor":"FRA1"}`, `{"src":"10.1.2.3","sensor":"FRA1"§,"src_priority":"critical"§}`},
		{"an empty zone of the event does not take precedence over the rules", with(only("priority"), func(o *enrich.Options) { o.Zone = zones }), `{"src":"10.1.2.3","sensor":"foo","cim_entity_zone":""}`, `{"src":"10.1.2.3","sensor":"foo","cim_entity_zone":""}`},
		{"the default zone if no rule matches", with(only("priority"), func(o *enrich.Options) { o.Zone = zones; o.Zone.Default = "emea" }), `{"src":"10.1.2.3","sensor":"x"}`, `{"src":"10.1.2.3","sensor":"x"§,"src_priority":"critical"§}`},
		{"fill: empty fields from the longest prefix only", only("city", "lat", "long", "category"), `{"src":"ws-17"}`, `{"src":"ws-17"§,"src_category":["workstation","eng"]§}`},
		{"fill: fields of an address that was looked up", only("city", "lat", "category"), `{"src":"10.1.2.3"}`, `{"src":"10.1.2.3"§,"src_city":"Garching","src_category":["workstation","eng"]§}`},
		{"--fields narrows ids and tags too", only("asset_tag"), `{"src":"ws-17"}`, `{"src":"ws-17"§,"src_asset_tag":["expected","workstation","eng"]§}`},
		{"--fields: an empty list is all", with(only(), func(o *enrich.Options) { o.Fields = []string{} }), `{"src":"x.srv.example","src_asset_id":1}`, `{"src":"x.srv.example","src_asset_id":1§,"src_asset":"srv-9","src_ip":["10.9.0.1"],"src_nt_host":["srv-9"],"src_pci_domain":["dmz","trust"]§}`},
		{"--owner", with(only("priority", "owner_last"), func(o *enrich.Options) { o.Owner = true }), `{"src":"ws-17","dest":"10.1.0.9"}`, `{"src":"ws-17","dest":"10.1.0.9"§,"src_priority":"high","src_owner_last":"Doe","src_owner_priority":"medium","dest_priority":"low","dest_owner_last":"Oss","dest_owner_priority":"critical"§}`},
		{"--defaults: false booleans", with(only("is_expected", "requires_av", "watchlist"), func(o *enrich.Options) { o.Defaults = true }), `{"src":"ws-17","user":"boss"}`, `{"src":"ws-17","user":"boss"§,"src_is_expected":true,"src_requires_av":false,"user_watchlist":false§}`},
		{"--defaults: ES defaults of roles that are present but unmatched", with(enrich.Options{}, func(o *enrich.Options) { o.Defaults = true }), `{"src":"nobody","dest":"-","user":"nobody"}`, `{"src":"nobody","dest":"-","user":"nobody"§,"src_pci_domain":["untrust"],"src_is_expected":false,"src_should_timesync":false,"src_should_update":false,"src_requires_av":false,"user_watchlist":false§}`},
		{"--match: key is the trimmed value, prefix only for step prefix", with(only("priority"), func(o *enrich.Options) { o.Match = true }), `{"src":" 10.1.2.99 ","user":"ACME\\Boss"}`, `{"src":" 10.1.2.99 ","user":"ACME\\Boss"§,"src_priority":"medium","src_match":{"key":"10.1.2.99","kind":"asset","step":"prefix","prefix":"10.1.2.0/24"},"user_priority":"critical","user_match":{"key":"ACME\\Boss","kind":"identity","step":"domain"}§}`},
		{"owner before match, urgency last", with(only("owner_last"), func(o *enrich.Options) { o.Owner, o.Match, o.Urgency = true, true, true }), `{"severity":"HIGH","src":"ws-17"}`, `{"severity":"HIGH","src":"ws-17"§,"src_owner_last":"Doe","src_match":{"key":"ws-17","kind":"asset","step":"exact"},"urgency":"high"§}`},
		{"--urgency: the highest priority, owners included", with(only("x"), func(o *enrich.Options) { o.Owner, o.Urgency = true, true }), `{"severity":"high","src":"10.1.0.1"}`, `{"severity":"high","src":"10.1.0.1"§,"urgency":"critical"§}`},
		{"--urgency: without owners", with(only("x"), func(o *enrich.Options) { o.Urgency = true }), `{"severity":"high","src":"10.1.0.1"}`, `{"severity":"high","src":"10.1.0.1"§,"urgency":"medium"§}`},
		{"--urgency: an unknown severity, no entity", with(only("x"), func(o *enrich.Options) { o.Urgency = true }), `{"severity":7}`, `{"severity":7§,"urgency":"low"§}`},
		{"--urgency: a null severity is unknown", with(only("x"), func(o *enrich.Options) { o.Urgency = true }), `{"severity":null,"src":"10.1.0.1"}`, `{"severity":null,"src":"10.1.0.1"§,"urgency":"low"§}`},
		{"--urgency: a blank severity is unknown", with(only("x"), func(o *enrich.Options) { o.Urgency = true }), `{"severity":" "}`, `{"severity":" "§,"urgency":"low"§}`},
		{"--urgency: a severity in an array", with(only("x"), func(o *enrich.Options) { o.Urgency = true }), `{"severity":[null,"critical","low"]}`, `{"severity":[null,"critical","low"]§,"urgency":"high"§}`},
		{"--urgency: an empty array is unknown", with(only("x"), func(o *enrich.Options) { o.Urgency = true }), `{"severity":[]}`, `{"severity":[]§,"urgency":"low"§}`},
		{"--urgency: an object is no severity", with(only("x"), func(o *enrich.Options) { o.Urgency = true }), `{"severity":{"id":1}}`, `{"severity":{"id":1}}`},
		{"--urgency: an existing urgency is kept", with(only("x"), func(o *enrich.Options) { o.Urgency, o.Overwrite = true, true }), `{"severity":"high","urgency":null}`, `{"severity":"high","urgency":null}`},
		{"--urgency: no severity", with(only("x"), func(o *enrich.Options) { o.Urgency = true }), `{"src":"ws-17"}`, `{"src":"ws-17"}`},
		{"--into", with(only("priority", "asset"), func(o *enrich.Options) { o.Into = "kith" }), `{"src":"ws-17","dest":"srv-9"}`, `{"src":"ws-17","dest":"srv-9"§,"kith":{"src":{"asset":"ws-17.corp.example","priority":"high"},"dest":{"asset":"srv-9"}}§}`},
		{"--into: an object of the event's own is kept", with(only("priority", "asset"), func(o *enrich.Options) { o.Into = "kith" }), `{"kith":{"v":1,"src":{"priority":"mine"}},"src":"ws-17","dest":"srv-9"}`, `{"kith":{"v":1,"src":{"priority":"mine"§,"asset":"ws-17.corp.example"§}§,"dest":{"asset":"srv-9"}§},"src":"ws-17","dest":"srv-9"}`},
		{"--into: empty objects", with(only("priority"), func(o *enrich.Options) { o.Into = "kith" }), `{"kith":{ "src":{ } },"src":"ws-17"}`, `{"kith":{ "src":{ §"priority":"high"§} },"src":"ws-17"}`},
		{"--into: a value other than an object is kept", with(only("priority"), func(o *enrich.Options) { o.Into = "kith" }), `{"kith":7,"src":"ws-17"}`, `{"kith":7,"src":"ws-17"}`},
		{"--into: a value other than an object is replaced by --overwrite", with(only("priority"), func(o *enrich.Options) { o.Into, o.Overwrite = "kith", true }), `{"kith":7,"src":"ws-17"}`, `{"kith":§{"src":{"priority":"high"}}§,"src":"ws-17"}`},
		{"--into: urgency is outside the object, last", with(only("priority"), func(o *enrich.Options) { o.Into, o.Urgency = "kith", true }), `{"severity":"low","src":"ws-17"}`, `{"severity":"low","src":"ws-17"§,"kith":{"src":{"priority":"high"}},"urgency":"medium"§}`},
		{
			"ocsf enrichments", with(only("asset", "priority", "first"), func(o *enrich.Options) { o.Format, o.OCSF = "ocsf", true }),
			`{"src_endpoint":{"ip":"10.1.2.3"},"user":{"name":"jdoe"},"device":{"name":"nobody"}}`,
			`{"src_endpoint":{"ip":"10.1.2.3"},"user":{"name":"jdoe"},"device":{"name":"nobody"}§,"enrichments":[{"name":"src_endpoint.ip","value":"10.1.2.3","type":"asset","provider":"kith","data":{"asset":"ws-17.corp.example","priority":"high"}},{"name":"user.name","value":"jdoe","type":"identity","provider":"kith","data":{"first":"Jane","priority":"medium"}}]§}`,
		},
		{
			"ocsf enrichments are appended to those that are there", with(only("priority"), func(o *enrich.Options) { o.Format, o.OCSF, o.Urgency = "ocsf", true, true }),
			`{"enrichments":[ {"name":"x"} ],"severity":"low","device.ip":"10.1.2.3"}`,
			`{"enrichments":[ {"name":"x"} §,{"name":"device.ip","value":"10.1.2.3","type":"asset","provider":"kith","data":{"priority":"high"}}§],"severity":"low","device.ip":"10.1.2.3"§,"urgency":"medium"§}`,
		},
		{"ocsf enrichments: the defaults of unmatched roles", with(only("pci_domain", "watchlist"), func(o *enrich.Options) { o.Format, o.OCSF, o.Defaults = "ocsf", true, true }), `{"device":{"hostname":"nobody","ip":"192.0.2.1"},"user":{"name":"-"}}`, `{"device":{"hostname":"nobody","ip":"192.0.2.1"},"user":{"name":"-"}§,"enrichments":[{"name":"device.hostname","value":"nobody","type":"asset","provider":"kith","data":{"pci_domain":["untrust"]}}]§}`},
		{"ocsf enrichments: an empty array", with(only("priority"), func(o *enrich.Options) { o.Format, o.OCSF = "ocsf", true }), `{"enrichments":[],"device.ip":"10.1.2.3"}`, `{"enrichments":[§{"name":"device.ip","value":"10.1.2.3","type":"asset","provider":"kith","data":{"priority":"high"}}§],"device.ip":"10.1.2.3"}`},
		{"enrichments are an object for other formats", with(only("priority"), func(o *enrich.Options) { o.OCSF = true }), `{"src":"ws-17"}`, `{"src":"ws-17"§,"enrichments":{"src":{"priority":"high"}}§}`},
		{"cloudtrail: the session's name", with(only("first"), func(o *enrich.Options) { o.Format = "auto" }), `{"eventVersion":"1","userIdentity":{"type":"AssumedRole","principalId":"AROA: jdoe"}}`, `{"eventVersion":"1","userIdentity":{"type":"AssumedRole","principalId":"AROA: jdoe"}§,"user_first":"Jane"§}`},
		{"cloudtrail: service names do not match", with(only("asset"), func(o *enrich.Options) { o.Format = "cloudtrail" }), `{"sourceIPAddress":"ec2.amazonaws.com"}`, `{"sourceIPAddress":"ec2.amazonaws.com"}`},
		{"suricata: the alert's side before the packet's", with(only("asset"), func(o *enrich.Options) { o.Format = "auto" }), `{"event_type":"alert","src_ip":"10.1.2.3","alert":{"source":{"ip":"10.9.0.1"}}}`, `{"event_type":"alert","src_ip":"10.1.2.3","alert":{"source":{"ip":"10.9.0.1"}}§,"src_asset":"srv-9"§}`},
		{"a user-defined preset", enrich.Options{Fields: []string{"first"}, Format: "edr", Presets: []event.Preset{edr}}, `{"data":{"a":{"id":"jdoe"}},"type":"Login","b":"boss"}`, `{"data":{"a":{"id":"jdoe"}},"type":"Login","b":"boss"§,"user_first":"Jane"§}`},
		{"a user-defined preset: the condition is false", enrich.Options{Fields: []string{"first"}, Format: "edr", Presets: []event.Preset{edr}}, `{"data":{"a":{"id":"jdoe"}},"type":"x","b":"boss"}`, `{"data":{"a":{"id":"jdoe"}},"type":"x","b":"boss"§,"user_first":"Bo"§}`},
		{"a user-defined preset: its null tokens", enrich.Options{Fields: []string{"first"}, Format: "edr", Presets: []event.Preset{edr}}, `{"a.name":"n.n.","type":"login","b":"boss"}`, `{"a.name":"n.n.","type":"login","b":"boss"§,"user_first":"Bo"§}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLists(t, assetsCSV, identitiesCSV, listOptions{})
			got, _, err := enricher(t, l, c.o).AppendJSON([]byte("before "), []byte(c.in))
			require.NoError(t, err)
			assert.Equal(t, "before "+unmarked(c.want), string(got))
		})
	}
}

// unmarked removes the marks around the additions.
func unmarked(s string) string {
	out := []rune{}
	for _, r := range s {
		if r != '§' {
			out = append(out, r)
		}
	}
	return string(out)
}

func assetID(key string) string { return entities.NewID(entities.Asset, "", key, false).String() }
func identityID(key string) string {
	return entities.NewID(entities.Identity, "", key, false).String()
}

// TestZonesFallBackOnlyIfConfigured looks up keys of the default zone in another one.
func TestZonesFallBackOnlyIfConfigured(t *testing.T) {
	event := []byte(`{"src":"srv-9","user":"boss","cim_entity_zone":"emea"}`)
	for _, c := range []struct {
		fallback bool
		want     string
	}{{false, ""}, {true, `,"src_asset":"srv-9","user_last":"Oss"`}} {
		var o listOptions
		o.table.Fallback, o.people.Fallback = c.fallback, c.fallback
		got, _, err := enricher(t, newLists(t, assetsCSV, identitiesCSV, o), only("asset", "last")).AppendJSON(nil, event)
		require.NoError(t, err)
		assert.Equal(t, string(event[:len(event)-1])+c.want+"}", string(got))
	}
}

func TestFillSelectsFieldsOfPrefixes(t *testing.T) {
	for _, c := range []struct {
		fill  assets.Fill
		event string
		want  string
	}{
		{assets.FillPerField, `{"src":"10.1.2.3"}`, `,"src_city":"Garching"`},
		{assets.FillInherit, `{"src":"10.1.2.3"}`, `,"src_lat":48.1,"src_long":11.6,"src_city":"Garching"`},
		{assets.FillNone, `{"src":"10.1.2.3"}`, ``},
		{assets.FillPerField, `{"src":"10.1.2.9"}`, `,"src_city":"Garching"`},
		{assets.FillInherit, `{"src":"10.1.2.9"}`, `,"src_owner":"ACME\\boss","src_lat":48.1,"src_long":11.6,"src_city":"Garching"`},
	} {
		l := newLists(t, assetsCSV, "", listOptions{fill: c.fill})
		o := only("city", "lat", "long", "owner")
		if c.event == `{"src":"10.1.2.3"}` {
			o = only("city", "lat", "long")
		}
		got, _, err := enricher(t, l, o).AppendJSON(nil, []byte(c.event))
		require.NoError(t, err)
		assert.Equal(t, c.event[:len(c.event)-1]+c.want+"}", string(got), "fill %d", c.fill)
	}
}

func TestBadJSONIsAppendedUnchanged(t *testing.T) {
	l := newLists(t, assetsCSV, "", listOptions{})
	lax, strict := enricher(t, l, enrich.Options{}), enricher(t, l, enrich.Options{Validate: true})
	for _, event := range []string{`[{"src":"ws-17"}]`, `"x"`, `1`, `null`, `{"src":"ws-17"`, `{"src":"ws-17}`, `{"a":[}]`, `{} {}`, `x`, "\xff\xfe{\x00}\x00"} {
		got, _, err := lax.AppendJSON([]byte("p"), []byte(event))
		assert.Error(t, err, "%s", event)
		assert.Equal(t, "p"+event, string(got))
	}
	for _, event := range []string{`{"src":"ws-17",}`, `{"src":"ws-17" "a":1}`, `{"n":01}`, `{"n":"\x"}`} {
		_, _, err := lax.AppendJSON(nil, []byte(event))
		assert.NoError(t, err, "%s", event)
		got, _, err := strict.AppendJSON(nil, []byte(event))
		assert.Error(t, err, "%s", event)
		assert.Equal(t, event, string(got))
	}
	for _, blank := range []string{"", "\n", " \t\r\n", "\ufeff\r\n", "\ufeff"} {
		got, _, err := lax.AppendJSON(nil, []byte(blank))
		assert.NoError(t, err)
		assert.Equal(t, blank, string(got))
	}
}

func TestNewRejectsInvalidOptions(t *testing.T) {
	_, err := enrich.New(&snapshot.Snapshot{}, enrich.Options{Format: "ces"})
	var format *event.FormatError
	require.ErrorAs(t, err, &format)
	assert.ErrorContains(t, err, `unknown format "ces": use auto, cim, `)
	_, err = enrich.New(&snapshot.Snapshot{}, enrich.Options{Zone: event.ZoneOptions{Rules: []event.ZoneRule{{When: []entity.Clause{{Field: "a", Op: "~"}}}}}})
	assert.ErrorContains(t, err, "zones.rules[0].when: clause 1: op: ")
	for name, want := range map[string]enrich.OnError{"pass": enrich.Pass, "drop": enrich.Drop, "fail": enrich.Fail} {
		got, err := enrich.ParseOnError(name)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	_, err = enrich.ParseOnError("stop")
	assert.EqualError(t, err, `unknown action "stop" for bad events: use pass, drop or fail`)
}

func TestOCSFGoesIntoEnrichmentsOnly(t *testing.T) {
	_, err := enrich.New(newLists(t, assetsCSV, "", listOptions{}).snapshot, enrich.Options{Format: "ocsf", OCSF: true, Into: "kith"})
	assert.EqualError(t, err, `fields of OCSF events go into "enrichments", not "kith"`)
}

func TestUnknownFormatOfAStreamIsAnError(t *testing.T) {
	e := enricher(t, newLists(t, assetsCSV, "", listOptions{}), enrich.Options{})
	for name, o := range map[string]enrich.StreamOptions{"in": {In: 6}, "csv to tsv": {In: enrich.FormatCSV, Out: enrich.FormatTSV}, "zeek": {In: enrich.FormatNDJSON, Out: enrich.FormatZeek}, "out": {Out: enrich.FormatJSON}, "on error": {OnError: 3}} {
		_, err := e.Stream(t.Context(), io.Discard, strings.NewReader(""), o)
		assert.Error(t, err, name)
	}
	_, err := e.Stream(t.Context(), nil, strings.NewReader(""), enrich.StreamOptions{})
	assert.Error(t, err)
	for name, want := range map[string]enrich.Format{"ndjson": enrich.FormatNDJSON, "csv": enrich.FormatCSV, "json": enrich.FormatJSON, "tsv": enrich.FormatTSV, "zeek": enrich.FormatZeek} {
		got, err := enrich.ParseFormat(name)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for _, name := range []string{"", "xml"} {
		_, err := enrich.ParseFormat(name)
		assert.Error(t, err, name)
	}
}

// TestSwapMayChangeZonesAndColumns swaps tables that number zones and columns
// differently, and of which either may be absent.
func TestSwapMayChangeZonesAndColumns(t *testing.T) {
	event := []byte(`{"cim_entity_zone":"emea","src":"h","user":"u"}`)
	e, err := enrich.New(&snapshot.Snapshot{}, enrich.Options{Fields: []string{"city", "os", "first"}})
	require.NoError(t, err)
	for _, c := range []struct{ assets, identities, want string }{
		{"nt_host,city,cim_entity_zone\nh,Rome,emea\nh,Oslo,\n", "identity,first,cim_entity_zone\nu,Una,\nu,Uma,emea\n", `,"src_city":"Rome","user_first":"Uma"`},
		{"nt_host,os,city,cim_entity_zone\nx,,,apac\nh,bsd,Oslo,\nh,,Bern,emea\n", "identity,first,cim_entity_zone\nu,Ute,emea\n", `,"src_city":"Bern","user_first":"Ute"`},
		{"", "identity,first,cim_entity_zone\nx,X,\nu,Udo,emea\n", `,"user_first":"Udo"`},
		{"os,nt_host,cim_entity_zone\nqnx,h,EMEA\n", "", `,"src_os":"qnx"`},
		{"nt_host\nh\n", "", ""},
	} {
		require.NoError(t, e.Swap(newLists(t, c.assets, c.identities, listOptions{}).snapshot))
		for range 3 {
			got, _, err := e.AppendJSON(nil, event)
			require.NoError(t, err)
			assert.Equal(t, string(event[:len(event)-1])+c.want+"}", string(got))
		}
	}
}
