package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kithsec/kith/risk"
)

func TestSpark(t *testing.T) {
	blocks, ascii := canvas{80, true}, canvas{80, false}
	for _, test := range []struct {
		values []float64
		want   string
		plain  string
	}{
		{nil, "", ""},
		{[]float64{0, -3, 0}, "   ", "   "},
		{[]float64{1}, "█", "%"},
		{[]float64{0, 1, 2, 3, 4, 5, 6, 7, 8}, " ▁▂▃▄▅▆▇█", " .:-=+*#%"},
		{[]float64{0.001, 1000}, "▁█", ".%"},
	} {
		assert.Equal(t, test.want, blocks.spark(test.values), "spark(%v)", test.values)
		assert.Equal(t, test.plain, ascii.spark(test.values), "spark(%v) without UTF-8", test.values)
	}
	assert.Empty(t, canvas{}.spark([]float64{1}), "no terminal")
}

func TestBar(t *testing.T) {
	for _, test := range []struct {
		value, highest float64
		width          int
		want, plain    string
	}{
		{8, 8, 4, "████", "####"},
		{4, 8, 4, "██", "##"},
		{5, 8, 4, "██▌", "###"},
		{0.0001, 8, 4, "▏", "#"},
		{0, 8, 4, "", ""},
		{-8, 8, 4, "", ""},
		{8, 8, 0, "", ""},
		{-1, -2, 4, "", ""},
	} {
		assert.Equal(t, test.want, canvas{80, true}.bar(test.value, test.highest, test.width), "%+v", test)
		assert.Equal(t, test.plain, canvas{80, false}.bar(test.value, test.highest, test.width), "%+v", test)
	}
	assert.Empty(t, canvas{}.bar(1, 1, 9), "no terminal")
	assert.Equal(t, canvas{}, canvasOf(new(bytes.Buffer)))
}

func TestSpeaksUTF8(t *testing.T) {
	for _, test := range []struct {
		system string
		env    map[string]string
		want   bool
	}{
		{"linux", nil, false},
		{"windows", nil, true},
		{"linux", map[string]string{"LANG": "de_DE.UTF-8"}, true},
		{"linux", map[string]string{"LANG": "C.utf8"}, true},
		{"linux", map[string]string{"LANG": "C"}, false},
		{"linux", map[string]string{"LANG": "en_US.UTF-8", "LC_ALL": "C"}, false},
		{"linux", map[string]string{"LANG": "C", "LC_CTYPE": "en_US.UTF-8"}, true},
	} {
		assert.Equal(t, test.want, speaksUTF8(test.system, func(name string) string { return test.env[name] }), "%+v", test)
	}
}

// A bar stands where there is room for it, and only there; what the objects are
// called never reaches the terminal as it is.
func TestTopTable(t *testing.T) {
	list := []risk.Standing{
		{Object: "jdoe", Type: "user", Score: risk.Points(80), Events: 1200, Sources: 2, Tactics: 1, Priority: "high"},
		{Object: "\x1b[31mred", Type: "system", Zone: "emea", Score: risk.Points(20), Events: 1, Priority: "unknown"},
	}
	const day = 24 * 3600e9
	assert.Equal(t, `object       type    zone  score  modifiers  sources  tactics  priority
jdoe         user          80     1,200      2        1        high
\x1b[31mred  system  emea  20     1          0        0        unknown
`, topTable(list, day, style{}, canvas{}))
	assert.Equal(t, `object       type    zone  score  modifiers  sources  tactics  priority
jdoe         user          80     1,200      2        1        high     ██████████
\x1b[31mred  system  emea  20     1          0        0        unknown  ██▌
`, topTable(list, day, style{colours: false}, canvas{83, true}))
	assert.NotContains(t, topTable(list, day, style{}, canvas{75, true}), "█", "no room")
	assert.NotContains(t, topTable(list, day, style{colours: true}, canvas{80, true}), "\x1b[31m")
	assert.Contains(t, topTable(list, day, style{colours: true}, canvas{100, false}), "####", "colours take no room")
	assert.Equal(t, "no risk in the last 24h\n", topTable(nil, day, style{}, canvas{}))
}
