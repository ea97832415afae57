package fold_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/fold"
)

func TestLowerIsRuneWise(t *testing.T) {
	for in, want := range map[string]string{"": "", "abc": "abc", "WS-1": "ws-1", "ÄRGER": "ärger", "İ": "i", "K": "k", "a\xffB": "a\xffb", "ẞ": "ß"} {
		assert.Equal(t, want, fold.Lower(in), "Lower(%q)", in)
		assert.Equal(t, want, string(fold.AppendLower(nil, []byte(in))))
	}
}

func TestLowerAgreesWithUnicodeForEveryRune(t *testing.T) {
	for c := rune(0); c <= unicode.MaxRune; c++ {
		s := string(c)
		want := string(unicode.ToLower(c))
		if got := fold.Lower("A" + s + "Z"); got != "a"+want+"z" {
			require.FailNow(t, "wrong case", "Lower(%q) = %q, want %q", "A"+s+"Z", got, "a"+want+"z")
		}
	}
}

// Every byte is tested at every position of texts of every length up to 20.
func TestLowerChangesASCIICapitalsOnly(t *testing.T) {
	for n := 1; n <= 20; n++ {
		for at := range n {
			for c := range 256 {
				in := bytes.Repeat([]byte{'Z'}, n)
				in[at] = byte(c)
				want := bytes.Repeat([]byte{'z'}, n)
				if want[at] = byte(c); 'A' <= c && c <= 'Z' {
					want[at] += 'a' - 'A'
				}
				require.Equal(t, want, fold.AppendLower([]byte("X"), in)[1:], "AppendLower(%q)", in)
				require.Equal(t, string(want), fold.Lower(string(in)), "Lower(%q)", in)
			}
		}
	}
}

func TestTrimIsTrimSpace(t *testing.T) {
	for _, space := range []string{"", " ", "\t\n", "\u00a0", "\u2003", "\x00", "\x7f", "\xff", "é"} {
		for _, in := range []string{"", "a", "a b", "é"} {
			for _, s := range []string{in + space, space + in, space + in + space} {
				assert.Equal(t, strings.TrimSpace(s), fold.Trim(s), "Trim(%q)", s)
			}
		}
	}
}

func TestCompareIsCompareOfLower(t *testing.T) {
	texts := []string{"", "a", "A", "b", "ab", "AB", "aB", "abc", "é", "É", "e", "aé", "AÉ", "a\xc3", "A\xc3x", "a\xff", "K", "k", "İ", "i", "ß", "ẞ", "zz", strings.Repeat("É", 200)}
	for _, a := range texts {
		for _, b := range texts {
			assert.Equal(t, strings.Compare(fold.Lower(a), fold.Lower(b)), fold.Compare(a, b), "Compare(%q, %q)", a, b)
			assert.Equal(t, fold.Lower(a) == fold.Lower(b), fold.Equal(a, b), "Equal(%q, %q)", a, b)
		}
	}
	assert.Zero(t, testing.AllocsPerRun(10, func() {
		for _, a := range texts[:len(texts)-1] {
			for _, b := range texts[:len(texts)-1] {
				fold.Compare(a, b)
			}
		}
	}), "Compare of short texts")
}

// FuzzFold checks that folding is idempotent, and that Equal and Compare compare folded values.
func FuzzFold(f *testing.F) {
	f.Add("İstanbul", "ǅ")
	f.Add("Straße", "STRASSE")
	f.Add("\xc3", "é")
	f.Add("a\u212A", "AK")
	f.Fuzz(func(t *testing.T, a, b string) {
		folded := fold.Lower(a)
		require.Equal(t, folded, fold.Lower(folded))
		require.Equal(t, fold.Lower(a) == fold.Lower(b), fold.Equal(a, b), "Equal(%q, %q)", a, b)
		require.Equal(t, strings.Compare(fold.Lower(a), fold.Lower(b)), fold.Compare(a, b), "Compare(%q, %q)", a, b)
	})
}
