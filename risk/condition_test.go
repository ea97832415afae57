package risk

import (
	"strings"
	"testing"

	"github.com/kithsec/kith/risk/score"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestConditionsCompareMeasures(t *testing.T) {
	m := measures{mScore: score.Points(101), mCapped: score.Points(90), mCount: score.Points(4), mSources: score.Points(4), mTactics: score.Points(3), mMax: score.Steps(80_000_001)}
	for text, want := range map[string]bool{
		"score > 100": true, "SCORE>100": true, "score > 101": false, "score >= 101.0": true, "score < 1.01e2": false, "score <= 101 and count=4": true,
		"tactics >= 3 and sources >= 5 or max > 80": true, "tactics >= 3 and (sources >= 5 or max > 80)": true, "tactics >= 4 and (sources >= 5 or max > 80)": false,
		"max > 80.0000005": true, "max = 80.0000005": false, "max != 80.0000005": true, "max < 80.0000015": true, "max >= 80.0000015": false,
		"((capped_score = 90))\n AND\tNot_a_word": false,
	} {
		c, err := parseCondition(text)
		if strings.Contains(text, "Not") {
			require.EqualError(t, err, `line 2, column 6: unknown name "Not_a_word" (known: score, capped_score, count, sources, tactics, techniques, threat_objects, max)`)
			continue
		}
		require.NoError(t, err, text)
		assert.Equal(t, want, c.holds(&m), text)
	}
	for text, want := range map[string]string{
		"":                       `line 1, column 1: expected a name or "(", found the end`,
		"score":                  `line 1, column 6: expected ">", ">=", "<", "<=", "=" or "!=", found the end`,
		"score == 5":             `line 1, column 7: expected ">", ">=", "<", "<=", "=" or "!=", found "=="`,
		"score > five":           `line 1, column 9: expected a number, found "five"`,
		"score > 5x":             `line 1, column 9: "5x": not a number`,
		"score > 1e99":           `line 1, column 9: "1e99": number out of range`,
		"(score > 5":             `line 1, column 11: expected ")", found the end`,
		"score > 5)":             `line 1, column 10: expected "and", "or" or the end, found ")"`,
		"score > 5 count > 1":    `line 1, column 11: expected "and", "or" or the end, found "count"`,
		"score > 5 and\n\u00e4":  "line 2, column 1: expected a name or \"(\", found \"\u00e4\"",
		"5 < score":              `line 1, column 1: expected a name or "(", found "5"`,
		strings.Repeat("(", 101): `line 1, column 101: parentheses are nested too deeply`,
	} {
		_, err := parseCondition(text)
		var e *SyntaxError
		require.ErrorAs(t, err, &e, text)
		assert.Equal(t, want, e.Error(), text)
	}
}

func FuzzParseCondition(f *testing.F) {
	f.Add("score > 100 and (tactics >= 3 or max != -1.5e3)")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCondition(text)
		if err != nil {
			return
		}
		// A condition that is true for all measures from low to high is true for low and
		// for high.
		low, high := measures{}, measures{}
		for i := range high {
			high[i] = score.Points(int64(50 * i))
		}
		if c.outcomeBetween(&low, &high) == alwaysTrue {
			require.True(t, c.holds(&low) && c.holds(&high))
		}
		require.Equal(t, c.holds(&high), c.outcomeBetween(&high, &high) == alwaysTrue)
	})
}
