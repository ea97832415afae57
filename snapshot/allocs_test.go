//go:build !race

package snapshot_test

import (
	"testing"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/snapshot"
	"github.com/stretchr/testify/require"
)

// TestAppendNamesDoesNotAllocate cannot run under the race detector, which makes
// sync.Pool drop values at random.
func TestAppendNamesDoesNotAllocate(t *testing.T) {
	hosts, people, texts := namesOfWorld(t)
	s, name := &snapshot.Snapshot{Assets: hosts, Identities: people}, make([]byte, 0, 256)
	many := make([]entity.Named, len(texts))
	name = s.AppendNames(name[:0], "", "user", texts, many)
	require.Zero(t, testing.AllocsPerRun(10, func() {
		name = s.AppendNames(name[:0], "", "user", texts, many)
	}), "AppendNames allocates")
}
