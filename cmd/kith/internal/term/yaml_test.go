package term

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/kithsec/kith/internal/jsonobject"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestWriteJSONKeepsOrderAndEscapes(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, WriteJSON(&b, jsonobject.Object{{"b", "<&>"}, {"a", json.Number("1.50")}, {"c", "\x1b[1m\u009b\u202e\u2028é"}, {"d", jsonobject.Object{}}}))
	assert.Equal(t, `{"b":"<&>","a":1.50,"c":"\u001b[1m\u009b\u202e\u2028é","d":{}}`+"\n", b.String())
	require.Error(t, WriteJSON(&b, jsonobject.Object{{"f", func() {}}}))
}

func TestWriteYAMLQuotesAmbiguousTexts(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, WriteYAML(&b, jsonobject.Object{
		{"plain", "ws-17.corp.example"},
		{"address", "10.1.2.3"},
		{"word", "on"},
		{"number", "1e3"},
		{"empty", ""},
		{"flag", true},
		{"list", []string{"a b", "a: b", "# c", "line\nbreak", "\x1b[1m"}},
		{"none", []string{}},
		{"map", jsonobject.Object{}},
		{"y", []jsonobject.Object{{{"x", 1}, {"z", []string{"q"}}}, {{"x", nil}}}},
	}))
	assert.Equal(t, strings.TrimPrefix(`
---
plain: ws-17.corp.example
address: "10.1.2.3"
word: "on"
number: "1e3"
empty: ""
flag: true
list:
  - a b
  - "a: b"
  - "# c"
  - "line\nbreak"
  - "\u001b[1m"
none: []
map: {}
"y":
  - x: 1
    z:
      - q
  - x: null
`, "\n"), b.String())
}

// TestYAMLMeansTheSameAsJSON reads the output of WriteYAML with another YAML package.
func TestYAMLMeansTheSameAsJSON(t *testing.T) {
	text := rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{"", "yes", "NULL", "~", "-", "- a", "? x", "0x1f", "1_000", ".inf", "2026-01-01", "a #b", "a:", "!tag", "&a", "*a", "|", ">", "%x", "@x", "`", "{", "[a]", "'q'", `"q"`, " lead", "trail ", "\ttab", "=", "<<"}),
	)
	rapid.Check(t, func(t *rapid.T) {
		o := jsonobject.Object{
			{"text", text.Draw(t, "text")},
			{"list", rapid.SliceOf(text).Draw(t, "list")},
			{"nested", jsonobject.Object{{text.Draw(t, "name"), text.Draw(t, "value")}}},
		}
		var asJSON, asYAML bytes.Buffer
		require.NoError(t, WriteJSON(&asJSON, o))
		require.NoError(t, WriteYAML(&asYAML, o))
		var want, got map[string]any
		require.NoError(t, json.Unmarshal(asJSON.Bytes(), &want))
		require.NoError(t, yaml.Unmarshal(asYAML.Bytes(), &got), asYAML.String())
		if list, ok := want["list"].([]any); ok && len(list) == 0 {
			want["list"] = []any{}
		}
		require.Equal(t, want, got, asYAML.String())
		assert.NotContains(t, strings.ReplaceAll(asYAML.String(), "\n", ""), "\x1b")
	})
}
