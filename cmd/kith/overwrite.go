package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/kithsec/kith/internal/atomicfile"
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

// checkReplaceable returns an error if the output exists but is not a regular file. Such an
// output cannot be replaced atomically: the rename would remove the link, device or FIFO.
func (o outputFile) checkReplaceable() error {
	if o.path == "" {
		return nil
	}
	err := atomicfile.CheckReplaceable(o.path)
	var special *atomicfile.NotReplaceableError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &special):
		return problem.Cause(o.path, err)
	case special.Mode.IsDir():
		return o.typeError(special.Mode, "a file", "name a file in it: "+flagValue(filepath.Join(o.path, "lists.kith")))
	}
	return o.typeError(special.Mode, "a regular file", "name a regular file, or one that does not exist yet")
}

// checkFolder returns an error if the folder of an output exists but is not a directory, or
// is a link to one, or if one of the files to be written there exists but is not a regular
// file.
func (o outputFile) checkFolder(files []string) error {
	if o.path == "" {
		return nil
	}
	info, err := os.Lstat(o.path)
	if err != nil {
		return nil // an absent folder is created, and another error is reported when that fails
	}
	if !info.IsDir() {
		return o.typeError(info.Mode(), "a directory", "name a directory, or one that does not exist yet")
	}
	for _, path := range files {
		var special *atomicfile.NotReplaceableError
		if errors.As(atomicfile.CheckReplaceable(path), &special) {
			file := outputFile{o.flag, path}
			return problem.WithHint(file.typeError(special.Mode, "a regular file", ""), "remove it, or name another directory with %s", o.flag)
		}
	}
	return nil
}

// typeError returns the error of an output that exists and is of the wrong type. The hint for
// a symbolic link names its target.
func (o outputFile) typeError(mode fs.FileMode, want, hint string) error {
	err := problem.Usagef("%s %s: is %s, not %s", o.flag, o.path, atomicfile.TypeName(mode), want)
	if mode&fs.ModeSymlink != 0 {
		hint = "name what it points to, or remove the link"
		if target, err := filepath.EvalSymlinks(o.path); err == nil {
			hint = "name what it points to: " + flagValue(target)
		}
	}
	return problem.WithHint(err, "%s", hint)
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
