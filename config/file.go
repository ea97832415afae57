package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"syscall"

	"github.com/kithsec/kith/config/internal/yamlfile"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/filestate"
	"github.com/kithsec/kith/internal/problem"
)

// defaultPath is the file that is read, if it exists, when no path is given.
const defaultPath = "kith.yaml"

// Open reads the configuration file at path. If path is "", it reads ./kith.yaml, or
// returns the defaults if that file does not exist. If there are errors, Open also
// returns the configuration as far as it can be decoded, or nil if the file cannot be
// parsed.
func Open(path string) (*Config, error) {
	if path == "" {
		if _, err := os.Lstat(defaultPath); errors.Is(err, fs.ErrNotExist) {
			return Default(), nil
		}
		path = defaultPath
	}
	state := filestate.StatBeforeRead(path)
	tree, err := readYAML(path)
	if err != nil {
		return nil, err
	}
	c := Default()
	c.File = &File{path: path, tree: tree, state: state}
	c.File.risk = tree.Decode("risk", &c.Risk)
	err = c.File.joinInOrder(tree.Decode("", c), c.checkValues())
	c.File.events.Enrich, c.File.events.Zones = c.Enrich, c.Zones
	c.File.scoring = c.Risk.WithRules(Risk{})
	var bad error
	if c.presets, bad = readPresets(c); bad == nil { // a preset that cannot be read may have the name
		if unknown := c.CheckFormat(c.Enrich.Format); unknown != nil {
			bad = c.File.Errorf("enrich.format", "%v", unknown)
		}
	}
	if err = c.File.joinInOrder(err, bad); err != nil {
		err = hintTextSources(c, err)
	}
	return c, err
}

// hintTextSources adds a hint to the errors of Open if a source is written as a text: a
// path without its key.
func hintTextSources(c *Config, err error) error {
	for _, kind := range []entity.Kind{entity.Asset, entity.Identity} {
		block, list := c.Lists(kind)
		keys := []string{block + ".sources"}
		for i := range list.Sources {
			keys = append(keys, fmt.Sprintf("%s.sources[%d]", block, i))
		}
		for _, key := range keys {
			var path string
			if c.File.tree.Decode(key, &path) == nil && path != "" {
				return problem.Usage(problem.WithHint(err, "write each source as a mapping: sources: [{path: %s}]", path))
			}
		}
	}
	return err
}

// readYAML parses a configuration or preset file.
func readYAML(path string) (*yamlfile.File, error) {
	text, err := readLimited(path)
	if err != nil {
		return nil, problem.Usage(problem.Cause(path, err))
	}
	tree, err := yamlfile.Parse(path, text)
	return tree, problem.Usage(err)
}

// readLimited reads at most one byte more than the limit of a YAML file. That suffices
// to report the limit, even if the file is endless, like /dev/zero.
func readLimited(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, yamlfile.MaxSize+1))
}

// File is the file that a configuration was read from. Its methods also accept a nil
// File, which represents a configuration without a file.
type File struct {
	path  string // as the user named it
	tree  *yamlfile.File
	state os.FileInfo
	risk  error // problems of the block risk
	// events contains the blocks enrich and zones as written in the file.
	events struct {
		Enrich
		Zones
	}
	scoring Risk // the block risk as written in the file, without the rules
}

// ChangesRisk reports whether the block risk of the file, except for the rules and the rule
// files, differs from that of an earlier version.
func (f *File) ChangesRisk(earlier *File) bool { return !reflect.DeepEqual(f.scoring, earlier.scoring) }

// RuleFiles returns the paths of the rule files of a block risk, including absent ones and, in
// addition to the files that match it, each glob. It returns nothing if the block is invalid.
func (f *File) RuleFiles(r *Risk) []string {
	if f.riskProblems() != nil {
		return nil
	}
	var paths []string
	for _, path := range r.RuleFiles {
		if IsGlob(path) {
			paths = append(paths, f.Beside(path))
		}
		names, _ := expandRuleFiles(f, path)
		paths = append(paths, names...)
	}
	return paths
}

// Path returns the path as the user named it, or "" without a file.
func (f *File) Path() string {
	if f == nil {
		return ""
	}
	return f.path
}

// State returns what [os.Stat] returned before the file was read, so that a caller can
// detect a change of the file. Without a file it returns nil.
func (f *File) State() os.FileInfo {
	if f == nil {
		return nil
	}
	return f.state
}

// At returns the place of a key, such as "kith.yaml:12:7" for
// "assets.sources[1].policy". For a key that is not in the file it returns the place of
// the nearest enclosing key. Without a file, At returns "".
func (f *File) At(key string) string {
	if f == nil {
		return ""
	}
	return f.tree.At(key)
}

// Key quotes a name for use in a key of At and Errorf if it has a dot or a bracket:
// `assets.fields."os.name"`.
func Key(name string) string { return yamlfile.Key(name) }

// Errorf returns an error that begins with the place of a key. Without a file it has no
// place.
func (f *File) Errorf(key, format string, args ...any) error {
	if f == nil {
		return problem.Usagef(format, args...)
	}
	return problem.Usage(f.tree.Errorf(key, format, args...))
}

// Beside resolves a path that is relative to the folder of the file: it returns the path
// relative to the working directory. Absolute paths and "" are returned unchanged.
func (f *File) Beside(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(f.Path()), filepath.FromSlash(path))
}

// riskProblems returns the problems of the block risk.
func (f *File) riskProblems() error {
	if f == nil {
		return nil
	}
	return f.risk
}

// placeUnreadable adds the place of a key to the error of the operating system for the
// file that the key names. Errors inside that file keep their own places.
func (f *File) placeUnreadable(key string, err error) error {
	var number syscall.Errno
	if errors.As(err, &number) {
		return f.Errorf(key, "%v", err)
	}
	return err
}

// joinInOrder joins the problems that two checks found. Problems of this file come first, in
// the order of the file. A problem in more is left out if known contains one at the same
// place, because it is a consequence. The first hint is kept.
func (f *File) joinInOrder(known, more error) error {
	var inFile [2][]error
	var elsewhere []error
	for i, err := range []error{known, more} {
		for _, e := range problem.Joined(err) {
			var p *problem.InFile
			if errors.As(e, &p) && p.File == f.Path() {
				inFile[i] = append(inFile[i], p)
			} else {
				elsewhere = append(elsewhere, e)
			}
		}
	}
	all := errors.Join(yamlfile.Join(errors.Join(inFile[0]...), errors.Join(inFile[1]...)), errors.Join(elsewhere...))
	if all == nil {
		return nil
	}
	if hint, ok := problem.Hint(errors.Join(known, more)); ok {
		all = problem.WithHint(all, "%s", hint)
	}
	return problem.Usage(all)
}
