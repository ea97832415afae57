package enrich_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/gen"
	"github.com/kithsec/kith/internal/gold"
)

// formats returns the names of all presets, and auto.
func formats() []string { return append(event.PresetNames(), "auto") }

// twinOf returns the slow twin of an Enricher.
func twinOf(l lists, o enrich.Options, fallback bool) *gold.Enricher {
	g := &gold.Enricher{Options: o, Fill: l.snapshot.Fill}
	if l.assets != nil {
		g.Assets = &gold.Table{Entities: entities.Of(l.assets), Fallback: fallback}
	}
	if l.identities != nil {
		g.Identities = &gold.Table{Entities: entities.Of(l.identities), Fallback: fallback, Assets: g.Assets}
	}
	return g
}

// anyOptions returns random options, but without OCSF and envelopes, which the twin lacks.
func anyOptions(r *rand.Rand) enrich.Options {
	yes := func() bool { return r.IntN(3) == 0 }
	o := enrich.Options{
		Format: formats()[r.IntN(len(formats()))], Unwrap: event.Unwrap{Off: true},
		Owner: yes(), Overwrite: yes(), Defaults: yes(), Match: yes(), Urgency: yes(), Validate: yes(),
	}
	if yes() {
		o.Fields = []string{"priority", "asset", "identity_id", "category", "lat", "watchlist", "is_expected"}[r.IntN(3):]
	}
	if yes() {
		o.Into = pick(r, "kith", "a.b", "src")
	}
	if yes() {
		o.Zone = event.ZoneOptions{Default: entity.Zone(pick(r, "", "emea")), Rules: []event.ZoneRule{
			{Zone: "emea", When: []entity.Clause{{Field: "sensor", Op: "=", Value: entity.Literals{"fra1", "17"}}}},
			{Zone: "nowhere", When: []entity.Clause{{Field: "a.sensor", Op: "exists"}}},
		}}
	}
	if yes() {
		o.Zone.Fields = []string{"a.sensor", "cim_entity_zone", "sensor"}[r.IntN(3):]
	}
	return o
}

// anyEvents returns n awkward events with the paths that the presets look for.
func anyEvents(r *rand.Rand, format string, n int) []string {
	o := gen.ObjectOptions{Values: []string{
		"10.1.2.3", " 10.1.2.3 ", "10.1.2.77", "10.1.9.9", "::ffff:10.1.2.3", "0025BC42F460", "WS-17", "ws-17.corp.example.", "x.srv.example", "nobody",
		"-", "NULL SID", "unknown", "", "::", "LOCAL", "jdoe", `ACME\JDOE`, "boss@corp.example", "boss@elsewhere.example", "S-1-5-21-7",
		"fe80::7", "169.254.7.7", "169.254.8.8", "00:50:56:a1:00:fe", "0c:00:00:00:00:01", "10.1.2.4:80",
		"emea", "EMEA", "fra1", "17.0", "high", "Critical", "AssumedRole", "Root", "AROA: jdoe ", "AROA:jdoe", "4728", "4624", "4740",
		"ACME", "lab", "corp.example", "WS-17.CORP.EXAMPLE", "NT-AUTORITÄT", ".", `ws-17\jdoe`, `LAB\rooted`, "rooted", "ann_corp.example#EXT#@t.example",
		"User", "user", "LogonSuccess", "ConnectionSuccess", "In", "0",
	}}
	for _, p := range event.Presets() {
		if format != "auto" && p.Name != format {
			continue
		}
		for _, role := range p.Roles {
			for _, g := range role.Groups {
				for _, path := range g.Paths {
					if path.Field != "" {
						o.Paths = append(o.Paths, p.Spellings(path.Field)...)
					}
					if path.Domain != "" {
						o.Paths = append(o.Paths, p.Spellings(path.Domain)...)
					}
				}
				for _, c := range g.When {
					o.Paths = append(o.Paths, p.Spellings(c.Field)...)
				}
			}
		}
	}
	for _, path := range o.Paths { // so that there is an element, and its type
		if array, rest, found := strings.Cut(path, "[type=User]"); found {
			o.Paths = append(o.Paths, array+rest, array+".type", array)
		}
	}
	o.Paths = append(o.Paths, "cim_entity_zone", "severity", "urgency", "sensor", "a.sensor", "src_priority", "dest_asset", "user_category",
		"src_user_match", "dvc_owner_priority", "kith", "kith.src", "kith.user.priority", "kith.dest", "a.b.src.asset", "a.b", "src.src.priority")
	if format == "auto" {
		o.Paths = append(o.Paths, "class_uid", "eventVersion", "ecs.version", "@timestamp", "event.kind", "event_type", "flow_id", "ts", "uid", "winlog.api",
			"auditID", "verb", "action", "org", "rule.level", "agent.id", "timestamp")
	}
	o.Paths = slices.Compact(slices.Sorted(slices.Values(o.Paths)))
	events := make([]string, n)
	for i := range events {
		events[i] = string(gen.Object(r, nil, o))
	}
	return events
}

// TestEventsAgreeWithTwin compares the output with that of the slow twin byte for byte,
// for all presets and options.
func TestEventsAgreeWithTwin(t *testing.T) {
	rounds := 25
	if keysAgainstTwin > 2_000 {
		rounds = 3_000
	}
	changed := 0
	end := until(t)
	for round := range rounds {
		if time.Now().After(end) {
			t.Logf("time is up after %d rounds", round)
			rounds = round
			break
		}
		r := rand.New(rand.NewPCG(uint64(round), 5))
		fallback := r.IntN(2) == 0
		lo := listOptions{fill: []assets.Fill{assets.FillPerField, assets.FillInherit, assets.FillNone}[r.IntN(3)]}
		lo.table.Fallback, lo.people.Fallback = fallback, fallback
		if r.IntN(2) == 0 {
			lo.assets.IgnoreKeys = []string{"127.0.0.0/8"} // link-local addresses are keys
		}
		identityList := identitiesCSV
		switch r.IntN(8) {
		case 0:
			identityList = ""
		case 1, 2:
			identityList = identitiesCSV + "LAB\\rooted|rooted,rooted@corp.example,,,,,,,\nACME\\jdoe,,,,,,,,\n"
		}
		l := newLists(t, assetsCSV, identityList, lo)
		o := anyOptions(r)
		e, twin := enricher(t, l, o), twinOf(l, o, fallback)
		events := anyEvents(r, o.Format, 200)
		var one []byte
		var want strings.Builder
		for _, event := range events {
			expected := twin.Enrich(event)
			got, _, err := e.AppendJSON(nil, []byte(event))
			require.NoError(t, err)
			require.Equal(t, expected, string(got), "round %d, %+v, event %s", round, o, event)
			one = append(append(one, got...), '\n')
			if string(got) != event {
				changed++
			}
			want.WriteString(expected + "\n")
		}
		out, _ := streamed(t, e, strings.Join(events, "\n")+"\n", enrich.StreamOptions{Workers: 1 + r.IntN(3)})
		require.Equal(t, string(one), out, "round %d: the stream differs from its events one by one", round)
	}
	require.Greater(t, changed, rounds*200/10, "number of events that were enriched")
}
