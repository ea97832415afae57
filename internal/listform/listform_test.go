package listform_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/unicode"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/listform"
)

var assetKeys = [][]string{{"ip"}, {"mac"}, {"nt_host"}, {"dns"}}

// read is everything that reading a list gives: its form, its rows with cells joined by
// "/", and its notes.
type read struct {
	form        string
	rows, notes []string
	list        *listform.List
}

func readList(t *testing.T, text string, o listform.Options) (read, error) {
	t.Helper()
	var got read
	if o.Keys == nil {
		o.Keys = assetKeys
	}
	list, err := listform.Open(iotest.OneByteReader(strings.NewReader(text)), &o, func(e *entity.RowError) {
		assert.Equal(t, entity.Note, e.Loss)
		got.notes = append(got.notes, e.Err.Error())
	})
	if err != nil {
		return got, err
	}
	for list.Next() {
		var cells []string
		for i := range list.Len() {
			cells = append(cells, string(list.Cell(i)))
		}
		got.rows = append(got.rows, strings.Join(cells, "/"))
	}
	got.form, got.list = list.Form, list
	return got, list.Err()
}

func utf16Of(t *testing.T, text string, order unicode.Endianness, bom unicode.BOMPolicy) string {
	t.Helper()
	out, err := unicode.UTF16(order, bom).NewEncoder().String(text)
	require.NoError(t, err)
	return out
}

func TestEncodingIsFoundOrConfigured(t *testing.T) {
	const text = "ip,owner\r\n10.0.0.1,Jürgen\r\n"
	rows := []string{"ip/owner", "10.0.0.1/Jürgen"}
	for _, test := range []struct{ name, text, encoding, form string }{
		{"UTF-8", text, "", "UTF-8, comma, header in line 1"},
		{"UTF-8 with a byte order mark", "\ufeff" + text, "", "UTF-8, comma, header in line 1"},
		{"UTF-16 with a byte order mark", utf16Of(t, text, unicode.LittleEndian, unicode.UseBOM), "", "UTF-16, comma, header in line 1"},
		{"UTF-16 big endian with a byte order mark", utf16Of(t, text, unicode.BigEndian, unicode.UseBOM), "", "UTF-16, comma, header in line 1"},
		{"UTF-16 by its NULs", utf16Of(t, text, unicode.LittleEndian, unicode.IgnoreBOM), "", "UTF-16, comma, header in line 1"},
		{"UTF-16 big endian by its NULs", utf16Of(t, text, unicode.BigEndian, unicode.IgnoreBOM), "", "UTF-16, comma, header in line 1"},
		{"configured", strings.ReplaceAll(text, "ü", "\xfc"), "Windows-1252", "windows-1252, comma, header in line 1"},
		{"another name of windows-1252", strings.ReplaceAll(text, "ü", "\xfc"), "latin1", "windows-1252, comma, header in line 1"},
		{"UTF-8 as configured", text, "utf8", "UTF-8, comma, header in line 1"},
	} {
		got, err := readList(t, test.text, listform.Options{Encoding: test.encoding})
		require.NoError(t, err, test.name)
		assert.Equal(t, rows, got.rows, test.name)
		assert.Equal(t, test.form, got.form, test.name)
		assert.Empty(t, got.notes, test.name)
	}
}

func TestUndecodableBytesAreNotUTF8(t *testing.T) {
	for _, test := range []struct{ text, encoding string }{
		{"ip,owner\n10.0.0.1,a\x81\n", "shift_jis"},
		{utf16Of(t, "ip,owner\n10.0.0.1,a", unicode.LittleEndian, unicode.UseBOM) + "\x00\xd8\n\x00", ""},
	} {
		got, err := readList(t, test.text, listform.Options{Encoding: test.encoding})
		require.NoError(t, err)
		assert.Equal(t, []string{"ip/owner", "10.0.0.1/a\xff"}, got.rows, test.encoding)
	}
}

func TestFormsThatAreNoListAreRejected(t *testing.T) {
	for text, want := range map[string]string{
		"\xff\xfe\x00\x00i\x00\x00\x00": "UTF-32",
		"\x00\x00\xfe\xff\x00\x00\x00i": "UTF-32",
		"\n <!DOCTYPE html><html>":      "HTML page",
		"<HTML><body>Sign in":           "HTML page",
	} {
		_, err := readList(t, text, listform.Options{})
		assert.ErrorContains(t, err, want, "%q", text)
	}
	_, err := readList(t, "ip\n", listform.Options{Encoding: "ebcdic"})
	assert.ErrorContains(t, err, `unknown encoding "ebcdic": use a WHATWG name`)
}

