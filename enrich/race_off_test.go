//go:build !race

package enrich_test

// raced reports whether the race detector is on.
const raced = false
