package lists

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/xlsx/xlsxtest"
)

// gzipOf returns text in gzip.
func gzipOf(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

// zstdOf returns text in zstd.
func zstdOf(t *testing.T, text string) string {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	return string(w.EncodeAll([]byte(text), nil))
}

// damaged returns packed data with another byte in its middle.
func damaged(packed string) string {
	b := []byte(packed)
	b[len(b)/2] ^= 0xff
	return string(b)
}

// zipBomb returns an archive with the files given as pairs of a name and a text. The text
// of the last file is followed by unit, count times, in little more space than once.
func zipBomb(t *testing.T, unit string, count int, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		packed := deflated(t, files[i+1])
		size := len(files[i+1])
		if i == len(files)-2 {
			packed += strings.Repeat(deflated(t, unit), count)
			size += len(unit) * count
		}
		packed += "\x03\x00" // the last block, which is empty
		f, err := w.CreateRaw(&zip.FileHeader{Name: files[i], Method: zip.Deflate, CompressedSize64: uint64(len(packed)), UncompressedSize64: uint64(size)})
		require.NoError(t, err)
		_, err = f.Write([]byte(packed))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.String()
}

// deflated returns blocks of text that may follow one another.
func deflated(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	require.NoError(t, err)
	_, err = w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Flush())
	return b.String()
}

// workbookOf returns a workbook with one sheet.
func workbookOf(data string) string {
	w := xlsxtest.Workbook{Sheets: []xlsxtest.Sheet{{Name: "Hosts", Data: data}}}
	return string(w.Bytes())
}

// TestBrokenListsAreOneLineAndTheOldVersionStays breaks each form in its own way. Loading
// gives one line, and a reload keeps the version in use.
func TestBrokenListsAreOneLineAndTheOldVersionStays(t *testing.T) {
	csv := hostList("bob", "y")
	book := workbookOf(xlsxtest.Row(1, "ip", "owner") + xlsxtest.Row(2, "10.0.0.1", "bob"))
	const ole = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
	cases := []struct{ name, keys, list, want string }{
		{"half a gzip", "", gzipOf(t, csv)[:30], "hosts: gzip data is cut short: unexpected EOF"},
		{"damaged gzip", "", damaged(gzipOf(t, csv)), "hosts: decompressing gzip: "},
		{"half a zstd", "", zstdOf(t, strings.Repeat(csv, 99))[:30], "hosts: zstd data is cut short: unexpected EOF"},
		{"a zstd with a huge window", "", "\x28\xb5\x2f\xfd\x00\xff" + csv, "hosts: zstd data needs a window of more than 128 MiB: "},
		{"half a ZIP", "", zipBomb(t, "", 0, "hosts.csv", csv)[:60], "hosts: the ZIP archive or Excel workbook is damaged or cut short (zip: not a valid zip file): export it again"},
		{"a ZIP of two lists", "", zipBomb(t, "", 0, "a.csv", csv, "b.csv", csv), `hosts: the ZIP archive has 2 files ("a.csv", "b.csv" …), but a list is one file: unpack it and name the files`},
		{"packed twice", "", gzipOf(t, gzipOf(t, csv)), "hosts: the list is packed twice: unpack it once"},
		{"half a workbook", "", book[:len(book)/2], "hosts: the ZIP archive or Excel workbook is damaged or cut short (zip: not a valid zip file): export it again"},
		{"a damaged sheet", "", workbookOf(`<row><c t="s"><v>5</v></c></row>`), `hosts:1:1: sheet "Hosts": the workbook is damaged: a cell has the shared text 5 of 0`},
		{"a sheet that is missing", "sheet: Assets", book, `hosts: sheet: the workbook has no sheet "Assets": it has "Hosts"`},
		{"an old workbook", "", ole + csv, "hosts: the list is an old Excel workbook (.xls): save it as .xlsx, or as CSV"},
		{"JSON that ends early", "", `[{"ip":"10.0.0.1","owner":"bob"},{"ip":"10.0`, "hosts:1:1: the JSON value that begins here is cut short"},
		{"NDJSON that ends early", "", `{"ip":"10.0.0.1","owner":"bob"}` + "\n" + `{"ip":"10.0`, "hosts:2:1: the JSON value that begins here is cut short"},
		{"JSON in gzip that ends early", "", gzipOf(t, `[{"ip":"10.0.0.1"}`), "hosts:1:1: the JSON value that begins here is cut short"},
		{"an HTML page", "", "<!DOCTYPE html>\n<html><body>Sign in", "hosts: the list is an HTML page, often that of a login or an error: export it as CSV"},
		{"UTF-32", "", "\xff\xfe\x00\x00i\x00\x00\x00", "hosts: the list is in UTF-32: save it as UTF-8 or UTF-16"},
		{"a quote that is not closed", "", csv + `10.0.0.9,"x`, "hosts:4:10: quoted cell is never closed"},
		{"nothing", "", "", "hosts: "},
	}
	yaml := func(keys string) string {
		if keys != "" {
			keys = ", " + keys
		}
		return "assets: {sources: [{path: hosts" + keys + "}]}\n"
	}
	r := startReloading(t, map[string]string{"kith.yaml": yaml(""), "hosts": hostList("ann", "x")})
	for _, test := range cases {
		c := configOf(t, yaml(test.keys), map[string]string{"hosts": test.list})
		_, err := Load(t.Context(), c, Options{})
		require.Error(t, err, test.name)
		assert.True(t, strings.HasPrefix(err.Error(), test.want), "%s: %s", test.name, err)
		assert.NotContains(t, err.Error(), "\n", test.name)

		r.replaceFile("kith.yaml", yaml(test.keys))
		r.replaceFile("hosts", test.list)
		reports := r.requestReload()
		assert.True(t, strings.HasPrefix(reports, test.want), "%s: %s", test.name, reports)
		assert.True(t, strings.HasSuffix(reports, "refused\n"), "%s: %s", test.name, reports)
		assert.Equal(t, "ann", r.owner(), test.name)
	}
	r.replaceFile("kith.yaml", yaml(""))
	r.replaceFile("hosts", book)
	assert.Contains(t, r.requestReload(), "reloaded 1 assets")
	assert.Equal(t, "bob", r.owner())
}

