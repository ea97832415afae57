package names

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/armon/go-radix"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/fold"
)

// twin is a slow, obviously correct table: a map of folded names.
type twin struct {
	sensitive bool
	values    map[twinKey]uint32
}

type twinKey struct {
	zone uint32
	name string
}

func (w twin) key(zone uint32, name string) twinKey {
	if w.sensitive {
		return twinKey{zone, name}
	}
	return twinKey{zone, fold.Lower(name)}
}

func (w twin) lookup(zone uint32, name string) (uint32, bool) {
	v, ok := w.values[w.key(zone, name)]
	return v, ok
}

// suffix finds the longest suffix by a scan of all stored names.
func (w twin) suffix(zone uint32, name string) (value uint32, suffix string, found bool) {
	k := w.key(zone, name)
	for stored, v := range w.values {
		if stored.zone == zone && strings.HasSuffix(k.name, "."+stored.name) && len(stored.name) > len(suffix) {
			value, suffix, found = v, stored.name, true
		}
	}
	return value, suffix, found
}

// awkwardName returns a random name that is likely to share a prefix, a suffix or its
// folded form with another one.
func awkwardName(r *rand.Rand) string {
	pieces := []string{
		"a", "A", "b", ".", ".", "corp", "CORP", "example.com", "Example.Com", "host-01", "user@", "[", "{", "_", "\x7f", "\x00", " ",
		"é", "É", "ß", "ẞ", "\u212a", "k", "\u0130", "i", "ı", "Ⱥ", "ⱥ", "Σ", "σ", "ς", "Ǆ", "ǅ", "ǆ", "𐐀", "𐐨", "世", "\ufffd",
		"\xc3", "\xe2\x84", "\xff", "\xa9", "\x80", "ABCDEFGH", "abcdefgh",
	}
	lengths := []int{1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 48, 53, 54, 55, 64, 255, 256, 257, 300, 600}
	want := lengths[r.IntN(len(lengths))]
	if r.IntN(2) == 0 {
		want = 1 + r.IntN(6)
	}
	narrow := r.IntN(3) > 0 // ASCII
	var s strings.Builder
	for s.Len() < want {
		p := pieces[r.IntN(len(pieces))]
		if narrow {
			p = pieces[r.IntN(17)]
		}
		s.WriteString(p)
	}
	if narrow {
		return s.String()[:want]
	}
	return s.String()
}

// respell returns name with some letters in another case.
func respell(r *rand.Rand, name string) string {
	var out []byte
	for len(name) > 0 {
		c, n := utf8.DecodeRuneInString(name)
		if c == utf8.RuneError && n == 1 || r.IntN(2) == 0 {
			out = append(out, name[:n]...)
		} else {
			out = utf8.AppendRune(out, unicode.ToUpper(c))
		}
		name = name[n:]
	}
	return string(out)
}

func TestTableAgreesWithTwin(t *testing.T) {
	for seed := range uint64(12) {
		compareWithTwin(t, seed, 20_000>>(seed%8), 40_000)
	}
}

// compareWithTwin compares a table of about n awkward names with the twin.
func compareWithTwin(t *testing.T, seed uint64, n, lookups int) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	o := Options{CaseSensitive: seed%3 == 2, Seed: seed + 1}
	gold := twin{o.CaseSensitive, map[twinKey]uint32{}}
	b := NewBuilder(o)
	var stored []twinKey
	zones := []uint32{0, 1, 255, 256, 1 << 31}
	for range n {
		k := twinKey{zones[r.IntN(len(zones))], awkwardName(r)}
		if _, there := gold.lookup(k.zone, k.name); there {
			continue
		}
		v := r.Uint32N(None)
		gold.values[gold.key(k.zone, k.name)] = v
		b.Add(k.zone, k.name, v)
		stored = append(stored, k)
	}
	table, err := b.Build()
	require.NoError(t, err, "seed %d", seed)
	require.Equal(t, len(stored), table.Len(), "seed %d", seed)
	for range lookups {
		zone, name := zones[r.IntN(len(zones))], awkwardName(r)
		if r.IntN(2) == 0 {
			k := stored[r.IntN(len(stored))]
			zone, name = k.zone, respell(r, k.name)
		}
		want, there := gold.lookup(zone, name)
		got, found := table.Lookup(zone, name)
		if found != there || got != want {
			require.FailNow(t, "Lookup", "seed %d: (%d, %q) = %d, %v; want %d, %v", seed, zone, name, got, found, want, there)
		}
	}
	checkAll(t, table, gold)
}

func checkAll(t *testing.T, table *Table, gold twin) {
	t.Helper()
	n := 0
	last := Name{}
	for name := range table.All() {
		want, there := gold.lookup(name.Zone, name.Text)
		require.True(t, there, "%+v", name)
		require.Equal(t, want, name.Value, "%+v", name)
		require.True(t, n == 0 || last.Zone < name.Zone || last.Zone == name.Zone && last.Text < name.Text, "%+v after %+v", name, last)
		last = name
		n++
	}
	require.Equal(t, len(gold.values), n)
}