func TestDelimiterGivesTheHeaderAKeyColumn(t *testing.T) {
	for _, test := range []struct{ text, delimiter, form, header string }{
		{"ip;owner\n1;2\n", "", "semicolon", "ip/owner"},
		{"ip\towner\n1\t2\n", "", "tab", "ip/owner"},
		{"ip|owner\n1|2\n", "", "bar", "ip/owner"},
		{"ip\n1\n", "", "comma", "ip"},
		{"dns,ip;mac;owner\n", "", "semicolon", "dns,ip/mac/owner"},
		{"a;b;c,ip\n", "", "comma", "a;b;c/ip"},
		{`"ip";"a,b"` + "\n", "", "semicolon", "ip/a,b"},
		{"ip;owner\n", ",", "comma", "ip;owner"},
		{"ip^owner\n", "^", "delimiter '^'", "ip/owner"},
		{"ip\towner\n", "Tab", "tab", "ip/owner"},
		{"name;site\n", "", "semicolon", "name/site"},
	} {
		got, err := readList(t, test.text, listform.Options{Delimiter: test.delimiter})
		require.NoError(t, err, "%q", test.text)
		assert.Equal(t, "UTF-8, "+test.form+", header in line 1", got.form, "%q", test.text)
		assert.Equal(t, test.header, got.rows[0], "%q", test.text)
	}
	for _, bad := range []string{"::", `"`, "\n", "é"} {
		_, err := listform.ParseDelimiter(bad)
		assert.Error(t, err, "%q", bad)
	}
}

func TestHeaderIsTheFirstLineLikeOne(t *testing.T) {
	for _, test := range []struct {
		name, text string
		o          listform.Options
		line       int
		note       string
	}{
		{"line 1 with a key column, whatever follows", "ip,owner\n\n1,2,3\n", listform.Options{}, 1, ""},
		{"after a title", "Hosts of 2026\n\nip;owner\n10.0.0.1;x\n", listform.Options{}, 3, `1 line before the header is not read (the header is in line 3): "Hosts of 2026"`},
		{"after two lines", "Hosts\nby ann, bob\nip,owner\n1,2\n", listform.Options{}, 3, `2 lines before the header are not read (the header is in line 3): "Hosts"`},
		{"after comments and sep=", "#made by x\nsep=;\nip;owner\n1;2\n", listform.Options{}, 3, ""},
		{"not a line with another number of cells", "title\nip of hosts,ip\nip,nt_host,owner\n1,2,3\n", listform.Options{}, 3, `2 lines before the header are not read (the header is in line 3): "title"`},
		{"not a line with an address", "x,y\nip,10.0.0.1\nip,owner\n1,2\n", listform.Options{}, 3, `2 lines before the header are not read (the header is in line 3): "x,y"`},
		{"not a line with a MAC", "x,y\nmac,00:00:5e:00:53:01\nip,owner\n1,2\n", listform.Options{}, 3, `2 lines before the header are not read (the header is in line 3): "x,y"`},
		{"not a line with an e-mail address", "x,y\nip,ann@corp.example\nip,owner\n1,2\n", listform.Options{}, 3, `2 lines before the header are not read (the header is in line 3): "x,y"`},
		{"a key by columns", "x\nHostname,owner\n1,2\n", listform.Options{Columns: map[string]string{"hostname": "nt_host"}}, 2, `1 line before the header is not read (the header is in line 2): "x"`},
		{"a column that make reads", "x\nname,site\n1,2\n", listform.Options{Make: map[string]string{"dns": "$name$.example"}}, 2, `1 line before the header is not read (the header is in line 2): "x"`},
		{"header_line", "ip,owner\nIP,Owner\n1,2\n", listform.Options{HeaderLine: 2}, 2, ""},
		{"beyond 50 lines it is not searched", strings.Repeat("x\n", 50) + "ip,owner\n1,2\n", listform.Options{}, 1, ""},
	} {
		got, err := readList(t, test.text, test.o)
		require.NoError(t, err, test.name)
		require.True(t, strings.HasSuffix(got.form, "header in line "+string(rune('0'+test.line))), "%s: %s", test.name, got.form)
		var want []string
		if test.note != "" {
			want = []string{test.note}
		}
		assert.Equal(t, want, got.notes, test.name)
	}
	_, err := readList(t, "ip\n1\n", listform.Options{HeaderLine: 9})
	assert.ErrorContains(t, err, "header_line 9: the list ends before that line")
}

func TestPlacesAreThoseOfTheFile(t *testing.T) {
	list, err := listform.Open(strings.NewReader("\ufefftitle\n\n\nip;owner\n10.0.0.1;\"a\nb\"\n10.0.0.2;c\n"), &listform.Options{Keys: assetKeys}, func(*entity.RowError) {})
	require.NoError(t, err)
	var places [][3]int
	for list.Next() {
		line, column := list.Pos(1)
		places = append(places, [3]int{list.Line(), line, column})
	}
	assert.Equal(t, [][3]int{{4, 4, 4}, {5, 5, 10}, {7, 7, 10}}, places)
}

