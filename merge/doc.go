// Package merge makes one truth of many contradictory lists, and remembers who
// said what.
//
// Sources are read in rank order: the first is trusted most. Rows are made
// canonical, and identical ones collapse. Rows of one zone that share a key
// value, directly or through others, become one entity. Values that name
// nobody ("unknown", 127.0.0.1) join nothing, and neither does a value that
// more rows carry than MaxRowsPerKey: it is shared, not a name.
//
// An entity keeps per field what the field's policy says: all values (union),
// the best-ranked one (first), the highest priority, true if any row says so,
// the latest or earliest date. Every key leads to exactly one entity. Its
// canonical key, the first it answers in the order dns, nt_host, mac, ip,
// custom, makes its id.
//
// Write writes the entities as merged lookups, CSV files that are themselves
// sources; Diff says what would change of earlier ones; NewProvenance says for
// every value which row states it, what lost, and why rows were joined.
//
// Merging is deterministic, and merging what it wrote gives it back: a merged
// lookup lists the keys that each entity answers, so that nothing is decided
// twice.
//
// A merge runs on the goroutine that calls it and, while a source is read, on three
// more, which read it; assets are put in order on all cores. None of them is there
// any longer when Merge returns, but for a read of a source that was given up
// because of an error. Merges share nothing and may run side by side.
package merge
