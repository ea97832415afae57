//go:build long

package names

import "testing"

// Ten million lookups agree with the twin.
func TestTableAgreesWithTwinLong(t *testing.T) {
	for seed := range uint64(10) {
		compare(t, 100+seed, 200_000, 1_000_000)
	}
}
