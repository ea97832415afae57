// Package prefetch asks for memory before it is read, without waiting for it.
//
// A processor runs ahead of a read that memory has not answered yet, but only some
// hundred instructions; then it waits. What is asked for here is not waited for: if
// there is enough to do until it is read, memory costs next to nothing. A read of
// memory that is near already gains nothing and loses a nanosecond.
//
// Where the processor cannot be asked (other architectures, the build tag purego)
// memory is read instead, which pays in a loop that does little else. The results
// are the bytes read there and mean nothing; a caller keeps them, or the compiler
// leaves out the read.
package prefetch
