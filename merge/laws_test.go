package merge_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/gen"
	"github.com/kithsec/kith/internal/schema"
	"github.com/kithsec/kith/merge"
)

// checkLaws checks what is true of every merge: each key resolves to one entity, merging
// again on one processor gives the same result, merging the merged lookups gives the same
// lookups, and every shown value has an origin.
func checkLaws(t rapid.TB, r *merge.Result, sources []merge.Source, o merge.Options) {
	t.Helper()
	checkUnique(t, entities.Of(r.Entities))
	files := merge.Lookups(r)

	before := runtime.GOMAXPROCS(1)
	other, err := merge.Merge(r.Entities.Kind(), sources, o)
	runtime.GOMAXPROCS(before)
	require.NoError(t, err)
	require.Equal(t, files, merge.Lookups(other), "merging again, on one processor")

	var merged []merge.Source
	for _, name := range lookups {
		if text, ok := files[name]; ok {
			merged = append(merged, merge.Source{Name: name, Path: name, Open: openerOf([]byte(text))})
		}
	}
	m, err := merge.Merge(r.Entities.Kind(), merged, o)
	require.NoError(t, err, "merging the merged")
	require.Equal(t, files, merge.Lookups(m), "merging the merged")
	require.Empty(t, m.Losses, "merging the merged loses nothing")

	checkOrigins(t, r.Entities)
	checkOrigins(t, m.Entities)
	for _, form := range []merge.WriteOptions{{Splunk: true}, {KeyRows: true}, {Splunk: true, KeyRows: true}} {
		checkFormIsReadBack(t, r, form, o)
	}
}

// checkFormIsReadBack checks that merging the lookups in another form gives the same entities.
// Rows per key may give their keys in another order.
func checkFormIsReadBack(t rapid.TB, r *merge.Result, form merge.WriteOptions, o merge.Options) {
	t.Helper()
	var sources []merge.Source
	written := merge.LookupsIn(r, form)
	for _, name := range lookups {
		if text, ok := written[name]; ok {
			sources = append(sources, merge.Source{Name: name, Path: name, Open: openerOf([]byte(text))})
		}
	}
	again, err := merge.Merge(r.Entities.Kind(), sources, o)
	require.NoError(t, err, "%+v", form)
	require.Empty(t, again.Losses, "%+v: reading it back loses nothing", form)
	want, got := merge.Lookups(r), merge.Lookups(again)
	for _, name := range lookups {
		require.Equal(t, rowsWithSortedKeys(want[name], form.KeyRows), rowsWithSortedKeys(got[name], form.KeyRows), "%s of %+v is read back", name, form)
	}
}

// rowsWithSortedKeys returns the rows of a merged lookup. If sorted is set, the keys of each,
// which are in its first column, are sorted.
func rowsWithSortedKeys(text string, sorted bool) [][]string {
	var rows [][]string
	in := csvio.NewReader(strings.NewReader(text), csvio.Options{})
	for in.Next() {
		var row []string
		for i := range in.Len() {
			row = append(row, string(in.Cell(i)))
		}
		if sorted {
			keys := strings.Split(row[0], "|")
			slices.Sort(keys)
			row[0] = strings.Join(keys, "|")
		}
		rows = append(rows, row)
	}
	return rows
}

func checkUnique(t rapid.TB, e *entities.Store) {
	type zonedKey struct {
		zone  entity.Zone
		class schema.KeyClass
		text  string
	}
	owned, ids := map[zonedKey]bool{}, map[entities.ID]bool{}
	for record := range e.Len() {
		require.NotZero(t, e.Records[record].Keys.Len(), "no key resolves to entity %d", record)
		require.False(t, ids[e.Records[record].ID], "two entities have one id")
		ids[e.Records[record].ID] = true
		for k, text := range e.KeysOf(record) {
			if !e.CaseSensitive {
				text = fold.Lower(text)
			}
			key := zonedKey{entity.Zone(e.Zone(record)), k.Class, text}
			require.False(t, owned[key], "key %q resolves to two entities", text)
			owned[key] = true
		}
	}
}

