// Package prefetch prefetches memory into the processor's caches, without waiting
// for it.
//
// A processor executes some hundred instructions past a read that misses the caches;
// then it stalls. A prefetch does not stall it: with enough work until the memory is
// read, the cache miss costs next to nothing. Prefetching memory that is already in a
// near cache gains nothing and costs a nanosecond.
//
// Builds without the instruction (other architectures, the build tag purego) read the
// memory instead, which pays off in a loop that does little else. The results are the
// bytes read there. A caller only keeps them so that the compiler does not remove the
// read.
package prefetch
