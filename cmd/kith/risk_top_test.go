package main

import (
	"testing"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/risk/score"
	"github.com/stretchr/testify/assert"
)

// TestBarsAppearOnlyWhereTheyFit also checks that names of objects are escaped for
// terminals.
func TestBarsAppearOnlyWhereTheyFit(t *testing.T) {
	list := []risk.Standing{
		{Object: "jdoe", Type: "user", Score: score.Points(80), Events: 1200, Sources: 2, Tactics: 1, Priority: "high"},
		{Object: "\x1b[31mred", Type: "system", Zone: "emea", Score: score.Points(20), Events: 1, Priority: "unknown"},
	}
	const day = 24 * 3600e9
	assert.Equal(t, `object       type    zone  score  modifiers  sources  tactics  priority
jdoe         user          80     1,200      2        1        high
\x1b[31mred  system  emea  20     1          0        0        unknown
`, topTable(list, day, term.Style{}, term.Canvas{}))
	assert.Equal(t, `object       type    zone  score  modifiers  sources  tactics  priority
jdoe         user          80     1,200      2        1        high     ██████████
\x1b[31mred  system  emea  20     1          0        0        unknown  ██▌
`, topTable(list, day, term.Style{Colours: false}, term.Canvas{Width: 83, UTF8: true}))
	assert.NotContains(t, topTable(list, day, term.Style{}, term.Canvas{Width: 75, UTF8: true}), "█", "too narrow")
	assert.NotContains(t, topTable(list, day, term.Style{Colours: true}, term.Canvas{Width: 80, UTF8: true}), "\x1b[31m")
	assert.Contains(t, topTable(list, day, term.Style{Colours: true}, term.Canvas{Width: 100, UTF8: false}), "####", "colours take no columns")
	assert.Equal(t, "no risk in the last 24h\n", topTable(nil, day, term.Style{}, term.Canvas{}))
}