func TestLookupSuffixAgreesWithTwin(t *testing.T) {
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 2))
		gold := twin{values: map[twinKey]uint32{}}
		b := NewBuilder(Options{})
		for i := range 200 {
			zone, name := uint32(r.IntN(2)), awkwardName(r)
			if _, there := gold.lookup(zone, name); !there {
				gold.values[gold.key(zone, name)] = uint32(i)
				b.Add(zone, name, uint32(i))
			}
		}
		table, err := b.Build()
		require.NoError(t, err)
		for range 3000 {
			zone, name := uint32(r.IntN(2)), awkwardName(r)+"."+awkwardName(r)+"."+awkwardName(r)
			want, suffix, there := gold.suffix(zone, name)
			got, found, ok := table.LookupSuffix(zone, name)
			if ok != there || got != want || fold.Lower(string(found)) != suffix {
				require.FailNow(t, "LookupSuffix", "seed %d: (%d, %q) = %d, %q, %v; want %d, %q, %v", seed, zone, name, got, found, ok, want, suffix, there)
			}
		}
	}
}

// The radix tree of go-radix serves as a second twin, for exact matches and for suffixes.
func TestTableAgreesWithRadixTree(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	exact, reversed := radix.New(), radix.New()
	b := NewBuilder(Options{})
	all := realisticNames(r, 5000)
	for i, name := range append(all, "example.com", "corp.example.com", "net") {
		exact.Insert(name, uint32(i))
		reversed.Insert(backwards("."+name), uint32(i))
		b.Add(0, name, uint32(i))
	}
	table, err := b.Build()
	require.NoError(t, err)
	for range 50_000 {
		name := all[r.IntN(len(all))]
		switch r.IntN(3) {
		case 0:
			name = name[r.IntN(len(name)):]
		case 1:
			name = fmt.Sprintf("%c.%s", 'a'+r.IntN(26), name)
		}
		want, there := exact.Get(name)
		got, found := table.Lookup(0, mixCase(r, name))
		require.Equal(t, there, found, "%q", name)
		if found {
			require.Equal(t, want, got, "%q", name)
		}
		_, want, there = reversed.LongestPrefix(backwards(name))
		got, _, found = table.LookupSuffix(0, mixCase(r, name))
		require.Equal(t, there, found, "%q", name)
		if found {
			require.Equal(t, want, got, "%q", name)
		}
	}
}

func backwards(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// Folding makes no rune shorter by more than a factor of maxShrink. LookupSuffix relies
// on this.
func TestNoRuneShrinksBelowMaxShrink(t *testing.T) {
	for c := rune(0); c <= unicode.MaxRune; c++ {
		s := string(c)
		if n := len(fold.Lower(s)); n*maxShrink < len(s) {
			require.FailNow(t, "too short", "Lower(%q) has %d bytes", s, n)
		}
	}
}

// A name that is folded while it is hashed has the same hash as the folded name.
func TestHashFoldedIsHashOfFoldedName(t *testing.T) {
	k := newHashKeys(1)
	r := rand.New(rand.NewPCG(7, 8))
	for range 50_000 {
		s := strings.Repeat(awkwardName(r), 1+r.IntN(4))
		folded := fold.Lower(s)
		want, _ := k.hashName(3, folded, 0)
		got, n := k.hashFolded(3, s)
		if got != want || n != len(folded) {
			require.FailNow(t, "hashFolded", "%q: got %x of %d bytes, want %x of %d", s, got, n, want, len(folded))
		}
		if ascii, plain := k.hashName(3, s, highs); plain && ascii != want {
			require.FailNow(t, "sum", "%q: got %x, want %x", s, ascii, want)
		}
	}
}

func FuzzTable(f *testing.F) {
	f.Add("web01\nWEB02\ncorp.example.com", "x.CORP.example.com", uint32(1), true)
	f.Add("\u212a\nİ\n\xc3\xff", "k", uint32(300), false)
	f.Fuzz(func(t *testing.T, list, name string, zone uint32, sensitive bool) {
		gold := twin{sensitive, map[twinKey]uint32{}}
		b := NewBuilder(Options{CaseSensitive: sensitive})
		for i, stored := range strings.Split(list, "\n") {
			if _, there := gold.lookup(zone, stored); !there && stored != "" {
				gold.values[gold.key(zone, stored)] = uint32(i)
				b.Add(zone, stored, uint32(i))
			}
		}
		table, err := b.Build()
		require.NoError(t, err)
		r := rand.New(rand.NewPCG(uint64(len(list)), uint64(zone)))
		for _, asked := range append(strings.Split(list, "\n"), name) {
			for _, s := range []string{asked, respell(r, asked), fold.Lower(asked)} {
				want, there := gold.lookup(zone, s)
				got, found := table.Lookup(zone, s)
				require.Equal(t, there, found, "%q", s)
				require.Equal(t, want, got, "%q", s)
				want, _, there = gold.suffix(zone, s)
				got, _, found = table.LookupSuffix(zone, s)
				require.Equal(t, there, found, "suffix of %q", s)
				require.Equal(t, want, got, "suffix of %q", s)
			}
			_, found := table.Lookup(zone+1, asked)
			require.False(t, found, "%q in another zone", asked)
		}
		checkAll(t, table, gold)
	})
}
