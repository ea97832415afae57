package term

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSparkScalesToHighest(t *testing.T) {
	blocks, ascii := Canvas{Width: 80, UTF8: true}, Canvas{Width: 80, UTF8: false}
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
		assert.Equal(t, test.want, blocks.Spark(test.values), "Spark(%v)", test.values)
		assert.Equal(t, test.plain, ascii.Spark(test.values), "Spark(%v) without UTF-8", test.values)
	}
	assert.Empty(t, Canvas{}.Spark([]float64{1}), "not a terminal")
}

func TestBarIsInProportion(t *testing.T) {
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
		assert.Equal(t, test.want, Canvas{Width: 80, UTF8: true}.Bar(test.value, test.highest, test.width), "%+v", test)
		assert.Equal(t, test.plain, Canvas{Width: 80, UTF8: false}.Bar(test.value, test.highest, test.width), "%+v", test)
	}
	assert.Empty(t, Canvas{}.Bar(1, 1, 9), "not a terminal")
	assert.Equal(t, Canvas{}, CanvasOf(new(bytes.Buffer)))
}

func TestLocaleVariablesHavePrecedence(t *testing.T) {
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
		assert.Equal(t, test.want, localeIsUTF8(test.system, func(name string) string { return test.env[name] }), "%+v", test)
	}
}
