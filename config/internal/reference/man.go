package main

import (
	"regexp"
	"strings"
	"time"

	"github.com/kithsec/kith/internal/manpage"
)

// example is the example of the manual page.
const example = `# Two lists of machines, the first of which has the higher rank, and a
# list of people.
assets:
  sources:
    - {name: cmdb, path: assets.csv}
    - name: cloud
      path: cloud-*.csv.gz
      columns: {private_ip: ip, hostname: nt_host, team: bunit}
      map:
        priority: {P1: critical, P2: high}
  fields:
    region: {tag: true}
identities:
  sources:
    - {name: hr, path: people.csv}
  keys: [identity, email, "first(1)last()"]

# Keys of the sensor fra1 are looked up in the zone emea.
zones:
  rules:
    - zone: emea
      when: [{field: sensor, op: "=", value: fra1}]
  fallback: default

enrich:
  format: zeek
  fields: [asset, identity, priority, owner]

risk:
  factors:
    - name: crown_jewel
      multiply: 1.5
      when: [{field: risk_object_category, op: "=", value: crown}]
  incident_rules:
    - {name: noisy, window: 6h, when: score > 60, severity: medium}
`

const manDescription = "`kith.yaml` is the configuration of kith. `--config FILE` names it; without that flag,\n" +
	"`./kith.yaml` is read if it exists. Flags override the file. Paths in the file are\n" +
	"relative to its folder. An unknown key is an error, which states its line and column\n" +
	"and the nearest known key; `kith check` reports all errors at once."

// manPage returns the manual page kith.yaml(5).
func manPage(sections []section, date time.Time) []byte {
	p := manpage.New(manpage.Header{Title: "KITH.YAML", Section: 5, Date: date, Source: "kith", Manual: "File formats"})
	p.AddName("kith.yaml", "configuration of kith")
	p.AddSection("DESCRIPTION")
	p.AddText(manDescription)
	p.AddSection("KEYS")
	for _, s := range sections {
		p.AddSubsection(s.title)
		p.AddText(withoutMarkdown(s.text))
		for _, k := range s.keys {
			p.AddTerm(k.name, "("+withoutMarkdown(k.typ)+")", sentences(k))
		}
	}
	p.AddSection("EXAMPLE")
	p.AddExample(example)
	p.AddSection("FILES")
	p.AddTerm("./kith.yaml", "", "The configuration, unless `--config` names another file.")
	p.AddSection("SEE ALSO")
	p.AddText("`kith`(1), `kith-check`(1), `kith-enrich`(1), `kith-merge`(1), `kith-risk`(1)")
	return p.Bytes()
}

// sentences returns the meaning and the default of a key as sentences. A meaning that
// begins with a list of values keeps their case.
func sentences(k key) string {
	var all []string
	if k.meaning != "" {
		text := withoutMarkdown(k.meaning)
		if first, _, _ := strings.Cut(text, " "); !strings.HasSuffix(first, ",") && !strings.HasSuffix(first, ";") {
			text = strings.ToUpper(text[:1]) + text[1:]
		}
		all = append(all, text+".")
	}
	if k.fallback != "" {
		all = append(all, "Default: "+withoutMarkdown(k.fallback)+".")
	}
	return strings.Join(all, " ")
}

// link matches a link of Markdown, emphasis a text between asterisks.
var (
	link     = regexp.MustCompile(`\[([^]]+)\]\([^)]*\)`)
	emphasis = regexp.MustCompile(`\*([A-Za-z ]+)\*`)
)

// withoutMarkdown returns a text of docs/configuration.md as plain text, without the
// reference to the page on risk.
func withoutMarkdown(text string) string {
	text = strings.ReplaceAll(text, "; see [risk](risk.md)", "")
	text = link.ReplaceAllString(text, "$1")
	text = emphasis.ReplaceAllString(text, "$1")
	return strings.ReplaceAll(text, "&lt;", "<")
}
