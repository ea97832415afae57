package enrich_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/gen"
	"github.com/kithsec/kith/merge"
)

// networksCSV lists machines beside the networks, MAC ranges and suffixes around them.
const networksCSV = `ip,mac,nt_host,dns,owner
10.1.2.3,00:25:bc:42:f4:60,ws-17,ws-17.corp.example,ann
10.1.2.4,,ws-18,,ben
172.16.0.0/12,,,,docker
169.254.0.0/16|fe80::/10,,,,link
169.254.7.7|fe80::7,,near,,near
,00:50:56:00:00:00-00:50:56:ff:ff:ff,,,vmware
,00:50:56:a1:00:fe,edge-fw,,edge
,,,*.lab.example,lab
`

// networks returns the tables of networksCSV. Link-local addresses are keys, other than by
// default.
func networks(t *testing.T) lists {
	t.Helper()
	return newLists(t, networksCSV, "", listOptions{assets: merge.Options{IgnoreKeys: []string{"127.0.0.0/8"}}})
}

// requireOwner enriches an event in all ways, and compares the owner of a role. An empty
// want stands for no match.
func requireOwner(t *testing.T, e *enrich.Enricher, role, raw, want string) {
	t.Helper()
	name := role + "_owner"
	ownerIn := func(text []byte) string {
		var out map[string]any
		require.NoError(t, json.Unmarshal(text, &out), "%s", text)
		if out[name] == nil {
			return ""
		}
		return fmt.Sprint(out[name])
	}
	out, _, err := e.AppendJSON(nil, []byte(raw))
	require.NoError(t, err)
	assert.Equal(t, want, ownerIn(out), "AppendJSON of %s", raw)

	lines, _ := streamed(t, e, strings.Repeat(raw+"\n", 70), enrich.StreamOptions{})
	for line := range strings.Lines(lines) {
		require.Equal(t, want, ownerIn([]byte(line)), "Stream of %s", raw)
	}

	var m, applied map[string]any
	require.NoError(t, json.Unmarshal([]byte(raw), &m))
	require.NoError(t, json.Unmarshal([]byte(raw), &applied))
	in := e.Schema().NewMap()
	in.Reset(applied)
	_, err = e.Apply(in, mapWriter(applied))
	require.NoError(t, err)
	encoded, err := json.Marshal(applied)
	require.NoError(t, err)
	assert.Equal(t, want, ownerIn(encoded), "Apply to %s", raw)
	_, err = e.Map(m)
	require.NoError(t, err)
	encoded, err = json.Marshal(m)
	require.NoError(t, err)
	assert.Equal(t, want, ownerIn(encoded), "Map of %s", raw)
}

