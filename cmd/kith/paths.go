package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// cause says what is wrong with a file, without the name of the system call
// that found it.
func cause(path string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}

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
