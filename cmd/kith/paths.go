package main

import (
	"path/filepath"
	"strings"
)

// sourceName is what a list is called that has no other name: its base name
// without what says that it is a list.
func sourceName(path string) string {
	name := filepath.Base(filepath.FromSlash(path))
	for _, ext := range []string{".gz", ".zst", ".csv"} {
		if n := len(name) - len(ext); n > 0 && strings.EqualFold(name[n:], ext) {
			name = name[:n]
		}
	}
	return name
}
