package enrich_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/gen"
	"github.com/kithsec/kith/internal/gold"
	"github.com/kithsec/kith/snapshot"
)

// TestAddressesAgreeWithTwin compares a table of 20,000 nested prefixes of both
// families, and as many hosts, with a linear scan.
func TestAddressesAgreeWithTwin(t *testing.T) {
	const seed = 7
	r := rand.New(rand.NewPCG(seed, 1))
	prefixes := gen.Prefixes(r, 20_000)
	var csv strings.Builder
	csv.WriteString("ip,nt_host,priority,city,lat,long,category,pci_domain,is_expected,cim_entity_zone\n")
	for i, p := range prefixes {
		// A third of the fields are empty, so that fields are filled.
		text := p.String()
		if p.IsSingleIP() && i%2 == 0 {
			text = p.Addr().String()
		}
		place := ","
		if r.IntN(3) > 0 {
			place = fmt.Sprintf("%d.5,%d", r.IntN(80), r.IntN(80))
		}
		fmt.Fprintf(&csv, "%s,n%d,%s,%s,%s,%s,%s,%s,%s\n", text, i, pick(r, "", "unknown", "low", "high"), pick(r, "", "Rome", "Oslo"), place,
			pick(r, "", "a|b", "c"), pick(r, "", "untrust", "trust", "dmz"), pick(r, "", "true"), pick(r, "", "", "", "emea"))
	}
	for _, a := range gen.Probes(r, prefixes, 5_000) {
		fmt.Fprintf(&csv, "%s,,%s,,,,%s,,,\n", a.Unmap().WithZone(""), pick(r, "", "medium"), pick(r, "", "host"))
	}
	for _, fallback := range []bool{false, true} {
		l := newLists(t, csv.String(), "", listOptions{table: assets.Options{Fallback: fallback}})
		twin := &gold.Table{Entities: entities.Of(l.assets), Fallback: fallback}
		end := until(t)
		for i, a := range gen.Probes(r, prefixes, keysAgainstTwin) {
			if i%100 == 0 && time.Now().After(end) {
				t.Logf("time is up after %d keys", i)
				break
			}
			zone := entity.Zone(pick(r, "", "emea", "nowhere"))
			agreeOnAsset(t, l.snapshot.Assets, twin, zone, a.String(), seed)
		}
	}
}

func pick(r *rand.Rand, words ...string) string { return words[r.IntN(len(words))] }

// agreeOnAsset compares the match, the covering prefixes and the filled fields of a
// key.
func agreeOnAsset(t *testing.T, table *assets.Table, twin *gold.Table, zone entity.Zone, key string, seed int) {
	t.Helper()
	m, ok := table.Lookup(zone, key)
	want, wantOK := twin.Lookup(zone, key)
	if !assert.Equal(t, wantOK, ok, "Lookup(%q, %q), seed %d", zone, key, seed) || !ok {
		return
	}
	require.Equal(t, want.Record, int(m.Record()), "record of %q in %q, seed %d", key, zone, seed)
	require.Equal(t, want.Step, m.Step(), "step of %q in %q, seed %d", key, zone, seed)
	require.Equal(t, want.Zone, table.Zone(m))
	prefix, _ := table.MatchedPrefix(m)
	require.Equal(t, want.Prefix, prefix, "prefix of %q, seed %d", key, seed)
	var covering []gold.Covering
	for c := range table.Covering(m) {
		covering = append(covering, gold.Covering{Prefix: c.Prefix, Record: int(c.Record)})
	}
	require.Equal(t, want.Covering, covering, "prefixes that cover %q, seed %d", key, seed)
	for _, fill := range []assets.Fill{assets.FillPerField, assets.FillInherit, assets.FillNone} {
		filled := table.Filled(m, fill)
		for i, column := range twin.Columns(want, fill) {
			require.Equal(t, column.JSON, string(filled.JSON(i)), "%s of %q in %q, fill %d, seed %d", column.Name, key, zone, fill, seed)
		}
	}
}

// awkwardAssets have keys of every class and spelling, some in columns in which they do
// not belong.
const awkwardAssets = `ip,mac,nt_host,dns,priority,cim_entity_zone
10.0.0.1|::ffff:10.0.0.2|fe80::1%eth0,00-25-BC-42-F4-60,WS-1.,*.corp.example|a.corp.example,low,
10.0.0.0/8|2001:db8::/32,0025.bc42.f461,10.0.0.9,*.b.corp.example,high,
,00:25:bc:00:00:00-00:25:bc:ff:ff:ff,00-25-bc-42-f4-62,É.example,,
,00:25:bc:42:00:00-00:25:bc:42:ff:ff|00:25:bc:42:f4:00:00:01,::ffff:10.1.0.0/112,straße.example,,
10.0.0.1,00:25:bc:42:f4:60,ws-1,*.corp.example,critical,emea
,,10.7.0.0/16,,medium,
,,192.168.7.9/24,,low,
,,2001:db8:7::1/48|10.77.0.1/32,00:25:bc:99:99:99-00-25-bc-99-99-99,low,
10.3.0.5-10.3.0.9,,ranged,,,
,,*.c.example,x.c.example,,
,02:00:00:00:00:00:00:00-02:00:00:00:00:00:00:ff,,,,
`

