package xlsx_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/xlsx"
	"github.com/kithsec/kith/internal/xlsx/xlsxtest"
)

// readSheet reads the first sheet as lines such as "3: A=x C=y".
func readSheet(t testing.TB, w *xlsxtest.Workbook) ([]string, *xlsx.Rows, error) {
	t.Helper()
	data := w.Bytes()
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	workbook, err := xlsx.Open(archive, func(int) error { return nil })
	if err != nil {
		return nil, nil, err
	}
	defer workbook.Close()
	rows, err := workbook.Rows(workbook.Sheets[0])
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	var got []string
	for rows.Next() {
		line := fmt.Sprintf("%d:", rows.Line())
		for i := range rows.Len() {
			column, text := rows.Cell(i)
			line += fmt.Sprintf(" %c=%s", 'A'+column, text)
		}
		got = append(got, line)
	}
	return got, rows, rows.Err()
}

func TestCellsAreReadAsTheyAreShown(t *testing.T) {
	for _, test := range []struct{ name, cell, want string }{
		{"a shared text", `<c r="A1" t="s"><v>0</v></c>`, "web-1"},
		{"a shared text of several fonts", `<c r="A1" t="s"><v>1</v></c>`, "db-1 & web"},
		{"a shared text with a phonetic hint", `<c r="A1" t="s"><v>2</v></c>`, "東京"},
		{"an inline text", `<c r="A1" t="inlineStr"><is><t>a &lt;b&gt; &#252; &amp;amp;</t></is></c>`, "a <b> ü &amp;"},
		{"an inline text of several fonts", `<c r="A1" t="inlineStr"><is><r><rPr><b/></rPr><t>a</t></r><r><t xml:space="preserve"> b</t></r></is></c>`, "a b"},
		{"a text with a line break", `<c r="A1" t="inlineStr"><is><t>a_x000D_` + "\n" + `b_x005F_c _x00zz_</t></is></c>`, "a\r\nb_c _x00zz_"},
		{"a section of characters", `<c r="A1" t="str"><v><![CDATA[a<b&c]]></v></c>`, "a<b&c"},
		{"a formula", `<c r="A1"><f>SUM(B1:B9)</f><v>42</v></c>`, "42"},
		{"a formula with a text", `<c r="A1" t="str"><f>A2&amp;"x"</f><v>10.0.0.1</v></c>`, "10.0.0.1"},
		{"a number between line breaks", "<c r=\"A1\" t=\"s\">\n<v>\n 0 </v>\n</c>", "web-1"},
		{"a boolean", `<c r="A1" t="b"><v>1</v></c>`, "true"},
		{"a false boolean", `<c r="A1" t="b"><v>0</v></c>`, "false"},
		{"an ISO date", `<c r="A1" t="d"><v>2026-03-15</v></c>`, "2026-03-15"},
		{"a whole number", `<c r="A1"><v>1000000000</v></c>`, "1000000000"},
		{"a whole number of 17 digits", `<c r="A1"><v>35209900176148123</v></c>`, "35209900176148123"},
		{"a large number", `<c r="A1"><v>1.23456789012345E+17</v></c>`, "123456789012345000"},
		{"a number with an exponent", `<c r="A1"><v>1E3</v></c>`, "1000"},
		{"a small number", `<c r="A1"><v>1.5E-7</v></c>`, "0.00000015"},
		{"a fraction as it was computed", `<c r="A1"><v>0.30000000000000004</v></c>`, "0.3"},
		{"a negative fraction", `<c r="A1"><v>-10.25</v></c>`, "-10.25"},
		{"a number with a currency", `<c r="A1" s="6"><v>12.5</v></c>`, "12.5"},
		{"a date", `<c r="A1" s="1"><v>46096</v></c>`, "2026-03-15"},
		{"a date and time", `<c r="A1" s="2"><v>46096.520833333336</v></c>`, "2026-03-15T12:30:00"},
		{"a date with milliseconds", `<c r="A1" s="2"><v>46096.52083912037</v></c>`, "2026-03-15T12:30:00.5"},
		{"the end of a day", `<c r="A1" s="2"><v>46095.999999999</v></c>`, "2026-03-15"},
		{"a time of day", `<c r="A1" s="3"><v>0.75</v></c>`, "18:00:00"},
		{"a date that is shown as a time of day", `<c r="A1" s="3"><v>46096.75</v></c>`, "2026-03-15T18:00:00"},
		{"a duration", `<c r="A1" s="4"><v>1.25</v></c>`, "1.25"},
		{"a date in another language", `<c r="A1" s="5"><v>46096</v></c>`, "2026-03-15"},
		{"the first day", `<c r="A1" s="1"><v>1</v></c>`, "1900-01-01"},
		{"the day before 1 March 1900", `<c r="A1" s="1"><v>59</v></c>`, "1900-02-28"},
		{"1 March 1900", `<c r="A1" s="1"><v>61</v></c>`, "1900-03-01"},
		{"no date", `<c r="A1" s="1"><v>0</v></c>`, "0"},
		{"a negative date", `<c r="A1" s="1"><v>-5</v></c>`, "-5"},
		{"a date beyond 9999", `<c r="A1" s="1"><v>2958466</v></c>`, "2958466"},
		{"a text in a column of dates", `<c r="A1" s="1" t="inlineStr"><is><t>never</t></is></c>`, "never"},
		{"a style that is not there", `<c r="A1" s="99"><v>5</v></c>`, "5"},
		{"an error", `<c r="A1" t="e"><v>#N/A</v></c>`, ""},
		{"no value", `<c r="A1" s="1"/>`, ""},
		{"an empty text", `<c r="A1" t="inlineStr"><is><t/></is></c>`, ""},
		{"names with prefixes", `<x:c r="A1" t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c>`, "a"},
		{"single quotes and blanks in tags", "<c  r = 'A1'\n t='str' ><v>a</v></c >", "a"},
	} {
		w := &xlsxtest.Workbook{
			Sheets:  []xlsxtest.Sheet{{Name: "Hosts", Data: `<row r="1">` + test.cell + `<c r="B1"><v>1</v></c></row>`}},
			Strings: []string{"<t>web-1</t>", `<r><t>db-1 </t></r><r><rPr><b/></rPr><t>&amp; web</t></r>`, `<t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh>`},
			Formats: []string{"", "dd.mm.yyyy", "yyyy-mm-dd hh:mm", "h:mm AM/PM", "[h]:mm:ss", `[$-411]yyyy"年"m"月"d"日"`, `[Red]"days "#,##0.00\d;-0`},
		}
		got, _, err := readSheet(t, w)
		require.NoError(t, err, test.name)
		want := "1: B=1"
		if test.want != "" {
			want = "1: A=" + test.want + " B=1"
		}
		assert.Equal(t, []string{want}, got, test.name)
	}
}

