package entity_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kithsec/kith/entity"
)

func TestUrgency(t *testing.T) {
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
		severity, ok := entity.ParseLevel(cells[0])
		assert.True(t, ok)
		for i, want := range cells[1:] {
			priority, _ := entity.ParseLevel(priorities[i])
			assert.Equal(t, want, entity.Urgency(severity, priority).String(), "Urgency(%s, %s)", severity, priority)
		}
		low := entity.Urgency(severity, entity.Low)
		assert.Equal(t, low, entity.Urgency(severity, entity.Informational), "informational reads the column of low")
	}
}

func TestParseLevel(t *testing.T) {
	for in, want := range map[string]entity.Level{" HIGH ": entity.High, "Critical": entity.Critical, "unknown": entity.Unknown} {
		got, ok := entity.ParseLevel(in)
		assert.True(t, ok, in)
		assert.Equal(t, want, got, in)
	}
	got, ok := entity.ParseLevel("severe")
	assert.False(t, ok)
	assert.Equal(t, entity.Unknown, got)
	assert.Equal(t, "critical", entity.Level(99).String())
}