// checkOrigins compares the provenance of every entity with its shown values.
func checkOrigins(t rapid.TB, merged *entity.Entities) {
	e := entities.Of(merged)
	p := merge.NewProvenance(merged)
	for record := range e.Len() {
		kept := map[string][]string{}
		for _, v := range p.Values(record) {
			if v.Kept {
				kept[v.Field] = append(kept[v.Field], fold.Lower(v.Value))
			}
		}
		for i, f := range e.Fields {
			if e.Kind == entities.Identity && f.Name == "identity" {
				continue
			}
			var want []string
			for _, v := range e.Values(record, i) {
				want = append(want, fold.Lower(v))
			}
			require.ElementsMatch(t, want, kept[f.Name], "values of %s that were kept, of %s", f.Name, e.CanonicalKey(record))
		}
		rows := p.Rows(record)
		require.NotEmpty(t, rows)
		require.Empty(t, rows[0].JoinedBy)
		for _, row := range rows[1:] {
			require.NotEmpty(t, row.JoinedBy)
		}
	}
}

// awkward draws the text of a cell from pieces that combine in unexpected ways.
func awkward(t *rapid.T, more ...string) string {
	pieces := append(more,
		"10.0.0.1", "10.0.0.0/30", "10.0.0.1-10.0.0.6", "::ffff:10.0.0.1", "fe80::1%e", "00:25:bc:00:00:01", "0025bc000001",
		"ws", "WS", "*.", ".", "|", "|", " ", "-", "/", "%", "\n", "\r\n", "\r", "\"", ",", "ß", "İ", "K", "ǅ", "\x00", "\xff",
		"jdoe", "J", "@a.example", "@", "unknown", "cardholder", "pci", "dmz", "untrust", "true", "1", "low", "HIGH", "x", "y",
	)
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 5).Draw(t, "pieces"), "")
}

