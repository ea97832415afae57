package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestGobench(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, gobench(nil, strings.NewReader(`goos: linux
BenchmarkLookupAddr/assets=1M/probe=zipf-2    100    20.0 ns/op    0 B/op    0 allocs/op
BenchmarkLookupAddr/assets=1M/probe=zipf-2    100    10.0 ns/op    0 B/op    0 allocs/op
BenchmarkLookupAddr/assets=1M/probe=zipf-2    100    11.0 ns/op    0 B/op    0 allocs/op
BenchmarkMerge-2    1    2500000000 ns/op    440000 rows/s
PASS
`), &out))
	assert.Equal(t, "| benchmark | n | median (least–greatest) |\n|---|---:|---|\n"+
		"| `LookupAddr/assets=1M/probe=zipf` | 3 | 11.0 (10.0–20.0) ns/op |\n"+
		"| `Merge` | 1 | 2.50 G ns/op; 440.0 k rows/s |\n", out.String())
}

func TestArguments(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"", "help"},
		{"walk", `"walk": not one of`},
		{"lookup -rounds 0", "at least one round"},
		{"names more", `"more" is no flag`},
		{"lookup -prefixes /nowhere/x.gz", "no such file"},
	} {
		assert.ErrorContains(t, run(strings.Fields(c.args), nil, io.Discard, io.Discard), c.want, "rivals %s", c.args)
	}
}
