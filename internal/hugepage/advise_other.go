//go:build !linux

package hugepage

func adviseHuge(b []byte) { wholePages(b) }

func collapseNow([]byte) {}
