package merge_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/merge"
)

// searchNames searches rows with the given names for two that contradict each other.
func searchNames(rows [][]string) merge.Search {
	var b strings.Builder
	b.WriteString("ip,nt_host\n")
	for _, names := range rows {
		fmt.Fprintf(&b, "10.0.0.1,%s\n", strings.Join(names, "|"))
	}
	return merge.SearchRows(listSource("a", b.String()), merge.Options{})
}

// TestSearchAgreesWithAllPairs compares the search with one that compares all pairs of rows,
// on rows that often agree with each other through different names.
func TestSearchAgreesWithAllPairs(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	found, none := 0, 0
	for range 800 {
		var pool []string
		for i := range 2 + rnd.IntN(6) {
			pool = append(pool, fmt.Sprintf("m%d", i), fmt.Sprintf("m%d.corp", i), fmt.Sprintf("averylongmachine%d", i), "averylongmachin")
		}
		pool = pool[:3+rnd.IntN(len(pool)-2)]
		rows := make([][]string, 2+rnd.IntN(40))
		for i := range rows {
			for range 1 + rnd.IntN(len(pool)) {
				rows[i] = append(rows[i], pool[rnd.IntN(len(pool))])
			}
		}
		disagree := func(a, b []string) bool {
			return !slices.ContainsFunc(a, func(x string) bool {
				return slices.ContainsFunc(b, func(y string) bool { return sameMachine(x, y) })
			})
		}
		want := slices.ContainsFunc(rows, func(a []string) bool {
			return slices.ContainsFunc(rows, func(b []string) bool { return disagree(a, b) })
		})
		got := searchNames(rows)
		require.Equal(t, want, got.Found, "%q", rows)
		if got.Found {
			found++
			require.True(t, disagree(rows[got.A-2], rows[got.B-2]), "%q: lines %d and %d", rows, got.A, got.B)
			require.Less(t, got.A, got.B)
		} else {
			none++
		}
	}
	require.Greater(t, min(found, none), 100, "both outcomes are common")
}

// TestSearchIsLinear checks that the search compares few values for each value that rows
// state, even if no two rows contradict each other and no name is common to all.
func TestSearchIsLinear(t *testing.T) {
	const n = 10_000
	for _, c := range []struct {
		shape string
		names func(i int) []string
		found bool
	}{
		{"all have different names", func(i int) []string { return []string{fmt.Sprintf("m%d", i)} }, true},
		{"one differs", func(i int) []string {
			if i == n-1 {
				return []string{"other"}
			}
			return []string{"m", fmt.Sprintf("m.d%d", i%2)}
		}, true},
		{"short and full names", func(i int) []string { return [][]string{{"m"}, {"m.corp"}}[i%2] }, false},
		{"one name is common to all", func(i int) []string { return []string{"m", fmt.Sprintf("m%d", i)} }, false},
		{"each two have another name in common", func(i int) []string {
			return append([][]string{{"a", "b"}, {"b", "c"}, {"c", "a"}}[i%3], fmt.Sprintf("m%d", i))
		}, false},
		{"each two of seven sets have one name in common", func(i int) []string {
			return append([][]string{
				{"a", "b", "c"}, {"a", "d", "e"}, {"a", "f", "g"}, {"b", "d", "f"}, {"b", "e", "g"}, {"c", "d", "g"}, {"c", "e", "f"},
			}[i%7], fmt.Sprintf("m%d", i))
		}, false},
	} {
		rows := make([][]string, n)
		for i := range rows {
			rows[i] = c.names(i)
		}
		got := searchNames(rows)
		require.Equal(t, c.found, got.Found, c.shape)
		require.LessOrEqual(t, got.Effort, 30*(got.Claims+1), c.shape)
	}
}

// Rows that share many addresses and have many names are compared once, and not once for each
// address. Three such rows could otherwise take hours.
func TestRowsWithManyKeysAreComparedOnce(t *testing.T) {
	const n = 3000
	rows := make([][2][]string, 3)
	for i := range n {
		a, b := i%3, (i+1)%3
		ip := fmt.Sprintf("10.0.%d.%d", i/200, i%200)
		rows[a][0], rows[b][0] = append(rows[a][0], ip), append(rows[b][0], ip)
		for j := range rows {
			rows[j][1] = append(rows[j][1], fmt.Sprintf("m%d-%d", j, i))
		}
	}
	text := "ip,nt_host\n"
	for _, r := range rows {
		text += strings.Join(r[0], "|") + "," + strings.Join(r[1], "|") + "\n"
	}
	require.Equal(t, 3, merge.CountVerdicts(listSource("a", text)), "one for each two rows")
}

// TestSearchGivesUp checks that the search ends early if rows were made to be slow to
// compare: of 25 names each has 13, so that any two have one in common. The rows then count as
// contradicting each other.
func TestSearchGivesUp(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	rows := make([][]string, 5_000)
	for i := range rows {
		for _, j := range rnd.Perm(25)[:13] {
			rows[i] = append(rows[i], fmt.Sprintf("m%d", j))
		}
	}
	got := searchNames(rows)
	require.Less(t, got.Effort, 100*got.Claims)
	require.True(t, got.Found)
	require.NotEqual(t, got.A, got.B)
}