func TestDatesOfThe1904SystemAreFourYearsLater(t *testing.T) {
	w := &xlsxtest.Workbook{
		Sheets:  []xlsxtest.Sheet{{Name: "Hosts", Data: `<row><c s="0"><v>44634</v></c><c s="0"><v>0</v></c></row>`}},
		Formats: []string{"yyyy"}, Date1904: true,
	}
	got, _, err := readSheet(t, w)
	require.NoError(t, err)
	assert.Equal(t, []string{"1: A=2026-03-15 B=1904-01-01"}, got)
}

func TestFormatsByIDAreDates(t *testing.T) {
	styles := `<styleSheet><cellXfs>`
	data := `<row>`
	for i, id := range []int{0, 2, 14, 22, 20, 46, 49, 57} {
		styles += fmt.Sprintf(`<xf numFmtId="%d"/>`, id)
		data += fmt.Sprintf(`<c s="%d"><v>46096.5</v></c>`, i)
	}
	w := &xlsxtest.Workbook{
		Sheets: []xlsxtest.Sheet{{Name: "Hosts", Data: data + "</row>"}},
		Parts:  map[string]string{"xl/styles.xml": styles + "</cellXfs></styleSheet>"},
	}
	got, _, err := readSheet(t, w)
	require.NoError(t, err)
	const day = "2026-03-15T12:00:00"
	assert.Equal(t, []string{"1: A=46096.5 B=46096.5 C=" + day + " D=" + day + " E=" + day + " F=46096.5 G=46096.5 H=" + day}, got)
}

