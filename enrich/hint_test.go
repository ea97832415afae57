package enrich_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/event"
)

const (
	hintAssets = `ip,nt_host,dns,owner,cim_entity_zone
10.1.2.3,ws-17,,jdoe,
10.1.2.4,ws-18,,boss,
,db-9,,boss,
,,mail.other.example,boss,
10.7.7.7,,,boss,emea
10.7.7.8,tcp,,boss,
`
	hintIdentities = "identity,email\njdoe,jdoe@corp.example\n"
)

// hintsOf returns the hints of a stream, as a text of cause and contents.
func hintsOf(t *testing.T, l lists, format, in string, o enrich.StreamOptions) []string {
	t.Helper()
	var hints []string
	o.Hint = func(h enrich.Hint) { hints = append(hints, hintText(h)) }
	e := enricher(t, l, enrich.Options{Format: format, Presets: []event.Preset{ownPreset}})
	streamed(t, e, in, o)
	return hints
}

// ownPreset is a preset of a user, with one role.
var ownPreset = event.Preset{Name: "own", Prefixes: []string{""}, Roles: []event.PresetRole{
	{Name: "src", Groups: []event.PresetGroup{{Paths: []event.PresetPath{{Field: "mine"}}}}},
}}

func hintText(h enrich.Hint) string {
	switch h.Cause {
	case enrich.OtherFormat:
		return fmt.Sprintf("format %v of %d, for %v, none %v", h.Formats, h.Events, h.Roles, h.NoField)
	case enrich.OtherFields:
		return fmt.Sprintf("fields %v, in lists %v", h.Fields, h.InLists)
	case enrich.OtherDomain:
		return fmt.Sprintf("domain %s: %s of %v is %s", h.Domain, h.Key, h.Role, h.Known)
	case enrich.OtherZone:
		return fmt.Sprintf("zone %s: %s of %v", h.Zone, h.Key, h.Role)
	case enrich.UnknownKeys:
		return fmt.Sprintf("unknown: %s of %v", h.Key, h.Role)
	}
	return "no cause"
}

