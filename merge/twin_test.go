package merge_test

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/schema"
	"github.com/kithsec/kith/merge"
)

// twinKey is one value of a key field as spelled, its canonical cell, and its keys. The
// twin does not parse values: the tables below list which spellings are equal.
type twinKey struct {
	spelled, cell string
	keys          []string // "~" precedes single addresses that come from a range; empty for ignored values
}

// twinSerials is the number of twinNames that may be serials.
const twinSerials = 4

var (
	twinIPs = []twinKey{
		{"10.0.0.1", "10.0.0.1", []string{"10.0.0.1"}},
		{"::ffff:10.0.0.1", "10.0.0.1", []string{"10.0.0.1"}},
		{"10.0.0.1/32", "10.0.0.1", []string{"10.0.0.1"}},
		{"10.0.0.2", "10.0.0.2", []string{"10.0.0.2"}},
		{" 10.0.0.3 ", "10.0.0.3", []string{"10.0.0.3"}},
		{"2001:DB8::1", "2001:db8::1", []string{"2001:db8::1"}},
		{"2001:db8:0::1%eth0", "2001:db8::1", []string{"2001:db8::1"}},
		{"10.0.0.0/30", "10.0.0.0/30", []string{"10.0.0.0/30"}},
		{"10.0.0.0-10.0.0.3", "10.0.0.0/30", []string{"10.0.0.0/30"}},
		{"10.0.0.1-10.0.0.2", "10.0.0.1|10.0.0.2", []string{"~10.0.0.1", "~10.0.0.2"}},
		{"10.0.0.2-10.0.0.4", "10.0.0.2/31|10.0.0.4", []string{"10.0.0.2/31", "~10.0.0.4"}},
		{"0.0.0.0", "", nil},
		{"127.0.0.7", "", nil},
	}
	twinMACs = []twinKey{
		{"00:25:bc:00:00:01", "00:25:bc:00:00:01", []string{"00:25:bc:00:00:01"}},
		{"0025.BC00.0001", "00:25:bc:00:00:01", []string{"00:25:bc:00:00:01"}},
		{"00-25-bc-00-00-02", "00:25:bc:00:00:02", []string{"00:25:bc:00:00:02"}},
		{"0025bc000001-0025bc000009", "00:25:bc:00:00:01-00:25:bc:00:00:09", []string{"00:25:bc:00:00:01-00:25:bc:00:00:09"}},
		{"00-25-bc-ff-fe-00-00-01", "00:25:bc:ff:fe:00:00:01", []string{"00:25:bc:ff:fe:00:00:01"}},
		{"FF:FF:FF:FF:FF:FF", "", nil},
	}
	twinNames = []twinKey{
		{"ws-1", "ws-1", []string{"ws-1"}},
		{"WS-1.", "WS-1", []string{"ws-1"}},
		{"ws-2", "ws-2", []string{"ws-2"}},
		{"WS-1.corp.example", "WS-1.corp.example", []string{"ws-1.corp.example"}},
		{"ws-1.lab.example", "ws-1.lab.example", []string{"ws-1.lab.example"}},
		{"äveryverylongname.lab", "äveryverylongname.lab", []string{"äveryverylongname.lab"}},
		{"äveryverylongname", "äveryverylongname", []string{"äveryverylongname"}},
		{"Äveryverylongna", "Äveryverylongna", []string{"äveryverylongna"}},
		{"ÄRGER", "ÄRGER", []string{"ärger"}},
		{"ärger", "ärger", []string{"ärger"}},
		{"10.0.0.2", "10.0.0.2", []string{"10.0.0.2"}},
		{"00-25-BC-00-00-02", "00-25-BC-00-00-02", []string{"00:25:bc:00:00:02"}},
		{"*.Corp.example", "*.Corp.example", []string{"*.corp.example"}},
		{"localhost", "localhost", nil},
		{"N/A", "N/A", nil},
		{"a \"quoted\" name", "a \"quoted\" name", []string{"a \"quoted\" name"}},
	}
)