// TestLawsHoldForAwkwardLists merges lists of awkward cells under awkward options.
func TestLawsHoldForAwkwardLists(t *testing.T) {
	headers := map[entity.Kind][]string{
		entity.Asset:    {"ip", "mac", "nt_host", "dns", "serial", "category", "pci_domain", "priority", "is_expected", "cim_entity_zone", "Ümlaut"},
		entity.Identity: {"identity", "email", "first", "last", "serial", "category", "priority", "watchlist", "cim_entity_zone", "Ümlaut"},
	}
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]entity.Kind{entity.Asset, entity.Identity}).Draw(t, "kind")
		o := merge.Options{
			NoMerge: rapid.Bool().Draw(t, "nomerge"), MaxRowsPerKey: rapid.IntRange(0, 2).Draw(t, "max"),
			CaseSensitive: rapid.Bool().Draw(t, "case"),
			Fields: map[string]merge.FieldOptions{
				"serial":   {Key: merge.On, Multivalue: onOrOff(rapid.Bool().Draw(t, "multi"))},
				"category": {Limit: rapid.IntRange(-1, 2).Draw(t, "limit"), Multivalue: onOrOff(rapid.Bool().Draw(t, "multi"))},
				"nt_host":  {Limit: rapid.IntRange(-1, 2).Draw(t, "limit")},
				"Ümlaut":   {Tag: merge.On, Multivalue: onOrOff(rapid.Bool().Draw(t, "multi"))},
			},
			Zone: rapid.SampledFrom([]string{"", "Hq"}).Draw(t, "zone"),
		}
		if kind == entity.Identity {
			o.Keys = rapid.SampledFrom([][]string{nil, {"identity"}, {"email", "email_short", "first(1)last()"}, {"identity", "email_short", "serial()-last()"}}).Draw(t, "keys")
		}
		var sources []merge.Source
		for _, name := range []string{"a", "b"} {
			text := csvio.AppendRow(nil, headers[kind]...)
			for range rapid.IntRange(0, 5).Draw(t, "rows") {
				var cells []string
				for range headers[kind] {
					cells = append(cells, awkward(t, `A\`, `B\`, "$", ";", "smtp:"))
				}
				text = csvio.AppendRow(text, cells...)
			}
			sources = append(sources, merge.Source{Name: name, Path: name + ".csv", Open: openerOf(text)})
		}
		r, err := merge.Merge(kind, sources, o)
		if err != nil {
			t.Fatalf("Merge: %v", err)
		}
		checkLaws(t, r, sources, o)
	})
}

// FuzzMerge checks the laws for two arbitrary lists.
func FuzzMerge(f *testing.F) {
	f.Add([]byte("ip,nt_host\n10.0.0.1-10.0.0.6,ws-1\n"), []byte("dns,ip,os\nWS-1,10.0.0.1,win\n"), uint8(0))
	f.Add([]byte("asset,asset_id,asset_tag,nt_host\na|b,1,,a\nc,1,,\n"), []byte("nt_host,owner\nb,bob\n"), uint8(1))
	f.Add([]byte("identity,email\njdoe|JD,j@x.example\n"), []byte("email,first\nj@y.example,J\n"), uint8(2))
	f.Add([]byte("nt_host,dns\n*.a,10.0.0.0/8\n"), []byte("mac\n0025bc000001-0025bc000009\n"), uint8(4))
	f.Fuzz(func(t *testing.T, a, b []byte, bits uint8) {
		kind := entity.Asset
		if bits&2 != 0 {
			kind = entity.Identity
		}
		o := merge.Options{NoMerge: bits&1 != 0, CaseSensitive: bits&4 != 0, MaxRowsPerKey: int(bits >> 6)}
		sources := []merge.Source{{Name: "a", Open: openerOf(a)}, {Name: "b", Open: openerOf(b)}}
		if r, err := merge.Merge(kind, sources, o); err == nil {
			checkLaws(t, r, sources, o)
		}
	})
}

// TestLawsHoldForSampleLists checks the laws for the sample lists.
func TestLawsHoldForSampleLists(t *testing.T) {
	for _, c := range []struct {
		kind   entity.Kind
		paths  []string
		losses bool
	}{
		{entity.Asset, []string{"acme/assets.csv"}, false},
		{entity.Asset, []string{"acme/messy_assets.csv", "acme/assets.csv"}, true},
		{entity.Asset, []string{"mordor/assets.csv", "netbox/scan.csv"}, false},
		{entity.Identity, []string{"acme/identities.csv"}, false},
		{entity.Identity, []string{"mordor/identities.csv", "acme/identities.csv"}, false},
	} {
		for _, o := range []merge.Options{{}, {NoMerge: true}, {MaxRowsPerKey: 1}} {
			var sources []merge.Source
			for _, path := range c.paths {
				sources = append(sources, merge.Source{Name: path, Open: func() (io.ReadCloser, error) {
					return os.Open(filepath.Join("../testdata", path))
				}})
			}
			r, err := merge.Merge(c.kind, sources, o)
			require.NoError(t, err, "%v", c.paths)
			require.NotZero(t, r.Entities.Len())
			for _, loss := range r.Losses {
				require.True(t, c.losses || loss.Loss == entity.Note, "%v", loss)
			}
			checkLaws(t, r, sources, o)
		}
	}
}

// Source.Size is a hint: it does not change the result.
func TestResultDoesNotDependOnSize(t *testing.T) {
	var text bytes.Buffer
	_, err := gen.AssetList{World: gen.World{Seed: 3, Hosts: 8000, People: 500}}.WriteTo(&text)
	require.NoError(t, err)
	var want map[string]string
	for _, size := range []int{0, 1, text.Len() / 3, text.Len(), 20 * text.Len()} {
		r, err := merge.Merge(entity.Asset, []merge.Source{{Name: "list", Size: int64(size), Open: openerOf(text.Bytes())}}, merge.Options{})
		require.NoError(t, err)
		require.NotZero(t, r.Entities.Len())
		if want == nil {
			want = merge.Lookups(r)
		}
		require.Equal(t, want, merge.Lookups(r), "size %d", size)
	}
}

// An ignored network is not a key of hosts, but an identity may have the name of an address
// in it.
func TestIgnoredNetworksDoNotIgnoreIdentities(t *testing.T) {
	list := []merge.Source{{Name: "people", Open: openerOf([]byte("identity,last\n127.0.0.9,Kohn\nunknown|ada,Lovelace\n"))}}
	r, err := merge.Merge(entity.Identity, list, merge.Options{})
	require.NoError(t, err)
	require.Contains(t, merge.Lookups(r)[merge.IdentitiesExpanded], "\n127.0.0.9,")
	checkLaws(t, r, list, merge.Options{})
}

// Rows of a merged lookup may differ only in their keys. A hundred thousand such rows must
// not collide in the set of rows, which would take minutes.
func TestMergedRowsMayDifferOnlyInKeys(t *testing.T) {
	const rows = 100_000
	text := []byte("asset,asset_id,asset_tag,bunit\n")
	for i := range rows {
		text = fmt.Appendf(text, "h%d,,,sales\n", i)
	}
	text = append(text, "h7,,,sales\nh7|h8,,,sales\n"...)
	r, err := merge.Merge(entity.Asset, []merge.Source{{Name: "merged", Open: openerOf(text)}}, merge.Options{})
	require.NoError(t, err)
	require.Equal(t, rows-1, r.Entities.Len(), "h7 and h8 are one entity")
	require.Equal(t, 1, r.Report.Identical)
}

// The losses of a row are in the order of its columns. A constant has column 0.
func TestLossesAreInColumnOrder(t *testing.T) {
	text := "asset,asset_id,asset_tag,ip,lat\n\xff|h1,,,10.0.0.300,north,extra\n"
	r, err := merge.Merge(entity.Asset, []merge.Source{
		{Name: "merged", Open: openerOf([]byte(text)), Set: map[string]string{"priority": "urgent"}},
	}, merge.Options{})
	require.NoError(t, err)
	var columns []int
	for _, loss := range r.Losses {
		columns = append(columns, loss.Column)
	}
	require.Equal(t, []int{1, 8, 19, 25, 0}, columns)
}

// The beginning of this list is not representative of the rest.
func TestMergeKeepsAllRowsOfUnevenList(t *testing.T) {
	text := []byte("nt_host\n")
	for i := range 12_000 {
		text = fmt.Appendf(text, "h%d\n", i)
	}
	text = append(append(text, strings.Repeat("long", 200_000)...), '\n')
	for i := range 3 {
		text = fmt.Appendf(text, "t%d\n", i)
	}
	r, err := merge.Merge(entity.Asset, []merge.Source{{Name: "hosts", Size: 1 << 40, Open: openerOf(text)}}, merge.Options{})
	require.NoError(t, err)
	require.Equal(t, 12_004, r.Entities.Len())
}

// A panic of the Progress function reaches the caller, and reading stops.
func TestPanicInProgressReachesCaller(t *testing.T) {
	text := []byte("nt_host\n" + strings.Repeat("h\n", 100_000))
	closed := make(chan struct{})
	src := merge.Source{Name: "hosts", Open: func() (io.ReadCloser, error) { return &closer{bytes.NewReader(text), closed}, nil }}
	require.PanicsWithValue(t, "enough", func() {
		_, _ = merge.Merge(entity.Asset, []merge.Source{src}, merge.Options{Progress: func(string, int) { panic("enough") }})
	})
	<-closed
}

type closer struct {
	io.Reader
	closed chan struct{}
}

func (c *closer) Close() error {
	close(c.closed)
	return nil
}
