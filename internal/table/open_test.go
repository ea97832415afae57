package table_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/sections"
	"github.com/kithsec/kith/internal/table"
)

// writeSections writes the sections that put adds, and returns a reader of them.
func writeSections(t *testing.T, put func(w *sections.Writer)) *sections.Reader {
	t.Helper()
	var w sections.Writer
	put(&w)
	var b bytes.Buffer
	_, err := w.WriteTo(&b)
	require.NoError(t, err)
	r, err := sections.Open(b.Bytes())
	require.NoError(t, err)
	return r
}

func TestOpenedTableHasTheSameMatchesAndValues(t *testing.T) {
	for kind, list := range map[entity.Kind]string{entity.Asset: machines, entity.Identity: employees} {
		o := table.Options{Fallback: true}
		made := buildTable(t, mergeList(t, kind, list), o)
		r := writeSections(t, func(w *sections.Writer) { require.NoError(t, made.Put(w, "t")) })
		require.True(t, table.Has(r, "t"))
		require.False(t, table.Has(r, "u"))
		opened, err := table.Open(kind, r, "t", o)
		require.NoError(t, err)
		assert.Equal(t, made.Len(), opened.Len())
		assert.Equal(t, made.Columns(), opened.Columns())
		for _, zone := range []entity.Zone{"", "emea", "nowhere"} {
			for _, key := range keysOfAllClasses {
				want, wantOK := made.Lookup(made.Zone(zone), key)
				got, ok := opened.Lookup(opened.Zone(zone), key)
				require.Equal(t, wantOK, ok, "%q in %q", key, zone)
				require.Equal(t, want, got, "%q in %q", key, zone)
				if !ok {
					continue
				}
				a, b := made.Filled(want, table.FillInherit), opened.Filled(got, table.FillInherit)
				for c := range made.Columns() {
					require.Equal(t, string(a.Value(c)), string(b.Value(c)))
					require.Equal(t, made.Used(c), opened.Used(c))
				}
			}
		}
	}
}

// The sections of the table of machines, by the type of their elements.
var (
	wordSections = []string{ // uint32
		"filling", "records/rows", "names.index", "suffixes.index", "domains.index", "known", "qualified.index", "zone0/owners", "zone0/hosts/rest", "zone0/lpm/pages",
		"zone0/lpm/parents", "zone0/mac48/records", "zone0/mac64/records", "zone0/macrange48/records", "zone0/macrange64/records",
	}
	longSections = []string{ // uint64
		"records/shape", "names.head", "labels", "suffixes.head", "domains.head", "qualified.head", "zone0/hosts/shape", "zone0/hosts/words", "zone0/lpm/head",
		"zone0/mac48/keys", "zone0/mac48/shape", "zone0/mac64/keys", "zone0/mac64/shape", "zone0/macrange48/from", "zone0/macrange64/from",
	}
	byteSections = []string{
		"head", "records/arena", "records/used", "names.arena", "names.long", "suffixes.arena", "suffixes.long", "domains.arena",
		"domains.long", "qualified.arena", "qualified.long", "zone0/lpm/bits",
	}
)

// replaceSection returns the sections of a table, with other data in one of them.
func replaceSection[T sections.Int](t *testing.T, made *table.Table, name string, data []T) *sections.Reader {
	t.Helper()
	return writeSections(t, func(w *sections.Writer) {
		require.NoError(t, made.Put(w, "t"))
		sections.Put(w, "t/"+name, data) // replaces the section with the same name
	})
}

// sectionOf returns a copy of a section of a table.
func sectionOf[T sections.Int](t *testing.T, made *table.Table, name string) []T {
	t.Helper()
	r := writeSections(t, func(w *sections.Writer) { require.NoError(t, made.Put(w, "t")) })
	data, err := sections.Get[T](r, "t/"+name)
	require.NoError(t, err)
	return slices.Clone(data)
}