func TestRowsAndCellsThatAreNotStoredAreBlank(t *testing.T) {
	data := `<row r="3"><c r="B3"><v>1</v></c><c r="D3"><v>2</v></c></row>` +
		`<row><c><v>3</v></c><c/><c><v>4</v></c></row>` + // without references
		`<row r="7"/><row r="8"><c r="A8" t="inlineStr"/></row>` +
		`<row r="9"><c r="C9"><v>5</v></c><c><v>6</v></c></row>`
	got, _, err := readSheet(t, &xlsxtest.Workbook{Sheets: []xlsxtest.Sheet{{Name: "Hosts", Data: data}}})
	require.NoError(t, err)
	assert.Equal(t, []string{"3: B=1 D=2", "4: A=3 C=4", "9: C=5 D=6"}, got)
}

func TestFindingsCountWhatIsEasilyMissed(t *testing.T) {
	w := &xlsxtest.Workbook{Sheets: []xlsxtest.Sheet{{
		Name:  "Hosts",
		Data:  `<row r="1" hidden="1"><c r="A1"><v>1</v></c><c r="C1" t="e"><v>#REF!</v></c></row><row r="2"><c r="B2" t="e"><v>#N/A</v></c></row><row r="3" hidden="true"/>`,
		After: `<mergeCells count="2"><mergeCell ref="B5:B7"/><mergeCell ref="A9:C9"/></mergeCells>`,
	}}}
	_, rows, err := readSheet(t, w)
	require.NoError(t, err)
	assert.Equal(t, xlsx.Findings{
		Hidden: xlsx.Finding{Count: 1, Line: 1, Column: 1},
		Errors: xlsx.Finding{Count: 2, Line: 1, Column: 3, Text: "#REF!"},
		Merged: xlsx.Finding{Count: 2, Line: 5, Column: 2, Text: "B5:B7"},
	}, rows.Findings)
}

func TestDamagedWorkbooksAreRejected(t *testing.T) {
	sheet := func(data string) *xlsxtest.Workbook {
		return &xlsxtest.Workbook{Sheets: []xlsxtest.Sheet{{Name: "Hosts", Data: data}}}
	}
	with := func(part, text string) *xlsxtest.Workbook {
		w := sheet(xlsxtest.Row(1, "ip"))
		w.Strings = []string{"<t>a</t>"}
		w.Parts = map[string]string{part: text}
		return w
	}
	for name, test := range map[string]struct {
		workbook *xlsxtest.Workbook
		want     string
	}{
		"a shared text that is not there":    {sheet(`<row><c t="s"><v>7</v></c></row>`), "a cell has the shared text 7 of 0"},
		"a shared text without a number":     {sheet(`<row><c t="s"><v>x</v></c></row>`), "a cell has the shared text"},
		"rows out of order":                  {sheet(xlsxtest.Row(5, "a") + xlsxtest.Row(5, "b")), `row "5" follows row 5`},
		"cells out of order":                 {sheet(`<row><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>`), "out of order"},
		"a cell beyond the last column":      {sheet(`<row><c r="ZZZ1"><v>1</v></c></row>`), "beyond column XFD"},
		"a row beyond the last":              {sheet(`<row r="1048577"><c><v>1</v></c></row>`), "more than 1048576 rows"},
		"a long text":                        {sheet(`<row><c t="str"><v>` + strings.Repeat("a", 2<<20) + `</v></c></row>`), "longer than 1048576 bytes"},
		"a long text of many fonts":          {sheet(`<row><c t="inlineStr"><is>` + strings.Repeat("<r><t>"+strings.Repeat("a", 1000)+"</t></r>", 1100) + `</is></c></row>`), "longer than 1048576 bytes"},
		"a long tag":                         {sheet(`<row><c a="` + strings.Repeat("a", 2<<20) + `"/></row>`), "longer than 1048576 bytes"},
		"a long comment":                     {sheet(`<!--` + strings.Repeat("a", 2<<20) + `-->`), "longer than 1048576 bytes"},
		"a sheet that is cut short":          {with("xl/worksheets/sheet1.xml", `<worksheet><sheetData><row><c><v>1`), "cut short"},
		"a sheet that is cut short in a tag": {with("xl/worksheets/sheet1.xml", `<worksheet><sheetData><row><c r="A`), "cut short"},
		"a sheet that is cut short in a row": {with("xl/worksheets/sheet1.xml", `<worksheet><sheetData><row>`), "cut short"},
		"a sheet that is not XML":            {with("xl/worksheets/sheet1.xml", `ip,owner`), "not XML"},
		"a sheet in UTF-16":                  {with("xl/worksheets/sheet1.xml", "\xff\xfe<\x00a\x00"), "in the workbook"},
		"an unknown entity":                  {sheet(`<row><c t="str"><v>&bomb;</v></c></row>`), "bad text"},
		"entities that expand to others":     {with("xl/sharedStrings.xml", `<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><sst><si><t>&c;</t></si></sst>`), "declares a document type"},
		"a sheet that is not in the archive": {with("xl/worksheets/sheet1.xml", "-"), `lacks the document "xl/worksheets/sheet1.xml"`},
		"relations that are not there":       {with("xl/_rels/workbook.xml.rels", "-"), "lacks the document"},
		"no sheets":                          {&xlsxtest.Workbook{}, "has no sheet with cells"},
		"shared texts that are cut short":    {with("xl/sharedStrings.xml", `<sst><si><t>a`), "cut short"},
		"end tags without start tags":        {with("xl/worksheets/sheet1.xml", `</a></b><row>`), "not XML"},
	} {
		_, _, err := readSheet(t, test.workbook)
		assert.ErrorContains(t, err, test.want, name)
	}
}

