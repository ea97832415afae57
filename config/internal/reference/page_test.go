package main

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/internal/manpage"
)

const root = "../../.."

func TestPageIsGeneratedFromStructs(t *testing.T) {
	want := markdownPage(filledSections(t))
	got, err := os.ReadFile(root + "/docs/configuration.md")
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "run go generate ./config")
}

// TestEveryStructHasASection finds blocks that are not documented.
func TestEveryStructHasASection(t *testing.T) {
	text, err := os.ReadFile(root + "/" + sources[0])
	require.NoError(t, err)
	documented := map[string]bool{}
	for _, s := range sections {
		documented[s.typ] = true
	}
	for _, m := range regexp.MustCompile(`(?m)^type (\w+) struct`).FindAllStringSubmatch(string(text), -1) {
		assert.True(t, documented[m[1]], "%s in %s has no section", m[1], sources[0])
	}
}

func TestEveryKeyIsExplained(t *testing.T) {
	for _, s := range filledSections(t) {
		for _, k := range s.keys {
			assert.NotEmpty(t, k.meaning+k.fallback, "%s.%s has no comment", s.typ, k.name)
		}
	}
}

func TestDefaultIsSplitFromMeaning(t *testing.T) {
	for text, want := range map[string][2]string{
		"rows that share a key; default true":         {"rows that share a key", "true"},
		"the windows. Default 24h and 7d":             {"the windows", "24h and 7d"},
		"windows; default 24h and 7d. Kept longer":    {"windows. Kept longer", "24h and 7d"},
		"share; default 0.5":                          {"share", "0.5"},
		"default true":                                {"", "true"},
		"they replace the default list, or add to it": {"they replace the default list, or add to it", ""},
		"default keys; more":                          {"default keys; more", ""},
	} {
		meaning, fallback := splitDefault(text)
		assert.Equal(t, want, [2]string{meaning, fallback}, "splitDefault(%q)", text)
	}
}

func TestManPageHasEveryKeyAndFits(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, writePage(root, dir))
	page, err := os.ReadFile(dir + "/kith.yaml.5")
	require.NoError(t, err)
	require.NoError(t, manpage.Check(page))
	for _, s := range filledSections(t) {
		for _, k := range s.keys {
			assert.Contains(t, string(page), `\fB`+k.name+`\fR \fI(`+withoutMarkdown(k.typ)+`)\fR`, "%s.%s", s.typ, k.name)
		}
	}
	for _, markup := range []string{"](", "&lt;", `\e|`, ".md"} {
		assert.NotContains(t, string(page), markup)
	}
}

func TestExampleIsAValidConfiguration(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"assets.csv", "cloud-1.csv.gz", "people.csv"} {
		require.NoError(t, os.WriteFile(dir+"/"+name, nil, 0o666))
	}
	require.NoError(t, os.WriteFile(dir+"/kith.yaml", []byte(example), 0o666))
	c, err := config.Open(dir + "/kith.yaml")
	require.NoError(t, err)
	setup, err := c.RiskSetup()
	require.NoError(t, err)
	require.NoError(t, setup.Check())
	_, err = c.EnrichOptions()
	require.NoError(t, err)
}

// filledSections returns the sections of the reference with their keys.
func filledSections(t *testing.T) []section {
	t.Helper()
	filled, err := readSections(root)
	require.NoError(t, err)
	return filled
}

func TestEveryLinkLeadsToASection(t *testing.T) {
	text := markdownPage(filledSections(t))
	anchors := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^## (.+)$`).FindAllSubmatch(text, -1) {
		anchors[anchor(string(m[1]))] = true
	}
	for _, m := range regexp.MustCompile(`\]\(#([\w-]+)\)`).FindAllSubmatch(text, -1) {
		assert.True(t, anchors[string(m[1])], "#%s", m[1])
	}
}

// anchor returns the anchor that GitHub gives to a title of letters and spaces.
func anchor(title string) string {
	var b []byte
	for _, c := range []byte(title) {
		switch {
		case c == ' ':
			c = '-'
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return string(b)
}
