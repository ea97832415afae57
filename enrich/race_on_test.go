//go:build race

package enrich_test

// raced reports whether the race detector is on. It makes sync.Pool drop values at
// random, so that allocations cannot be counted.
const raced = true
