package huge

import "syscall"

// madvCollapse is MADV_COLLAPSE of Linux 6.1, which package syscall does not name.
const madvCollapse = 25

// advise asks for huge pages for memory that was not used before, when it is. It
// is a wish, as collapse is: an error changes nothing.
func advise(b []byte) { _ = syscall.Madvise(b, syscall.MADV_HUGEPAGE) }

// collapse asks for huge pages at once, also for memory that the garbage
// collector has used before.
func collapse(b []byte) { _ = syscall.Madvise(b, madvCollapse) }
