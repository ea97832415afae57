package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/kithsec/kith/cmd/kith/internal/yamlfile"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/problem"
)

// defaultConfigPath is read, if it is there, when --config names no other.
const defaultConfigPath = "kith.yaml"

//go:generate go run ./internal/reference

// Config is the configuration file, every key of it. Values are as written;
// what they mean is up to the packages that they are given to. Paths are
// relative to the folder of the file.
type Config struct {
	Assets     assetsConfig     // lists of machines, and how they are merged
	Identities identitiesConfig // lists of people, and how they are merged
	Zones      zonesConfig      // name spaces of keys
	Enrich     enrichConfig     // what is written into events
	Reload     reloadConfig     // when a new version of the lists is taken
	Risk       yamlfile.Later   // how risk is counted

	path    string         // as the user named it; "" if there is no file
	file    *yamlfile.File // nil if there is no file
	info    os.FileInfo    // of the file as it was when it was read, or older
	presets []event.Preset // of the files that enrich.presets names
}

// assetsConfig is the block assets: machines.
type assetsConfig struct {
	listConfig
}

// identitiesConfig is the block identities: people and accounts.
type identitiesConfig struct {
	listConfig
	// Keys says what leads to an identity: identity, email, email_short (the part
	// before the @) and conventions like "first(1)last()"; default identity, email,
	// email_short.
	Keys []string
	// Forms are the fallbacks for event values that no identity has as they stand:
	// domain (ACME\jdoe) and local_part (jdoe@corp.example); default both.
	Forms []string
	// Domains are known to local_part beside those that keys and e-mails carry.
	Domains       []string
	CaseSensitive bool // keys that differ only in case are two; default false
}

// listConfig is what both kinds of entity take.
type listConfig struct {
	Sources       []sourceConfig         // the lists in rank order, best first
	Fields        map[string]fieldConfig // overrides fields, or adds custom ones
	Merge         bool                   // rows that share a key become one entity; default true
	MaxRowsPerKey int                    // a key that more rows carry joins none of them; default 64
	// IgnoreKeys are values that name nobody; they replace the default list, or add
	// to it if each begins with +.
	IgnoreKeys []string

	replaced []sourceConfig // the file's, when flags name others
}

// sourceConfig is one list, or with a glob as its path several.
type sourceConfig struct {
	Name     string                       // in reports and provenance; default the file's name without its suffixes
	Path     string                       // CSV, also .gz and .zst; a glob is one source for each file, in the order of names
	Zone     string                       // of rows that state none
	Columns  map[string]string            // renames columns; to "" drops one
	Map      map[string]map[string]string // by column, values and what they mean, ignoring case
	Set      map[string]string            // constants for columns that the header lacks
	Only     []string                     // contributes only these fields, and keys
	Except   []string                     // contributes all but these fields
	Optional bool                         // may be absent; default false

	typed bool // on the command line: the path is relative to the working directory
}

// fieldConfig overrides a field or adds one; nil leaves what the field has.
type fieldConfig struct {
	Multivalue *bool  // a cell holds several values, parted by |
	Limit      *int   // values that are shown; 0 is all; default 25
	Tag        *bool  // values become tags
	Policy     string // union, first, highest, any, latest, earliest, exclude
	Key        *bool  // values name the entity
}

// zonesConfig is the block zones.
type zonesConfig struct {
	Default  string     // of rows and events that state none; default ""
	Rules    []zoneRule // the first whose conditions hold gives an event its zone
	Fallback string     // none, or default: what a zone does not answer the default zone does; default none
}

// zoneRule gives events for which all clauses hold a zone.
type zoneRule struct {
	Zone string         // what the events are given
	When []clauseConfig // all must hold
}

// clauseConfig is one condition of a when: field, op and value as written.
type clauseConfig struct {
	Field      string    // a path in the event
	Op         string    // = != regex like > >= < <= exists
	Value      oneOrMany // what to compare with; a list means any of it
	ValueField string    // or the field to compare with
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
	Format    string   // the preset: where events name entities; default cim
	Fill      string   // per_field, inherit or whole: what covering prefixes add to an address; default per_field
	Fields    []string // write only these, named without the role; default all
	Into      string   // the object that the fields are written into; default the event itself
	Owner     bool     // add the owner of assets as <role>_owner_<field>
	Overwrite bool     // replace fields that the event has
	Defaults  bool     // write false booleans, and the defaults of roles that nothing matched
	Match     bool     // add <role>_match: why it matched
	Urgency   bool     // add urgency to events that have a severity
	Presets   []string // files of presets of your own
}

// reloadConfig is the block reload.
type reloadConfig struct {
	MaxLoss float64 // the share of the entities that a new version may lose, or it is refused; default 0.5
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

// readConfig reads a configuration file. With an error it returns the
// configuration as far as it can be told, nil if that is not at all.
func readConfig(path string) (*Config, error) {
	info := statBeforeRead(path)
	file, err := readYAML(path)
	if err != nil {
		return nil, err
	}
	c := defaultConfig()
	c.path, c.file, c.info = path, file, info
	err = c.inOrder(file.Decode("", c), c.check())
	var bad error
	if c.presets, bad = c.readPresets(); bad == nil { // one that cannot be read may have the name
		if unknown := checkFormat(c.Enrich.Format, c.presets); unknown != nil {
			bad = c.Errorf("enrich.format", "%v", unknown)
		}
	}
	return c, c.inOrder(err, bad)
}

// inOrder joins the problems of two stages into a usageError: those of the file
// in its order, more's without those at places that known complains of already,
// since they follow from it; then those of elsewhere. A hint stays.
func (c *Config) inOrder(known, more error) error {
	var inFile [2][]error
	var elsewhere []error
	for i, err := range []error{known, more} {
		for _, e := range problem.Joined(err) {
			var p *problem.InFile
			if errors.As(e, &p) && p.File == c.path {
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

// readYAML parses a configuration or preset file.
func readYAML(path string) (*yamlfile.File, error) {
	text, err := readLimited(path)
	if err != nil {
		return nil, problem.Usage(problem.Cause(path, err))
	}
	file, err := yamlfile.Parse(path, text)
	if err != nil {
		return nil, problem.Usage(err)
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
		return problem.Usagef(format, args...)
	}
	return problem.Usage(c.file.Errorf(path, format, args...))
}

// DecodeRisk decodes the block risk into what the risk package wants, with the
// same strictness and the right lines; without such a block, into stays as it
// is.
func (c *Config) DecodeRisk(into any) error {
	if c.file == nil {
		return nil
	}
	if err := c.file.Decode("risk", into); err != nil {
		return problem.Usage(err)
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
