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
// return what they mean. The problems of the block risk are reported by
// [Config.RiskSetup], so that only those commands fail that use it.
type Config struct {
	Assets     Lists      // lists of machines, and how they are merged
	Identities Identities // lists of people, and how they are merged
	Zones      Zones      // name spaces of keys
	Enrich     Enrich     // what is written into events
	Reload     Reload     // when a new version of the lists is taken
	Risk       Risk       `yaml:",later"` // how risk is counted

	// File is where the configuration was read from, nil for [Default].
	File *File `yaml:"-"`

	presets []event.Preset // of the files that enrich.presets names
}

// Identities is the block identities: people and accounts.
type Identities struct {
	Lists
	// Keys are the fields whose values are keys: identity, email, email_short (the part
	// before the @) and conventions like "first(1)last()"; default identity, email,
	// email_short.
	Keys []string
	// Forms are what is tried for event values that are not keys themselves: domain
	// (ACME\jdoe is jdoe) and local_part (jdoe@corp.example is jdoe); default both.
	Forms []string
	// Domains are those of local_part, beside the domains of keys and e-mail addresses.
	Domains       []string
	CaseSensitive bool // keys that differ only in case are different; default false
}

// Lists is the keys that both kinds of entity have.
type Lists struct {
	Sources       []Source         // the lists in rank order, best first
	Fields        map[string]Field // overrides fields and adds custom ones
	Merge         bool             // rows that share a key become one entity; default true
	MaxRowsPerKey int              // a key in more rows than this joins none of them; default 64
	// IgnoreKeys are placeholders that are never keys; they replace the default list, or
	// add to it if each begins with +.
	IgnoreKeys []string

	replaced []Source // those of the file, if flags name others
}

// Source is one list, or several if its path is a glob.
type Source struct {
	Name     string                       // in reports and provenance; default the file's name without its suffixes
	Path     string                       // CSV, also .gz and .zst; a glob is one source for each file, in the order of names
	Zone     string                       // of rows without a zone
	Columns  map[string]string            // renames columns; to "" drops one
	Map      map[string]map[string]string // by column, values and their replacements, ignoring case
	Set      map[string]string            // constants for columns that the header lacks
	Only     []string                     // contributes only these fields, and keys
	Except   []string                     // contributes all but these fields
	Optional bool                         // may be absent; default false

	// Typed is set of a list that was named on the command line: its path is relative
	// to the working directory.
	Typed bool `yaml:"-"`
}

// Field overrides a field or adds one; nil leaves the field as it is.
type Field struct {
	Multivalue *bool  // a cell holds several values, separated by |
	Limit      *int   // values that are shown; 0 is all; default 25
	Tag        *bool  // values become tags
	Policy     string // union, first, highest, any, latest, earliest, exclude
	Key        *bool  // values name the entity
}

// Zones is the block zones.
type Zones struct {
	Default  string     // of rows and events without a zone; default ""
	Rules    []ZoneRule // the first whose conditions hold gives an event its zone
	Fallback string     // none, or default: keys that a zone does not have are looked up in the default zone; default none
}

// ZoneRule assigns a zone to the events for which all clauses hold.
type ZoneRule struct {
	Zone string          // of the events
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
	Match     bool     // add <role>_match: the step that matched
	Urgency   bool     // add urgency to events that have a severity
	Presets   []string // files of presets of your own
}

// Reload is the block reload.
type Reload struct {
	MaxLoss float64 // the largest share of the entities that a new version may lack, or it is refused; default 0.5
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
