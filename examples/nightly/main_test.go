package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// In the second night, one machine is new, one is gone and one has a new owner.
func Example() {
	dir, _ := os.MkdirTemp("", "nightly")
	defer os.RemoveAll(dir)
	cmdb := filepath.Join(dir, "cmdb.csv")
	night := func(list string) {
		_ = os.WriteFile(cmdb, []byte(list), 0o600)
		if err := mergeLists(os.Stdout, filepath.Join(dir, "lookups"), []string{cmdb}); err != nil {
			fmt.Println(err)
		}
	}
	night("ip,nt_host,owner\n10.0.0.1,web-1,ops\n10.0.0.2,db-1,dba\n10.0.0.3,mail-1,ops\n")
	night("ip,nt_host,owner\n10.0.0.1,web-1,dev\n10.0.0.2,db-1,dba\n10.0.0.4,web-2,dev\n")
	// Output:
	// first: 3 machines
	// changed web-1: owner ops → dev
	// gone mail-1
	// new web-2
}

func TestEmptyExportDoesNotReplaceLookups(t *testing.T) {
	dir := t.TempDir()
	list, lookups := filepath.Join(dir, "cmdb.csv"), filepath.Join(dir, "lookups")
	require.NoError(t, os.WriteFile(list, []byte("nt_host\na\nb\n"), 0o600))
	require.NoError(t, mergeLists(&bytes.Buffer{}, lookups, []string{list}))
	before, err := os.ReadFile(filepath.Join(lookups, "asset_lookup_by_str.csv"))
	require.NoError(t, err)

	require.NoError(t, os.WriteFile(list, []byte("nt_host\n"), 0o600))
	require.EqualError(t, mergeLists(&bytes.Buffer{}, lookups, []string{list}), "2 of 2 machines are gone: nothing was written")
	after, err := os.ReadFile(filepath.Join(lookups, "asset_lookup_by_str.csv"))
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after))
}
