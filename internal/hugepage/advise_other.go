//go:build !linux

package hugepage

func ask(b []byte) { whole(b) }

func collapse([]byte) {}
