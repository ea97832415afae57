package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/kithsec/kith/internal/inputs"
	"github.com/kithsec/kith/internal/problem"
)

// outputFile is a file to be written, with its flag. An empty path means none.
type outputFile struct{ flag, path string }

// distinctFiles returns an error if an output is also read, or is written twice. It
// is called before any output is opened. stdin is the standard input if that is read.
func distinctFiles(outputs []outputFile, read []string, stdin io.Reader) error {
	for i, o := range outputs {
		if o.path == "" {
			continue
		}
		for _, path := range read {
			switch {
			case path == inputs.Standard && isStandardInput(o.path, stdin):
				return o.used("standard input")
			case path != inputs.Standard && sameFile(o.path, path):
				return o.used(path)
			}
		}
		for _, other := range outputs[:i] {
			if sameFile(o.path, other.path) {
				return o.used(other.path)
			}
		}
	}
	return nil
}

func (o outputFile) used(as string) error {
	return problem.Usagef("%s %s: that file is used already as %s", o.flag, o.path, as)
}

// sameFile reports whether two paths are one regular file, or would be.
func sameFile(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	ia, erra := os.Stat(a)
	ib, errb := os.Stat(b)
	if erra != nil || errb != nil {
		return absolute(a) == absolute(b)
	}
	return ia.Mode().IsRegular() && os.SameFile(ia, ib)
}

// isStandardInput reports whether the shell made standard input of the file.
func isStandardInput(path string, stdin io.Reader) bool {
	f, ok := stdin.(*os.File)
	if !ok {
		return false
	}
	from, err := f.Stat()
	if err != nil || !from.Mode().IsRegular() {
		return false
	}
	to, err := os.Stat(path)
	return err == nil && os.SameFile(from, to)
}

// absolute is the path in the one spelling that can be compared.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return filepath.Clean(path)
}

// isCompressed reports whether a file is compressed, by its name.
func isCompressed(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".gz" || ext == ".zst"
}
