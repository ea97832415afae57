package enrich_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
)

// TestRulesOfEnvelopes has an example for each rule of where the fields of an event in an
// envelope, or behind text, go.
func TestRulesOfEnvelopes(t *testing.T) {
	overwrite := func(o *enrich.Options) { o.Overwrite = true }
	into := func(o *enrich.Options) { o.Into = "kith" }
	emea := event.ZoneOptions{Rules: []event.ZoneRule{{Zone: "emea", When: []entity.Clause{{Field: "sensor", Op: "=", Value: entity.Literals{"fra1"}}}}}}
	for _, c := range []struct {
		name     string
		o        enrich.Options
		in, want string // want is in plus the additions, which are between §
	}{
		{"text before the object stays", only("priority"), `<134>Mar 1 host "app": {"src":"ws-17"} ` + "\r\n", `<134>Mar 1 host "app": {"src":"ws-17"§,"src_priority":"high"§} ` + "\r\n"},
		{"text before the object, into", with(only("priority"), into), `x {"src":"ws-17"}`, `x {"src":"ws-17"§,"kith":{"src":{"priority":"high"}}§}`},
		{"text before the object, validated", with(only("priority"), func(o *enrich.Options) { o.Validate = true }), `x {"src":"ws-17"}`, `x {"src":"ws-17"§,"src_priority":"high"§}`},
		{"fields go to the end of the inner object", only("priority"), `{"time":1,"event": {"src":"ws-17" } ,"host":"x"}` + "\n", `{"time":1,"event": {"src":"ws-17" §,"src_priority":"high"§} ,"host":"x"}` + "\n"},
		{"behind text, too", only("priority"), `<1> {"event":{"src":"ws-17"}} `, `<1> {"event":{"src":"ws-17"§,"src_priority":"high"§}} `},
		{"a field of the inner object is kept", only("priority"), `{"event":{"src":"ws-17","src_priority":null},"time":1}`, `{"event":{"src":"ws-17","src_priority":null},"time":1}`},
		{"a field of the envelope is not one of the event", only("priority"), `{"x":1,"src_priority":"mine","data":{"src":"ws-17"}}`, `{"x":1,"src_priority":"mine","data":{"src":"ws-17"§,"src_priority":"high"§}}`},
		{"overwrite replaces in the inner object", with(only("priority"), overwrite), `{"data":{"src":"ws-17","src_priority":1},"src_priority":"mine"}`, `{"data":{"src":"ws-17","src_priority":§"high"§},"src_priority":"mine"}`},
		{"the last of two inner objects", only("priority"), `{"event":{"src":"ws-17"},"event":{"src":"ws-17"}}`, `{"event":{"src":"ws-17"},"event":{"src":"ws-17"§,"src_priority":"high"§}}`},
		{"into", with(only("priority"), into), `{"event":{"src":"ws-17","kith":{ }}}`, `{"event":{"src":"ws-17","kith":{ §"src":{"priority":"high"}§}}}`},
		{"urgency inside", with(only("x"), func(o *enrich.Options) { o.Urgency = true }), `{"event":{"severity":"high","src":"ws-17"},"time":1}`, `{"event":{"severity":"high","src":"ws-17"§,"urgency":"high"§},"time":1}`},
		{
			"ocsf enrichments", with(only("priority"), func(o *enrich.Options) { o.Format, o.OCSF = "auto", true }),
			`{"detail-type":"x","detail":{"class_uid":1,"device":{"ip":"10.1.2.3"}}}`,
			`{"detail-type":"x","detail":{"class_uid":1,"device":{"ip":"10.1.2.3"}§,"enrichments":[{"name":"device.ip","value":"10.1.2.3","type":"asset","provider":"kith","data":{"priority":"high"}}]§}}`,
		},
		{"zones and conditions see the inner object", with(only("priority"), func(o *enrich.Options) { o.Zone = emea }), `{"sensor":"x","event":{"src":"10.1.2.3","sensor":"fra1"},"time":1}`, `{"sensor":"x","event":{"src":"10.1.2.3","sensor":"fra1"§,"src_priority":"critical"§},"time":1}`},
		{"text: fields go to the envelope", only("priority"), `{"log":"{\"src\":\"ws-17\"}\n","stream":"stdout"}`, `{"log":"{\"src\":\"ws-17\"}\n","stream":"stdout"§,"src_priority":"high"§}`},
		{"text: a field of the envelope is kept", only("priority"), `{"log":"{\"src\":\"ws-17\"}","stream":"stdout","src_priority":1}`, `{"log":"{\"src\":\"ws-17\"}","stream":"stdout","src_priority":1}`},
		{"text: overwrite replaces in the envelope", with(only("priority"), overwrite), `x {"log":"{\"src\":\"ws-17\"}","src_priority":1,"stream":""}`, `x {"log":"{\"src\":\"ws-17\"}","src_priority":§"high"§,"stream":""}`},
		{"text: into", with(only("priority"), into), `{"log":"{\"src\":\"ws-17\"}","stream":"","kith":{"src":{"x":1}}}`, `{"log":"{\"src\":\"ws-17\"}","stream":"","kith":{"src":{"x":1§,"priority":"high"§}}}`},
		{"text: with escapes", only("priority"), `{"log":"\u007b\"src\":\"ws\u002d17\"}","stream":"stdout"}`, `{"log":"\u007b\"src\":\"ws\u002d17\"}","stream":"stdout"§,"src_priority":"high"§}`},
		{"a member by its name", with(only("priority"), func(o *enrich.Options) { o.Unwrap.Names = []string{"a.b"} }), `{"src":"srv-9","a":{"b":{"src":"ws-17"}}}`, `{"src":"srv-9","a":{"b":{"src":"ws-17"§,"src_priority":"high"§}}}`},
		{"off", with(only("priority"), func(o *enrich.Options) { o.Unwrap.Off = true }), `{"event":{"src":"ws-17"}}`, `{"event":{"src":"ws-17"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := enricher(t, newLists(t, assetsCSV, identitiesCSV, listOptions{}), c.o)
			got, _, err := e.AppendJSON([]byte("before "), []byte(c.in))
			require.NoError(t, err)
			assert.Equal(t, "before "+unmarked(c.want), string(got))
			var out strings.Builder
			_, err = e.Stream(t.Context(), &out, strings.NewReader(strings.Repeat(strings.TrimRight(c.in, "\r\n")+"\n", 3)), enrich.StreamOptions{In: enrich.FormatNDJSON})
			require.NoError(t, err)
			assert.Equal(t, strings.Repeat(strings.TrimRight(unmarked(c.want), "\r\n")+"\n", 3), out.String(), "as a stream")
		})
	}
}

// TestEnvelopesBecomeCSV: the columns are those of the envelope, and of the fields.
func TestEnvelopesBecomeCSV(t *testing.T) {
	e := enricher(t, newLists(t, assetsCSV, "", listOptions{}), only("priority"))
	in := `{"time":1,"event":{"src":"ws-17"}}
<1> {"time":2,"event":"{\"src\":\"ws-17\",\"src_priority\":\"x\"}"}
`
	var out strings.Builder
	stats, err := e.Stream(t.Context(), &out, strings.NewReader(in), enrich.StreamOptions{Out: enrich.FormatCSV})
	require.NoError(t, err)
	lines := strings.Split(out.String(), "\n")
	assert.True(t, strings.HasPrefix(lines[0], "time,event,src_priority"), lines[0])
	assert.True(t, strings.HasPrefix(lines[1], `1,"{""src"":""ws-17""}",high`), lines[1])
	assert.True(t, strings.HasPrefix(lines[2], `2,"{""src"":""ws-17"",""src_priority"":""x""}",high`), lines[2])
	assert.Equal(t, int64(1), stats.LostMembers, "the text before the object has no column")
}

func TestBadEnvelopesAreAppendedUnchanged(t *testing.T) {
	e := enricher(t, newLists(t, assetsCSV, "", listOptions{}), only("priority"))
	deep := strings.Repeat(`{"event":`, 100_000) + "1" + strings.Repeat("}", 100_000)
	for _, line := range []string{
		`{"event":{"src":"ws-17"}`, `{"event":{"src":}}`, `x {"event":{"src":"ws-17"}} x`, `{"event":{"src":"ws-17"]}`,
		deep[:len(deep)-1], strings.Repeat(`{"event":[`, 50_000),
	} {
		got, _, err := e.AppendJSON(nil, []byte(line))
		assert.Error(t, err, "%.60s", line)
		assert.Equal(t, line, string(got))
	}
	got, _, err := e.AppendJSON(nil, []byte(deep))
	require.NoError(t, err)
	assert.Equal(t, deep, string(got))
}
