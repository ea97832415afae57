package entity_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/schema"
)

func TestRowError(t *testing.T) {
	err := entity.CellError("cmdb", "hosts.csv", 17, 9, "ip", schema.BadValue("bad address", "x", "use one"))
	assert.EqualError(t, err, `hosts.csv:17:9: ip: bad address "x": use one`)
	assert.Equal(t, entity.LostValue, err.Loss)
	assert.Equal(t, "x", err.Value)
	err.Path = ""
	assert.EqualError(t, err, `cmdb:17:9: ip: bad address "x": use one`)
}
