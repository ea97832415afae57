package table_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/gold"
	"github.com/kithsec/kith/internal/table"
)

const (
	machines = `ip,mac,nt_host,dns,owner,priority,lat,long,category,cim_entity_zone
10.0.0.0/8,,,,net,low,50.1,8.6,corp,
10.1.2.0/24,,,,lab,unknown,1,2,lab,
10.1.2.3|2001:db8::3,00:00:5e:00:53:03,Web-03,web-03.acme.example,,unknown,,,,
10.1.2.4,00-00-5e-00-53-00-00-00-5e-00-53-ff,db-04,*.lab.example,alice,high,51,,,
10.1.2.3,,web-03,,emea,,,,,EMEA
172.16.0.0/12,,,,only-default,,,,,
`
	employees = `identity,email,last,priority,cim_entity_zone
jdoe|S-1-5-21-7,john@corp.example,Doe,high,
asmith,asmith@other.example,Smith,,
jdoe,jdoe@emea.example,Roe,low,emea
`
)

// keysOfAllClasses are keys of the lists above, and similar keys.
var keysOfAllClasses = []string{
	"10.1.2.3", "10.1.2.4", "10.1.2.9", "10.9.9.9", "11.0.0.1", "172.16.1.1", "::ffff:10.1.2.3", "2001:db8::3", "2001:db8::4",
	"00:00:5e:00:53:03", "0000.5e00.53aa", "00:00:5e:00:54:00", "WEB-03", "web-03.acme.example.", "x.lab.example", "lab.example",
	"jdoe", `ACME\JDOE`, "jdoe@corp.example", "jdoe@nowhere.example", "s-1-5-21-7", "asmith", "", "nobody", "10.1.2", "é",
}

// TestLookupsAgreeWithTwin looks up batches of keys, some of them as further keys of others, in
// both kinds of tables with all options. It compares records and values with the slow twin.
func TestLookupsAgreeWithTwin(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 5))
		kind, list := entity.Asset, machines
		if r.IntN(2) == 0 {
			kind, list = entity.Identity, employees
		}
		e := mergeList(t, kind, list)
		o := table.Options{Fallback: r.IntN(2) == 0}
		fill := table.Fill(r.IntN(3))
		at := buildTable(t, e, o)
		twin := &gold.Table{Entities: entities.Of(e), Fallback: o.Fallback}
		columns := r.Perm(len(at.Columns()))[:1+r.IntN(len(at.Columns()))]
		checkBatch(t, r, at, at.View(columns, fill), columns, twin, fill, fmt.Sprintf("seed %d", seed))
	}
}

// firstInArrays returns the match of the keys of a lookup, and the number of its key: the
// first in the first array that has a match, but one of a network, a range or a suffix only
// if no key of the array matches otherwise.
func firstInArrays(twin *gold.Table, zone entity.Zone, keys []string, arrays []uint32) (match gold.Match, ok bool, key int) {
	for i, text := range keys {
		if ok && arrays[i] != arrays[key] {
			break
		}
		m, found := twin.Lookup(zone, text)
		isWide := m.Step == entity.StepPrefix || m.Step == entity.StepMACRange || m.Step == entity.StepSuffix
		if found && !isWide {
			return m, true, i
		}
		if found && !ok {
			match, ok, key = m, true, i
		}
	}
	return match, ok, key
}

