package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestGrid(t *testing.T) {
	colours := style{colours: true}
	var g grid
	g.row("field", "value", "from")
	g.looking(colours.dim)
	g.row("owner", "Zoë\x1b[2J", "cmdb:2")
	g.row("", strings.Repeat("x", widest+5), "cmdb:3")
	g.row("last", "", "")
	var b strings.Builder
	g.write(&b, " ")
	gap := strings.Repeat(" ", widest)
	assert.Equal(t, " \x1b[2mfield\x1b[0m  \x1b[2mvalue\x1b[0m"+gap[:widest-3]+"\x1b[2mfrom\x1b[0m\n"+
		` owner  Zoë\x1b[2J`+gap[:widest-8]+"cmdb:2\n"+
		"        "+strings.Repeat("x", widest+5)+"  cmdb:3\n"+
		" last\n", b.String())
}

func TestStyleOf(t *testing.T) {
	assert.Equal(t, style{}, styleOf(new(bytes.Buffer)), "no terminal")
	assert.Equal(t, "x", style{}.bold("x"))
	assert.Empty(t, style{colours: true}.dim(""))
}
