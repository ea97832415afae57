package main

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../../.."

// TestPageIsCurrent holds docs/configuration.md to the structs.
func TestPageIsCurrent(t *testing.T) {
	want, err := page(root)
	require.NoError(t, err)
	got, err := os.ReadFile(root + "/docs/configuration.md")
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "run go generate ./config")
}

// TestEveryStructHasItsSection finds the block that somebody added and nobody
// documents.
func TestEveryStructHasItsSection(t *testing.T) {
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
	structs := declarations{}
	for _, name := range sources {
		require.NoError(t, structs.read(root+"/"+name))
	}
	for _, s := range sections {
		keys, err := structs.keys(s.typ)
		require.NoError(t, err)
		for _, k := range keys {
			assert.NotEmpty(t, k.meaning, "%s.%s has no comment", s.typ, k.name)
		}
	}
}

func TestEveryLinkLeadsToASection(t *testing.T) {
	text, err := page(root)
	require.NoError(t, err)
	anchors := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^## (.+)$`).FindAllSubmatch(text, -1) {
		anchors[anchor(string(m[1]))] = true
	}
	for _, m := range regexp.MustCompile(`\]\(#([\w-]+)\)`).FindAllSubmatch(text, -1) {
		assert.True(t, anchors[string(m[1])], "#%s", m[1])
	}
}

// anchor is what the forges make of a title of letters and spaces.
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
