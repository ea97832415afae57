// Package names finds a uint32 by its zone and name, ignoring case: in a table
// that contains no pointers, is built once, and is then only read.
//
// # What equal means
//
// Two names are equal if they are the same bytes in rune-wise lower case; bytes
// that are not UTF-8 stay as they are (package fold). A table can instead be
// case-sensitive. The same name in two zones is two names. The empty name is never found.
//
// # How a name is found
//
// An entry holds value, length, zone and name, in units of four bytes. Entries of one size are a class, and every class is a
// perfect hash table in the one arena: a keyed hash of zone and folded name chooses one of
// its buckets, of about five names; the bucket holds a pilot, which the builder chose so
// that every name of the class has a slot of its own. So a lookup computes the place of the
// only entry that can match, without a branch and without a stored offset, and the entry is
// its only cache miss: the buckets take less than a byte a name and stay in the cache. A
// bucket also holds a filter of 16 bits, which rejects about three of four names that are
// not in the table.
//
// Names are folded eight bytes at a time while they are hashed, and again while they are
// compared, without a copy. A name with a byte beyond ASCII is folded rune by rune. The
// entry of a long name, or of a name in a zone above 255, holds the offset of the name,
// which costs one more read.
//
// # Hostile names
//
// Every factor of the hash is mixed with the secret seed of the table, which is random
// unless Options set one, so that an attacker cannot choose names that collide.
//
// # Many names at once
//
// A Probe goes through Hash, Seek and Find, each of which prefetches the memory that the
// next one reads. A caller with many names runs each stage for all of them before the next,
// so that their cache misses overlap, as LookupAll does.
//
// # What was tried and lost
//
// A million names of 26 bytes, all in the same minutes on a shared core; the
// figures are nanoseconds for a uniform hit, a Zipf hit and a uniform hit in a
// batch, then bytes a name, itself included.
//
//	this                                                  120   61   47   36
//	perfect hash to a cache line for every name           120   63   41   68
//	entries in hash order, 16-byte buckets with the sizes 151   79   75   36
//	Go map of names that are lower case already           160   90    –   85
//
// These were measured before a Probe prefetched memory instead of reading it, which took a
// batch of the first line from 47 to 27 ns on another processor.
package names
