package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRunCountsEventsByFormat(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, lines ...string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o644))
		return path
	}
	assets := file("hosts.csv", "ip,owner", "10.1.2.3,netops")
	identities := file("people.csv", "identity", "jdoe")
	events := file("zeek.ndjson", `{"ts":1,"uid":"C1","id.orig_h":"10.1.2.3"}`, "", `{"ts":1,"uid":"C2","username":"ann"}`, `{"src":"10.1.2.3"}`, `{}`)
	var out strings.Builder
	require.NoError(t, run(&out, assets, identities, []string{"zeek", events, "leef", events}))
	name := filepath.Base(dir) + "/zeek.ndjson"
	assert.Equal(t, name+"\tauto\t4\t75.0 %\t50.0 %\n"+name+"\tzeek\t4\t50.0 %\t25.0 %\n"+
		name+"\tauto\t4\t75.0 %\t50.0 %\n", out.String())

	assert.ErrorContains(t, run(&out, assets, identities, []string{"zeek", file("bad.ndjson", "{}", "x")}), "bad.ndjson: ")
	assert.Error(t, run(&out, filepath.Join(dir, "none.csv"), "", []string{"zeek", events}))
}
