package zeeklog

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// newHeader returns the header with these directives.
func newHeader(lines ...string) *Header {
	var h Header
	for _, line := range lines {
		h = h.Add([]byte(line))
	}
	return &h
}

var directives = []string{
	`#separator \x09`, "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", "#path\tx", "#open\t2026-01-01-00-00-00",
	"#fields\tts\tid.orig_h\ttx_hosts\tports\tok\tnote\tn", "#types\ttime\taddr\tset[addr]\tvector[port]\tbool\tstring\tcount",
}

func TestLinesBecomeTheObjectsThatZeekWrites(t *testing.T) {
	h := newHeader(directives...)
	for line, want := range map[string]string{
		"1772352000.5\t10.0.0.1\t10.0.0.2,10.0.0.3\t80,443\tT\ta b\t7": `{"ts":1772352000.5,"id.orig_h":"10.0.0.1","tx_hosts":["10.0.0.2","10.0.0.3"],"ports":[80,443],"ok":true,"note":"a b","n":7}`,
		"-\t-\t-\t-\t-\t-\t-":                        `{}`,
		"-\t-\t(empty)\t(empty)\tF\t(empty)\t-":      `{"tx_hosts":[],"ports":[],"ok":false,"note":""}`,
		"inf\t-\t-\t-,1\tx\t\\x2d\tnull":             `{"ts":"inf","ports":[null,1],"ok":"x","note":"-","n":"null"}`,
		"-\t-\ta\\x2cb,c\t-\t-\ta\\\\x09\\x09\"\t1 ": `{"tx_hosts":["a,b","c"],"note":"a\\x09\t\"","n":"1 "}`,
		"-\t-\t-\t-\t-\t\\xff\\xc3\\xa9\t-":          `{"note":"\\xff\\xc3\\xa9"}`,
		"-\t-\t-\t-\t-\t\\xc3\\xa9\\x\t-":            `{"note":"é\\x"}`,
	} {
		got, err := h.AppendJSON(nil, []byte(line))
		require.NoError(t, err, "%q", line)
		assert.True(t, json.Valid(got), "%s", got)
		assert.JSONEq(t, want, string(got), "%q", line)
	}
	_, err := h.AppendJSON(nil, []byte("1\t2"))
	assert.EqualError(t, err, "2 columns instead of the 7 of the #fields line")
	_, err = new(Header).AppendJSON(nil, []byte("1\t2"))
	assert.EqualError(t, err, "no #fields line before the first event: the log has no header")
}

func TestHeaderWithOtherSeparators(t *testing.T) {
	h := newHeader(`#separator |`, "#set_separator|;", "#unset_field|N", "#fields|a|b", "#types|set[count]|string")
	got, err := h.AppendJSON(nil, []byte("1;2|x"))
	require.NoError(t, err)
	assert.Equal(t, `{"a":[1,2],"b":"x"}`, string(got))
	assert.Equal(t, `a\x7cb;\x3b`, string(h.AppendCell(nil, [][]byte{[]byte("a|b"), []byte(";")})))
	assert.Equal(t, "N", string(h.AppendCell(nil, nil)))
	assert.Empty(t, h.Add([]byte(`#separator \x09`)).Fields, "a new header starts anew")
}

func TestCellsAreReadBack(t *testing.T) {
	for _, value := range []string{"", "-", "(empty)", "a\tb", `a\x09`, `\`, "a,b", "#x", "é\x00\n", "a|b"} {
		h := newHeader(append(directives, "#fields\tv\tlist", "#types\tstring\tset[string]")...)
		line := append(h.AppendCell(nil, [][]byte{[]byte(value)}), '\t')
		line = h.AppendCell(line, [][]byte{[]byte(value), []byte("b")})
		require.NotContains(t, string(line), "\n")
		got, err := h.AppendJSON(nil, line)
		require.NoError(t, err)
		var event struct {
			V    string
			List []string
		}
		require.NoError(t, json.Unmarshal(got, &event))
		assert.Equal(t, value, event.V)
		assert.Equal(t, []string{value, "b"}, event.List)
	}
}

func TestDirectivesNameAddedColumns(t *testing.T) {
	h := newHeader(directives...)
	added := func(line string) string {
		return string(h.AppendDirective(nil, []byte(line), []string{"src_owner", "src_category"}, []bool{false, true}))
	}
	assert.Equal(t, "#fields\ta\tsrc_owner\tsrc_category", added("#fields\ta"))
	assert.Equal(t, "#types\taddr\tstring\tset[string]", added("#types\taddr"))
	assert.Equal(t, "#path\tconn", added("#path\tconn"))
}

func TestLogIsRecognisedByItsFirstLine(t *testing.T) {
	assert.True(t, Begins([]byte("#separator \\x09\n")))
	assert.True(t, Begins([]byte("\ufeff#separator \\x09\n")))
	assert.True(t, CanBegin([]byte("\ufeff#sep")))
	assert.True(t, IsDirective([]byte("\ufeff#fields\ta")))
	assert.Equal(t, "|", string(newHeader("\ufeff#separator |").ColumnSeparator()))
	assert.False(t, Begins([]byte("#fields\ta")))
	for _, head := range []string{"", "#", "#separator"} {
		assert.True(t, CanBegin([]byte(head)))
	}
	assert.False(t, CanBegin([]byte("#x")))
}

func TestDirectivesAreReadInAnyParts(t *testing.T) {
	text := strings.Join(directives, "\n") + "\n1\t2#\n#close\tx\n#fields\ta\tb\r\n3\t4\n#path"
	want := newHeader(append(directives, "#fields\ta\tb")...)
	for size := 1; size < 30; size++ {
		var d Directives
		for i := 0; i < len(text); i += size {
			n, err := d.Write([]byte(text[i:min(i+size, len(text))]))
			require.NoError(t, err)
			require.Positive(t, n)
		}
		require.Equal(t, *want, d.Header, "%d bytes at a time", size)
	}
}

func FuzzLine(f *testing.F) {
	f.Add("1\t10.0.0.1\ta,b\t1\tT\t\\x09\t-")
	f.Fuzz(func(t *testing.T, line string) {
		h := newHeader(directives...)
		got, err := h.AppendJSON(nil, []byte(line))
		if err != nil || strings.ContainsAny(line, "\n\r") {
			return
		}
		require.True(t, json.Valid(got), "%q gives %s", line, got)
	})
}
