//go:build !race

package enrich_test

// raced says that the race detector is on.
const raced = false