// twinRow is one row, as written and with its keys and values.
type twinRow struct {
	source   string
	group    string // of the source
	line     int
	cells    []string // as written, in the order of twinHeader
	same     string   // equal for identical rows
	zone     string
	listed   []string   // keys that the row lists
	joining  []string   // those that it lists in fields that join rows
	ranged   []string   // keys that only come from ranges
	byField  [][]string // all keys by field, without ignored values
	owner    string
	priority string
	category []string
	expected bool
}

// twinKeyFields are the key fields of twinHeader.
var twinKeyFields = [...]string{"ip", "mac", "nt_host", "dns", "serial"}

const twinHeader = "ip,mac,nt_host,dns,serial,owner,priority,category,is_expected,cim_entity_zone"

// twinIgnoredKeys extend the list of ignored values. Their spellings differ from those in
// the lists. The corresponding keys are twinIgnored.
var (
	twinIgnoredKeys = []string{"+ws-2.", "+0025.BC00.0002", "+10.0.0.2 - ::ffff:10.0.0.3"}
	twinIgnored     = []string{"ws-2", "00:25:bc:00:00:02", "10.0.0.2", "10.0.0.3", "10.0.0.2/31"}
)

// withoutIgnored returns k without ignored keys. If inCell is true, the cell keeps the
// ignored values, as cells of names do; cells of addresses and MACs drop them.
func (k twinKey) withoutIgnored(ignored []string, inCell bool) twinKey {
	out := twinKey{spelled: k.spelled}
	var cell []string
	values := strings.Split(k.cell, "|")
	for i, key := range k.keys {
		if !slices.Contains(ignored, strings.TrimPrefix(key, "~")) {
			out.keys = append(out.keys, key)
			cell = append(cell, values[i])
		}
	}
	if out.cell = k.cell; !inCell {
		out.cell = strings.Join(cell, "|")
	}
	return out
}

// twinPools returns the values from which each key field is drawn. If few is true, rows of
// different lists are often identical.
func twinPools(few bool) [][]twinKey {
	if few {
		return [][]twinKey{twinIPs[:2], twinMACs[:1], twinNames[:3], nil, nil}
	}
	return [][]twinKey{twinIPs, twinMACs, twinNames, twinNames, twinNames[:twinSerials]}
}

func drawRow(t *rapid.T, pools [][]twinKey, ignored []string, joins [len(twinKeyFields)]bool) twinRow {
	var r twinRow
	var same []string
	for field, pool := range pools {
		n := rapid.SampledFrom([]int{0, 0, 1, 1, 2, 3}).Draw(t, "keys")
		if len(pool) == twinSerials {
			n = min(n, 1) // serial has one value
		}
		n = min(n, len(pool))
		var cell, canonical, keys []string
		for range n {
			k := rapid.SampledFrom(pool).Draw(t, "key").withoutIgnored(ignored, field > 1)
			cell = append(cell, k.spelled)
			for _, v := range strings.Split(k.cell, "|") {
				if v != "" && !slices.ContainsFunc(canonical, func(have string) bool { return strings.EqualFold(have, v) }) {
					canonical = append(canonical, v)
				}
			}
			for _, key := range k.keys {
				keys = append(keys, strings.TrimPrefix(key, "~"))
				if bare, ok := strings.CutPrefix(key, "~"); ok {
					r.ranged = append(r.ranged, bare)
				} else {
					r.listed = append(r.listed, key)
					if joins[field] {
						r.joining = append(r.joining, key)
					}
				}
			}
		}
		r.byField = append(r.byField, keys)
		r.cells = append(r.cells, strings.Join(cell, "|"))
		same = append(same, strings.Join(canonical, "|"))
	}
	few := pools[len(pools)-1] == nil
	if few {
		r.cells, same = append(r.cells, "", "", "", "", ""), append(same, "", "", "", "", "")
		return r.withSame(same)
	}
	r.owner = rapid.SampledFrom([]string{"", "alice", "bob"}).Draw(t, "owner")
	r.priority = rapid.SampledFrom([]string{"", "low", "medium", "critical"}).Draw(t, "priority")
	r.category = rapid.SampledFrom([][]string{nil, {"a"}, {"b", "c"}, {"d", "a"}}).Draw(t, "category")
	expected := rapid.SampledFrom([]string{"", "true", "false"}).Draw(t, "expected")
	r.expected = expected == "true"
	zone := rapid.SampledFrom([]string{"", "", "", "East", "east"}).Draw(t, "zone")
	r.zone = strings.ToLower(zone)
	rest := []string{r.owner, r.priority, strings.Join(r.category, "|"), expected}
	r.cells = append(append(r.cells, rest...), zone)
	return r.withSame(append(same, rest...))
}

