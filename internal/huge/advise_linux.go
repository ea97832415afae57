package huge

import "syscall"

// advise asks for huge pages. It is a wish: an error changes nothing.
func advise(b []byte) {
	if w := whole(b); len(w) > 0 {
		_ = syscall.Madvise(w, syscall.MADV_HUGEPAGE)
	}
}
