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
// Merging is deterministic, and merging what it wrote gives it back.
package merge
