package jsonscan

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAppendUnquotedResolvesEscapes(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{``, ""},
		{`plain`, "plain"},
		{`\"\\\/\b\f\n\r\t`, "\"\\/\b\f\n\r\t"},
		{`\u0041\u00e9\u20AC`, "Aé€"},
		{`\ud83d\ude00`, "😀"},
		{`\ud83d`, "\ufffd"},
		{`\ude00\ud83d`, "\ufffd\ufffd"},
		{`\ud83d\ud83d\ude00`, "\ufffd😀"},
		{`\ud83d\u0041`, "\ufffdA"},
		{`\ud83dx`, "\ufffdx"},
		// Invalid escapes are left unchanged.
		{`\x\u12g4\u123`, `\x\u12g4\u123`},
		{`a\`, `a\`},
		{"\xff", "\xff"},
	} {
		assert.Equal(t, c.want, string(AppendUnquoted(nil, []byte(c.text))), "AppendUnquoted(%q)", c.text)
	}
}

func TestAppendStringEscapes(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", `""`},
		{`a"b\c/d`, `"a\"b\\c/d"`},
		{"\b\f\n\r\t\x00\x1f\x7f", `"\b\f\n\r\t\u0000\u001f` + "\x7f\""},
		{"<é>\u2028&😀", "\"<é>\u2028&😀\""},
		{"a\xffb\xc3", "\"a\ufffdb\ufffd\""},
		{"\xed\xa0\x80", "\"\ufffd\ufffd\ufffd\""},
		{"\ufffd", "\"\ufffd\""},
	} {
		assert.Equal(t, c.want, string(AppendString(nil, c.text)), "AppendString(%q)", c.text)
		assert.Equal(t, c.want, string(AppendString(nil, []byte(c.text))), "AppendString(%q)", c.text)
	}
}

// The JSON of every byte, at every position among plain bytes, decodes to that byte.
func TestAppendStringEscapesEveryByteAnywhere(t *testing.T) {
	for n := 1; n <= 20; n++ {
		for at := range n {
			for c := range 256 {
				text := bytes.Repeat([]byte{'x'}, n)
				text[at] = byte(c)
				got := AppendString(nil, text)
				require.Equal(t, got, AppendString(nil, string(text)))
				var back string
				require.NoError(t, json.Unmarshal(got, &back), "%q", text)
				require.Equal(t, strings.ToValidUTF8(string(text), "\ufffd"), back)
			}
		}
	}
}

func TestStringsDoNotAllocate(t *testing.T) {
	buf := make([]byte, 0, 100)
	text := "a\"é\xff\n"
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		buf = AppendString(buf[:0], text)
		buf = AppendUnquoted(buf[:0], []byte(`\u0041\n`))
	}))
}
