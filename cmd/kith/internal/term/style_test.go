package term

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestGridAlignsColumns(t *testing.T) {
	colours := Style{Colours: true}
	var g Grid
	g.AddRow("field", "value", "from")
	g.StyleRow(colours.Dim)
	g.AddRow("owner", "Zoë\x1b[2J", "cmdb:2")
	g.AddRow("", strings.Repeat("x", maxColumnWidth+5), "cmdb:3")
	g.AddRow("last", "", "")
	var b strings.Builder
	g.Print(&b, " ")
	gap := strings.Repeat(" ", maxColumnWidth)
	assert.Equal(t, " \x1b[2mfield\x1b[0m  \x1b[2mvalue\x1b[0m"+gap[:maxColumnWidth-3]+"\x1b[2mfrom\x1b[0m\n"+
		` owner  Zoë\x1b[2J`+gap[:maxColumnWidth-8]+"cmdb:2\n"+
		"        "+strings.Repeat("x", maxColumnWidth+5)+"  cmdb:3\n"+
		" last\n", b.String())
}

func TestStyleIsPlainWithoutTerminal(t *testing.T) {
	assert.Equal(t, Style{}, StyleOf(new(bytes.Buffer)), "not a terminal")
	assert.Equal(t, "x", Style{}.Bold("x"))
	assert.Empty(t, Style{Colours: true}.Dim(""))
}

func TestColumnsCountsWideCharactersTwice(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, "Zoë": 3, "Zoe\u0308": 3, "東京": 4, "한국 x": 6, "ｶﾅ": 2, "👩‍💻": 2} {
		assert.Equal(t, want, Columns(text), "Columns(%q)", text)
	}
	var g Grid
	g.AddRow("東京", "a")
	g.AddRow("four", "b")
	var b strings.Builder
	g.Print(&b, "")
	assert.Equal(t, "東京  a\nfour  b\n", b.String())
}
