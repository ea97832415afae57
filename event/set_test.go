package event

import (
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func collectPaths(paths iter.Seq[Path]) (list []Path) {
	for path := range paths {
		list = append(list, path)
	}
	return list
}

// TestMaskAgreesWithSet compares a mask with a set of the same paths.
func TestMaskAgreesWithSet(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 20_000 {
		n := 1 + rnd.IntN(300)
		var wanted mask
		var set, present Set
		present.reset(n)
		for range rnd.IntN(6) {
			path := Path(rnd.IntN(n))
			wanted.add(path)
			set.Add(path)
		}
		for range rnd.IntN(12) {
			present.Add(Path(rnd.IntN(n)))
		}
		var common []Path
		for path := range Path(n) {
			if set.Has(path) && present.Has(path) {
				common = append(common, path)
			}
		}
		path, found := wanted.pathInAll(present)
		require.Equal(t, pathCount(min(len(common), 2)), found, "%v in %v", wanted, present)
		if found == onePath {
			require.Equal(t, common[0], path, "%v in %v", wanted, present)
		}
		require.Equal(t, len(common) > 0, wanted.meets(present), "%v meets %v", wanted, present)
		require.Equal(t, common, collectPaths(pathsIn(wanted.sortedWords(), present)), "%v in %v", wanted, present)
		require.True(t, slices.IsSortedFunc(wanted.sortedWords(), func(a, b maskWord) int { return int(a.index) - int(b.index) }))
	}
}

// Fields whose values are taken whole are read on the fast path only if their paths are
// numbered in the order in which they are tried.
func TestPathsAreNumberedInTheOrderInWhichTheyAreTried(t *testing.T) {
	for _, format := range append(PresetNames(), Auto) {
		b := NewBuilder(Options{Format: format})
		require.NoError(t, b.Roles())
		s, err := b.Build()
		require.NoError(t, err)
		for _, f := range s.formats {
			for role, r := range f.usual {
				if r == nil {
					continue
				}
				for _, g := range r.groups {
					require.True(t, g.ascending || !g.plainFields, "%s, %s of %s: %v", format, Role(role), f.name, g.spellings)
				}
			}
		}
	}
}

func TestNullTokensMatchInAnyCase(t *testing.T) {
	long := strings.Repeat("n/a ", 9) + "end"
	n := newNulls([]string{"LOCAL", "127.0.0.1", long})
	list := append(NullTokens(), "local", "127.0.0.1", long)
	for _, token := range list {
		for _, v := range []string{token, strings.ToUpper(token)} {
			require.True(t, n.has([]byte(v)), "has(%q)", v)
		}
		for _, v := range []string{token + "x", "x" + token, strings.Repeat("n", len(token)+32)} {
			require.Equal(t, slices.Contains(list, v), n.has([]byte(v)), "has(%q)", v)
		}
	}
	n = newNulls([]string{"Übrig", "ÇA", "İptal", "K"})
	for _, v := range []string{"Übrig", "übrig", "ÜBRIG", "ça", "Ça", "n/a", "İptal", "iptal", "IPTAL", "K", "k"} {
		require.True(t, n.has([]byte(v)), "has(%q)", v)
	}
	for _, v := range []string{"ubrig", "übrigen", "ç", "x"} {
		require.False(t, n.has([]byte(v)), "has(%q)", v)
	}
	values := [][]byte{[]byte("-"), []byte("a")}
	require.Len(t, (*nullSet)(nil).dropTokens(values, 0), 2)
	require.Len(t, n.dropTokens(values, 0), 1)
}
