package keytext

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
)

func TestCleanRemovesWhatCannotBeSeen(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"ws-17.corp.example", "ws-17.corp.example"},
		{"ws\u200b-17", "ws-17"},
		{"\ufeffws-17", "ws-17"},
		{"ws-17\u200e", "ws-17"},
		{"w\u200cs\u200d-\u200f1\u20607", "ws-17"},
		{"ws-17 \u200b", "ws-17"},
		{"\u200b\u200f", ""},
		{"10.0.0.1\u200b", "10.0.0.1"},
		{"Jose\u0301", "Jos\u00e9"},
		{"Jos\u00e9", "Jos\u00e9"},
		{"e\u200b\u0301", "\u00e9"},
		{"a\u00adb", "a\u00adb"}, // a soft hyphen has a width
		{"ﬁ", "ﬁ"},               // compatible, but not canonically equal
		{"été", "été"},
		{"\xff\u200bws", "\ufffdws"},
		{"\xcc", "\xcc"},
	} {
		assert.Equal(t, c.want, Clean(c.in), "Clean(%q)", c.in)
	}
}

func TestCleanAllocatesOnlyForChanges(t *testing.T) {
	for _, key := range []string{"ws-17.corp.example", "été-17.corp.example", "日本-17", "10.0.0.1"} {
		assert.Zero(t, testing.AllocsPerRun(10, func() { Clean(key) }), "Clean(%q)", key)
	}
}

func FuzzCleanIsIdempotent(f *testing.F) {
	for _, key := range []string{"e\u200b\u0301", " \u200b\u0301", "ws-17", "\xff\u200b", "K", "\u1100\u200b\u1161"} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		clean := Clean(key)
		require.Equal(t, clean, Clean(clean), "Clean of Clean(%q)", key)
		if utf8.ValidString(key) {
			require.True(t, norm.NFC.IsNormalString(clean))
		}
	})
}
