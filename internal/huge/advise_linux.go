package huge

import "syscall"

// collapse is MADV_COLLAPSE of Linux 6.1, which package syscall does not name.
const collapse = 25

// advise asks for huge pages: for those not used before, when they are, and
// for those that the collector has used before and keeps, now. They are wishes:
// an error changes nothing.
func advise(b []byte) {
	if w := whole(b); len(w) > 0 {
		_ = syscall.Madvise(w, syscall.MADV_HUGEPAGE)
		_ = syscall.Madvise(w, collapse)
	}
}