// withSame returns the row with the fields that follow from its cells.
func (r twinRow) withSame(same []string) twinRow {
	slices.Sort(r.ranged)
	r.ranged = slices.DeleteFunc(slices.Compact(r.ranged), func(key string) bool { return slices.Contains(r.listed, key) })
	r.same = strings.Join(append(same, r.zone), "\x00") + "\x00" + strings.Join(r.ranged, "|")
	return r
}

// drawnInput is one drawn set of sources, with the rows that the twin expects in them.
type drawnInput struct {
	rows    []twinRow // the rows with a key, in rank order
	sources []merge.Source
	options merge.Options
}

func drawInput(t *rapid.T) drawnInput {
	w := drawnInput{options: merge.Options{
		NoMerge:       rapid.IntRange(0, 3).Draw(t, "merge") == 0,
		MaxRowsPerKey: rapid.SampledFrom([]int{0, 1, 2, 3}).Draw(t, "max"),
		Join:          rapid.SampledFrom([]merge.Join{"", merge.JoinDistinct, merge.JoinNames, merge.JoinAny}).Draw(t, "join"),
		JoinShort:     rapid.Bool().Draw(t, "join short"),
		Fields:        map[string]merge.FieldOptions{"serial": {Key: merge.On}},
	}}
	if limit := rapid.IntRange(0, 3).Draw(t, "limit"); limit > 0 {
		for _, name := range []string{"ip", "nt_host", "dns", "mac"} {
			w.options.Fields[name] = merge.FieldOptions{Limit: limit}
		}
	}
	var joins [len(twinKeyFields)]bool
	for i, name := range twinKeyFields {
		if joins[i] = rapid.IntRange(0, 7).Draw(t, "joins") > 0; !joins[i] {
			o := w.options.Fields[name]
			o.Join = merge.Off
			w.options.Fields[name] = o
		}
	}
	var ignored []string
	if rapid.Bool().Draw(t, "ignored") {
		w.options.IgnoreKeys, ignored = twinIgnoredKeys, twinIgnored
	}
	group, pools := "", twinPools(rapid.IntRange(0, 3).Draw(t, "few") == 0)
	for s := range rapid.IntRange(1, 4).Draw(t, "sources") {
		name := fmt.Sprintf("s%d", s)
		if group == "" || rapid.Bool().Draw(t, "another group") {
			group = name
		}
		text := []byte(twinHeader + "\n")
		for line := range rapid.IntRange(0, 9).Draw(t, "rows") {
			r := drawRow(t, pools, ignored, joins)
			r.source, r.group, r.line = name, group, line+2
			text = csvio.AppendRow(text, r.cells...)
			if len(r.listed)+len(r.ranged) > 0 {
				w.rows = append(w.rows, r)
			}
		}
		w.sources = append(w.sources, merge.Source{Name: name, Group: group, Path: name + ".csv", Open: openerOf(text)})
	}
	return w
}

func onOrOff(on bool) merge.Switch {
	if on {
		return merge.On
	}
	return merge.Off
}

// twin is a slow and simple merge: it compares every row with every other until nothing
// changes.
type twin struct {
	rows     []twinRow
	entity   []int // row → highest-ranked row of its entity
	max      int
	separate map[[2]string]bool // keys, by zone and key, that join no rows
	noted    []string           // keys with a note
	notedAt  [][3]string        // their places: key, zone and group
	short    []string           // short names with a note
}