// TestOpenRejectsHostileSections replaces one section of a table at a time with another that has
// a matching checksum.
func TestOpenRejectsHostileSections(t *testing.T) {
	made := buildTable(t, mergeList(t, entity.Asset, machines), table.Options{})
	n := uint32(made.Len())
	le := binary.LittleEndian
	words := func(list ...uint32) (data []byte) {
		for _, v := range list {
			data = le.AppendUint32(data, v)
		}
		return data
	}
	longs := func(list ...uint64) (data []byte) {
		for _, v := range list {
			data = le.AppendUint64(data, v)
		}
		return data
	}
	const none = ^uint32(0)
	for _, test := range []struct {
		name, section string
		data          []byte
		want          string
	}{
		{"header that is not JSON", "head", []byte(`{"Columns":`), `"t": unexpected end of JSON input`},
		{"fewer columns than the records", "head", []byte(`{"Columns":[{"Name":"asset"}],"Zones":[""]}`), `"t" has 1 columns, but its records have 20`},
		{"zone without sections", "head", sectionWith(t, made, "head", `"emea"`, `"emea","apac"`), `no section "t/zone2/lpm/head"`},
		{"one filling", "filling", words(1), `"t/filling"`},
		{"three fillings", "filling", words(1, 2, 3), `"t/filling"`},
		{"no shape of records", "records/shape", nil, `records "t/records"`},
		{"no columns", "records/shape", longs(0), `records "t/records"`},
		{"another width", "records/shape", longs(7), `records "t/records"`},
		{"fewer columns in use", "records/used", []byte{1}, `records "t/records"`},
		{"half a record", "records/rows", words(0, 0), `records "t/records"`},
		{"value beyond the arena", "records/rows", words(slices.Repeat([]uint32{none}, 20)...), `records "t/records"`},
		{"no arena", "records/arena", nil, `records "t/records"`},
		{"no padding after the last value", "records/arena", sectionOf[byte](t, made, "records/arena")[:100], `records "t/records"`},
		{"owner less", "zone0/owners", words(0), `section "t/zone0/owners" has 1 records instead of 3`},
		{"owner more", "zone0/owners", words(0, 0, 0, 0), `section "t/zone0/owners" has 4 records instead of 3`},
		{"owner beyond the records", "zone0/owners", words(0, 0, n), fmt.Sprintf(`section "t/zone0/owners" refers to record %d: there are %d`, n, n)},
		{"no owner of the first prefix", "zone0/owners", words(none, 0, 0), `section "t/zone0/owners" has no record for prefix 0`},
		{"no owner", "zone0/owners", words(0, none, 0), `section "t/zone0/owners" has no record for prefix 1`},
		{"hosts beyond the records", "zone0/hosts/shape", longs(3, uint64(n)), `"t/zone0/hosts"`},
		{"hosts and owners differ", "zone1/hosts/shape", nil, `"t/zone1/hosts"`},
		{"addresses without owners", "zone0/hosts/words", nil, `"t/zone0/hosts"`},
		{"MAC table of three slots", "zone0/mac48/keys", longs(0, 0, 0), `section "t/zone0/mac48/records" has 2 records instead of 3`},
		{"MAC of a record beyond the end", "zone0/mac48/records", words(0, n), fmt.Sprintf(`section "t/zone0/mac48/records" refers to record %d`, n)},
		{"MAC table without a free slot", "zone0/mac48/records", words(0, 0), `hash table of MACs of "t/zone0"`},
		{"no shape of MACs", "zone0/mac48/shape", nil, `hash table of MACs of "t/zone0"`},
		{"as many MACs as slots", "zone0/mac48/shape", longs(1, 2), `hash table of MACs of "t/zone0"`},
		{"MACs without slots", "zone0/mac64/shape", longs(1, 1), `hash table of MACs of "t/zone0"`},
		{"MAC range less", "zone0/macrange48/from", longs(0), `section "t/zone0/macrange48/records" has 2 records instead of 1`},
		{"MAC range of a record beyond the end", "zone0/macrange48/records", words(n, none), fmt.Sprintf(`section "t/zone0/macrange48/records" refers to record %d`, n)},
		{"empty head of names", "names.head", nil, `section "t/names.head"`},
		{"short head of names", "names.head", longs(1, 2), `section "t/names.head"`},
		{"empty head of suffixes", "suffixes.head", nil, `section "t/suffixes.head"`},
		{"known domains of one zone less", "known", words(0), `section "t/known" has 1 zones instead of 3`},
		{"empty head of domains", "domains.head", nil, `section "t/domains.head"`},
		{"truncated pages", "zone0/lpm/pages", words(0), `section "t/zone0/lpm"`},
	} {
		_, err := table.Open(entity.Asset, replaceSection(t, made, test.section, test.data), "t", table.Options{})
		if assert.ErrorIs(t, err, sections.ErrFormat, test.name) {
			assert.ErrorContains(t, err, test.want, test.name)
		}
	}
}