func TestElementsThatMatchByThemselvesComeFirst(t *testing.T) {
	l := networks(t)
	e := enricher(t, l, enrich.Options{Format: "ecs", Fields: []string{"owner"}})
	many := `"` + strings.Repeat(`172.17.0.1","`, 600) + `10.1.2.3"`
	for _, c := range []struct{ rule, host, want string }{
		{"a machine before a network, whatever their order", `"ip":["169.254.186.221","172.17.0.1","10.1.2.3"]`, "ann"},
		{"of two machines the first", `"ip":["10.1.2.4","172.17.0.1","10.1.2.3"]`, "ben"},
		{"of two networks the first", `"ip":["172.17.0.1","169.254.186.221"]`, "docker"},
		{"unknown elements do not count", `"ip":["192.0.2.1","172.17.0.1","192.0.2.2","10.1.2.4"]`, "ben"},
		{"null tokens, objects and inner arrays do not count", `"ip":["-","172.17.0.1",null,{"a":1},["10.1.2.4"],"10.1.2.3"]`, "ann"},
		{"a MAC address before a range", `"mac":["00:50:56:00:00:01","00:25:bc:42:f4:60"]`, "ann"},
		{"a name before a suffix", `"name":["x.lab.example","ws-18"]`, "ben"},
		{"another form of a name before a suffix", `"name":["x.lab.example","CORP\\WS-18$"]`, "ben"},
		{"an array of one element", `"ip":["172.17.0.1"]`, "docker"},
		{"a path before the next one, even if only a network matches", `"name":"x.lab.example","ip":["10.1.2.3"]`, "lab"},
		{"also if it is an array", `"ip":["192.0.2.1","172.17.0.1"],"mac":"00:25:bc:42:f4:60"`, "docker"},
		{"in an array at a later path", `"name":"nobody","ip":["172.17.0.1","10.1.2.3"],"id":"ws-18"`, "ann"},
		{"a network at a later path before the paths behind it", `"name":"nobody","ip":["172.17.0.1","192.0.2.1"],"id":"ws-18"`, "docker"},
		{"arrays of different paths are not one", `"name":["nobody","x.lab.example"],"ip":["10.1.2.3"]`, "lab"},
		{"in an array of any length", `"ip":[` + many + `]`, "ann"},
		{"a long array at a later path", `"name":"nobody","ip":[` + many + `]`, "ann"},
		{"no element matches", `"ip":["192.0.2.1","192.0.2.2"]`, ""},
	} {
		t.Run(c.rule, func(t *testing.T) { requireOwner(t, e, "host", `{"host":{`+c.host+`}}`, c.want) })
	}
}

func TestElementsThroughArraysAreOneArray(t *testing.T) {
	l := networks(t)
	p := event.Preset{Name: "own", Prefixes: []string{""}, Roles: []event.PresetRole{
		{Name: "src", Groups: []event.PresetGroup{{Paths: []event.PresetPath{{Field: "nics[].ip"}, {Field: "peers", Take: event.TakeAddress}, {Value: "ws-18"}}}}},
	}}
	e := enricher(t, l, enrich.Options{Format: "own", Presets: []event.Preset{p}, Fields: []string{"owner"}})
	for raw, want := range map[string]string{
		`{"nics":[{"ip":"172.17.0.1"},{"ip":["169.254.1.1","10.1.2.3"]}]}`: "ann",
		`{"nics":[{"ip":"172.17.0.1"},{"ip":"169.254.1.1"}]}`:              "docker",
		`{"peers":["172.17.0.1:80","10.1.2.3:80"]}`:                        "ann",
		`{"peers":["192.0.2.1:80"]}`:                                       "ben",
	} {
		requireOwner(t, e, "src", raw, want)
	}
}

