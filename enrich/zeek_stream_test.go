package enrich_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/kithsec/kith/enrich"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const zeekConn = `#separator \x09
#set_separator	,
#empty_field	(empty)
#unset_field	-
#path	conn
#fields	ts	uid	id.orig_h	id.resp_h
#types	time	string	addr	addr
1772352000.0	C1	10.1.2.3	10.9.9.9
1772352001.0	C2	-	10.1.2.3
short
#close	2026-03-01-09-00-00
`

// enrichZeek returns an enriched log.
func enrichZeek(t *testing.T, log string, options enrich.Options, o enrich.StreamOptions) (string, enrich.Stats) {
	t.Helper()
	l := newLists(t, "ip,owner,category,dns\n10.1.2.3,\"-\ta\",x|y,ws.example\n10.9.9.9,bob,,\n", "", listOptions{})
	options.Format = "zeek"
	var out bytes.Buffer
	stats, err := enricher(t, l, options).Stream(t.Context(), &out, strings.NewReader(log), o)
	require.NoError(t, err)
	return out.String(), stats
}

func TestZeekLogGetsColumns(t *testing.T) {
	want := `#separator \x09
#set_separator	,
#empty_field	(empty)
#unset_field	-
#path	conn
#fields	ts	uid	id.orig_h	id.resp_h	src_owner	src_category	dest_owner	dest_category
#types	time	string	addr	addr	string	set[string]	string	set[string]
1772352000.0	C1	10.1.2.3	10.9.9.9	-\x09a	x,y	bob	-
1772352001.0	C2	-	10.1.2.3	-	-	-\x09a	x,y
short
#close	2026-03-01-09-00-00
`
	for _, workers := range []int{1, 3} {
		out, stats := enrichZeek(t, zeekConn, enrich.Options{Fields: []string{"owner", "category"}}, enrich.StreamOptions{Workers: workers})
		assert.Equal(t, want, out)
		assert.EqualValues(t, 3, stats.Events)
		assert.EqualValues(t, 1, stats.Bad)
		assert.EqualValues(t, len(zeekConn), stats.BytesIn)
	}
}

// A log may be several logs one after another, with other columns.
func TestNewZeekHeaderStartsAnew(t *testing.T) {
	log := zeekConn + strings.ReplaceAll(strings.ReplaceAll(zeekConn, "\tid.orig_h", ""), "\taddr\taddr", "\taddr")
	log = strings.Replace(log, "C1\t10.1.2.3\t10.9.9.9\n1772352001.0\tC2\t-\t10.1.2.3\nshort\n#close", "C1\t10.9.9.9\n#close", 2)
	out, _ := enrichZeek(t, log, enrich.Options{Fields: []string{"owner"}}, enrich.StreamOptions{})
	assert.Equal(t, []string{
		"#fields\tts\tuid\tid.orig_h\tid.resp_h\tsrc_owner\tdest_owner", "#fields\tts\tuid\tid.resp_h\tdest_owner",
	}, slicesWithPrefix(out, "#fields"))
	assert.Contains(t, out, "1772352000.0\tC1\t10.9.9.9\tbob\n")
}

func slicesWithPrefix(text, prefix string) (lines []string) {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, prefix) {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	return lines
}

// A line that begins with "#" would be read as a directive.
func TestReplacedZeekCellMakesNoDirective(t *testing.T) {
	log := "#separator \\x09\n#fields\tsrc_owner\tid.orig_h\n#types\tstring\taddr\nnobody\t10.1.2.3\n"
	l := newLists(t, "ip,owner\n10.1.2.3,#1\n", "", listOptions{})
	e := enricher(t, l, enrich.Options{Format: "zeek", Fields: []string{"owner"}, Overwrite: true})
	var out, again bytes.Buffer
	_, err := e.Stream(t.Context(), &out, strings.NewReader(log), enrich.StreamOptions{})
	require.NoError(t, err)
	assert.Contains(t, out.String(), "\\x231\t10.1.2.3\n")
	stats, err := e.Stream(t.Context(), &again, &out, enrich.StreamOptions{Out: enrich.FormatNDJSON})
	require.NoError(t, err)
	assert.EqualValues(t, 1, stats.Events)
	assert.Contains(t, again.String(), `"src_owner":"#1"`)
}

func TestZeekLogBecomesNDJSON(t *testing.T) {
	out, _ := enrichZeek(t, zeekConn, enrich.Options{Fields: []string{"category"}}, enrich.StreamOptions{Out: enrich.FormatNDJSON, OnError: enrich.Drop})
	assert.Equal(t, `{"ts":1772352000.0,"uid":"C1","id.orig_h":"10.1.2.3","id.resp_h":"10.9.9.9","src_category":["x","y"]}
{"ts":1772352001.0,"uid":"C2","id.resp_h":"10.1.2.3","dest_category":["x","y"]}
`, out)
}
