package detect

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAttackIDsGetTheTacticsOfTheirTechniques(t *testing.T) {
	table := newAttackTable()
	for text, want := range map[string][2]string{
		"T1110":                      {"T1110", "TA0006"},
		"t1059.001":                  {"T1059.001", "TA0002"},
		"T1059.999":                  {"T1059.999", "TA0002"}, // the tactic of T1059
		"T1078|TA0040":               {"T1078", "TA0040"},
		"Command And Control":        {"", "TA0011"},
		"credential-access, nothing": {"", "TA0006"},
		"T9999":                      {"T9999", ""},
		"T11":                        {"", ""},
	} {
		var a Attack
		a.addIDs(table, text)
		a.normalizeIDs(table)
		assert.Equal(t, want, [2]string{strings.Join(a.Techniques, " "), strings.Join(a.Tactics, " ")}, text)
	}
	assert.Len(t, table.tactics, 637)
}
