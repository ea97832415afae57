// Package bolt keeps the state of engines in a directory, as a [state.Log].
//
// One process at a time can write a directory ([state.ErrInUse]); [OpenReadOnly]
// reads it at any time. A directory of a newer or older version is refused
// ([state.ErrVersion], [state.ErrOldVersion]), and so is one in which a checksum or
// a count is wrong ([state.ErrDamaged]).
//
// The state is one bbolt database. Its transactions are the commits, its buckets
// the spaces, and one bucket more holds the version and how many keys each space
// has. Every value begins with a CRC-32C of its key and its content, because bbolt
// has no checksums except those of its meta pages.
//
// # Why bbolt
//
// What engines write is a few large values under ascending keys and some small
// ones, in one transaction that must include positions and lengths, and it is read
// as a whole once, at the start. bbolt 1.5.0 and pebble 1.1.5 were compared on that:
// 40 synced commits of 12 blocks of 480 KiB and 2000 states of objects, half of the
// blocks deleted later, twice each, alternating, on two shared cores:
//
//	          commit, mean (worst)         118 MB of blocks walked    on disk
//	bbolt     62 ms (135), 50 ms (145)     8 ms, 6 ms (mapped)        162 MB
//	pebble    47 ms (112), 54 ms (200)     215 ms, 130 ms (copied)    135 MB
//
// Commits take the same time, because both wait for the disk. Walking what is
// mapped touches each page and copies nothing, so that the second column flatters
// bbolt; decoding modifiers takes a hundred times as long with either. bbolt was
// chosen for what it is: one file, a lock that refuses the second process, and
// nothing that compacts in the background. SQLite would need cgo or a translated C
// library and was not measured. What bbolt lacks is added here: checksums on
// values, and a copy where its lock keeps readers out. Its file does not shrink.
package bolt
