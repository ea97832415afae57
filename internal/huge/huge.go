// Package huge allocates large tables on huge pages where the system has them.
//
// A lookup in a table of hundreds of megabytes misses the processor's caches
// and, on pages of 4 KiB, its table of pages as well. On pages of 2 MiB it
// misses only the caches: with a million assets, enriching took a tenth less
// time. Linux gives a program such pages if it asks for them (madvise) before
// the memory is used.
package huge

import "unsafe"

// page is the size of a huge page, on which only whole ones are asked for.
const page = 2 << 20

// Make returns a zeroed slice of n elements. It is ordinary memory of the
// garbage collector.
func Make[T any](n int) []T {
	s := make([]T, n)
	if w := whole(bytesOf(s)); len(w) > 0 {
		advise(w)
		collapse(w)
	}
	return s
}

// bytesOf returns the memory of s, up to its capacity.
func bytesOf[T any](s []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), cap(s)*int(unsafe.Sizeof(zero)))
}

// Grow returns s with room for n more. It doubles: append's steps of a quarter
// copy a long slice five times over. The room is zero, and takes no memory of
// the system before it is used.
func Grow[T any](s []T, n int) []T {
	if cap(s)-len(s) >= n {
		return s
	}
	grown := make([]T, len(s), len(s)+max(n, cap(s)))
	if w := whole(bytesOf(grown)); len(w) > 0 {
		advise(w)
	}
	copy(grown, s)
	return grown
}

// Clone returns a copy of s in memory of its own size.
func Clone[T any](s []T) []T {
	c := Make[T](len(s))
	copy(c, s)
	return c
}

// whole returns the part of b that consists of whole huge pages.
func whole(b []byte) []byte {
	first := -int(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) & (page - 1)
	if first >= len(b) {
		return nil
	}
	return b[first : first+(len(b)-first)&^(page-1)]
}