// sectionWith returns a section in which a text is replaced.
func sectionWith(t *testing.T, made *table.Table, name, old, text string) []byte {
	t.Helper()
	data := string(sectionOf[byte](t, made, name))
	require.Contains(t, data, old)
	return []byte(strings.Replace(data, old, text, 1))
}

// TestOpenRejectsMACTableOfThreeSlots opens a hash table with as many keys as records.
// Slots are selected by a mask, so their number must be a power of two.
func TestOpenRejectsMACTableOfThreeSlots(t *testing.T) {
	made := buildTable(t, mergeList(t, entity.Asset, machines), table.Options{})
	r := writeSections(t, func(w *sections.Writer) {
		require.NoError(t, made.Put(w, "t"))
		sections.Put(w, "t/zone0/mac48/keys", make([]uint64, 3))
		sections.Put(w, "t/zone0/mac48/records", []uint32{0, ^uint32(0), ^uint32(0)})
	})
	_, err := table.Open(entity.Asset, r, "t", table.Options{})
	assert.ErrorIs(t, err, sections.ErrFormat)
	assert.ErrorContains(t, err, `hash table of MACs of "t/zone0"`)
}

// TestOpenRejectsOwnersOfAnotherZone replaces the owners of the addresses of a zone with a valid
// list that has another length.
func TestOpenRejectsOwnersOfAnotherZone(t *testing.T) {
	made := buildTable(t, mergeList(t, entity.Asset, machines), table.Options{})
	r := writeSections(t, func(w *sections.Writer) {
		require.NoError(t, made.Put(w, "t"))
		sections.Put(w, "t/zone0/hosts/shape", sectionOf[uint64](t, made, "zone1/hosts/shape"))
		sections.Put(w, "t/zone0/hosts/words", sectionOf[uint64](t, made, "zone1/hosts/words"))
		sections.Put(w, "t/zone0/hosts/rest", sectionOf[uint32](t, made, "zone1/hosts/rest"))
	})
	_, err := table.Open(entity.Asset, r, "t", table.Options{})
	assert.ErrorIs(t, err, sections.ErrFormat)
	assert.ErrorContains(t, err, `"t/zone0" has 3 addresses, but 1 owners of addresses`)
}

// TestOpenRejectsMissingSections renames one section of a table at a time.
func TestOpenRejectsMissingSections(t *testing.T) {
	made := buildTable(t, mergeList(t, entity.Asset, machines), table.Options{})
	var w sections.Writer
	require.NoError(t, made.Put(&w, "t"))
	var b bytes.Buffer
	_, err := w.WriteTo(&b)
	require.NoError(t, err)
	for _, name := range slices.Concat(wordSections, longSections, byteSections) {
		r, err := sections.Open(renameSection(t, b.Bytes(), "t/"+name))
		require.NoError(t, err, name)
		_, err = table.Open(entity.Asset, r, "t", table.Options{})
		assert.ErrorIs(t, err, sections.ErrFormat, name)
		assert.ErrorContains(t, err, fmt.Sprintf("no section %q", "t/"+name))
	}
}

