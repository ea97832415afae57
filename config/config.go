// Package config reads the configuration file, kith.yaml, and decodes its text
// into the types of the packages that it configures.
//
// The file is read strictly: an unknown key, a value of the wrong type and a word
// that is not one of a fixed set are errors. All problems of a file are reported
// at once, each with its line and column and in the order of the file. A problem
// that is found later, when a value is used, gets its place through [File.Errorf].
// Every error of this package is a mistake of the user, except where a function
// reads files that the configuration names.
//
// Paths in the file are relative to its folder. Flags of a command win over it:
// [Lists.Replace] puts the lists of flags in the place of those of the file.
package config

import (
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
)

//go:generate go run ./internal/reference

// Config is the configuration, every key of it. Values are as written; the methods
// return what they mean.
type Config struct {
	Assets     Lists      // lists of machines, and how they are merged
	Identities Identities // lists of people, and how they are merged
	Zones      Zones      // name spaces of keys
	Enrich     Enrich     // what is written into events
	Reload     Reload     // when a new version of the lists is taken
	Risk       struct{}   `yaml:",later"` // how risk is counted

	// File is where the configuration was read from, nil for [Default].
	File *File `yaml:"-"`

	presets []event.Preset // of the files that enrich.presets names
}

// Identities is the block identities: people and accounts.
type Identities struct {
	Lists
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

// Lists is what both kinds of entity take.
type Lists struct {
	Sources       []Source         // the lists in rank order, best first
	Fields        map[string]Field // overrides fields, or adds custom ones
	Merge         bool             // rows that share a key become one entity; default true
	MaxRowsPerKey int              // a key that more rows carry joins none of them; default 64
	// IgnoreKeys are values that name nobody; they replace the default list, or add
	// to it if each begins with +.
	IgnoreKeys []string

	replaced []Source // the file's, when flags name others
}

// Source is one list, or with a glob as its path several.
type Source struct {
	Name     string                       // in reports and provenance; default the file's name without its suffixes
	Path     string                       // CSV, also .gz and .zst; a glob is one source for each file, in the order of names
	Zone     string                       // of rows that state none
	Columns  map[string]string            // renames columns; to "" drops one
	Map      map[string]map[string]string // by column, values and what they mean, ignoring case
	Set      map[string]string            // constants for columns that the header lacks
	Only     []string                     // contributes only these fields, and keys
	Except   []string                     // contributes all but these fields
	Optional bool                         // may be absent; default false

	// Typed is set of a list that was named on the command line: its path is relative
	// to the working directory.
	Typed bool `yaml:"-"`
}

// Field overrides a field or adds one; nil leaves what the field has.
type Field struct {
	Multivalue *bool  // a cell holds several values, parted by |
	Limit      *int   // values that are shown; 0 is all; default 25
	Tag        *bool  // values become tags
	Policy     string // union, first, highest, any, latest, earliest, exclude
	Key        *bool  // values name the entity
}

// Zones is the block zones.
type Zones struct {
	Default  string     // of rows and events that state none; default ""
	Rules    []ZoneRule // the first whose conditions hold gives an event its zone
	Fallback string     // none, or default: what a zone does not answer the default zone does; default none
}

// ZoneRule gives events for which all clauses hold a zone.
type ZoneRule struct {
	Zone string          // what the events are given
	When []entity.Clause // all must hold
}

// Enrich is the block enrich: the flags of kith enrich of these names.
type Enrich struct {
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

// Reload is the block reload.
type Reload struct {
	MaxLoss float64 // the share of the entities that a new version may lose, or it is refused; default 0.5
}

// Default returns the configuration without a file.
func Default() *Config {
	list := Lists{Merge: true, MaxRowsPerKey: 64}
	return &Config{
		Assets:     list,
		Identities: Identities{Lists: list},
		Zones:      Zones{Fallback: "none"},
		Enrich:     Enrich{Format: "cim", Fill: "per_field"},
		Reload:     Reload{MaxLoss: 0.5},
	}
}
