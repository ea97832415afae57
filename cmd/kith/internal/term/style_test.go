package term

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestGrid(t *testing.T) {
	colours := Style{Colours: true}
	var g Grid
	g.AddRow("field", "value", "from")
	g.SetLook(colours.Dim)
	g.AddRow("owner", "Zoë\x1b[2J", "cmdb:2")
	g.AddRow("", strings.Repeat("x", widest+5), "cmdb:3")
	g.AddRow("last", "", "")
	var b strings.Builder
	g.Print(&b, " ")
	gap := strings.Repeat(" ", widest)
	assert.Equal(t, " \x1b[2mfield\x1b[0m  \x1b[2mvalue\x1b[0m"+gap[:widest-3]+"\x1b[2mfrom\x1b[0m\n"+
		` owner  Zoë\x1b[2J`+gap[:widest-8]+"cmdb:2\n"+
		"        "+strings.Repeat("x", widest+5)+"  cmdb:3\n"+
		" last\n", b.String())
}

func TestStyleOf(t *testing.T) {
	assert.Equal(t, Style{}, StyleOf(new(bytes.Buffer)), "no terminal")
	assert.Equal(t, "x", Style{}.Bold("x"))
	assert.Empty(t, Style{Colours: true}.Dim(""))
}
