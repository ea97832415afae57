//go:build long

package names

import "testing"

// The test makes ten million lookups.
func TestTableAgreesWithTwinLong(t *testing.T) {
	for seed := range uint64(10) {
		compareWithTwin(t, 100+seed, 200_000, 1_000_000)
	}
}
