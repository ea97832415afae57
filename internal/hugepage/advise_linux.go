package hugepage

import "syscall"

// adviseCollapse is MADV_COLLAPSE of Linux 6.1, which package syscall does not
// name.
const adviseCollapse = 25

// The advice are wishes: an error changes nothing.

// ask asks for huge pages where pages have not been used before, when they are.
func ask(b []byte) { advise(b, syscall.MADV_HUGEPAGE) }

// collapse asks for huge pages where the collector has used pages before and has
// kept them, now.
func collapse(b []byte) { advise(b, adviseCollapse) }

func advise(b []byte, advice int) {
	if w := whole(b); len(w) > 0 {
		_ = syscall.Madvise(w, advice)
	}
}
