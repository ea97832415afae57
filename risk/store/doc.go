// Package store keeps a risk engine's state in a directory, so that a process
// may be killed at any instant and nothing is lost or said twice that need not
// be.
//
// # What is promised
//
// Lines are acknowledged by commits: at least every second while lines come,
// and by [Store.Close]. After a crash the store is where its last commit was:
//
//   - A FILE that was being read goes on at the committed position, if it has
//     the same path and begins with the same bytes ([Store.Input]).
//   - Standard input may be fed again from any point up to the first line that
//     was not acknowledged; what was counted is recognised as a duplicate or as
//     late.
//   - An output file holds every notable once: it is written and synced before
//     the commit that knows its length, and what lies beyond that length is cut
//     when the store is opened.
//   - An output stream gets every notable at least once: the commit keeps them
//     before they are written, and forgets them in the next one.
//
// One process at a time may use a directory ([ErrInUse]). A directory of a
// newer version is refused ([ErrVersion]), and so is one in which a checksum or
// a count is wrong ([ErrDamaged]).
//
// # How it is kept
//
// In one bbolt database, whose transactions are the commits:
//
//	meta      version and state: clock, incident rules, positions, lengths, counts
//	blocks    modifiers in order of arrival, up to 4096 to a block, texts once a block
//	objects   where the incident rules stand with objects that came near them
//	notables  what was emitted, by id, for explain
//	unsaid    what an output stream may not have got
//
// Every value begins with a CRC-32C over its key and its content, because bbolt
// has no checksum but that of its meta pages. Modifiers are appended, never
// changed: a block goes when all that is in it has expired. Starting reads all
// blocks and no line again.
//
// # Why bbolt
//
// What is written is a few large values a second under rising keys, in one
// transaction that must include positions and lengths, and it is read as a
// whole once, at the start. For that a B+tree in one file with a sync per commit
// is enough; there is nothing to compact, and a file lock refuses the second
// process. An LSM store (pebble) would earn its write-ahead log and compactions
// if single modifiers were written under random keys, which the blocks avoid;
// it was not measured here. SQLite would need cgo or a translated C library.
// What bbolt lacks, checksums on pages, is made up for as said above; what it
// costs is that the file does not shrink, and that `show`, `top` and `explain`
// must wait until the writing process is gone.
package store
