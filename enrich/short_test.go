//go:build !long

package enrich_test

import (
	"testing"
	"time"
)

// keysAgainstTwin is how many keys the tables and their slow twin are asked.
const keysAgainstTwin = 2_000

// until is when a long loop ends: here they are short.
func until(*testing.T) time.Time { return time.Now().Add(time.Hour) }