// TestBombsStopAtMaxSizeWithFlatMemory unpacks lists of a few kilobytes up to a max_size
// that is larger than the memory that reading may take.
func TestBombsStopAtMaxSizeWithFlatMemory(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	const maxSize, mostMemory = 64 << 20, 56 << 20
	const units = 100 // of 1 MiB
	t.Setenv("TMPDIR", t.TempDir())
	repeat := func(text string) string { return strings.Repeat(text, 1<<20/len(text)) }
	lines, objects := repeat("\n"), repeat(`{"ip":"10.0.0.1"}`+"\n")
	book := func(part, begin, unit string) string {
		w := xlsxtest.Workbook{Sheets: []xlsxtest.Sheet{{Name: "Hosts"}}, Strings: []string{"<t>" + strings.Repeat("x", 30_000) + "</t>"}, Formats: []string{""}}
		parts := w.PartsExcept(part)
		return zipBomb(t, repeat(unit), units, append(parts, part, begin)...)
	}
	const sheet, row = "xl/worksheets/sheet1.xml", `<worksheet><sheetData><row><c t="str"><v>ip</v></c><c t="str"><v>owner</v></c></row>`
	for name, test := range map[string]struct{ list, want string }{
		"gzip":                              {strings.Repeat(gzipOf(t, lines), units), ""},
		"zstd":                              {strings.Repeat(zstdOf(t, lines), units), ""},
		"ZIP":                               {zipBomb(t, lines, units, "hosts.csv", "ip\n10.0.0.1\n"), ""},
		"JSON in gzip":                      {strings.Repeat(gzipOf(t, objects), units), ""},
		"JSON brackets":                     {gzipOf(t, `[`) + strings.Repeat(gzipOf(t, repeat("[")), units), "nested more than 100 deep"},
		"a sheet of rows":                   {book(sheet, row, "<row/>"), "more than 1048576 rows"},
		"a sheet of attributes":             {book(sheet, row, `<row a="" b=""/>`+strings.Repeat("\n", 64)), ""},
		"a sheet of one row":                {book(sheet, row+"<row>", "<c/>"), "beyond column XFD"},
		"a sheet of long texts":             {book(sheet, row, `<row><c t="str"><v>10.0.0.1</v></c><c t="s"><v>0</v></c></row>`), ""},
		"a row of long texts":               {book(sheet, row+"<row>", `<c t="s"><v>0</v></c>`), "a row is longer than 16777216 bytes"},
		"a sheet with a long text":          {book(sheet, row+`<row><c t="str"><v>`, "a"), "longer than 1048576 bytes"},
		"a sheet with a long tag":           {book(sheet, row+`<row><c a="`, "a"), "longer than 1048576 bytes"},
		"a sheet with many fonts in a text": {book(sheet, row+`<row><c t="inlineStr"><is>`, "<r><t>abc</t></r>"), "longer than 1048576 bytes"},
		"shared texts":                      {book("xl/sharedStrings.xml", "<sst>", "<si><t>10.0.0.1</t></si>"), ""},
		"shared texts without text":         {book("xl/sharedStrings.xml", "<sst>", "<si/>"), ""},
		"styles":                            {book("xl/styles.xml", "<styleSheet><cellXfs>", `<xf numFmtId="14"/>`), "more than 131072 cell formats"},
		"sheets":                            {book("xl/workbook.xml", "<workbook><sheets>", `<sheet name="a" r:id="rId1"/>`), "more than 16384 sheets"},
		"relations":                         {book("xl/_rels/workbook.xml.rels", "<Relationships>", `<Relationship Id="rId1" Type="worksheet" Target="worksheets/sheet1.xml"/>`), "more than 16384 documents"},
		"entities":                          {book("xl/sharedStrings.xml", `<!DOCTYPE a [<!ENTITY b "`, "bbbb"), "longer than 1048576 bytes"},
	} {
		if test.want == "" {
			test.want = fmt.Sprintf("the list is longer than %d bytes when it is unpacked: raise max_size if that is intended", maxSize)
		}
		assert.Less(t, len(test.list), 8<<20, name)
		c := configOf(t, fmt.Sprintf("assets: {sources: [{path: hosts, max_size: %d}]}\n", maxSize), map[string]string{"hosts": test.list})
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Load(t.Context(), c, Options{})
		runtime.ReadMemStats(&after)
		assert.ErrorContains(t, err, test.want, name)
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(mostMemory), name)
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	require.NoError(t, err)
	assert.Empty(t, left, "temporary files are removed")
}
