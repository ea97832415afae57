// Package config reads the configuration file, kith.yaml, and decodes it into the
// options of the packages that it configures.
//
// The file is read strictly: an unknown key, a value of the wrong type, or a word
// that is not one of a fixed set is an error. All problems of a file are reported
// at once, each with its line and column, in the order of the file. A problem that is
// found later, when a value is used, gets its place through [File.Errorf]. Every error
// of this package is a mistake of the user, except where a function reads files that
// the configuration names.
//
// Paths in the file are relative to its folder. The flags of a command override the
// file; [Lists.Replace] replaces the lists of the file with those of the flags.
package config

import (
	"time"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
)

//go:generate go run ./internal/reference

// Config is the configuration with all of its keys. Values are as written; the methods
// translate them into options of other packages. [Config.RiskSetup] reports the problems
// of the block risk, so that commands that do not use the block do not fail.
type Config struct {
	Assets     Assets     // lists of machines, and how they are merged
	Identities Identities // lists of people, and how they are merged
	Zones      Zones      // namespaces of keys
	Enrich     Enrich     // what is written into events
	Reload     Reload     // when a new version of the lists is used
	Risk       Risk       `yaml:",later"` // how risk is counted

	// File is the file that the configuration was read from, nil for [Default].
	File *File `yaml:"-"`

	presets []event.Preset // from the files in enrich.presets
}

// Assets is the block assets: machines and networks.
type Assets struct {
	Lists
	// Join decides what joins rows that contradict each other, because they have different
	// names or different values of a custom key. distinct: an address or MAC that such rows of
	// one list share is a key of none of them; names: in addition, no value joins such rows of
	// several lists; any: every key joins; default distinct.
	Join string
	// JoinShort joins an asset with a short name (ws-17) and the only other asset whose full
	// names begin with it (ws-17.corp.example), after all other joins; default false.
	JoinShort bool
	// Forms are the forms to try for names in events that are not keys themselves: domain
	// (CORP\ws-17 is ws-17), machine (ws-17$ and host/ws-17 are ws-17), short
	// (ws-17.corp.example is ws-17 in a known domain), fqdn (db-9 is db-9.corp.example) and
	// netbios (15 characters are the longer name that begins so); default all, [] for none.
	Forms []string
	// Domains are further domains for short, or "*" for all; the domains of the names in nt_host
	// and dns are known without being listed.
	Domains []string
}

// Identities is the block identities: people and accounts.
type Identities struct {
	Lists
	// Keys are the fields whose values are keys: identity, email, email_short (the part
	// before the @) and conventions like "first(1)last()"; default identity, email,
	// email_short.
	Keys []string
	// Forms are the forms to try for event values that are not keys themselves: guest
	// (ann_partner.example#EXT#@tenant is ann@partner.example), domain (CORP\jdoe is
	// jdoe@CORP, or jdoe if CORP may be one of your domains), local_part (jdoe@corp.example
	// is jdoe) and arn (arn:aws:iam::1:user/jdoe is jdoe); default all but arn, because
	// accounts of other organisations may have the same names.
	Forms []string
	// Domains are the domains of your accounts, such as CORP or corp.example, in addition
	// to those that keys and e-mail addresses contain. A name in another domain is another
	// account. A listed domain is not taken for a machine, even if an asset has its name.
	Domains       []string
	CaseSensitive bool // keys that differ only in case are different; default false
}

// Lists is the keys that the blocks assets and identities have in common.
type Lists struct {
	Sources       []Source         // the lists in rank order, highest first
	Fields        map[string]Field // overrides fields and adds custom ones
	Merge         bool             // rows that share a key become one entity; default true
	MaxRowsPerKey int              // a key in more rows than this joins none of them; default 64
	// IgnoreKeys are placeholders that are never keys; they replace the default list, or
	// add to it if each begins with +.
	IgnoreKeys []string
	Guess      string // auto or never, for sources without a guess of their own; default auto

	replaced []Source // the sources of the file, if flags replaced them
}

