// Package names maps a zone and a name, ignoring case, to a uint32. A Table is built once
// and never changes. It contains no pointers.
//
// # What equal means
//
// Two names are equal if they are the same bytes after every rune is lower-cased (see
// package fold). Bytes that are not UTF-8 are left as they are. A table can instead be
// case-sensitive. The same name in two zones is two names. The empty name is never found.
//
// # How a name is found
//
// An entry holds the value, the length, the zone and the name, padded to a multiple of four
// bytes. The entries of one size form a class. Every class is a perfect hash table, and all
// classes share one arena. A keyed hash of the zone and the folded name chooses a bucket of
// about five names. The bucket holds a pilot: a number that the builder chose so that every
// name of the class gets a slot of its own. A lookup therefore computes the position of the
// only entry that can match, without a branch and without a stored offset. Reading that
// entry is its only cache miss, because the buckets take less than a byte per name and stay
// in the cache. A bucket also holds a filter of 16 bits, which rejects about three quarters
// of the names that are not in the table.
//
// A name is folded, eight bytes at a time, while it is hashed and again while it is
// compared, so that it need not be copied. A name that is not ASCII is folded rune by rune.
// The entry of a long name, or of a name in a zone above 255, holds the offset of the name,
// which costs one more read.
//
// # Hostile names
//
// Every factor of a multiplication in the hash is mixed with the secret seed of the table,
// which is random unless Options.Seed is set. An attacker therefore cannot choose names
// that collide.
//
// # Many names at once
//
// A Probe goes through Hash, Seek and Find, each of which prefetches the memory that the
// next one reads. A caller with many names runs each stage for all of them before the next
// stage, so that their cache misses overlap. LookupAll does this.
//
// # What was tried and lost
//
// The alternatives were measured with a million names of 26 bytes, one directly after the
// other, on a shared core. The columns are the nanoseconds of a uniform hit, of a Zipf hit,
// and of a uniform hit in a batch, and the bytes per name, including the name.
//
//	this                                                  120   61   47   36
//	perfect hash to a cache line for every name           120   63   41   68
//	entries in hash order, 16-byte buckets with the sizes 151   79   75   36
//	Go map of names that are lower case already           160   90    –   85
//
// These were measured before a Probe prefetched memory instead of reading it, which took a
// batch of the first line from 47 to 27 ns on another processor.
package names
