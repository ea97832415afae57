// Package hugepage allocates large tables on huge pages if the system has them.
//
// A lookup in a table of hundreds of megabytes misses the processor's caches and, on pages
// of 4 KiB, also the TLB. On pages of 2 MiB it misses only the caches: enriching from a
// million assets took a tenth less time. Linux provides such pages if the program requests
// them (madvise) before it uses the memory.
package hugepage

import "unsafe"

// page is the size of a huge page. Only whole pages are requested.
const page = 2 << 20

// Make returns a zeroed slice of n elements. The slice is ordinary garbage-collected
// memory.
func Make[T any](n int) []T {
	s := make([]T, n)
	if b := bytesOf(s); len(b) >= 2*page {
		adviseHuge(b)
		collapseNow(b)
	}
	return s
}

// Scratch is like Make, for a slice that is soon garbage or only partly filled. It does not
// collapse small pages that the garbage collector reuses into huge ones, because that
// copies memory and took a sixth of the time to build a table of a million assets.
func Scratch[T any](n int) []T {
	s := make([]T, n)
	if b := bytesOf(s); len(b) >= 2*page {
		adviseHuge(b)
	}
	return s
}

// bytesOf returns the memory of s as bytes.
func bytesOf[T any](s []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(zero)))
}

// Clone returns a copy of s without spare capacity.
func Clone[T any](s []T) []T {
	c := Make[T](len(s))
	copy(c, s)
	return c
}

// Grow returns s with capacity for n more elements, which are zero. It allocates as
// Scratch does, so that the system provides memory only when it is written. It doubles the
// capacity, so that a long slice is copied once or twice; append grows by a quarter and
// would copy it five times, each time to memory that was not used before.
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
