//go:build long

package enrich_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// keysAgainstTwin is the number of keys that are looked up in the tables and their slow
// twin.
const keysAgainstTwin = 100_000

// shares is the number of long loops among which the time of KITH_LONG is divided.
const shares = 3

// until returns when a long loop must end: after its share of KITH_LONG or, if that is
// not set, only when its work is done.
func until(t *testing.T) time.Time {
	text := os.Getenv("KITH_LONG")
	if text == "" {
		return time.Now().Add(24 * time.Hour)
	}
	budget, err := time.ParseDuration(text)
	require.NoError(t, err)
	return time.Now().Add(budget / shares)
}
