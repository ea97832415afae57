package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kithsec/kith/internal/problem"
)

// expand returns the sources of a block ("assets" or "identities") with paths
// as seen from the working directory, in rank order: a glob becomes one source
// for each file, in the order of their names, named NAME/FILE with the folders
// that the glob leaves open. Optional sources that are absent are left out; any
// other absence is an error. Called again it sees the files of then, which is
// what a reload wants.
func (c *Config) expand(block string, list *listConfig) ([]sourceConfig, error) {
	var all []sourceConfig
	var problems []error
	for i, s := range list.Sources {
		found, err := c.files(s)
		if err != nil {
			if c.file != nil && !s.typed {
				err = &placedError{c.file.Errorf(fmt.Sprintf("%s.sources[%d].path", block, i), "%v", err), err}
			}
			problems = append(problems, err)
		}
		all = append(all, found...)
	}
	return all, errors.Join(problems...)
}

// placedError is an error of the world at the place of the configuration that
// led there.
type placedError struct {
	at  *problem.InFile
	err error
}

func (e *placedError) Error() string { return e.at.Error() }
func (e *placedError) Unwrap() error { return e.err }

// As gives the place to errors.As.
func (e *placedError) As(target any) bool {
	p, ok := target.(**problem.InFile)
	if ok {
		*p = e.at
	}
	return ok
}

// files returns the source once for each file that its path names.
func (c *Config) files(s sourceConfig) ([]sourceConfig, error) {
	path := s.Path
	if !s.typed {
		path = c.Beside(path)
	}
	_, err := os.Stat(path)
	switch {
	case err == nil:
		s.Path = path
		return []sourceConfig{s}, nil
	case isGlob(s.Path):
		return glob(s, path)
	case s.Optional && errors.Is(err, fs.ErrNotExist):
		return nil, nil
	}
	return nil, problem.Cause(path, err)
}

// isGlob reports whether a path that no file has is meant as a pattern.
func isGlob(path string) bool { return strings.ContainsAny(path, "*?[") }

func glob(s sourceConfig, pattern string) ([]sourceConfig, error) {
	paths, err := filepath.Glob(pattern)
	if err != nil {
		return nil, problem.Cause(pattern, err)
	}
	slices.Sort(paths)
	var all []sourceConfig
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			continue
		}
		one := s
		one.Name, one.Path = s.Name+"/"+below(pattern, path), path
		all = append(all, one)
	}
	if len(all) == 0 && !s.Optional {
		return nil, problem.WithHint(fmt.Errorf("no file matches %s", pattern), "optional: true lets a source be absent")
	}
	return all, nil
}

// below returns the path of a file as seen from the folder that every file of
// the pattern is in.
func below(pattern, path string) string {
	fixed := pattern[:strings.IndexAny(pattern, "*?[")]
	if name, err := filepath.Rel(filepath.Dir(fixed+"x"), path); err == nil {
		return filepath.ToSlash(name)
	}
	return filepath.ToSlash(path)
}
