package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestGobenchPrintsMedianOfRuns(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, printBenchmarks(nil, strings.NewReader(`goos: linux
BenchmarkLookupAddr/assets=1M/probe=zipf-2    100    20.0 ns/op    0 B/op    0 allocs/op
BenchmarkLookupAddr/assets=1M/probe=zipf-2    100    10.0 ns/op    0 B/op    0 allocs/op
BenchmarkLookupAddr/assets=1M/probe=zipf-2    100    11.0 ns/op    0 B/op    0 allocs/op
BenchmarkMerge-2    1    2500000000 ns/op    440000 rows/s
PASS
`), &out))
	assert.Equal(t, "| benchmark | n | median (least–greatest) |\n|---|---:|---|\n"+
		"| `LookupAddr/assets=1M/probe=zipf` | 3 | 11.0 (10.0–20.0) ns/op |\n"+
		"| `Merge` | 1 | 2.50 s/op; 440.0 k rows/s |\n", out.String())
}

func TestGobenchPrintsColumnPerFile(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "v1.txt"), filepath.Join(dir, "v3.txt")
	require.NoError(t, os.WriteFile(one, []byte("BenchmarkA-2 10 20.0 ns/op\nBenchmarkB-2 10 30000 ns/op\n"), 0o600))
	require.NoError(t, os.WriteFile(two, []byte("BenchmarkA-2 10 10.0 ns/op\n"), 0o600))
	var out bytes.Buffer
	require.NoError(t, printBenchmarks([]string{one, two}, nil, &out))
	assert.Equal(t, "| benchmark | n | v1: median (least–greatest) | v3: median (least–greatest) |\n|---|---:|---|---|\n"+
		"| `A` | 1 | 20.0 ns/op | 10.0 ns/op |\n| `B` | 1 | 30.0 µs/op | – |\n", out.String())
}

func TestInvalidArgumentsAreRejected(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"", "help"},
		{"walk", `"walk": not one of`},
		{"lookup -rounds 0", "need at least one round"},
		{"names more", `unexpected argument "more"`},
		{"lookup -prefixes /nowhere/x.gz", "no such file"},
	} {
		assert.ErrorContains(t, run(strings.Fields(c.args), nil, io.Discard, io.Discard), c.want, "rivals %s", c.args)
	}
}