func TestHintNamesWhatKeepsEventsFromMatching(t *testing.T) {
	l := newLists(t, hintAssets, hintIdentities, listOptions{})
	const (
		zeek     = `{"ts":1,"uid":"C1","id.orig_h":"10.1.2.3","id.resp_h":"10.9.9.9"}` + "\n"
		suricata = `{"timestamp":"2026-03-01T08:15:02.101844+0100","flow_id":1,"event_type":"flow","src_ip":"10.1.2.3","dest_ip":"10.9.9.9","smb":{"ntlmssp":{"user":"jdoe"}}}` + "\n"
		cim      = `{"src":"10.1.2.3","user":"jdoe"}` + "\n"
		unknown  = `{"src":"10.9.9.9"}` + "\n"
	)
	for _, test := range []struct {
		situation, format, in, want string
	}{
		{"all is well", "cim", cim, ""},
		{"no events", "cim", "", ""},
		{"only malformed events", "cim", "[1]\nx\n", ""},
		{"the format is right and roles are absent", "zeek", zeek, ""},
		{"another format, nothing matched", "cim", zeek, "format [{zeek 1}] of 1, for [src dest], none true"},
		{"another format, detected by --format auto", "auto", zeek, ""},
		{"another format that shares some fields", "cim", suricata + unknown, "format [{suricata 1}] of 2, for [user], none false"},
		{"another format, and some events have the role", "cim", suricata + cim, ""},
		{"another format has a role besides", "cim", suricata + suricata, "format [{suricata 2}] of 2, for [user], none false"},
		{"events of CIM in the wrong format", "zeek", `{"src":"10.1.2.3"}` + "\n", "format [{cim 1}] of 1, for [src], none true"},
		{"two other formats", "own", zeek + zeek + suricata, "format [{zeek 2} {suricata 1}] of 3, for [src], none true"},
		{"a few events in another format", "cim", strings.Repeat(cim, 9) + zeek, ""},
		{"most events in another format, but nothing is missing", "cim", cim + strings.Repeat(`{"dest":"10.1.2.3","dvc":"a","host":"b","src_user":"jdoe"}`+"\n", 2) + strings.Repeat(zeek, 9), ""},
		{"a user's preset lacks a role on purpose", "own", `{"mine":"10.1.2.3","event_type":"flow","flow_id":1,"src_ip":"10.1.2.4","dest_ip":"10.1.2.3"}` + "\n", ""},
		{"unknown fields with keys of the lists", "cim", `{"a":"tcp","clientip":"10.1.2.3","login":{"name":"jdoe"}}` + "\n" + `{"a":"udp","clientip":"10.1.2.4"}` + "\n" + `{"a":"udp"}` + "\n", "fields [clientip login.name], in lists true"},
		{"unknown fields without keys of the lists", "cim", `{"a":"x","b":["y",{"c":"z"}],"n":1}` + "\n" + `{"a":"q"}` + "\n", "fields [a b b[].c], in lists false"},
		{"unknown fields, and the format is auto", "auto", `{"clientip":"10.1.2.3"}` + "\n", "fields [clientip], in lists true"},
		{"another format in envelopes", "cim", `{"time":1,"event":` + strings.TrimSpace(zeek) + "}\n", "format [{zeek 1}] of 1, for [src dest], none true"},
		{"another format as text in an envelope", "cim", `{"stream":"stdout","log":"{\"ts\":1,\"uid\":\"C1\",\"id.orig_h\":\"10.1.2.3\"}"}` + "\n", "format [{zeek 1}] of 1, for [src], none true"},
		{"another format in a member that only that format opens", "cim", `{"n":1,"message":` + strings.TrimSpace(zeek) + "}\n", "format [{zeek 1}] of 1, for [src dest], none true"},
		{"unknown fields as text in an envelope", "cim", `{"stream":"stdout","log":"{\"clientip\":\"10.1.2.3\"}"}` + "\n", "fields [clientip], in lists true"},
		{"machines in a domain", "cim", `{"src":"ws-17.corp.example"}` + "\n" + `{"src":"WS-18.Corp.example"}` + "\n", "domain corp.example: ws-17.corp.example of src is ws-17"},
		{"one machine in a domain may be a coincidence", "cim", `{"src":"ws-17.corp.example"}` + "\n", "unknown: ws-17.corp.example of src"},
		{"one machine that reports the events is not", "cim", `{"dvc":"ws-17.corp.example"}` + "\n", "domain corp.example: ws-17.corp.example of dvc is ws-17"},
		{"most machines of a domain are unknown", "cim", `{"dest":["ws-17.web.example","ws-18.web.example"]}` + "\n" + `{"dest":"a.web.example"}` + "\n" + `{"dest":"b.web.example"}` + "\n" + `{"dest":"c.web.example"}` + "\n", "unknown: ws-17.web.example of dest"},
		{"names in a domain beside matches in other roles", "cim", `{"src":"10.1.2.3","dvc":"db-9.corp.example"}` + "\n", "domain corp.example: db-9.corp.example of dvc is db-9"},
		{"keys of another zone", "cim", `{"src":"10.7.7.7"}` + "\n", "zone emea: 10.7.7.7 of src"},
		{"keys that no list has", "cim", unknown + unknown, "unknown: 10.9.9.9 of src"},
		{"some keys that no list has", "cim", unknown + cim, ""},
	} {
		var want []string
		if test.want != "" {
			want = []string{test.want}
		}
		assert.Equal(t, want, hintsOf(t, l, test.format, test.in, enrich.StreamOptions{}), "%s", test.situation)
	}
}

// TestHintConcernsOnlyRolesThatListsCouldMatch uses a list of people only.
func TestHintConcernsOnlyRolesThatListsCouldMatch(t *testing.T) {
	l := newLists(t, "", hintIdentities, listOptions{})
	assert.Equal(t, []string{"fields [account], in lists true"}, hintsOf(t, l, "cim", `{"src":"10.1.2.3","account":"jdoe"}`, enrich.StreamOptions{}))
	assert.Empty(t, hintsOf(t, newLists(t, "", "", listOptions{}), "cim", `{"x":"10.1.2.3"}`, enrich.StreamOptions{}))
	assert.Empty(t, hintsOf(t, newLists(t, "ip\n", "", listOptions{}), "cim", `{"x":"10.1.2.3"}`, enrich.StreamOptions{}), "an empty list")
}