func TestListWithoutHeaderTakesConfiguredNames(t *testing.T) {
	got, err := readList(t, "host;ws-17;low\n", listform.Options{Header: []string{"kind", " nt_host", "priority"}})
	require.NoError(t, err)
	assert.Equal(t, []string{"kind/nt_host/priority", "host/ws-17/low"}, got.rows)
	assert.Equal(t, "UTF-8, semicolon, no header", got.form)
}

func TestRepeatedNamesAreNumbered(t *testing.T) {
	got, err := readList(t, "ip,name,NAME,name.2,name,,\n1,2,3,4,5,6,7\n", listform.Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{"ip/name/NAME.3/name.2/name.4//", "1/2/3/4/5/6/7"}, got.rows)
	assert.Equal(t, []string{`column 3 repeats the name "NAME": it is read as "NAME.3"`, `column 5 repeats the name "name": it is read as "name.4"`}, got.notes)
}

func TestPlainListIsReadInPlace(t *testing.T) {
	list, err := listform.Open(strings.NewReader("ip,owner\n1,2\n"), &listform.Options{Keys: assetKeys}, nil)
	require.NoError(t, err)
	require.True(t, list.Next())
	require.NotNil(t, list.Text(), "the rows are read from the text without another copy")
	list, err = listform.Open(strings.NewReader("ip,owner\n1,2\n"), &listform.Options{Keys: assetKeys, Make: map[string]string{"dns": "$ip$"}}, nil)
	require.NoError(t, err)
	require.Nil(t, list.Text())
}

func TestErrorsOfTheSourceAreReturned(t *testing.T) {
	torn := errors.New("torn")
	for _, n := range []int{0, 3, 40} {
		text := strings.Repeat("ip,owner\n", 10)[:n]
		_, err := listform.Open(iotest.DataErrReader(&failing{text, torn}), &listform.Options{Keys: assetKeys}, nil)
		assert.ErrorIs(t, err, torn)
	}
	_, err := readList(t, "ip,\"owner\n", listform.Options{})
	var syntax *csvio.SyntaxError
	require.ErrorAs(t, err, &syntax)
	assert.Equal(t, 1, syntax.Line)
}

type failing struct {
	text string
	err  error
}

func (f *failing) Read(p []byte) (int, error) {
	n := copy(p, f.text)
	if f.text = f.text[n:]; f.text == "" {
		return n, f.err
	}
	return n, nil
}

// FuzzOpen checks that reading any list in any form ends without a panic, and that every
// position is in the list.
func FuzzOpen(f *testing.F) {
	for _, text := range []string{"", "ip,owner\n1,2\n", "x\n\nip;owner\n1;2", "\xff\xfei\x00p\x00", "\"ip\";\"a\nb\"\n", "a,a,a\n", "\x00i\x00p"} {
		f.Add(text, "", 0)
		f.Add(text, "shift_jis", 2)
	}
	f.Fuzz(func(t *testing.T, text, encoding string, line int) {
		o := &listform.Options{Keys: assetKeys, Encoding: encoding, HeaderLine: line}
		list, err := listform.Open(strings.NewReader(text), o, func(*entity.RowError) {})
		if err != nil {
			return
		}
		for list.Next() {
			for i := range list.Len() {
				_ = list.Cell(i)
				line, column := list.Pos(i)
				require.Positive(t, line)
				require.Positive(t, column)
			}
		}
	})
}

// BenchmarkPlain measures reading a list in UTF-8 with commas and its header in the first
// line, by package csvio alone and after an inspection.
func BenchmarkPlain(b *testing.B) {
	const n = 300_000
	var rows strings.Builder
	rows.WriteString("ip,mac,nt_host,dns,owner,priority,city,bunit,category\n")
	for i := range n {
		fmt.Fprintf(&rows, "10.%d.%d.%d,02:00:00:%02x:%02x:%02x,ws-%d,ws-%d.corp.example,user%d,high,Berlin,sales,workstation|office\n",
			i>>16, i>>8&255, i&255, i>>16, i>>8&255, i&255, i, i, i%9999)
	}
	for _, inspected := range []bool{false, true} {
		b.Run(fmt.Sprintf("inspected=%t/rows=%d", inspected, n), func(b *testing.B) {
			b.SetBytes(int64(rows.Len()))
			b.ReportAllocs()
			for b.Loop() {
				r := csvio.NewReader(strings.NewReader(rows.String()), csvio.Options{})
				if inspected {
					list, err := listform.Open(strings.NewReader(rows.String()), &listform.Options{Keys: assetKeys}, nil)
					require.NoError(b, err)
					require.True(b, list.Next())
					r = list.Text()
				}
				var records csvio.Records
				for r.Next() {
					if records.Add(&r.Record); records.Len() == 256 {
						records.Reset()
					}
				}
				require.NoError(b, r.Err())
			}
		})
	}
}
