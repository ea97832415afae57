package hugepage

import "syscall"

// adviseCollapse is MADV_COLLAPSE of Linux 6.1, which package syscall does not
// name.
const adviseCollapse = 25

// The advice are wishes: an error changes nothing.

// adviseHuge requests huge pages for memory that has not been used before. They are
// allocated on first use.
func adviseHuge(b []byte) { adviseWhole(b, syscall.MADV_HUGEPAGE) }

// collapseNow moves b to huge pages at once, where the collector has kept pages that
// were used before.
func collapseNow(b []byte) { adviseWhole(b, adviseCollapse) }

func adviseWhole(b []byte, advice int) {
	if w := wholePages(b); len(w) > 0 {
		_ = syscall.Madvise(w, advice)
	}
}
