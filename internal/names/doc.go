// Package names finds a uint32 by its zone and name, ignoring case: a table
// that is built once, holds no pointers, and is then only read.
//
// # What equal means
//
// Two names are equal if they are the same bytes in rune-wise lower case; bytes
// that are not UTF-8 stay as they are. Package fold implements the same rule;
// a test holds the two together. A table can instead be
// case-sensitive. The same name in two zones is two names. The empty name is
// never found.
//
// # How a name is found
//
// The length of a name tells how many bytes its entry takes: value, length, zone and
// name, in units of four bytes. Entries of one size are a class, and every class is a
// perfect hash table in the one arena: a keyed hash of zone and folded name chooses
// one of its buckets, of about five names; the bucket holds a pilot, which the
// builder chose so that every name of the class is sent to a slot of its own. So the
// reader computes the place of the only entry that can match, without a branch and
// without a stored offset, and that entry is the only read of distant memory. The
// buckets take less than a byte a name and stay near the processor. A bucket also
// holds a filter of 16 bits, which turns away about three of four names that are not
// there.
//
// Folding happens eight bytes at a time while hashing, and again while comparing;
// nothing is copied. A byte beyond ASCII leads to the slow way, rune by rune.
// The entry of a long name, or of a name of a zone above 255, has the offset of
// the name, which is one more read.
//
// # Hostile names
//
// The hash multiplies nothing that the table's secret seed is not mixed into,
// and the seed is random for every table built, unless the builder is given
// one, so that an attacker cannot choose names that collide.
//
// # Many names at once
//
// A Probe goes through Hash, Seek and Find, each of which prefetches the memory that
// the next one reads. A caller with a block of names takes each step for all of
// them before the next, so that the reads of distant memory overlap; LookupAll does
// that.
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
// That was before a Probe prefetched memory instead of reading it, which made a batch
// of the first line faster once more: 27 instead of 47 on another processor.
package names
