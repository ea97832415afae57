//go:build !linux

package hugepage

func adviseHuge(b []byte) { whole(b) }

func collapseNow([]byte) {}
