//go:build !long

package enrich_test

import (
	"testing"
	"time"
)

// keysAgainstTwin is the number of keys that are looked up in the tables and their slow
// twin.
const keysAgainstTwin = 2_000

// until returns when a long loop must end. Without the build tag long, loops are short.
func until(*testing.T) time.Time { return time.Now().Add(time.Hour) }
