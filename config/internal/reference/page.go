package main

import (
	"bytes"
	"fmt"
	"path/filepath"
)

// sources are the files that declare the structs.
var sources = []string{"config/config.go", "config/risk.go", "entity/clause.go"}

// section is one part of the page: the keys of a struct.
type section struct {
	title string
	typ   string // the struct
	text  string // what is said before the keys
}

var sections = []section{
	{"The blocks", "Config", "Every block and every key is optional. `assets:` and `identities:` take the keys of *Lists*, each kind its own."},
	{"Lists", "Lists", "In `assets:` and in `identities:`."},
	{"Sources", "Source", "In `assets.sources:` and `identities.sources:`, as a list. The first is trusted most."},
	{"Fields", "Field", "In `assets.fields:` and `identities.fields:`, by the name of the field. A name that the framework does not have declares a custom field. " +
		"Default policies: `union` for fields of several values, `any` for booleans, `highest` for priority, `first` for the rest."},
	{"Identities", "Identities", "In `identities:`, beside the keys of *Lists*."},
	{"Zones", "Zones", "In `zones:`."},
	{"Zone rules", "ZoneRule", "In `zones.rules:`, as a list."},
	{"Conditions", "Clause", "In every `when:` and `filter:`, as a list, all of which must hold. A field of several values holds if any value does, `!=` if none is equal; " +
		"an absent field fails every operator. Text ignores case, but for `regex`; numbers compare as numbers; `like` matches a whole value with `%` (any text) and `_` (one character)."},
	{"Enrichment", "Enrich", "In `enrich:`. The flags of `kith enrich` of the same names win."},
	{"Reloading", "Reload", "In `reload:`."},
	{"Risk", "Risk", "In `risk:`. Durations are like `7d`, `24h`, `1h30m`, `90s`, `250ms`."},
	{"Risk factors", "RiskFactor", "In `risk.factors:`, as a list."},
	{"Risk rules", "RiskRule", "In `risk.rules:`, as a list."},
	{"Risk objects", "RiskObject", "In `risk.rules[].risk_objects:`, as a list."},
	{"Threat objects", "ThreatObject", "In `risk.rules[].threat_objects:`, as a list."},
	{"Incident rules", "IncidentRule", "In `risk.incident_rules:`, as a list. Shipped are `risk_threshold_24h` and `attack_tactics_7d`; see [risk](risk.md)."},
}

const head = `# Configuration

The keys of ` + "`kith.yaml`" + `, which ` + "`--config FILE`" + ` names; without it, ` + "`./kith.yaml`" + ` is read if it is there. Flags win over the file. Paths in it are
relative to its folder. A key that does not exist is an error with line, column and the nearest name that does; ` + "`kith check`" + ` reports every problem at once.

This page is made from the program's own structs by ` + "`go generate ./config`" + `.

<!-- ci -->
` + "```sh" + `
go run ./cmd/kith check --config testdata/acme/kith.yaml
` + "```" + `
`

// page is the whole reference.
func page(root string) ([]byte, error) {
	structs := declarations{}
	for _, name := range sources {
		if err := structs.read(filepath.Join(root, name)); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	b.WriteString(head)
	for _, s := range sections {
		keys, err := structs.keys(s.typ)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| key | takes | meaning |\n|---|---|---|\n", s.title, s.text)
		for _, k := range keys {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.name, k.takes, k.meaning)
		}
	}
	return b.Bytes(), nil
}