func TestAssetsAgreeWithTwin(t *testing.T) {
	l := newLists(t, awkwardAssets, "", listOptions{})
	twin := &gold.Table{Entities: entities.Of(l.assets)}
	for _, key := range []string{
		"10.0.0.1", " 10.0.0.1\t", "::ffff:10.0.0.1", "10.0.0.2", "fe80::1", "fe80::1%eth1", "10.0.0.9", "10.0.0.10", "10.1.2.3", "10.7.1.1",
		"192.168.7.1", "192.168.8.1", "2001:db8:7::9", "2001:db8:8::", "10.77.0.1", "00:25:bc:99:99:99", "10.3.0.4", "10.3.0.5", "10.3.0.7", "10.3.0.9", "10.3.0.10", "11.0.0.0", "010.0.0.1",
		"00:25:bc:42:f4:60", "00-25-BC-42-F4-60", "0025.BC42.F460", "0025BC42F460", "00:25-bc:42:f4:60", "00:25:bc:42:f4:61", "00:25:bc:42:f4:62",
		"00:25:bc:42:f4:63", "00:25:bc:41:f4:63", "00:25:bd:00:00:00", "00:25:bc:42:f4:00:00:01", "00:25:bc:42:f4:00:00:02", "02:00:00:00:00:00:00:7f",
		"02:00:00:00:00:01:00:00", "ws-1", "WS-1.", "ws-1..", "a.corp.example", "B.corp.EXAMPLE", "x.b.corp.example.", "corp.example", ".corp.example",
		"xcorp.example", "é.EXAMPLE", "e\u0301.example", "STRASSE.example", "STRAßE.example", "x.c.example", "y.c.example", "*.c.example",
		"", ".", "*", "nobody", "10.0.0", "10.0.0.0/8", "::", "1::1::1", "ranged",
	} {
		for _, zone := range []entity.Zone{"", "emea", "apac"} {
			agreeOnAsset(t, l.snapshot.Assets, twin, zone, key, 0)
		}
	}
}

