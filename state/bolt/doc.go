// Package bolt keeps the state of engines in a directory, as a [state.Log].
//
// Only one process at a time can write a directory ([state.ErrInUse]); [OpenReadOnly]
// reads it at any time. A directory of a newer or older version is rejected
// ([state.ErrVersion], [state.ErrOldVersion]), and so is one with a wrong checksum or a
// wrong number of keys ([state.ErrDamaged]).
//
// The state is one bbolt database. A commit is a transaction, and a space is a bucket. A
// further bucket contains the version and the number of keys in each space. Every value
// begins with a CRC-32C of its key and content, because bbolt checks only its meta pages.
//
// # Why bbolt
//
// Engines write a few large values under ascending keys and some small ones, in one
// transaction that must include positions and lengths. The state is read only once, as a
// whole, at the start. bbolt 1.5.0 and pebble 1.1.5 were compared on that workload: 40
// synced commits of 12 blocks of 480 KiB and 2000 states of objects, half of the blocks
// deleted later, two alternating runs each, on two shared cores:
//
//	          commit, mean (worst)         118 MB of blocks walked    on disk
//	bbolt     62 ms (135), 50 ms (145)     8 ms, 6 ms (mapped)        162 MB
//	pebble    47 ms (112), 54 ms (200)     215 ms, 130 ms (copied)    135 MB
//
// Commits take the same time, because both wait for the disk. The second column favours
// bbolt, because walking mapped memory touches each page but copies nothing; decoding the
// modifiers takes a hundred times as long with either. bbolt was chosen for its
// simplicity: one file, a lock that rejects a second process, and no compaction in the
// background. SQLite would need cgo or a translated C library, and was not measured. This
// package adds what bbolt lacks: checksums of values, and a copy for readers while a
// writer holds the lock. The file never shrinks.
package bolt