func TestUnpackedBytesAreSpent(t *testing.T) {
	w := &xlsxtest.Workbook{
		Sheets:  []xlsxtest.Sheet{{Name: "Hosts", Data: strings.Repeat(`<row><c t="s"><v>0</v></c></row>`, 100)}},
		Strings: []string{"<t>" + strings.Repeat("a", 1000) + "</t>"},
	}
	data := w.Bytes()
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	over := errors.New("over")
	left := 50_000 // the parts have fewer bytes; the texts of the cells have more
	workbook, err := xlsx.Open(archive, func(n int) error {
		if left -= n; left < 0 {
			return over
		}
		return nil
	})
	require.NoError(t, err)
	defer workbook.Close()
	rows, err := workbook.Rows(workbook.Sheets[0])
	require.NoError(t, err)
	for rows.Next() {
	}
	assert.ErrorIs(t, rows.Err(), over)
	assert.Less(t, rows.Line(), 60)
}

// FuzzSheet checks that any sheet is read without a panic, with rows and columns that
// ascend.
func FuzzSheet(f *testing.F) {
	for _, data := range []string{
		xlsxtest.Row(1, "ip", "owner") + xlsxtest.Row(2, "10.0.0.1"),
		`<row r="1"><c r="A1" s="1" t="s"><v>0</v></c><c s="1"><v>45000.5</v></c></row>`,
		`<row><c t="b"/><c t="e"><v>#N/A</v></c><c t='inlineStr'><is><r><t>a</t></r></is></c></row>`,
		"<c", "<row a=\"", "&#x;", "<![CDATA[a]]>", "<!-- -->", "<?a?>", "<row r='9999999999'/>", "<row =''/>", "<row a='/>", "_x0041_",
	} {
		f.Add(data, "yyyy;[h", "<t>a</t>")
	}
	f.Fuzz(func(t *testing.T, data, format, text string) {
		w := &xlsxtest.Workbook{Sheets: []xlsxtest.Sheet{{Name: "a", Data: data}}, Strings: []string{text}, Formats: []string{"", format}}
		file := w.Bytes()
		archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
		require.NoError(t, err)
		workbook, err := xlsx.Open(archive, func(int) error { return nil })
		if err != nil {
			return
		}
		defer workbook.Close()
		rows, err := workbook.Rows(workbook.Sheets[0])
		require.NoError(t, err)
		defer rows.Close()
		line := 0
		for rows.Next() {
			require.Greater(t, rows.Line(), line)
			line = rows.Line()
			last := -1
			for i := range rows.Len() {
				column, text := rows.Cell(i)
				require.Greater(t, column, last)
				require.NotEmpty(t, text)
				last = column
			}
			require.GreaterOrEqual(t, last, 0)
		}
	})
}
