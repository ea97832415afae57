package main

import (
	"testing"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/entity"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestListFlagsReplaceListsOfFile(t *testing.T) {
	var f listFlags
	c := &cobra.Command{Use: "try"}
	f.register(c)
	require.NoError(t, c.ParseFlags([]string{
		"-c", "../../config/testdata/absent.yaml", "--assets", "../../config/testdata/lists/cmdb.csv", "--assets=" + "../../config/testdata/lists/cloud-1.csv",
	}))
	config, err := f.openConfig()
	require.NoError(t, err)
	got, err := config.Expand(entity.Asset)
	require.NoError(t, err, "the lists of the flags replace those of the file")
	require.Len(t, got, 2)
	assert.Equal(t, "cmdb", got[0].Name)
	assert.Equal(t, "../../config/testdata/lists/cmdb.csv", got[0].Path, "relative to the working directory, not to the file's folder")

	f.identities = []string{"gone.csv"}
	config, err = f.openConfig()
	require.NoError(t, err)
	_, err = config.Expand(entity.Identity)
	assert.EqualError(t, err, "gone.csv: no such file or directory", "not at a line of the file")
}

func TestListFlagsRejectEmptyAndRepeatedFiles(t *testing.T) {
	for _, test := range []struct {
		paths, names []string
		err          string
	}{
		{paths: []string{"a/x.csv", "b/y.CSV.gz", "z.txt"}, names: []string{"x", "y", "z.txt"}},
		{paths: []string{"a/x.csv", "b/x.csv", "z.csv"}, names: []string{"a/x.csv", "b/x.csv", "z"}},
		{paths: []string{"x.csv", "x.csv"}, err: "--assets x.csv: the file is given twice"},
		{paths: []string{""}, err: "flag --assets needs a path, not an empty string"},
	} {
		var list config.Lists
		err := overrideSources(&list, "assets", test.paths)
		if test.err != "" {
			require.EqualError(t, err, test.err, "overrideSources(%q)", test.paths)
			assert.Equal(t, exitUsage, exitCode(err))
			continue
		}
		require.NoError(t, err, "overrideSources(%q)", test.paths)
		var names []string
		for _, s := range list.Sources {
			names = append(names, s.Name)
		}
		assert.Equal(t, test.names, names, "overrideSources(%q)", test.paths)
	}
}
