package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestNetboxPageShowsOutputOfCommands compares the page about the NetBox sample with the
// output of its commands.
func TestNetboxPageShowsOutputOfCommands(t *testing.T) {
	t.Chdir("../../testdata/netbox")
	page, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, args := range [][]string{{"merge"}, {"lookup", "192.168.0.1"}} {
		var out, errs bytes.Buffer
		require.Equal(t, exitDone, run(context.Background(), args, strings.NewReader(""), &out, &errs), errs.String())
		assert.Contains(t, string(page), strings.TrimSpace(out.String()), "kith %s", args)
	}
}
