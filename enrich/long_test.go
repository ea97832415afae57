//go:build long

package enrich_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// keysAgainstTwin is how many keys the tables and their slow twin are asked.
const keysAgainstTwin = 100_000

// shares is how many long loops divide the time of KITH_LONG between them.
const shares = 3

// until is when a long loop ends: after its share of KITH_LONG, or with its work
// if that is not set.
func until(t *testing.T) time.Time {
	text := os.Getenv("KITH_LONG")
	if text == "" {
		return time.Now().Add(24 * time.Hour)
	}
	budget, err := time.ParseDuration(text)
	require.NoError(t, err)
	return time.Now().Add(budget / shares)
}
