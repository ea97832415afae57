// Package prefetch prefetches memory into the processor's caches, without waiting
// for it.
//
// After a read that misses the caches, a processor executes a few hundred further
// instructions and then stalls. A prefetch does not stall it: with enough work until the
// memory is read, the cache miss costs next to nothing. Prefetching memory that is already
// in a near cache gains nothing and costs a nanosecond.
//
// Builds without the instruction (other architectures, the build tag purego) read the
// memory instead, which pays off in a loop that does little else. There, Line and Lines
// return the bytes that they read. Callers keep the results only so that the compiler does
// not remove the reads.
package prefetch
