//go:build long

package enrich_test

// keysAgainstTwin is how many keys the tables and their slow twin are asked.
const keysAgainstTwin = 100_000