func TestIdentitiesAgreeWithTwin(t *testing.T) {
	const csv = `identity,email,first,last,priority,watchlist,cim_entity_zone
jdoe|ACME\rooted|x@y@keys.example,Jane.Doe@Corp.Example,Jane,Doe,high,true,
asmith,asmith@other.example,,,low,,
Zoë,zoe@corp.example,,,,,
jdoe,jdoe@emea.example,,,critical,,emea
S-1-5-18,,,,,,
svc@local,,,,,,
`
	values := []string{
		"ann_x_keys.example#EXT#@tenant.example", "x_y@keys.example#ext#", `AzureAD\asmith_other.example#EXT#`, "#EXT#", "_#EXT#", "arn:aws:iam::1:user/a/asmith", "arn:aws:sts::1:assumed-role/R/asmith",
		"jdoe", "JDOE", " jdoe ", `ACME\jdoe`, `acme\rooted`, `a\b\jdoe`, `\jdoe`, `jdoe\`, "jdoe@corp.example", "JDOE@CORP.EXAMPLE", "jdoe@elsewhere.example",
		"jdoe@other.example", "jdoe@keys.example", "jdoe@extra.example", "jdoe@emea.example", "x@y@keys.example", "x@y@corp.example", "@corp.example", "jdoe@",
		`ACME\jdoe@corp.example`, "zoë", "ZOË", "zoe", "s-1-5-18", "svc@local", "asmith@local", "", "nobody", "Jane.Doe", "jane.doe@corp.example",
	}
	for _, o := range []identities.Options{
		{}, {Domains: []string{"Extra.Example "}}, {Forms: identities.FormLocalPart}, {Forms: identities.FormDomain}, {Forms: identities.FormsNone}, {Fallback: true}, {Forms: identities.FormGuest | identities.FormARN},
	} {
		l := newLists(t, "", csv, listOptions{people: o})
		table := l.snapshot.Identities
		twin := &gold.Table{
			Entities: entities.Of(l.identities), Fallback: o.Fallback, ARN: o.Forms&identities.FormARN != 0, NoGuest: o.Forms != 0 && o.Forms&identities.FormGuest == 0,
			NoDomain: o.Forms != 0 && o.Forms&identities.FormDomain == 0, NoLocal: o.Forms != 0 && o.Forms&identities.FormLocalPart == 0,
		}
		for _, d := range o.Domains {
			twin.Domains = append(twin.Domains, strings.TrimSpace(d))
		}
		for _, zone := range []entity.Zone{"", "emea", "apac"} {
			for _, value := range values {
				m, ok := table.Lookup(zone, value)
				want, wantOK := twin.Lookup(zone, value)
				if !assert.Equal(t, wantOK, ok, "Lookup(%q, %q), %+v", zone, value, o) || !ok {
					continue
				}
				assert.Equal(t, want.Record, int(m.Record()), "record of %q in %q, %+v", value, zone, o)
				assert.Equal(t, want.Step, m.Step(), "step of %q in %q, %+v", value, zone, o)
				assert.Equal(t, want.Zone, table.Zone(m))
				for i, column := range twin.Columns(want, assets.FillPerField) {
					assert.Equal(t, column.JSON, string(table.JSON(m, i)), "%s of %q", column.Name, value)
				}
			}
		}
	}
}

func TestLookupsDoNotAllocate(t *testing.T) {
	l := acme(t)
	for _, key := range []string{"10.1.2.3", "10.1.9.77", "2001:db8:1:2::99", "00:00:5E:00:53:20", "WS-17", "nobody", "x.unknown.example"} {
		text := []byte(key)
		assert.Zero(t, testing.AllocsPerRun(100, func() {
			m, ok := l.snapshot.Assets.LookupBytes("", text)
			if ok {
				filled := l.snapshot.Assets.Filled(m, assets.FillInherit)
				filled.JSON(entity.FieldColumn + 5)
			}
		}), "%s", key)
	}
	addr := netip.MustParseAddr("10.1.2.3")
	assert.Zero(t, testing.AllocsPerRun(100, func() { l.snapshot.Assets.LookupAddr("", addr) }))
	for _, key := range []string{"jdoe", `ACME\JDOE`, "jdoe@acme.example", "jdoe@elsewhere.example", "Zoë"} {
		text := []byte(key)
		assert.Zero(t, testing.AllocsPerRun(100, func() { l.snapshot.Identities.LookupBytes("", text) }), "%s", key)
	}
}

// TestAccountsAgreeWithTwin compares lookups of accounts in dense random lists with the
// slow twin: one by one, and many at once.
func TestAccountsAgreeWithTwin(t *testing.T) {
	domains := []string{"CORP", "lab", "ACME", "WS-17", "corp.example", "lab.example", "x.corp.example", "ws-17.corp.example", ".", "NT AUTHORITY", "NT-AUTORITÄT", "É"}
	names := []string{"jdoe", "JDOE", "ann", "é", "ann_corp.example#EXT#@t.example", "jdoe@corp.example", `CORP\jdoe`, "", "nobody"}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 17))
		account := func() string {
			d, u := domains[r.IntN(len(domains))], pick(r, "jdoe", "ann", "é")
			return pick(r, d+`\`+u, u+"@"+d, u, u)
		}
		people, machines := "identity,email,cim_entity_zone\n", "nt_host,dns,cim_entity_zone\n"
		for range 1 + r.IntN(6) {
			people += account() + "," + pick(r, "", "", "jdoe@corp.example", "ann@lab.example", "é@x.corp.example") + "," + pick(r, "", "", "emea") + "\n"
		}
		for range 1 + r.IntN(3) {
			machines += pick(r, "db1", "ws-17", "corp", "") + "," + pick(r, "ws-17.corp.example", "lab.corp.example", "corp.example", "x.corp.example") + "," + pick(r, "", "emea") + "\n"
		}
		var lo listOptions
		lo.people.Fallback, lo.table.Fallback = seed%3 == 0, seed%2 == 0
		if r.IntN(3) == 0 {
			lo.people.Domains = []string{domains[r.IntN(8)], domains[r.IntN(8)]}
		}
		l := newLists(t, machines, people, lo)
		var err error
		l.snapshot, err = snapshot.Build(l.assets, l.identities, snapshot.Options{Assets: lo.table, Identities: lo.people})
		require.NoError(t, err)
		twin := &gold.Table{
			Entities: entities.Of(l.identities), Fallback: lo.people.Fallback, Domains: lo.people.Domains,
			Assets: &gold.Table{Entities: entities.Of(l.assets), Fallback: lo.table.Fallback},
		}
		for _, zone := range []entity.Zone{"", "emea", "apac"} {
			var texts []string
			var want []entity.Step
			for _, d := range domains {
				for _, name := range names {
					text := d + `\` + name
					m, ok := l.snapshot.Identities.Lookup(zone, text)
					a, wantOK := twin.Lookup(zone, text)
					require.Equal(t, wantOK, ok, "seed %d: %q in %q\n%s%s%+v", seed, text, zone, people, machines, lo)
					if ok {
						require.Equal(t, [...]any{a.Record, a.Step, a.Zone}, [...]any{int(m.Record()), m.Step(), l.snapshot.Identities.Zone(m)}, "seed %d: %q in %q\n%s%s%+v", seed, text, zone, people, machines, lo)
					}
					texts, want = append(texts, text), append(want, a.Step)
				}
			}
			named := make([]entity.Named, len(texts))
			l.snapshot.AppendNames(nil, zone, "user", texts, named)
			for i, n := range named {
				if n.Kind == entity.Asset { // the object may be a machine
					continue
				}
				require.Equal(t, want[i], n.Step, "seed %d: AppendNames of %q in %q\n%s%s%+v", seed, texts[i], zone, people, machines, lo)
			}
		}
	}
}
