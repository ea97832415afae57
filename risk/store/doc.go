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
// One process at a time may write a directory ([ErrInUse]); [Look] reads it at
// any time. A directory of a
// newer or older version is refused ([ErrVersion], [ErrOldVersion]), and so is
// one in which a checksum or a count is wrong ([ErrDamaged]).
//
// # How it is kept
//
// In one bbolt database, whose transactions are the commits:
//
//	meta      version and state: clock, incident rules, positions, lengths, counts
//	blocks    modifiers, up to 4096 to a block, those of an object in order of
//	          arrival, texts once a block
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
// What is written is a few large values under rising keys and some small ones,
// in one transaction that must include positions and lengths, and it is read as
// a whole once, at the start. bbolt 1.5.0 and pebble 1.1.5 were compared on
// that: 40 synced commits of 12 blocks of 480 KiB and 2000 states of objects,
// half of the blocks deleted later, twice each, alternating, on two shared
// cores:
//
//	          commit, mean (worst)         118 MB of blocks walked    on disk
//	bbolt     62 ms (135), 50 ms (145)     8 ms, 6 ms (mapped)        162 MB
//	pebble    47 ms (112), 54 ms (200)     215 ms, 130 ms (copied)    135 MB
//
// Commits cost the same, for both wait for the disk. Walking what is mapped
// touched each page and did not copy it, so the second column flatters bbolt;
// decoding modifiers takes a hundred times as long with either. So bbolt, for
// what it is: one file, a lock that refuses the second process, nothing that
// compacts in the background.
// SQLite would need cgo or a translated C library and was not measured. What
// bbolt lacks, checksums on pages, is made up for as said above, and its lock,
// which keeps readers out, by a copy; what it costs is that the file does not
// shrink.
package store