func TestMACsOnTheWireAreLookedUpOnlyOnTheSameLink(t *testing.T) {
	l := networks(t)
	for _, c := range []struct{ rule, format, raw, want string }{
		{"beside a public address it is the router's", "suricata", `{"event_type":"flow","dest_ip":"8.8.8.8","ether":{"dest_mac":"00:50:56:a1:00:fe"}}`, ""},
		{"beside a private one, too", "suricata", `{"dest_ip":"192.168.7.7","ether":{"dest_mac":"00:50:56:a1:00:fe"}}`, ""},
		{"the address itself is looked up", "suricata", `{"dest_ip":"10.1.2.3","ether":{"dest_mac":"00:50:56:a1:00:fe"}}`, "ann"},
		{"without an address it is looked up", "suricata", `{"ether":{"dest_mac":"00:50:56:a1:00:fe"}}`, "edge"},
		{"an address that is not there yet is none", "suricata", `{"dest_ip":"0.0.0.0","ether":{"dest_mac":"00:50:56:a1:00:fe"}}`, "edge"},
		{"nor in IPv6", "suricata", `{"dest_ip":"::","ether":{"dest_mac":"00:50:56:a1:00:fe"}}`, "edge"},
		{"a null is none", "suricata", `{"dest_ip":null,"ether":{"dest_mac":"00:50:56:a1:00:fe"}}`, "edge"},
		{"a broadcast is one", "suricata", `{"dest_ip":"255.255.255.255","ether":{"dest_mac":"00:50:56:a1:00:fe"}}`, ""},
		{"a link-local address that is listed precedes it", "suricata", `{"dest_ip":"fe80::7","ether":{"dest_mac":"00:50:56:a1:00:fe"}}`, "near"},
		{"it precedes the network of a link-local address", "suricata", `{"dest_ip":"fe80::1234","ether":{"dest_mac":"00:50:56:a1:00:fe"}}`, "edge"},
		{"with its scope", "suricata", `{"dest_ip":"fe80::1234%eth0","ether":{"dest_mac":"00:50:56:a1:00:fe"}}`, "edge"},
		{"in IPv4, too", "suricata", `{"dest_ip":"169.254.1.1","ether":{"dest_mac":"00:50:56:a1:00:fe"}}`, "edge"},
		{"also as IPv6", "suricata", `{"dest_ip":"::ffff:169.254.1.1","ether":{"dest_mac":"00:50:56:a1:00:fe"}}`, "edge"},
		{"the network remains if it is unknown", "suricata", `{"dest_ip":"169.254.1.1","ether":{"dest_mac":"00:00:5e:00:53:01"}}`, "link"},
		{"and if only its range is known", "suricata", `{"dest_ip":"169.254.1.1","ether":{"dest_mac":"00:50:56:00:00:01"}}`, "link"},
		{"one routed address of several suffices", "ecs", `{"destination":{"ip":["fe80::1234","192.0.2.1"],"mac":"00:50:56:a1:00:fe"}}`, "link"},
		{"an address with a port is one", "cim", `{"dest":"192.0.2.1:443","dest_mac":"00:50:56:a1:00:fe"}`, ""},
		{"a name is none", "cim", `{"dest":"nobody","dest_mac":"00:50:56:a1:00:fe"}`, "edge"},
		{"the address may be at any path of the group", "cim", `{"dest":"nobody","dest_ip":"192.0.2.1","dest_mac":"00:50:56:a1:00:fe","dest_host":"ws-18"}`, "ben"},
		{"a listed name precedes it", "cim", `{"dest":"ws-18","dest_mac":"00:50:56:a1:00:fe"}`, "ben"},
		{"ecs", "ecs", `{"destination":{"ip":"192.0.2.1","mac":"00-50-56-A1-00-FE"}}`, ""},
		{"ocsf", "ocsf", `{"dst_endpoint":{"ip":"192.0.2.1","mac":"00:50:56:a1:00:fe"}}`, ""},
		{"zeek", "zeek", `{"id.resp_h":"192.0.2.1","resp_l2_addr":"00:50:56:a1:00:fe"}`, ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			requireOwner(t, enricher(t, l, enrich.Options{Format: c.format, Fields: []string{"owner"}}), "dest", c.raw, c.want)
		})
	}
	for _, c := range []struct{ rule, format, role, raw, want string }{
		{"the MAC address of the machine itself is no such one", "ecs", "host", `{"host":{"ip":"192.0.2.1","mac":"00:50:56:a1:00:fe"}}`, "edge"},
		{"nor that of a device", "ocsf", "host", `{"device":{"ip":"192.0.2.1","mac":"00:50:56:a1:00:fe"}}`, "edge"},
		{"nor that of a lease", "zeek", "src", `{"client_addr":"192.0.2.1","mac":"00:50:56:a1:00:fe"}`, "edge"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			requireOwner(t, enricher(t, l, enrich.Options{Format: c.format, Fields: []string{"owner"}}), c.role, c.raw, c.want)
		})
	}
}

