//go:build long

package main

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// crashBudget returns how often TestCrash tries to kill the process, and how long it may
// take: KITH_LONG, or a minute.
func crashBudget(t *testing.T) (int, time.Duration) {
	budget := time.Minute
	if text := os.Getenv("KITH_LONG"); text != "" {
		var err error
		budget, err = time.ParseDuration(text)
		require.NoError(t, err)
	}
	return 200, budget
}