func checkBatch(t *testing.T, r *rand.Rand, at *table.Table, view *table.View, columns []int, twin *gold.Table, fill table.Fill, label string) {
	t.Helper()
	var l table.Lookups
	for range 3 { // buffers are reused
		l.Reset(view)
		zones := []entity.Zone{"", "emea", "nowhere"}
		type query struct {
			zone   entity.Zone
			keys   []string
			arrays []uint32 // by key
		}
		var all []query
		for i := range r.IntN(100) {
			a := query{zones[r.IntN(3)], []string{keysOfAllClasses[r.IntN(len(keysOfAllClasses))]}, []uint32{0}}
			require.Equal(t, i, l.Add(at.Zone(a.zone), []byte(fold.Trim(a.keys[0]))))
			all = append(all, a)
		}
		require.True(t, l.Advance())
		require.True(t, l.Advance())
		for range 2 { // further keys can be added several times
			for i := range all {
				for r.IntN(3) > 0 {
					key, array := keysOfAllClasses[r.IntN(len(keysOfAllClasses))], all[i].arrays[len(all[i].arrays)-1]+uint32(r.IntN(2))
					if l.IsFinal(i, array) {
						break
					}
					l.AddMore(i, at.Zone(all[i].zone), []byte(key), array)
					all[i].keys, all[i].arrays = append(all[i].keys, key), append(all[i].arrays, array)
				}
			}
			l.MatchMore()
		}
		require.False(t, l.Advance())
		for i, a := range all {
			want, ok, key := firstInArrays(twin, a.zone, a.keys, a.arrays)
			require.Equal(t, ok, l.Matched()[i], "%s: %q in %q", label, a.keys, a.zone)
			if !ok {
				continue
			}
			m := l.Match(i)
			require.EqualValues(t, want.Record, m.Record, "%s: %q in %q", label, a.keys, a.zone)
			require.Equal(t, want.Step, m.Step, "%s: %q in %q", label, a.keys, a.zone)
			require.EqualValues(t, key, m.Key, "%s: %q in %q", label, a.keys, a.zone)
			require.Equal(t, want.Zone, at.ZoneOf(*m))
			checkValues(t, &l, i, view, columns, twin.Columns(want, assets.Fill(fill)), label)
			alone, found := at.Lookup(at.Zone(a.zone), a.keys[key])
			require.True(t, found)
			m.Key = 0
			require.Equal(t, alone, *m, "%s: one by one", label)
		}
	}
}

