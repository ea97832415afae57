package hugepage

import "syscall"

// adviseCollapse is MADV_COLLAPSE of Linux 6.1, which package syscall does not name.
const adviseCollapse = 25

// adviseHuge requests huge pages for memory that has not been used before. The system
// allocates them on first use.
func adviseHuge(b []byte) { adviseWhole(b, syscall.MADV_HUGEPAGE) }

// collapseNow moves b to huge pages at once. It is for memory that the garbage collector
// reuses: its small pages are already allocated.
func collapseNow(b []byte) { adviseWhole(b, adviseCollapse) }

// adviseWhole gives advice on the whole huge pages in b. It ignores errors, because the
// advice affects only speed.
func adviseWhole(b []byte, advice int) {
	if w := wholePages(b); len(w) > 0 {
		_ = syscall.Madvise(w, advice)
	}
}
