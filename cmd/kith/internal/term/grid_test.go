package term

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// printed returns the lines of a grid.
func printed(g *Grid) string {
	var b strings.Builder
	g.Print(&b, "")
	return b.String()
}

func hostGrid() *Grid {
	var g Grid
	g.AddRow("found", "zone", "owner", "category")
	g.AddRow("fin-web01.corp.example", "", "it.ops", "web  pci  cardholder")
	g.AddRow("db", "", "東京東京東京東京東京東京", "database")
	return &g
}

func TestFitWidthCutsTheWidestColumns(t *testing.T) {
	for width, want := range map[int]string{
		0:  "found                   zone  owner                     category\nfin-web01.corp.example        it.ops                    web  pci  cardholder\ndb                            東京東京東京東京東京東京  database\n",
		80: "found                   zone  owner                     category\nfin-web01.corp.example        it.ops                    web  pci  cardholder\ndb                            東京東京東京東京東京東京  database\n",
		70: "found                   owner                     category\nfin-web01.corp.example  it.ops                    web  pci  cardholder\ndb                      東京東京東京東京東京東京  database\n",
		60: "found                   owner                     category\nfin-web01.corp.example  it.ops                    web  pci…\ndb                      東京東京東京東京東京東京  database\n",
		40: "found           owner          category\nfin-web01.cor…  it.ops         web  pc…\ndb              東京東京東京…  database\n",
		5:  "found   owner   categ…\nfin-w…  it.ops  web…\ndb      東京…   datab…\n",
	} {
		g := hostGrid()
		g.FitWidth(width)
		assert.Equal(t, want, printed(g), "FitWidth(%d)", width)
	}
}

func TestWrapWidthContinuesTextsInFurtherLines(t *testing.T) {
	for width, want := range map[int]string{
		80: printed(hostGrid()),
		40: "found         owner         category\nfin-web01.co  it.ops        web  pci\nrp.example                  cardholder\ndb            東京東京東京  database\n              東京東京東京\n",
	} {
		g := hostGrid()
		g.WrapWidth(width)
		assert.Equal(t, want, printed(g), "WrapWidth(%d)", width)
	}
	assert.Equal(t, "one two\n  three\n  four", WrapLine("one two three four", "  ", 9))
	assert.Equal(t, "one two three four", WrapLine("one two three four", "  ", 0))
}

// TestLinesAreNotWiderThanTheTerminal prints grids of random texts, and checks that wrapping
// loses no character.
func TestLinesAreNotWiderThanTheTerminal(t *testing.T) {
	const seed = 3
	r := rand.New(rand.NewPCG(seed, 0))
	letters := []string{"a", "b", " ", "é", "e\u0301", "東", "👩‍💻", "-"}
	for range 500 {
		var fitted, wrapped, plain Grid
		columns, width := 1+r.IntN(5), 40+r.IntN(60)
		for range 1 + r.IntN(6) {
			var row []string
			for range columns {
				var b strings.Builder
				b.WriteByte('x') // a column that is empty below the first row is left out
				for range r.IntN(60) {
					b.WriteString(letters[r.IntN(len(letters))])
				}
				row = append(row, b.String())
			}
			fitted.AddRow(row...)
			wrapped.AddRow(row...)
			plain.AddRow(row...)
		}
		fitted.FitWidth(width)
		wrapped.WrapWidth(width)
		for _, g := range []*Grid{&fitted, &wrapped} {
			for line := range strings.Lines(printed(g)) {
				assert.LessOrEqual(t, Columns(strings.TrimRight(line, "\n")), width, "seed %d: %q", seed, line)
			}
		}
		assert.Equal(t, countLetters(printed(&plain)), countLetters(printed(&wrapped)), "seed %d", seed)
	}
}

// countLetters returns how often each character occurs, without blanks and line feeds.
func countLetters(text string) map[rune]int {
	counts := map[rune]int{}
	for _, c := range text {
		if c != ' ' && c != '\n' {
			counts[c]++
		}
	}
	return counts
}