func newTwin(w drawnInput) *twin {
	t := &twin{max: w.options.MaxRowsPerKey, separate: map[[2]string]bool{}}
	if t.max == 0 {
		t.max = 64
	}
	rows := w.rows
	if !w.options.NoMerge && w.options.Join != merge.JoinAny {
		rows = t.separateKeys(rows, w.options.Join == merge.JoinNames)
	}
	for _, r := range rows {
		if !slices.ContainsFunc(t.rows, func(o twinRow) bool { return o.same == r.same }) {
			t.rows = append(t.rows, r)
		}
	}
	for i := range t.rows {
		t.entity = append(t.entity, i)
	}
	for changed := !w.options.NoMerge; changed; {
		changed = false
		for i := range t.rows {
			for j := range t.rows {
				if t.entity[j] != t.entity[i] && t.joins(i, j) {
					low := min(t.entity[i], t.entity[j])
					t.entity[i], t.entity[j], changed = low, low, true
				}
			}
		}
	}
	if f := w.options.Fields; !w.options.NoMerge && f["nt_host"].Join != merge.Off && f["dns"].Join != merge.Off && f["serial"].Join != merge.Off {
		t.joinShortNames(w.options.JoinShort)
	}
	return t
}

func (t *twin) joins(i, j int) bool {
	if t.rows[i].zone != t.rows[j].zone {
		return false
	}
	for _, key := range t.rows[i].joining {
		if slices.Contains(t.rows[j].joining, key) && t.countRows(t.rows[i].zone, key) <= t.max && !t.separate[[2]string{t.rows[i].zone, key}] {
			return true
		}
	}
	return false
}

func (t *twin) countRows(zone, key string) int {
	n := 0
	for _, r := range t.rows {
		if r.zone == zone && slices.Contains(r.listed, key) {
			n++
		}
	}
	return n
}

// owner returns the entity that a key resolves to, or -1.
func (t *twin) owner(zone, key string) int {
	for _, keys := range []func(r twinRow) []string{
		func(r twinRow) []string { return r.listed },
		func(r twinRow) []string { return r.ranged },
	} {
		for i, r := range t.rows {
			if r.zone == zone && slices.Contains(keys(r), key) {
				return t.entity[i]
			}
		}
	}
	return -1
}

// canonical returns the canonical key of an entity: a single key, or else a prefix, a MAC
// range or a suffix.
func (t *twin) canonical(e int) string {
	const ip, mac, ntHost, dns, serial = 0, 1, 2, 3, 4
	first := func(class string, fields ...int) string {
		for _, field := range fields {
			for i, r := range t.rows {
				if t.entity[i] != e {
					continue
				}
				for _, key := range r.byField[field] {
					if t.owner(r.zone, key) == e && twinClass(key) == class {
						return key
					}
				}
			}
		}
		return ""
	}
	listed := []int{ip, mac, ntHost, dns, serial}
	return cmp.Or(first("", dns, ntHost, mac, ip, serial), first("/", listed...), first(":-", listed...), first("*.", listed...))
}

// twinClass returns the class of a key: "/" for a prefix, ":-" for a MAC range, "*." for a
// suffix, and "" for a single key.
func twinClass(key string) string {
	switch {
	case strings.Contains(key, "/"):
		return "/"
	case strings.Contains(key, ":") && strings.Contains(key, "-"):
		return ":-"
	case strings.HasPrefix(key, "*."):
		return "*."
	}
	return ""
}

// describeEntities returns a line for every entity of the twin to which a key resolves.
func (t *twin) describeEntities() []string {
	var out []string
	for e := range t.rows {
		if t.entity[e] != e {
			continue
		}
		var rows, keys, category []string
		owner, priority, expected := "", "", false
		for i, r := range t.rows {
			if t.entity[i] != e {
				continue
			}
			rows = append(rows, fmt.Sprintf("%s:%d", r.source, r.line))
			for _, key := range slices.Concat(r.listed, r.ranged) {
				if t.owner(r.zone, key) == e && !slices.Contains(keys, key) {
					keys = append(keys, key)
				}
			}
			if owner == "" {
				owner = r.owner
			}
			order := []string{"", "low", "medium", "critical"}
			if slices.Index(order, r.priority) > slices.Index(order, priority) {
				priority = r.priority
			}
			for _, c := range r.category {
				if !slices.Contains(category, c) {
					category = append(category, c)
				}
			}
			expected = expected || r.expected
		}
		if len(keys) > 0 {
			slices.Sort(keys)
			out = append(out, fmt.Sprintf("zone=%s rows=%v keys=%q canonical=%q owner=%s priority=%s category=%v expected=%v",
				t.rows[e].zone, rows, keys, t.canonical(e), owner, priority, category, expected))
		}
	}
	return out
}

