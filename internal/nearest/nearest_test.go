package nearest

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOfReturnsWordWithFewestEdits(t *testing.T) {
	known := []string{"multivalue", "limit", "tag", "policy", "key", "only", "id"}
	for word, want := range map[string]string{
		"multvalue":  "multivalue",
		"mutlivalue": "multivalue", // exchanged neighbours count as one edit
		"limits":     "limit",
		"tga":        "tag",
		"onyl":       "only",
		"polciy":     "policy",
		"ide":        "id",
		"policy":     "", // a known word
		"colour":     "",
		"":           "",
		"x":          "",
	} {
		got, found := Of(word, known)
		assert.Equal(t, want, got, "Of(%q)", word)
		assert.Equal(t, want != "", found, "Of(%q)", word)
	}
	_, found := Of("a", nil)
	assert.False(t, found, "Of with no known words")
}

func TestOfPrefersEarlierWordOnTie(t *testing.T) {
	got, _ := Of("first_", []string{"first1", "first2"})
	assert.Equal(t, "first1", got, "the earlier known word wins")
}

func FuzzDistance(f *testing.F) {
	f.Add("kitten", "sitting")
	f.Add("ab", "ba")
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a) > 100 || len(b) > 100 {
			return
		}
		x, y := []rune(a), []rune(b)
		d := distance(x, y)
		assert.Equal(t, d, distance(y, x), "distance(%q, %q) is symmetric", a, b)
		assert.Equal(t, d == 0, string(x) == string(y), "distance(%q, %q)", a, b)
		assert.LessOrEqual(t, d, max(len(x), len(y)))
	})
}
