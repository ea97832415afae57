package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/problem"
)

// NamesLists reports whether the configuration has a source of assets or of identities.
func (c *Config) NamesLists() bool {
	return len(c.Assets.Sources)+len(c.Identities.Sources) > 0
}

// Expand returns the sources of a kind in rank order, with paths relative to the working
// directory. A glob becomes one source for each file that matches now, in the order of
// their names. Each is named NAME/FILE, where FILE includes the folders that match
// wildcards. An optional source that is absent is left out; any other absent source is
// an error.
func (c *Config) Expand(kind entity.Kind) ([]Source, error) {
	block, list := c.Lists(kind)
	var all []Source
	var problems []error
	for i, s := range list.Sources {
		found, err := c.Files(s)
		if err != nil {
			if c.File != nil && !s.Typed {
				err = &placedError{c.File.tree.Errorf(fmt.Sprintf("%s.sources[%d].path", block, i), "%v", err), err}
			}
			problems = append(problems, err)
		}
		all = append(all, found...)
	}
	return all, errors.Join(problems...)
}

// placedError is an error of the file system with the place in the configuration that
// names the file. It does not count as a mistake of the user.
type placedError struct {
	at  *problem.InFile
	err error
}

func (e *placedError) Error() string { return e.at.Error() }
func (e *placedError) Unwrap() error { return e.err }

// As sets target to the place.
func (e *placedError) As(target any) bool {
	p, ok := target.(**problem.InFile)
	if ok {
		*p = e.at
	}
	return ok
}

// errNoPath is the error of a source without a path.
var errNoPath = errors.New("a source needs a path")

// Files returns a copy of a source for each file that its path matches. It returns one copy
// of a source that is not a file (see [Source.IsRemote]).
func (c *Config) Files(s Source) ([]Source, error) {
	if s.IsRemote() {
		return c.remoteSource(s)
	}
	if s.Path == "" {
		return nil, errNoPath
	}
	path := c.pathOf(s)
	_, err := os.Stat(path)
	switch {
	case err == nil:
		s.Path = path
		return []Source{s}, nil
	case IsGlob(s.Path):
		return expandGlob(s, path)
	case s.Optional && errors.Is(err, fs.ErrNotExist):
		return nil, nil
	}
	return nil, problem.Cause(path, err)
}

// ReadsStandardInput returns an error if several lists are standard input, and reports whether
// one is.
func (c *Config) ReadsStandardInput() (bool, error) {
	count := 0
	for _, s := range slices.Concat(c.Assets.Sources, c.Identities.Sources) {
		if s.IsStandard() {
			count++
		}
	}
	if count > 1 {
		return true, problem.Usagef("%d lists are standard input, which can be only one list", count)
	}
	return count > 0, nil
}

// remoteSource returns a source that is not a file, with its paths relative to the working
// directory.
func (c *Config) remoteSource(s Source) ([]Source, error) {
	if IsURL(s.Path) {
		if _, err := parseListURL(s.Path); err != nil {
			return nil, problem.Usagef("%s: %w", s.Name, err)
		}
	}
	if !s.Typed {
		s = s.resolved(c.File.Beside)
	}
	return []Source{s}, nil
}

// IsGlob reports whether path has the wildcards of a glob. Callers first check that there
// is no file with this name.
func IsGlob(path string) bool { return strings.ContainsAny(path, "*?[") }

// expandGlob returns a copy of a source for each file that matches a pattern.
func expandGlob(s Source, pattern string) ([]Source, error) {
	paths, err := filepath.Glob(pattern)
	if err != nil {
		return nil, problem.Cause(pattern, err)
	}
	slices.Sort(paths)
	var all []Source
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			continue
		}
		one := s
		one.Name, one.Path, one.Group = s.Name+"/"+pathBelow(pattern, path), path, s.Name
		all = append(all, one)
	}
	if len(all) == 0 && !s.Optional {
		return nil, problem.WithHint(fmt.Errorf("no file matches %s", pattern), "correct the path, or add optional: true to a source whose file may be absent")
	}
	return all, nil
}

// pathBelow returns the path of a file relative to the deepest folder of a pattern that
// contains all matches.
func pathBelow(pattern, path string) string {
	fixed := pattern[:strings.IndexAny(pattern, "*?[")]
	if name, err := filepath.Rel(filepath.Dir(fixed+"x"), path); err == nil {
		return filepath.ToSlash(name)
	}
	return filepath.ToSlash(path)
}

// NamedFiles returns the paths of all files that the configuration names, whether or not
// a command reads them: the configuration file itself, presets, rule files, and lists,
// including the lists that flags replaced.
func (c *Config) NamedFiles() []string {
	paths := []string{c.File.Path()}
	for _, path := range c.Enrich.Presets {
		paths = append(paths, c.File.Beside(path))
	}
	paths = append(paths, c.File.RuleFiles(&c.Risk)...)
	paths = append(append(paths, c.filesOf(c.Assets.replaced)...), c.filesOf(c.Identities.replaced)...)
	return append(paths, c.ListFiles()...)
}

// ListFiles returns the paths of all lists that are files, including absent ones.
func (c *Config) ListFiles() []string {
	return append(c.filesOf(c.Assets.Sources), c.filesOf(c.Identities.Sources)...)
}

func (c *Config) filesOf(sources []Source) []string {
	var paths []string
	for _, s := range sources {
		if s.IsRemote() {
			continue
		}
		found, err := c.Files(s)
		if err != nil || len(found) == 0 {
			paths = append(paths, c.pathOf(s))
		}
		for _, s := range found {
			paths = append(paths, s.Path)
		}
	}
	return paths
}

// pathOf returns the path of a source, which may be a glob, relative to the working
// directory.
func (c *Config) pathOf(s Source) string {
	if s.Typed {
		return s.Path
	}
	return c.File.Beside(s.Path)
}

// Replace replaces the sources with the files at paths, which are relative to the working
// directory, or URLs. Each source is named after its file, or has the whole path as its
// name if two files have the same name.
func (l *Lists) Replace(paths []string) {
	count := map[string]int{}
	l.replaced, l.Sources = l.Sources, nil
	for _, path := range paths {
		s := Source{Path: path, Typed: true}
		s.Name = s.defaultName()
		l.Sources = append(l.Sources, s)
		count[s.Name]++
	}
	for i := range l.Sources {
		if s := &l.Sources[i]; count[s.Name] > 1 {
			s.Name = s.Shown()
		}
	}
}

// sourceName returns the default name of a list: the name of its file without the
// suffixes of its form and of its compression.
func sourceName(path string) string {
	name := filepath.Base(filepath.FromSlash(path))
	for _, ext := range []string{".gz", ".zst", ".zip", ".csv", ".xlsx", ".ndjson", ".jsonl", ".json"} {
		if n := len(name) - len(ext); n > 0 && strings.EqualFold(name[n:], ext) {
			name = name[:n]
		}
	}
	return name
}