// renameSection returns a copy of a file of sections in which one section has another name.
// It corrects the checksums of the directory and the header.
func renameSection(t *testing.T, file []byte, name string) []byte {
	t.Helper()
	file = bytes.Clone(file)
	le, castagnoli := binary.LittleEndian, crc32.MakeTable(crc32.Castagnoli)
	directory := file[le.Uint64(file[16:]):]
	entry := append(le.AppendUint32(nil, uint32(len(name))), name...)
	at := bytes.Index(directory, entry)
	require.GreaterOrEqual(t, at, 0, name)
	directory[at+4] = 'x'
	le.PutUint32(file[32:], crc32.Checksum(directory, castagnoli))
	le.PutUint32(file[60:], crc32.Checksum(file[:60], castagnoli))
	return file
}

// TestDamagedTableIsRejectedOrStaysInBounds damages the elements of every section in turn.
// Either Open rejects the table, or the records of all lookups exist. The records of names
// are not checked: the checksum of their section protects them.
func TestDamagedTableIsRejectedOrStaysInBounds(t *testing.T) {
	made := buildTable(t, mergeList(t, entity.Asset, machines), table.Options{Fallback: true, Seed: 1})
	r := rand.New(rand.NewPCG(1, 8))
	for _, name := range wordSections {
		damageSection[uint32](t, r, made, name)
	}
	for _, name := range longSections {
		damageSection[uint64](t, r, made, name)
	}
	for _, name := range byteSections {
		damageSection[uint8](t, r, made, name)
	}
}

// damageSection changes elements of a section, or drops them and the elements after them.
func damageSection[T sections.Int](t *testing.T, r *rand.Rand, made *table.Table, name string) {
	t.Helper()
	data := sectionOf[T](t, made, name)
	for i := 0; i < len(data); i += 1 + len(data)/40 {
		for range 4 {
			damaged := slices.Clone(data)
			switch r.IntN(4) {
			case 0:
				damaged[i] = T(r.Uint64())
			case 1:
				damaged[i] ^= 1 << r.IntN(8)
			case 2:
				damaged[i] = ^T(0)
			case 3:
				damaged = damaged[:i]
			}
			opened, err := table.Open(entity.Asset, replaceSection(t, made, name, damaged), "t", table.Options{Fallback: true})
			if err != nil {
				if !strings.HasPrefix(name, "head") { // an error of encoding/json, too
					require.ErrorIs(t, err, sections.ErrFormat, name)
				}
				continue
			}
			requireBounds(t, opened, strings.Contains(name, "."), name)
		}
	}
}

// requireBounds looks up keys and reads the values of the records that they belong to, unless
// the names of the table are damaged.
func requireBounds(t *testing.T, at *table.Table, names bool, label string) {
	t.Helper()
	for _, zone := range []entity.Zone{"", "emea", "nowhere"} {
		for _, key := range keysOfAllClasses {
			m, ok := at.Lookup(at.Zone(zone), key)
			if !ok || names {
				continue
			}
			require.Less(t, int(m.Record), at.Len(), "%s: Lookup(%q)", label, key)
			filled := at.Filled(m, table.FillInherit)
			for c := range at.Columns() {
				filled.Value(c)
				filled.Prefix(c)
			}
			for n := range at.Covering(m) {
				require.Less(t, int(n.Record), at.Len(), "%s: Covering of %q", label, key)
			}
		}
	}
}

// TestOpenedTableHasTheSameSections stores a table that was opened: the files are equal.
func TestOpenedTableHasTheSameSections(t *testing.T) {
	for seed := range uint64(4) {
		kind := []entity.Kind{entity.Asset, entity.Identity}[seed%2]
		list, _ := randomList(rand.New(rand.NewPCG(seed, 7)), kind, 300)
		made := buildTable(t, mergeList(t, kind, list), table.Options{})
		opened, err := table.Open(kind, writeSections(t, func(w *sections.Writer) { require.NoError(t, made.Put(w, "t")) }), "t", table.Options{})
		require.NoError(t, err)
		require.Equal(t, fileOf(t, made), fileOf(t, opened), "seed %d", seed)
	}
}

// fileOf returns the file of the sections of a table.
func fileOf(t *testing.T, at *table.Table) []byte {
	t.Helper()
	var w sections.Writer
	require.NoError(t, at.Put(&w, "t"))
	var b bytes.Buffer
	_, err := w.WriteTo(&b)
	require.NoError(t, err)
	return b.Bytes()
}
