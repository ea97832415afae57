package names

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/sections"
)

// goldHost is a host name of goldLabels.
type goldHost struct {
	zone   uint32
	name   string // folded
	value  uint32
	label  string
	domain string
}

// goldLabels is a slow, obviously correct Labels: a list of all host names.
type goldLabels []goldHost

func (g goldLabels) with(zone uint32, does func(h goldHost) bool) (found Host) {
	for _, h := range g {
		if h.zone == zone && h.label != "" && h.name != h.label+"." && does(h) {
			found.Several = found.Several || found.Found && found.Value != h.value
			found.Found, found.Value = true, h.value
		}
	}
	if found.Several {
		found.Value = 0
	}
	return found
}

func (g goldLabels) lookup(zone uint32, label string) (found Hosts) {
	label = fold.Lower(label)
	full := func(h goldHost) bool { return h.domain != "" && h.label == label }
	found.Short = g.with(zone, func(h goldHost) bool { return h.name == label && h.domain == "" })
	found.Full = g.with(zone, full)
	found.Long = g.with(zone, func(h goldHost) bool {
		return len([]rune(label)) == 15 && strings.HasPrefix(h.label, label) && len([]rune(h.label)) > 15
	})
	found.ShortHasFull = found.Short.Found &&
		g.with(zone, func(h goldHost) bool { return full(h) && h.value == found.Short.Value }).Found
	return found
}

func (g goldLabels) hasDomain(zone uint32, domain string) bool {
	domain = fold.Lower(domain)
	return g.with(zone, func(h goldHost) bool { return h.domain != "" && h.domain == domain }).Found
}

// comparableHosts returns the fields of the hosts that the twin sets, too.
func comparableHosts(found Hosts) Hosts {
	for _, h := range []*Host{&found.Short, &found.Full, &found.Long} {
		if h.at = 0; h.Several {
			h.Value = 0
		}
	}
	return found
}

// denseName returns a name of a small set of which many share labels and domains.
func denseName(r *rand.Rand) string {
	labels := []string{
		"a", "B", "ws-1", "ws-2", "É", "exactly-15-char", "exactly-15-chars", "exactly-15-charts", "Exactly-15-chÄr", "exactly-15-chärs",
		"\xff", "kelvin-\u212a-345678", "kelvin-k-34567890", strings.Repeat("long", 20), "",
	}
	name := labels[r.IntN(len(labels))]
	switch r.IntN(3) {
	case 0:
		return name
	case 1:
		return name + "." + []string{"x", "corp.example", "CORP.example", "lab.corp.example", "é.example", ""}[r.IntN(6)]
	}
	return name + "." + awkwardName(r)
}

func TestLabelsAgreeWithTwin(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 4))
		b, gold, seen := NewBuilder(Options{Seed: seed % 3}), goldLabels{}, map[twinKey]bool{}
		zones := []uint32{0, 1, 300}[:1+r.IntN(3)]
		for range r.IntN(300) {
			zone, name := zones[r.IntN(len(zones))], denseName(r)
			folded := fold.Lower(name)
			if seen[twinKey{zone, folded}] || name == "" {
				continue
			}
			seen[twinKey{zone, folded}] = true
			value := r.Uint32N(1 + r.Uint32N(40))
			if r.IntN(8) == 0 {
				b.AddOther(zone, name, value) // not a host name
				continue
			}
			b.Add(zone, name, value)
			label, domain, _ := strings.Cut(folded, ".")
			gold = append(gold, goldHost{zone, folded, value, label, domain})
		}
		_, labels, err := b.BuildWithLabels()
		require.NoError(t, err, "seed %d", seed)
		for range 500 {
			zone := zones[r.IntN(len(zones))]
			label, domain, _ := strings.Cut(respell(r, denseName(r)), ".")
			require.Equal(t, gold.lookup(zone, label), comparableHosts(labels.Lookup(zone, label)), "seed %d: Lookup(%d, %q)", seed, zone, label)
			require.Equal(t, gold.hasDomain(zone, domain), labels.HasDomain(zone, domain), "seed %d: HasDomain(%d, %q)", seed, zone, domain)
		}
	}
}

// The bytes depend on the names and the seed, but not on the order in which names are added.
func TestLabelsDoNotDependOnTheOrderOfNames(t *testing.T) {
	all := someNames(3000)
	for i := range all {
		if i%3 == 0 {
			all[i], _ = HostParts(all[i])
			all[i] += fmt.Sprint(i)
		}
	}
	made := func(all []string) *Labels {
		b := NewBuilder(Options{Seed: 5})
		for _, name := range all {
			b.Add(0, name, uint32(len(name)))
		}
		_, l, err := b.BuildWithLabels()
		require.NoError(t, err)
		return l
	}
	want := made(all)
	slices.SortFunc(all, func(a, b string) int { return cmp.Compare(b, a) })
	require.Equal(t, want.slots, made(all).slots)
}

// A million names with the same label take one slot for it, and one for each of their domains.
func TestLabelOfManyNamesTakesOneSlot(t *testing.T) {
	b := NewBuilder(Options{Seed: 1})
	for i := range 20_000 {
		b.Add(0, fmt.Sprintf("www.site%d.example", i%10_000+i/10_000), uint32(i%10_000))
		if i == 9_999 {
			break
		}
	}
	_, l, err := b.BuildWithLabels()
	require.NoError(t, err)
	assert.Equal(t, Hosts{Full: Host{Found: true, Several: true}}, comparableHosts(l.Lookup(0, "WWW")))
	used := 0
	for _, s := range l.slots {
		if s != 0 {
			used++
		}
	}
	assert.Equal(t, 10_001, used)
}

