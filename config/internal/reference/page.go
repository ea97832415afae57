package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// sources are the files that declare the structs.
var sources = []string{"config/config.go", "config/remote.go", "config/risk.go", "entity/clause.go"}

// section is a section of the reference: the keys of a struct.
type section struct {
	title string
	typ   string // the name of the struct
	text  string // an introduction, in Markdown
	keys  []key
}

// sections are the sections in their order, without keys.
var sections = []section{
	{title: "The blocks", typ: "Config", text: "Every block and every key is optional. `assets:` and `identities:` each have the keys of *Lists*."},
	{title: "Lists", typ: "Lists", text: "In `assets:` and in `identities:`."},
	{title: "Sources", typ: "Source", text: "In `assets.sources:` and `identities.sources:`, as a list in rank order: the first has the highest rank."},
	{title: "Newest", typ: "Newest", text: "In `newest:` of a source."},
	{title: "SQL", typ: "SQL", text: "In `sql:` of a source."},
	{title: "LDAP", typ: "LDAP", text: "In `ldap:` of a source."},
	{title: "Bind", typ: "Bind", text: "In `ldap.bind:` of a source."},
	{title: "Basic", typ: "Basic", text: "In `basic:` of a source."},
	{title: "Secrets", typ: "Secret", text: "Wherever a key is a secret: `{env: NAME}` or `{file: PATH}`. A secret is read when it is used. It is sent only over TLS, or to this machine."},
	{title: "Fields", typ: "Field", text: "In `assets.fields:` and `identities.fields:`, by the name of the field. A name that is not a standard field declares a custom field. " +
		"Default policies: `union` for fields with several values, `any` for booleans, `highest` for priority, `first` for all others."},
	{title: "Assets", typ: "Assets", text: "In `assets:`, in addition to the keys of *Lists*."},
	{title: "Identities", typ: "Identities", text: "In `identities:`, in addition to the keys of *Lists*."},
	{title: "Zones", typ: "Zones", text: "In `zones:`."},
	{title: "Zone rules", typ: "ZoneRule", text: "In `zones.rules:`, as a list."},
	{title: "Conditions", typ: "Clause", text: "In every `when:` and `filter:`, as a list; all conditions must be true. For a field with several values, a condition is true if it is true for any value, " +
		"and `!=` if no value is equal; " +
		"for an absent field it is false. Text is compared ignoring case, except by `regex`; numbers are compared as numbers; `like` matches a whole value, with `%` for any text and `_` for one character."},
	{title: "Enrichment", typ: "Enrich", text: "In `enrich:`. The flags of `kith enrich` with the same names override them."},
	{title: "Reloading", typ: "Reload", text: "In `reload:`."},
	{title: "Risk", typ: "Risk", text: "In `risk:`. Durations are written like `7d`, `24h`, `1h30m`, `90s` and `250ms`."},
	{title: "Risk factors", typ: "RiskFactor", text: "In `risk.factors:`, as a list."},
	{title: "Risk rules", typ: "RiskRule", text: "In `risk.rules:`, as a list."},
	{title: "Risk objects", typ: "RiskObject", text: "In `risk.rules[].risk_objects:`, as a list."},
	{title: "Threat objects", typ: "ThreatObject", text: "In `risk.rules[].threat_objects:`, as a list."},
	{title: "Incident rules", typ: "IncidentRule", text: "In `risk.incident_rules:`, as a list. The built-in rules are `risk_threshold_24h` (`score > 100` in 24h) and `attack_tactics_7d` (`tactics >= 3 and sources >= 4` in 7d); see [risk](risk.md)."},
}

const head = `# Configuration

` + "`--config FILE`" + ` names the configuration file; without it, ` + "`./kith.yaml`" + ` is read if it exists. Flags
override the file. Paths in it are relative to its folder. An unknown key is an error, which states
its line and column and the nearest known key; ` + "`kith check`" + ` reports all errors at once.

This page is generated from the program's structs by ` + "`go generate ./config`" + `, as is the manual page
kith.yaml(5) of a release.

<!-- ci -->
` + "```sh" + `
go run ./cmd/kith check --config testdata/acme/kith.yaml
` + "```" + `
`

// readSections returns the sections with their keys. root is the folder of the module.
func readSections(root string) ([]section, error) {
	structs := declarations{}
	for _, name := range sources {
		if err := structs.parseFile(filepath.Join(root, name)); err != nil {
			return nil, err
		}
	}
	filled := slices.Clone(sections)
	for i := range filled {
		keys, err := structs.keysOf(filled[i].typ)
		if err != nil {
			return nil, err
		}
		filled[i].keys = keys
	}
	return filled, nil
}

// markdownPage returns docs/configuration.md.
func markdownPage(sections []section) []byte {
	var b bytes.Buffer
	b.WriteString(head)
	for _, s := range sections {
		fmt.Fprintf(&b, "\n## %s\n\n", s.title)
		writeWrapped(&b, s.text, "")
		b.WriteByte('\n')
		for _, k := range s.keys {
			about := k.typ
			if k.fallback != "" {
				about += "; default " + k.fallback
			}
			writeWrapped(&b, fmt.Sprintf("* `%s` (%s): %s", k.name, about, k.meaning), "  ")
		}
	}
	return b.Bytes()
}

// writeWrapped writes a text in lines of at most 100 columns, all but the first indented.
func writeWrapped(b *bytes.Buffer, text, indent string) {
	columns := 0
	for i, word := range strings.Fields(text) {
		switch n := utf8.RuneCountInString(word); {
		case i == 0:
			columns = n
		case columns+1+n > 100:
			b.WriteString("\n" + indent)
			columns = len(indent) + n
		default:
			b.WriteByte(' ')
			columns += 1 + n
		}
		b.WriteString(word)
	}
	b.WriteByte('\n')
}
