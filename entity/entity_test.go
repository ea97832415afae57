package entity_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/schema"
)

func TestID(t *testing.T) {
	a := entity.NewID(entity.Asset, "emea", "WS-1", false)
	assert.Len(t, a.String(), 32)
	assert.Equal(t, a, entity.NewID(entity.Asset, "emea", "ws-1", false), "the key is lower-cased")
	assert.NotEqual(t, a, entity.NewID(entity.Asset, "emea", "WS-1", true))
	assert.NotEqual(t, a, entity.NewID(entity.Identity, "emea", "WS-1", false))
	assert.NotEqual(t, a, entity.NewID(entity.Asset, "", "emeaws-1", false), "parts do not run together")
	assert.Equal(t, "09794dbbb4145af00f28f1e0baf8d8eb", entity.NewID(entity.Asset, "", "ws-1", false).String())
	parsed, ok := entity.ParseID(a.String())
	assert.True(t, ok)
	assert.Equal(t, a, parsed)
	for _, bad := range []string{"", "09794dbb", strings.Repeat("g", 32), a.String() + "00"} {
		_, ok := entity.ParseID(bad)
		assert.False(t, ok, "%q", bad)
	}
}

func TestRowError(t *testing.T) {
	err := entity.CellError("cmdb", "hosts.csv", 17, 9, "ip", schema.BadValue("bad address", "x", "use one"))
	assert.EqualError(t, err, `hosts.csv:17:9: ip: bad address "x": use one`)
	assert.Equal(t, entity.LostValue, err.Loss)
	assert.Equal(t, "x", err.Value)
	err.Path = ""
	assert.EqualError(t, err, `cmdb:17:9: ip: bad address "x": use one`)
}