// randomList returns a list of n rows, and keys: those of the list, keys similar to them, and
// keys that it does not have.
func randomList(r *rand.Rand, kind entity.Kind, n int) (csv string, keys []string) {
	var b strings.Builder
	zone := func() string { return []string{"", "", "emea"}[r.IntN(3)] }
	value := func() string { return []string{"", "a", "b", fmt.Sprint("v", r.IntN(2*n))}[r.IntN(4)] }
	if kind == entity.Identity {
		b.WriteString("identity,email,first,priority,cim_entity_zone\n")
		for i := range n {
			name, domain := fmt.Sprint("user", i), []string{"corp.example", "Lab.Example"}[r.IntN(2)]
			keys = append(keys, name, strings.ToUpper(name), `ACME\`+name, name+"@corp.example", name+"@elsewhere.example", "no"+name)
			fmt.Fprintf(&b, "%s,%s@%s,%s,%s,%s\n", name, name, domain, value(), []string{"", "low", "high"}[r.IntN(3)], zone())
		}
		return b.String(), keys
	}
	b.WriteString("ip,mac,dns,owner,priority,lat,long,category,cim_entity_zone\n")
	addr := func() string {
		if r.IntN(4) == 0 {
			return fmt.Sprintf("2001:db8:%x::%x", r.IntN(3), r.IntN(2*n))
		}
		return fmt.Sprintf("10.0.%d.%d", r.IntN(1+n/100), r.IntN(256))
	}
	for i := range n {
		ip, mac, dns := addr(), "", fmt.Sprintf("Host-%d.corp.example", i)
		switch r.IntN(8) {
		case 0:
			ip = fmt.Sprintf("10.0.%d.%d/%d", r.IntN(1+n/100), r.IntN(256), 12+r.IntN(19))
		case 1:
			ip = fmt.Sprintf("2001:db8:%x::/%d", r.IntN(3), 30+r.IntN(60))
		case 2:
			from := r.IntN(1 << 16)
			ip, mac = "", fmt.Sprintf("00:00:5e:00:%02x:%02x-00:00:5e:00:ff:ff", from>>8, from&255)
		case 3:
			mac = fmt.Sprintf("00:00:5e:00:%02x:%02x", r.IntN(256), r.IntN(256))
		case 4:
			dns = fmt.Sprintf("*.%d.lab.example", i%20)
		}
		fmt.Fprintf(&b, "%s,%s,%s,%s,%s,%s,%s,%s,%s\n", ip, mac, dns, value(), []string{"", "low", "unknown"}[r.IntN(3)],
			[]string{"", "50.5"}[r.IntN(2)], []string{"", "8.5"}[r.IntN(2)], value(), zone())
		keys = append(keys, addr(), addr(), "::ffff:"+fmt.Sprintf("10.0.0.%d", r.IntN(256)), strings.ToUpper(dns)+".", "no"+dns,
			fmt.Sprintf("x.%d.lab.example", i%30), fmt.Sprintf("0000.5e00.%04x", r.IntN(1<<16)))
	}
	return b.String(), keys
}

// TestLookupsAgreeWithLookup looks up about 10,000 keys of random lists, in batches of all sizes
// and one by one, and compares matches and values.
func TestLookupsAgreeWithLookup(t *testing.T) {
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 6))
		kind := []entity.Kind{entity.Asset, entity.Identity}[seed%2]
		list, keys := randomList(r, kind, 1500)
		at := buildTable(t, mergeList(t, kind, list), table.Options{Fallback: seed%3 == 0, Seed: seed + 1})
		fill := table.Fill(r.IntN(3))
		columns := r.Perm(len(at.Columns()))
		view := at.View(columns, fill)
		r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		matches := 0
		var l table.Lookups
		for len(keys) > 0 {
			n := min(1+r.IntN(130), len(keys))
			batch := keys[:n]
			keys = keys[n:]
			zones := make([]table.ZoneID, n)
			l.Reset(view)
			for i, key := range batch {
				zones[i] = at.Zone([]entity.Zone{"", "emea", "nowhere"}[r.IntN(3)])
				l.Add(zones[i], []byte(key))
			}
			for l.Advance() {
			}
			for i, key := range batch {
				want, ok := at.Lookup(zones[i], key)
				require.Equal(t, ok, l.Matched()[i], "seed %d: Lookup(%d, %q)", seed, zones[i], key)
				if !ok {
					continue
				}
				matches++
				require.Equal(t, want, *l.Match(i), "seed %d: Lookup(%d, %q)", seed, zones[i], key)
				filled := at.Filled(want, fill)
				for j, c := range columns {
					require.Equal(t, string(filled.Value(c)), string(l.Value(i, j)), "seed %d: column %d of %q, fill %d", seed, c, key, fill)
				}
			}
		}
		require.Greater(t, matches, 1000, "seed %d", seed)
	}
}

// checkValues compares the values of a match, both single values and members.
func checkValues(t *testing.T, l *table.Lookups, i int, view *table.View, columns []int, want []gold.Column, at string) {
	t.Helper()
	var texts [][]byte
	members := ""
	for n, c := range columns {
		require.Equal(t, want[c].JSON, string(l.Value(i, n)), "%s: column %s", at, want[c].Name)
		text := fmt.Sprintf(",%q:", want[c].Name)
		texts = append(texts, []byte(text))
		if want[c].JSON != "" {
			members += text + want[c].JSON
		}
	}
	require.Equal(t, "{"+members, string(l.AppendMembers([]byte("{"), i, view.Members(texts))), at)
}

func TestLookupsDoNotAllocate(t *testing.T) {
	for kind, list := range map[entity.Kind]string{entity.Asset: machines, entity.Identity: employees} {
		at := buildTable(t, mergeList(t, kind, list), table.Options{Fallback: true})
		view := at.View([]int{entity.KeyColumn, entity.IDColumn, entity.FieldColumn + 1}, table.FillPerField)
		members := view.Members([][]byte{[]byte(`,"a":`), []byte(`,"b":`), []byte(`,"c":`)})
		var keys [][]byte
		for _, key := range keysOfAllClasses {
			keys = append(keys, []byte(key))
		}
		var l table.Lookups
		dst := make([]byte, 0, 1<<14)
		run := func() {
			l.Reset(view)
			for _, key := range keys {
				l.Add(at.Zone("emea"), key)
			}
			l.Advance()
			l.Advance()
			for i, ok := range l.Matched() {
				if !ok {
					l.AddMore(i, at.Zone("emea"), keys[i/2], 1)
				}
			}
			l.MatchMore()
			l.Advance()
			dst = dst[:0]
			for i, ok := range l.Matched() {
				if ok {
					dst = l.AppendMembers(dst, i, members)
				}
			}
			for _, key := range keysOfAllClasses {
				at.Lookup(at.Zone(""), key)
			}
		}
		run()
		assert.NotEmpty(t, bytes.TrimSpace(dst))
		assert.Zero(t, testing.AllocsPerRun(20, run), "%s", kind)
	}
}

// TestLookupsWithoutKeysMatchNothing executes all stages without a key.
func TestLookupsWithoutKeysMatchNothing(t *testing.T) {
	at := buildTable(t, mergeList(t, entity.Asset, machines), table.Options{})
	var l table.Lookups
	l.Reset(at.View(nil, table.FillNone))
	for l.Advance() {
	}
	assert.Empty(t, l.Matched())
	l.Reset(nil)
}

// TestKeysThatLookEqualAreEqual looks up keys with zero-width characters and decomposed
// letters, one by one and in a batch. A cleaned key is tried before the forms of the key as
// it is written.
func TestKeysThatLookEqualAreEqual(t *testing.T) {
	at := buildTable(t, mergeList(t, entity.Asset, "ip,mac,nt_host,dns,cim_entity_zone\n10.0.0.1,00:00:5e:00:53:01,Jose\u0301s\u200b-mac,ws-1.corp.example,\n"+
		",,corp,*.corp.example,\n10.0.0.2,,,,emea\n"), table.Options{Fallback: true})
	for _, c := range []struct {
		key, zone string
		record    uint32
		step      entity.Step
	}{
		{"Jos\u00e9s-mac", "", 0, entity.StepExact},
		{"JOSE\u0301S-MAC", "", 0, entity.StepExact},
		{"jose\u0301s-mac", "emea", 0, entity.StepExact},
		{"\ufeffws\u200b-1.corp.example.", "", 0, entity.StepExact},
		{"ws\u200b-2.corp.example", "", 2, entity.StepSuffix},
		{"10.0.0.1\u200e", "", 0, entity.StepExact},
		{"10.0.0.2\u200e", "emea", 1, entity.StepExact},
		{"00:00:5e:00:53:01\u200b", "", 0, entity.StepExact},
		{"joses-mac", "", 0, 0},
		{"\u200b", "", 0, 0},
	} {
		zone := at.Zone(entity.Zone(c.zone))
		m, ok := at.Lookup(zone, c.key)
		assert.Equal(t, c.step, m.Step, "step of %q", c.key)
		assert.Equal(t, c.step != 0, ok, "Lookup(%q)", c.key)
		assert.Equal(t, c.record, m.Record, "record of %q", c.key)
		var l table.Lookups
		l.Reset(at.View([]int{0}, 0))
		l.Add(zone, []byte(c.key))
		for l.Advance() {
		}
		assert.Equal(t, ok, l.Matched()[0], "%q in a batch", c.key)
		if ok {
			assert.Equal(t, m.Record, l.Match(0).Record, "record of %q in a batch", c.key)
			assert.Equal(t, m.Step, l.Match(0).Step, "step of %q in a batch", c.key)
		}
	}
}
