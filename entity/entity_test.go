package entity_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/schema"
)

func TestRowErrorNamesPathOrSource(t *testing.T) {
	err := entity.CellError("cmdb", "hosts.csv", 17, 9, "ip", schema.BadValue("bad address", "x", "use one"))
	assert.EqualError(t, err, `hosts.csv:17:9: ip: bad address "x": use one`)
	assert.Equal(t, entity.LostValue, err.Loss)
	assert.Equal(t, "x", err.Value)
	err.Path = ""
	assert.EqualError(t, err, `cmdb:17:9: ip: bad address "x": use one`)
}

func TestUrgencyFollowsTable(t *testing.T) {
	const table = `
severity      unknown       low           medium        high          critical
unknown       low           low           low           medium        medium
informational informational informational informational informational informational
low           low           low           low           medium        medium
medium        low           low           medium        medium        high
high          medium        medium        high          high          critical
critical      high          high          critical      critical      critical`
	rows := strings.Split(strings.TrimSpace(table), "\n")
	priorities := strings.Fields(rows[0])[1:]
	for _, row := range rows[1:] {
		cells := strings.Fields(row)
		severity, _ := entity.ParsePriority(cells[0])
		for i, want := range cells[1:] {
			priority, _ := entity.ParsePriority(priorities[i])
			assert.Equal(t, want, entity.Urgency(severity, priority).String(), "Urgency(%s, %s)", severity, priority)
		}
		assert.Equal(t, entity.Urgency(severity, entity.Low), entity.Urgency(severity, entity.Informational), "informational reads the column of low")
		assert.Equal(t, entity.Urgency(severity, entity.UnknownPriority), entity.Urgency(severity, entity.Unset), "no entity is unknown")
	}
	assert.Equal(t, entity.Low, entity.Urgency(entity.Unset, entity.Unset), "a severity that the table lacks is unknown")
}
