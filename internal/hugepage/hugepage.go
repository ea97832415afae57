// Package hugepage allocates large tables on huge pages where the system has them.
//
// A lookup in a table of hundreds of megabytes misses the processor's caches
// and, on pages of 4 KiB, its table of pages as well. On pages of 2 MiB it
// misses only the caches: with a million assets, enriching took a tenth less
// time. Linux gives a program such pages if it requests them (madvise) before
// the memory is used.
package hugepage

import "unsafe"

// page is the size of a huge page. Only whole ones are requested.
const page = 2 << 20

// Make returns a zeroed slice of n elements. It is ordinary memory of the
// garbage collector.
func Make[T any](n int) []T {
	s := make([]T, n)
	if b := bytesOf(s); len(b) >= 2*page {
		adviseHuge(b)
		collapseNow(b)
	}
	return s
}

// Scratch is Make for a slice that is soon garbage, or not filled. Memory that the
// collector had used before stays on the pages on which it is: to bring it together
// is to copy it, which was a sixth of the time in which a table of a million assets
// was built.
func Scratch[T any](n int) []T {
	s := make([]T, n)
	if b := bytesOf(s); len(b) >= 2*page {
		adviseHuge(b)
	}
	return s
}

// bytesOf returns the memory of s.
func bytesOf[T any](s []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(zero)))
}

// Clone returns a copy of s in memory of its own size.
func Clone[T any](s []T) []T {
	c := Make[T](len(s))
	copy(c, s)
	return c
}

// Grow returns s with room for n more elements, as Scratch makes it: zero, and
// using no memory of the system before it is written to. It doubles, so that a long
// slice is copied once or twice; append's steps of a quarter copy it five times,
// each to memory that was not used before.
func Grow[T any](s []T, n int) []T {
	if cap(s)-len(s) >= n {
		return s
	}
	more := Scratch[T](len(s) + max(n, cap(s)))
	return more[:copy(more, s)]
}

// wholePages returns the part of b that consists of whole huge pages.
func wholePages(b []byte) []byte {
	first := -int(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) & (page - 1)
	if first >= len(b) {
		return nil
	}
	return b[first : first+(len(b)-first)&^(page-1)]
}