func TestHintIsTheSameForAllFormatsOfInput(t *testing.T) {
	l := newLists(t, hintAssets, hintIdentities, listOptions{})
	const log = "#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.resp_h\n#types\ttime\tstring\taddr\taddr\n1.0\tC1\t10.1.2.3\t10.9.9.9\n2.0\tC2\t10.1.2.3\t10.9.9.9\n"
	const csv = "ts,uid,id.orig_h,id.resp_h\n1.0,C1,10.1.2.3,10.9.9.9\n2.0,C2,10.1.2.3,10.9.9.9\n"
	const json = `{"ts":1,"uid":"C1","id.orig_h":"10.1.2.3","id.resp_h":"10.9.9.9"}` + "\n"
	for _, test := range []struct {
		in string
		o  enrich.StreamOptions
	}{
		{json + json, enrich.StreamOptions{}},
		{"[\n" + json + "," + json + "]", enrich.StreamOptions{In: enrich.FormatJSON}},
		{json + json, enrich.StreamOptions{Out: enrich.FormatCSV}},
		{csv, enrich.StreamOptions{In: enrich.FormatCSV}},
		{csv, enrich.StreamOptions{In: enrich.FormatCSV, Out: enrich.FormatNDJSON}},
		{strings.ReplaceAll(csv, ",", "\t"), enrich.StreamOptions{In: enrich.FormatTSV}},
		{log, enrich.StreamOptions{}},
		{log, enrich.StreamOptions{Out: enrich.FormatNDJSON}},
	} {
		want := []string{"format [{zeek 2}] of 2, for [src dest], none true"}
		assert.Equal(t, want, hintsOf(t, l, "cim", test.in, test.o), "%+v", test.o)
	}
	assert.Equal(t, []string{"fields [clientip], in lists true"}, hintsOf(t, l, "cim", "clientip,n\n10.1.2.3,1\n,2\n", enrich.StreamOptions{In: enrich.FormatCSV}))
}

// TestHintIsGivenOnceAfterEnoughEvents also checks that later events do not count.
func TestHintIsGivenOnceAfterEnoughEvents(t *testing.T) {
	l := newLists(t, hintAssets, "", listOptions{})
	e := enricher(t, l, enrich.Options{})
	line := `{"ts":1,"uid":"C1","id.orig_h":"10.1.2.3","x":"` + strings.Repeat("x", 1000) + "\"}\n" // a block has about 500
	for range 3 {
		var hints []enrich.Hint
		var eventsAtHint int64
		o := enrich.StreamOptions{Workers: 3, Hint: func(h enrich.Hint) { hints = append(hints, h) }}
		o.Progress = func(s enrich.Stats) {
			if len(hints) == 1 && eventsAtHint == 0 {
				eventsAtHint = s.Events
			}
		}
		in := strings.Repeat(line, 3000) + strings.Repeat(strings.ReplaceAll(line, "id.orig_h", "src"), 3000)
		streamed(t, e, in, o)
		require.Len(t, hints, 1)
		assert.Equal(t, enrich.FormatCount{Format: "zeek", Events: 1000}, hints[0].Formats[0])
		assert.Less(t, eventsAtHint, int64(3000), "the hint waited for the end")
	}
}

func TestHintBoundsWhatItKeeps(t *testing.T) {
	l := newLists(t, hintAssets, "", listOptions{})
	big := `{"ts":1,"uid":"C1","id.orig_h":"10.1.2.3","x":"` + strings.Repeat("x", 1<<20) + `"}` + "\n"
	got := hintsOf(t, l, "cim", strings.Repeat(big, 20), enrich.StreamOptions{})
	assert.Equal(t, []string{"format [{zeek 4}] of 4, for [src], none true"}, got)
}

func TestHintSurvivesHostileEvents(t *testing.T) {
	l := newLists(t, hintAssets, hintIdentities, listOptions{})
	deep := strings.Repeat(`{"a":`, 9000) + `"x"` + strings.Repeat("}", 9000) + "\n"
	for _, in := range []string{deep, `{"` + strings.Repeat("k", 1<<16) + `":"` + strings.Repeat("v", 1<<16) + `"}`, "{\"a\":\"\xff\xfe\"}", `{"src":"` + strings.Repeat("a.", 1<<15) + `"}`, `{}`} {
		for _, format := range []string{"cim", "auto", "windows"} {
			hintsOf(t, l, format, in, enrich.StreamOptions{})
		}
	}
}