// Source is one list, or several if its path is a glob. It has one of path, sql and ldap.
type Source struct {
	Name     string                       // shown in reports and provenance; default the file's name without its suffixes
	Path     string                       // a file, an http:// or https:// URL, - for standard input, or a glob, which is one source for each file, in the order of names; CSV, JSON or an Excel workbook (XLSX), also in gzip, zstd, or a ZIP archive of one file
	SQL      *SQL                         // instead of path, a query of a database
	LDAP     *LDAP                        // instead of path, a search in a directory
	Zone     string                       // the zone of rows without one
	Columns  map[string]string            // renames columns; "" as the new name drops the column
	Map      map[string]map[string]string // by column, replaces values, ignoring case
	Set      map[string]string            // constants for columns that the header lacks
	Only     []string                     // the only fields that the list contributes, besides keys
	Except   []string                     // fields that the list does not contribute
	Optional bool                         // the file may be absent; default false
	HostBits string                       // what 10.1.2.3/24 is: address (10.1.2.3), or network (10.1.2.0/24); default address
	Dates    string                       // what 1/2/2026 is: mdy (January), or dmy (February); default mdy

	Every   time.Duration           // with --watch, fetch the list again after this time; default never: at the start and on SIGHUP only
	Timeout time.Duration           // how long fetching the list may take in all; default 10m. Receiving nothing for 60s, or for a tenth of the timeout if that is longer, is an error, too
	Cache   string                  // a folder that keeps the last good copy for when the server fails; it is made, for this user alone
	CA      string                  // a file of certificates (PEM) that are trusted instead of those of the system
	Basic   *Basic                  // the user and the password of an HTTP server
	Bearer  *Secret                 // the token of an HTTP server
	Headers map[string]TextOrSecret // further headers of HTTP requests
	Pages   string                  // where an HTTP response names its next page: link (a header), or a member such as next, or "@odata.nextLink"

	MaxSize    int               // how many bytes a fetched list may have, and a packed list or a workbook after unpacking; default 4294967296 (4 GiB)
	Form       string            // csv, json or xlsx; default the form that the list begins like
	Sheet      string            // the name of the sheet of a workbook; default the first that is not hidden
	Rows       string            // the path of the rows in a JSON list, such as data.hosts
	Encoding   string            // a WHATWG name such as windows-1252; default UTF-16 if the list shows it, else UTF-8
	Delimiter  string            // separates cells: one character, or tab; default that of , ; tab | which gives the header a key column
	HeaderLine int               // the line of the header; default the first line with a key column, in the first 50
	Guess      string            // whether the columns of well-known exports (kith check --columns) are read as fields if the list has no key column: auto, or never, which rejects the list; default that of the block
	Header     []string          // the names of the columns of a list without a header
	Where      []entity.Clause   // rows for which these conditions do not hold are left out; they see the cells' texts
	Make       map[string]string // by column, replaces the cell by a template such as "$name$.$domain$" if every $column$ has a value
	Split      map[string]string // by multi-value column, a regular expression (RE2) that separates values, beside |
	Newest     *Newest           // of the rows with one value, only the latest keeps it, as for DHCP leases

	// Group is the name of the source whose glob this file matches; "" for a source of one file.
	Group string `yaml:"-"`

	// Typed reports whether the list was named on the command line. Its path is then
	// relative to the working directory.
	Typed bool `yaml:"-"`
}

// Newest makes a value identify only the latest row that has it. A row that loses all its
// values is left out.
type Newest struct {
	By    entity.Literals // the fields whose values only the latest row keeps, such as ip, or [ip, mac]
	Field string          // the column with the time; a row without a readable time is the oldest
}

// Field overrides a field or adds one; nil leaves the field as it is.
type Field struct {
	Multivalue *bool  // a cell contains several values, separated by |
	Limit      *int   // at most this many values are kept; -1 means all; default 25
	Tag        *bool  // values become tags
	Policy     string // union, first, highest, any, latest, earliest, exclude
	Key        *bool  // values are keys of the entity
	Join       *bool  // values of a key field join rows; default true
}

// Zones is the block zones.
type Zones struct {
	Field    entity.Literals // the fields of an event that may name its zone, the first with a value does; default cim_entity_zone
	Default  string          // the zone of rows and events without one; default ""
	Rules    []ZoneRule      // the first rule whose conditions are all true assigns its zone to an event
	Fallback string          // none; or default, which looks up keys that a zone lacks in the default zone; default none
}

// ZoneRule assigns a zone to the events for which all clauses are true.
type ZoneRule struct {
	Zone string          // the zone that the rule assigns
	When []entity.Clause // conditions that must all be true
}

// Enrich is the block enrich. Each key has the name of the flag of kith enrich that
// overrides it.
type Enrich struct {
	Format    string   // the preset: where events name entities; default cim
	Fill      string   // per_field, inherit or whole: what the covering networks add to an address; default per_field
	Fields    []string // write only these, named without the role; default all
	Into      string   // the object that the fields are written into; default the event itself
	Owner     bool     // add the owner of assets as <role>_owner_<field>
	Overwrite bool     // replace fields that the event already has
	Defaults  bool     // write booleans that are false, and the defaults of roles without a match
	Match     bool     // add <role>_match: the step that matched
	Urgency   bool     // add urgency to events that have a severity
	Presets   []string // files with your own presets

	Unwrap entity.Literals // open envelopes, also in kith risk: auto, off, or the names of the members with the event; default auto
}

// Reload is the block reload.
type Reload struct {
	MaxLoss float64 // a new version that lacks more than this share of the entities, or of the rows or entities of one list, is rejected; default 0.5
}

// Default returns the configuration that applies without a file.
func Default() *Config {
	list := Lists{Merge: true, MaxRowsPerKey: 64}
	return &Config{
		Assets:     Assets{Lists: list, Join: "distinct"},
		Identities: Identities{Lists: list},
		Zones:      Zones{Fallback: "none"},
		Enrich:     Enrich{Format: "cim", Fill: "per_field"},
		Reload:     Reload{MaxLoss: 0.5},
	}
}
