// Package merge merges ranked lists that overlap and contradict each other into one
// record per entity, and records which row each value came from.
//
// Sources are read in rank order, the most trusted first. The values of their rows are made
// canonical, and identical rows are collapsed into one. Rows of one zone that share a key
// value, directly or through other rows, become one entity. Some values do not join
// rows: placeholders such as "unknown" and 127.0.0.1, values that occur in more than
// MaxRowsPerKey rows, which are assumed to be shared by several entities, and values of
// fields whose Join is Off.
//
// Rows of assets that share a value can nevertheless describe two machines. Two rows
// contradict each other if both state names, or the same custom key, and nothing that both
// state agrees. An address that contradicting rows of one list have is a key of none of
// them, and an entity that is made of contradicting rows of several lists is reported as a
// loss. Join has other settings.
//
// The policy of a field decides which of its values an entity keeps: all values (union),
// the value of the highest-ranked row (first), the highest priority, true if any row has
// true, or the latest or earliest date. Each key resolves to exactly one entity. The id of
// an entity is made from its canonical key, which for an asset is its first key in the order
// dns, nt_host, mac, ip, custom.
//
// Write writes the entities as merged lookups: CSV files that can be merged again as
// sources. Diff compares results with existing merged lookups. A Provenance shows the row
// that each value came from, the values that were not kept, and the keys that joined rows.
//
// Merging is deterministic and idempotent: merged lookups list the keys of each entity, so
// merging them again gives the same entities.
//
// Merge runs on the calling goroutine, starts three more while it reads a source, and sorts
// assets on all cores. These goroutines have ended when Merge returns, except that after an
// error, a read of the abandoned source may still be in progress. Merges share no state and
// may run concurrently.
package merge
