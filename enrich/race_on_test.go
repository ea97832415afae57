//go:build race

package enrich_test

// raced says that the race detector is on: under it sync.Pool drops what it is
// given now and then, so that allocations cannot be counted.
const raced = true
