package enrich

import (
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/event"
)

func all(paths iter.Seq[int]) (list []uint) {
	for path := range paths {
		list = append(list, uint(path))
	}
	return list
}

// A mask says of an event what a set of the same paths says.
func TestMask(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 20_000 {
		n := 1 + rnd.IntN(300)
		var wanted mask
		var set, present pathSet
		present.clear(n)
		for range rnd.IntN(6) {
			path := rnd.IntN(n)
			wanted.add(path)
			set.add(path)
		}
		for range rnd.IntN(12) {
			present.add(rnd.IntN(n))
		}
		var common []uint
		for path := range n {
			if set.has(path) && present.has(path) {
				common = append(common, uint(path))
			}
		}
		path, found := wanted.inAll(present)
		require.Equal(t, howMany(min(len(common), 2)), found, "%v in %v", wanted, present)
		if found == one {
			require.Equal(t, common[0], path, "%v in %v", wanted, present)
		}
		require.Equal(t, len(common) > 0, wanted.meets(present), "%v meets %v", wanted, present)
		require.Equal(t, common, all(pathsIn(wanted.words(), present)), "%v in %v", wanted, present)
		require.True(t, slices.IsSortedFunc(wanted.words(), func(a, b maskWord) int { return int(a.at) - int(b.at) }))
	}
}

// The numbers of the paths ascend within every group, in every plan: that is what
// makes the cheap way of taking them the one that is taken.
func TestPathsAreNumberedInOrder(t *testing.T) {
	for _, format := range append(event.PresetNames(), "auto") {
		e, err := New(&Snapshot{}, Options{Format: format})
		require.NoError(t, err)
		for _, p := range e.plan.Load().presets {
			for _, r := range p.roles {
				for _, g := range r.groups {
					require.True(t, g.sorted, "%s, %s of %s: %v", format, r.role, p.name, g.order)
				}
			}
		}
	}
}

// Values are null tokens exactly if they are in the list, whatever their case.
func TestNulls(t *testing.T) {
	long := strings.Repeat("n/a ", 9) + "end"
	n := newNulls([]string{"LOCAL", "127.0.0.1", long})
	list := append(event.NullTokens(), "local", "127.0.0.1", long)
	for _, token := range list {
		for _, v := range []string{token, strings.ToUpper(token)} {
			require.True(t, n.has([]byte(v)), "has(%q)", v)
		}
		for _, v := range []string{token + "x", "x" + token, strings.Repeat("n", len(token)+32)} {
			require.Equal(t, slices.Contains(list, v), n.has([]byte(v)), "has(%q)", v)
		}
	}
	values := [][]byte{[]byte("-"), []byte("a")}
	require.Len(t, (*nulls)(nil).dropFrom(values, 0), 2)
	require.Len(t, n.dropFrom(values, 0), 1)
}
