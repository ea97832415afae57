package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/kithsec/kith/internal/inputs"
	"github.com/kithsec/kith/internal/problem"
)

// outputFile is a file to be written, with the flag that names it. An empty path means
// no file.
type outputFile struct{ flag, path string }

// distinctFiles returns an error if an output is also an input or another output. It must
// be called before any output is opened. stdin is needed if standard input is read.
func distinctFiles(outputs []outputFile, read []string, stdin io.Reader) error {
	for i, o := range outputs {
		if o.path == "" {
			continue
		}
		for _, path := range read {
			switch {
			case path == inputs.Standard && isStandardInput(o.path, stdin):
				return o.usedError("standard input")
			case path != inputs.Standard && sameFile(o.path, path):
				return o.usedError(path)
			}
		}
		for _, other := range outputs[:i] {
			if sameFile(o.path, other.path) {
				return o.usedError(other.path)
			}
		}
	}
	return nil
}

// usedError returns the error of an output that is already used for something else.
func (o outputFile) usedError(as string) error {
	return problem.Usagef("%s %s: the file is already used as %s", o.flag, o.path, as)
}

// sameFile reports whether two paths name the same regular file, or would do so if the
// files existed.
func sameFile(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	ia, erra := os.Stat(a)
	ib, errb := os.Stat(b)
	if erra != nil || errb != nil {
		return absolutePath(a) == absolutePath(b)
	}
	return ia.Mode().IsRegular() && os.SameFile(ia, ib)
}

// isStandardInput reports whether standard input is redirected from the file.
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

// absolutePath returns the absolute, clean form of a path, which can be compared.
func absolutePath(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return filepath.Clean(path)
}

// isCompressed reports whether the name of a file is that of a compressed one.
func isCompressed(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".gz" || ext == ".zst"
}