// describeEntities returns the same lines for the result of a merge.
func describeEntities(e *entities.Store) []string {
	canonical := map[string]string{}
	for _, pool := range [][]twinKey{twinIPs, twinMACs, twinNames} {
		for _, k := range pool {
			for i, v := range strings.Split(k.cell, "|") {
				if len(k.keys) > 0 {
					canonical[v] = strings.TrimPrefix(k.keys[i], "~")
				}
			}
		}
	}
	value := func(record int, name string) string {
		i, ok := e.Field(name)
		if !ok {
			return ""
		}
		return e.Cell(record, i)
	}
	var out []string
	for record := range e.Len() {
		var rows, keys []string
		for _, r := range e.Rows(record) {
			source, line := e.List.Origin(int(r.Row))
			rows = append(rows, fmt.Sprintf("%s:%d", source, line))
		}
		for _, text := range e.KeysOf(record) {
			keys = append(keys, canonical[text])
		}
		slices.Sort(keys)
		out = append(out, fmt.Sprintf("zone=%s rows=%v keys=%q canonical=%q owner=%s priority=%s category=%v expected=%v",
			e.Zone(record), rows, keys, canonical[e.CanonicalKey(record)], value(record, "owner"), value(record, "priority"),
			schema.SplitValues(value(record, "category")), value(record, "is_expected") == "true"))
	}
	return out
}

// checkOrder checks the order of the records: assets with addresses come first, by zone and
// lowest address, and the others follow in the order of their highest-ranked rows.
func checkOrder(t require.TestingT, e *entities.Store) {
	least := func(record int) (least netip.Addr) {
		for k, text := range e.KeysOf(record) {
			if a, err := netip.ParseAddr(text); k.Class == schema.AddressKey && err == nil {
				if a = a.Unmap(); !least.IsValid() || a.Less(least) {
					least = a
				}
			}
		}
		return least
	}
	left := map[string]bool{} // zones whose addresses are complete
	for record := 1; record < e.Len(); record++ {
		a, b := least(record-1), least(record)
		switch zone := e.Zone(record - 1); {
		case !a.IsValid():
			require.False(t, b.IsValid(), "record %d has addresses but follows one without", record)
			require.Less(t, e.Rows(record - 1)[0].Row, e.Rows(record)[0].Row, "record %d", record)
		case b.IsValid() && zone == e.Zone(record):
			require.True(t, a.Less(b), "%s before %s", a, b)
		case b.IsValid():
			left[zone] = true
			require.False(t, left[e.Zone(record)], "the addresses of zone %q are not contiguous", e.Zone(record))
		}
	}
}

// TestMergeAgreesWithTwin compares Merge with the slow twin, and checks the laws, on small
// dense input with many collisions.
func TestMergeAgreesWithTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawInput(t)
		r, err := merge.Merge(entity.Asset, w.sources, w.options)
		if err != nil {
			t.Fatalf("Merge: %v", err)
		}
		got := describeEntities(entities.Of(r.Entities))
		slices.Sort(got)
		require.Equal(t, slices.Sorted(slices.Values(newTwin(w).describeEntities())), got)
		checkOrder(t, entities.Of(r.Entities))
		gold := newTwin(w)
		require.Equal(t, slices.Sorted(slices.Values(gold.noted)), notedKeys(r))
		require.Equal(t, gold.short, shortNotes(r))
		require.Equal(t, gold.contradictions(w.options), contradictions(r))
		checkLaws(t, r, w.sources, w.options)
	})
}