func TestLabelsOfTableWithoutHostNamesAreEmpty(t *testing.T) {
	for _, add := range []func(b *Builder){
		func(*Builder) {},
		func(b *Builder) { b.AddOther(0, "ws-1.corp.example", 1) },
		func(b *Builder) { b.AddOther(0, "", 1) },
		func(b *Builder) { b.Add(0, ".corp.example", 1) },
	} {
		b := NewBuilder(Options{})
		add(b)
		_, l, err := b.BuildWithLabels()
		require.NoError(t, err)
		for _, label := range []string{"", "ws-1", "corp.example"} {
			assert.Zero(t, l.Lookup(0, label), "%q", label)
			assert.False(t, l.HasDomain(0, label), "%q", label)
		}
	}
}

func TestNameIsTheFullNameOfALabel(t *testing.T) {
	b := NewBuilder(Options{})
	b.Add(0, "DB-9.Corp.Example", 1)
	b.Add(0, "a-name-longer-than-15", 2)
	_, l, err := b.BuildWithLabels()
	require.NoError(t, err)
	assert.Equal(t, "db-9.corp.example", l.Name(l.Lookup(0, "db-9").Full))
	assert.Equal(t, "a-name-longer-than-15", l.Name(l.Lookup(0, "a-name-longer-t").Long))
}

func TestOpenedLabelsAreThoseThatWerePut(t *testing.T) {
	b := NewBuilder(Options{})
	for i, name := range someNames(500) {
		b.Add(uint32(i%2), name, uint32(i))
	}
	table, want, err := b.BuildWithLabels()
	require.NoError(t, err)
	var w sections.Writer
	table.Put(&w, "hosts")
	want.Put(&w, "hosts.labels")
	r := reopen(t, &w)
	table, err = Open(r, "hosts")
	require.NoError(t, err)
	got, err := OpenLabels(r, "hosts.labels", table)
	require.NoError(t, err)
	assert.Equal(t, want.slots, got.slots)
	_, err = OpenLabels(r, "users.labels", table)
	require.ErrorIs(t, err, sections.ErrFormat)
}

func TestOpenRejectsHostileLabels(t *testing.T) {
	b := NewBuilder(Options{})
	b.Add(0, "ws-1.corp.example", 1)
	table, l, err := b.BuildWithLabels()
	require.NoError(t, err)
	for _, test := range []struct {
		slots []uint64
		want  string
	}{
		{[]uint64{newSlot(1, fullOne, 0)}, "no free slot"},
		{[]uint64{0, newSlot(1, fullOne, uint32(len(table.arena)/unit))}, "beyond the arena"},
		{[]uint64{0, newSlot(1, domainKind+1, 0)}, "kind 9"},
		{[]uint64{0, 7}, "kind 0"},
	} {
		var w sections.Writer
		sections.Put(&w, "labels", test.slots)
		_, err := OpenLabels(reopen(t, &w), "labels", table)
		require.ErrorIs(t, err, sections.ErrFormat)
		require.ErrorContains(t, err, test.want)
	}
	// Slots that stay in bounds give wrong results at most.
	l.slots = []uint64{0, newSlot(1, longOne, 0), newSlot(2, shortAlone, 1), newSlot(3, fullShort, 2), newSlot(3, domainKind, 3)}
	for _, label := range fuzzNames {
		l.Lookup(0, label)
		l.HasDomain(0, label)
	}
}

func TestCutNetBIOSCountsCharacters(t *testing.T) {
	for _, test := range []struct {
		label, start string
		longer       bool
	}{
		{"", "", false},
		{"ws-17", "ws-17", false},
		{"exactly-15-char", "exactly-15-char", false},
		{"exactly-15-chars", "exactly-15-char", true},
		{"äöüäöüäöüäöüäöü", "äöüäöüäöüäöüäöü", false},
		{"äöüäöüäöüäöüäöü1", "äöüäöüäöüäöüäöü", true},
		{"exactly-15-cha\xff", "exactly-15-cha\xff", false},
		{"exactly-15-cha\xff\xff", "exactly-15-cha\xff", true},
		{"exactly-15-cha世界", "exactly-15-cha世", true},
	} {
		start, longer := cutNetBIOS(test.label)
		assert.Equal(t, test.start, start, "%q", test.label)
		assert.Equal(t, test.longer, longer, "%q", test.label)
	}
}

// FuzzLabels checks the laws of Labels for two names.
func FuzzLabels(f *testing.F) {
	f.Add("ws-17", "ws-17.corp.example")
	f.Add("exactly-15-char", "Exactly-15-chars.corp.example")
	f.Add("é", "É.é.example")
	f.Add("a..b", "a.")
	f.Fuzz(func(t *testing.T, short, full string) {
		b := NewBuilder(Options{})
		b.Add(0, short, 1)
		if fold.Lower(short) != fold.Lower(full) {
			b.Add(0, full, 2)
		}
		_, l, err := b.BuildWithLabels()
		require.NoError(t, err)
		for _, name := range []string{short, full} {
			label, domain := HostParts(name)
			found := l.Lookup(0, label)
			if label != "" && domain != "" {
				require.True(t, found.Full.Found, "%q", name)
				require.True(t, l.HasDomain(0, domain), "%q", name)
			}
			require.False(t, found.Short.Several, "%q", name)
			require.True(t, !found.ShortHasFull || found.Short.Found && found.Full.Found, "%q", name)
			require.True(t, !found.Long.Found || utf8.RuneCountInString(label) == NetBIOSLength, "%q", name)
		}
	})
}
