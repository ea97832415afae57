package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/kithsec/kith/config/internal/yamlfile"
	"github.com/kithsec/kith/internal/filestate"
	"github.com/kithsec/kith/internal/problem"
)

// defaultPath is read, if it is there, when no other path is given.
const defaultPath = "kith.yaml"

// Open reads the configuration file at path. Without a path it reads
// ./kith.yaml if that exists, and returns the defaults otherwise. With an error it
// returns the configuration as far as it can be read, nil if that is not at all.
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
	err = c.File.inOrder(tree.Decode("", c), c.checkValues())
	c.File.events.Enrich, c.File.events.Zones = c.Enrich, c.Zones
	var bad error
	if c.presets, bad = readPresets(c); bad == nil { // one that cannot be read may have the name
		if unknown := c.CheckFormat(c.Enrich.Format); unknown != nil {
			bad = c.File.Errorf("enrich.format", "%v", unknown)
		}
	}
	return c, c.File.inOrder(err, bad)
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

// readLimited reads at most one byte more than a YAML file may have: enough for
// an error, also if the file is endless like /dev/zero.
func readLimited(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, yamlfile.MaxSize+1))
}

// File is the file that a configuration was read from, with the places of its
// keys. A nil File is that of a configuration without a file.
type File struct {
	path  string // as the user named it
	tree  *yamlfile.File
	state os.FileInfo
	risk  error // problems of the block risk
	// events are the blocks enrich and zones as they are written.
	events struct {
		Enrich
		Zones
	}
}

// Path returns the path as the user named it, "" without a file.
func (f *File) Path() string {
	if f == nil {
		return ""
	}
	return f.path
}

// State returns the state of the file before it was read: if the file has
// another state now, it has changed.
func (f *File) State() os.FileInfo {
	if f == nil {
		return nil
	}
	return f.state
}

// At returns the place of a key, as "kith.yaml:12:7" for
// "assets.sources[1].policy". The place of a key that is not written is that of
// the nearest one around it. Without a file, At returns "".
func (f *File) At(key string) string {
	if f == nil {
		return ""
	}
	return f.tree.At(key)
}

// Key quotes a name that is part of a key for At and Errorf, if it has a dot
// or a bracket: `assets.fields."os.name"`.
func Key(name string) string { return yamlfile.Key(name) }

// Errorf returns an error that begins with the place of a key.
func (f *File) Errorf(key, format string, args ...any) error {
	if f == nil {
		return problem.Usagef(format, args...)
	}
	return problem.Usage(f.tree.Errorf(key, format, args...))
}

// Beside returns a path that is relative to the folder of the file, as seen from
// the working directory.
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

// placeUnreadable gives a file that cannot be read the place of the key that names it.
// Problems inside of that file have their places there.
func (f *File) placeUnreadable(key string, err error) error {
	var number syscall.Errno
	if errors.As(err, &number) {
		return f.Errorf(key, "%v", err)
	}
	return err
}

// inOrder joins the problems of two stages. Those of this file come first, in its
// order; a problem of the second stage is left out where the first has one at the
// same place, because it follows from that. A hint is kept.
func (f *File) inOrder(known, more error) error {
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
