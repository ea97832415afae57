package main

import (
	"io"
	"os"
	"path/filepath"

	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/risk"
)

// outputFile is a file that is to be written, and the flag that says so; "" as
// its path is none.
type outputFile struct{ flag, path string }

// distinctFiles reports an output that is read, too, or written twice. It is
// asked before anything is opened to be written. If standardInput is read, stdin
// is that.
func distinctFiles(outputs []outputFile, read []string, stdin io.Reader) error {
	for i, o := range outputs {
		if o.path == "" {
			continue
		}
		for _, path := range read {
			switch {
			case path == standardInput && isStandardInput(o.path, stdin):
				return o.used("standard input")
			case path != standardInput && sameFile(o.path, path):
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

// filesNamed returns the files that the configuration is made of and those that
// it names, whichever of them a command reads: itself, presets, files of rules,
// and lists, those of the flags and those that they take the place of.
func (c *Config) filesNamed() []string {
	paths := []string{c.path}
	for _, path := range c.Enrich.Presets {
		paths = append(paths, c.Beside(path))
	}
	var block risk.Config
	if c.DecodeRisk(&block) == nil { // what is wrong with it is told by those who use it
		for _, path := range block.RuleFiles {
			names, _ := c.ruleFiles(path)
			paths = append(paths, names...)
		}
	}
	for _, list := range []*listConfig{&c.Assets.listConfig, &c.Identities.listConfig} {
		paths = append(paths, c.filesOf(list.replaced)...)
	}
	return append(paths, c.lists()...)
}

// lists returns the files of the lists. One that is absent is among them.
func (c *Config) lists() []string {
	return append(c.filesOf(c.Assets.Sources), c.filesOf(c.Identities.Sources)...)
}

func (c *Config) filesOf(sources []sourceConfig) []string {
	var paths []string
	for _, s := range sources {
		found, err := c.files(s)
		if err != nil || len(found) == 0 {
			paths = append(paths, c.pathOf(s))
		}
		for _, s := range found {
			paths = append(paths, s.Path)
		}
	}
	return paths
}
