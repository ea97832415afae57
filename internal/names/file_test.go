package names

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/sections"
)

// reopen writes sections and opens them again.
func reopen(t testing.TB, w *sections.Writer) *sections.Reader {
	t.Helper()
	var buf bytes.Buffer
	_, err := w.WriteTo(&buf)
	require.NoError(t, err)
	r, err := sections.Open(buf.Bytes())
	require.NoError(t, err)
	return r
}

func TestOpenReturnsWhatPutWrote(t *testing.T) {
	for _, want := range []*Table{
		build(t, Options{}, 3, someNames(1000)...),
		build(t, Options{CaseSensitive: true}, 300, "One", "TWO"),
		build(t, Options{}, 0),
	} {
		var w sections.Writer
		want.Put(&w, "hosts")
		r := reopen(t, &w)
		got, err := Open(r, "hosts")
		require.NoError(t, err)
		require.Equal(t, want.Len(), got.Len())
		require.Equal(t, slices.Collect(want.All()), slices.Collect(got.All()))
		for n := range want.All() {
			v, found := got.Lookup(n.Zone, n.Text)
			require.True(t, found, "%+v", n)
			require.Equal(t, n.Value, v, "%+v", n)
		}
		_, err = Open(r, "users")
		require.ErrorIs(t, err, sections.ErrFormat)
	}
}

// fuzzNames are looked up in a damaged table.
var fuzzNames = append(someNames(120), "", "a.b.c", "ÄÖ", strings.Repeat("q", 54), strings.Repeat("q", 300))

// FuzzOpen checks that Open rejects damaged sections, or that lookups do not read beyond
// them.
func FuzzOpen(f *testing.F) {
	f.Add([]byte{4, 0}, []byte{7, 255}, []byte{40, 255}, []byte(nil))
	f.Add([]byte{48, 1, 56, 255, 70, 9}, []byte{0, 0}, []byte{4, 255}, []byte{0, 5})
	f.Add([]byte{40, 255}, []byte{1, 1}, []byte{44, 54}, []byte{4, 4})
	f.Fuzz(func(t *testing.T, head, index, arena, long []byte) {
		good := build(t, Options{Seed: 1}, 0, fuzzNames[:100]...)
		var w sections.Writer
		good.Put(&w, "good")
		r := reopen(t, &w)
		h, err := sections.Get[uint64](r, "good.head")
		require.NoError(t, err)
		var bad sections.Writer
		sections.Put(&bad, "bad.head", damage(h, head))
		sections.Put(&bad, "bad.index", damage(good.index, index))
		sections.Put(&bad, "bad.arena", damage(good.arena, arena))
		sections.Put(&bad, "bad.long", damage(good.long, long))
		table, err := Open(reopen(t, &bad), "bad")
		if err != nil {
			require.ErrorIs(t, err, sections.ErrFormat)
			return
		}
		lookupEverything(table)
	})
}

func lookupEverything(table *Table) {
	var asked [][]byte
	for _, name := range fuzzNames {
		for _, zone := range []uint32{0, 1, 300} {
			table.Lookup(zone, name)
			table.LookupSuffix(zone, name)
		}
		asked = append(asked, []byte(name))
	}
	table.LookupAll(make([]uint32, len(asked)), 0, asked)
	if table.Len() < 1<<16 {
		for range table.All() {
			continue
		}
	}
}

// damage returns a copy of s with bits flipped. The bytes of by are pairs: the first
// chooses an element, and both together the bits to flip in it. An odd last byte is the
// number of elements to cut off.
func damage[T sections.Int](s []T, by []byte) []T {
	s = slices.Clone(s)
	for ; len(by) > 1 && len(s) > 0; by = by[2:] {
		at := int(by[0]) * 8 % len(s)
		if at == 0 || len(s) < 256 {
			at = int(by[0]) % len(s)
		}
		s[at] ^= T(by[1]) << (by[0] % 64)
	}
	if len(by) == 1 {
		s = s[:max(0, len(s)-int(by[0]))]
	}
	return s
}

func TestLookupsSurviveAnyDamageToTheHead(t *testing.T) {
	good := build(t, Options{Seed: 1}, 0, fuzzNames[:100]...)
	var w sections.Writer
	good.Put(&w, "good")
	head, err := sections.Get[uint64](reopen(t, &w), "good.head")
	require.NoError(t, err)
	for i := range head {
		for bit := range 64 {
			bad := slices.Clone(head)
			bad[i] ^= 1 << bit
			var w sections.Writer
			sections.Put(&w, "bad.head", bad)
			sections.Put(&w, "bad.index", good.index)
			sections.Put(&w, "bad.arena", good.arena)
			sections.Put(&w, "bad.long", good.long)
			table, err := Open(reopen(t, &w), "bad")
			if err != nil {
				require.ErrorIs(t, err, sections.ErrFormat)
				continue
			}
			lookupEverything(table)
		}
	}
}
