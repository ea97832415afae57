package entities_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kithsec/kith/internal/entities"
)

func TestID(t *testing.T) {
	a := entities.NewID(entities.Asset, "emea", "WS-1", false)
	assert.Len(t, a.String(), 32)
	assert.Equal(t, a, entities.NewID(entities.Asset, "emea", "ws-1", false), "the key is lower-cased")
	assert.NotEqual(t, a, entities.NewID(entities.Asset, "emea", "WS-1", true))
	assert.NotEqual(t, a, entities.NewID(entities.Identity, "emea", "WS-1", false))
	assert.NotEqual(t, a, entities.NewID(entities.Asset, "", "emeaws-1", false), "parts do not run together")
	assert.Equal(t, "09794dbbb4145af00f28f1e0baf8d8eb", entities.NewID(entities.Asset, "", "ws-1", false).String())
	parsed, ok := entities.ParseID(a.String())
	assert.True(t, ok)
	assert.Equal(t, a, parsed)
	for _, bad := range []string{"", "09794dbb", strings.Repeat("g", 32), a.String() + "00"} {
		_, ok := entities.ParseID(bad)
		assert.False(t, ok, "%q", bad)
	}
}