// TestWireMACMayPrecedeTheAddress reads a MAC address at the first path of a group.
func TestWireMACMayPrecedeTheAddress(t *testing.T) {
	l := networks(t)
	p := event.Preset{Name: "own", Prefixes: []string{"", "x."}, Roles: []event.PresetRole{
		{Name: "dest", Groups: []event.PresetGroup{{Paths: []event.PresetPath{{Field: "mac", Wire: true}, {Field: "ip"}, {Field: "name"}}}}},
	}}
	e := enricher(t, l, enrich.Options{Format: "own", Presets: []event.Preset{p}, Fields: []string{"owner"}})
	for raw, want := range map[string]string{
		`{"mac":"00:50:56:a1:00:fe","ip":"10.1.2.3"}`:                                     "ann",
		`{"mac":"00:50:56:a1:00:fe","ip":["-","172.17.0.1","10.1.2.3"]}`:                  "ann",
		`{"mac":"00:50:56:a1:00:fe","ip":["-","192.0.2.1"],"name":"ws-18"}`:               "ben",
		`{"mac":"00:50:56:a1:00:fe","x.mac":"00:25:bc:42:f4:60","ip":"192.0.2.1"}`:        "",
		`{"mac":"00:50:56:a1:00:fe","ip":"-","name":"ws-18"}`:                             "edge",
		`{"mac":"00:50:56:00:00:01","x.ip":"169.254.7.7"}`:                                "near",
		`{"mac":["00:50:56:00:00:01","00:50:56:a1:00:fe"],"ip":"fe80::1","name":"ws-18"}`: "edge",
	} {
		requireOwner(t, e, "dest", raw, want)
	}
}

func TestCSVHasTheSameRulesForMACsOnTheWire(t *testing.T) {
	e := enricher(t, networks(t), enrich.Options{Fields: []string{"owner"}})
	out, _ := streamed(t, e, "dest_ip,dest_mac\n8.8.8.8,00:50:56:a1:00:fe\nfe80::1,00:50:56:a1:00:fe\n,00:50:56:a1:00:fe\n", enrich.StreamOptions{In: enrich.FormatCSV})
	assert.Equal(t, "dest_ip,dest_mac,dest_owner\n8.8.8.8,00:50:56:a1:00:fe,\nfe80::1,00:50:56:a1:00:fe,edge\n,00:50:56:a1:00:fe,edge\n", out)
}

// TestArraysAndMACsAgreeWithTwin compares events of which most paths are addresses, MAC addresses
// or arrays of them with the slow twin.
func TestArraysAndMACsAgreeWithTwin(t *testing.T) {
	l := networks(t)
	for round := range 60 {
		r := rand.New(rand.NewPCG(uint64(round), 16))
		name := pick(r, "cim", "ecs", "ocsf", "zeek", "suricata")
		options := enrich.Options{Format: name, Fields: []string{"owner"}, Match: true}
		e, twin := enricher(t, l, options), twinOf(l, options, false)
		o := gen.ObjectOptions{Values: []string{
			"10.1.2.3", "10.1.2.4", "172.17.0.1", "169.254.7.7", "169.254.1.1", "fe80::7", "fe80::1%eth0", "192.0.2.1", "[fe80::1]:80", "0.0.0.0",
			"00:25:bc:42:f4:60", "0025.bc42.f460", "00:50:56:00:00:01", "00:50:56:a1:00:fe", "00:00:5e:00:53:01", "ws-17", "x.lab.example", "nobody", "-",
		}}
		p, _ := event.PresetByName(name)
		for _, role := range []string{"src", "dest", "host"} {
			from, _ := p.Role(role)
			for _, g := range from.Groups {
				for _, path := range g.Paths {
					o.Paths = append(o.Paths, p.Spellings(path.Field)...)
				}
			}
		}
		for range 200 {
			raw := string(gen.Object(r, nil, o))
			got, _, err := e.AppendJSON(nil, []byte(raw))
			require.NoError(t, err)
			require.Equal(t, twin.Enrich(raw), string(got), "round %d, %s: %s", round, name, raw)
		}
	}
}
