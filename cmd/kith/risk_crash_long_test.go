//go:build long

package main

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// crashes is how often TestCrash kills, and how long it may take: KITH_LONG,
// else a minute.
func crashes(t *testing.T) (int, time.Duration) {
	budget := time.Minute
	if text := os.Getenv("KITH_LONG"); text != "" {
		var err error
		budget, err = time.ParseDuration(text)
		require.NoError(t, err)
	}
	return 200, budget
}
