package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/kithsec/kith/cmd/kith/internal/yamlfile"
	"github.com/kithsec/kith/internal/preset"
)

// defaultConfigPath is read, if it is there, when --config names no other.
const defaultConfigPath = "kith.yaml"

// Config is the configuration file, every key of it. Values are as written;
// what they mean is up to the packages that they are given to. Paths are
// relative to the folder of the file.
type Config struct {
	Assets     assetsConfig
	Identities identitiesConfig
	Zones      zonesConfig
	Enrich     enrichConfig
	Reload     reloadConfig
	Risk       yamlfile.Later // see DecodeRisk

	path    string          // as the user named it; "" if there is no file
	file    *yamlfile.File  // nil if there is no file
	presets []preset.Preset // of the files that enrich.presets names
}

// assetsConfig is the block assets.
type assetsConfig struct {
	listConfig
}

// identitiesConfig is the block identities.
type identitiesConfig struct {
	listConfig
	Keys          []string // nil: the default keys
	Forms         []string // nil: all of them
	Domains       []string
	CaseSensitive bool
}

// listConfig is what both kinds of entity take.
type listConfig struct {
	Sources       []sourceConfig
	Fields        map[string]fieldConfig
	Merge         bool // default true
	MaxRowsPerKey int  // default 64
	IgnoreKeys    []string
}

// sourceConfig is one list, or with a glob as its path several.
type sourceConfig struct {
	Name     string // default: see sourceName
	Path     string
	Zone     string
	Columns  map[string]string
	Map      map[string]map[string]string
	Set      map[string]string
	Only     []string
	Except   []string
	Optional bool

	typed bool // on the command line: the path is relative to the working directory
}

// fieldConfig overrides a field or adds one; nil leaves what the field has.
type fieldConfig struct {
	Multivalue *bool
	Limit      *int
	Tag        *bool
	Policy     string
	Key        *bool
}

// zonesConfig is the block zones.
type zonesConfig struct {
	Default  string
	Rules    []zoneRule
	Fallback string // none (default) or default
}

// zoneRule gives events for which all clauses hold a zone.
type zoneRule struct {
	Zone string
	When []clauseConfig
}

// clauseConfig is one condition of a when: field, op and value as written.
type clauseConfig struct {
	Field      string
	Op         string
	Value      oneOrMany // nil: not given
	ValueField string
}

// oneOrMany is a text or a list of texts, which means any of them.
type oneOrMany []string

// UnmarshalYAML takes a list or one text.
func (o *oneOrMany) UnmarshalYAML(decode func(any) error) error {
	var many []string
	if decode(&many) == nil {
		*o = many
		return nil
	}
	var one string
	if err := decode(&one); err != nil {
		return err
	}
	*o = oneOrMany{one}
	return nil
}

// enrichConfig is the block enrich: the flags of kith enrich of these names.
type enrichConfig struct {
	Format    string // default cim
	Fill      string // default per_field
	Fields    []string
	Into      string
	Owner     bool
	Overwrite bool
	Defaults  bool
	Match     bool
	Urgency   bool
	Presets   []string // files
}

// reloadConfig is the block reload.
type reloadConfig struct {
	MaxLoss float64 // share of the entities that a new version may lose; default 0.5
}

// defaultConfig is the configuration without a file.
func defaultConfig() *Config {
	list := listConfig{Merge: true, MaxRowsPerKey: 64}
	return &Config{
		Assets:     assetsConfig{list},
		Identities: identitiesConfig{listConfig: list},
		Zones:      zonesConfig{Fallback: "none"},
		Enrich:     enrichConfig{Format: "cim", Fill: "per_field"},
		Reload:     reloadConfig{MaxLoss: 0.5},
	}
}

// openConfig reads the file that --config names, else ./kith.yaml if there is
// one, else it returns the defaults. Every error is a usageError.
func openConfig(flag string) (*Config, error) {
	if flag != "" {
		return readConfig(flag)
	}
	if _, err := os.Lstat(defaultConfigPath); errors.Is(err, fs.ErrNotExist) {
		return defaultConfig(), nil
	}
	return readConfig(defaultConfigPath)
}

func readConfig(path string) (*Config, error) {
	file, err := readYAML(path)
	if err != nil {
		return nil, err
	}
	c := defaultConfig()
	c.path, c.file = path, file
	if err := yamlfile.Join(file.Decode("", c), c.check()); err != nil {
		return nil, &usageError{err}
	}
	if c.presets, err = c.readPresets(); err != nil {
		return nil, err
	}
	if err := checkFormat(c.Enrich.Format, c.presets); err != nil {
		return nil, c.Errorf("enrich.format", "%v", err)
	}
	return c, nil
}

// readYAML parses a configuration or preset file.
func readYAML(path string) (*yamlfile.File, error) {
	text, err := readLimited(path)
	if err != nil {
		return nil, &usageError{cause(path, err)}
	}
	file, err := yamlfile.Parse(path, text)
	if err != nil {
		return nil, &usageError{err}
	}
	return file, nil
}

// readLimited reads one byte more than a YAML file may have, which tells that
// there is more: --config /dev/zero ends, too.
func readLimited(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, yamlfile.MaxSize+1))
}

// At returns the place of a key, like "kith.yaml:12:7" for
// "assets.sources[1].policy": what yamlfile.File.At says of the paths. Without
// a file there are no places, and it returns "".
func (c *Config) At(path string) string {
	if c.file == nil {
		return ""
	}
	return c.file.At(path)
}

// Errorf returns a usageError that begins with the place of path.
func (c *Config) Errorf(path, format string, args ...any) error {
	if c.file == nil {
		return usagef(format, args...)
	}
	return &usageError{c.file.Errorf(path, format, args...)}
}

// DecodeRisk decodes the block risk into what the risk package wants, with the
// same strictness and the right lines; without such a block, into stays as it
// is.
func (c *Config) DecodeRisk(into any) error {
	if c.file == nil {
		return nil
	}
	if err := c.file.Decode("risk", into); err != nil {
		return &usageError{err}
	}
	return nil
}

// Beside returns a path of the file as seen from the working directory.
func (c *Config) Beside(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(c.path), filepath.FromSlash(path))
}
