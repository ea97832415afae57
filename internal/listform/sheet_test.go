package listform_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/listform"
	"github.com/kithsec/kith/internal/xlsx/xlsxtest"
)

// row is a short form of xlsxtest.Row: the cells are separated by "/".
func row(line int, cells string) string { return xlsxtest.Row(line, strings.Split(cells, "/")...) }

func workbookOf(sheets ...xlsxtest.Sheet) string {
	w := xlsxtest.Workbook{Sheets: sheets}
	return string(w.Bytes())
}

func TestRowsOfSheets(t *testing.T) {
	plain := row(1, "ip/owner") + row(2, "10.0.0.1/x")
	for _, test := range []struct {
		name   string
		sheets []xlsxtest.Sheet
		o      listform.Options
		form   string
		rows   []string
		notes  []string
	}{
		{
			"the first sheet",
			[]xlsxtest.Sheet{{Name: "Hosts", Data: plain}, {Name: "Old", Data: row(1, "ip")}},
			listform.Options{},
			`"Hosts", header in line 1`,
			[]string{"ip/owner", "10.0.0.1/x"},
			[]string{`only the sheet "Hosts" is read, not "Old": choose one with sheet`},
		},
		{
			"the first that is not hidden",
			[]xlsxtest.Sheet{{Name: "Lists", Data: row(1, "a"), Hidden: true}, {Name: "Hosts", Data: plain}},
			listform.Options{Form: "xlsx"},
			`"Hosts", header in line 1`,
			[]string{"ip/owner", "10.0.0.1/x"},
			nil,
		},
		{
			"a sheet by its name, ignoring case",
			[]xlsxtest.Sheet{{Name: "Read me", Data: row(1, "a")}, {Name: "Hosts", Data: plain, Hidden: true}},
			listform.Options{Sheet: " hosts"},
			`"Hosts", header in line 1`,
			[]string{"ip/owner", "10.0.0.1/x"},
			nil,
		},
		{
			"rows that are shorter and longer than the header",
			[]xlsxtest.Sheet{{Name: "Hosts", Data: row(1, "ip/owner/city") + row(2, "10.0.0.1") + row(3, "/y/Berlin//more")}},
			listform.Options{},
			`"Hosts", header in line 1`,
			[]string{"ip/owner/city", "10.0.0.1//", "/y/Berlin/more"},
			nil,
		},
		{
			"lines before the header",
			[]xlsxtest.Sheet{{Name: "Hosts", Data: row(1, "Inventory of/Berlin") + row(2, "owner") + row(5, "/ip/owner/city") + row(6, "/10.0.0.1/x")}},
			listform.Options{},
			`"Hosts", header in line 5`,
			[]string{"/ip/owner/city", "/10.0.0.1/x/"},
			[]string{`2 lines before the header are not read (the header is in line 5): "Inventory of Berlin"`},
		},
		{
			"the name of a key in the text above the header",
			[]xlsxtest.Sheet{{Name: "Hosts", Data: row(1, "Report") + row(2, "dns") + row(3, "ip/owner") + row(4, "10.0.0.1/x")}},
			listform.Options{},
			`"Hosts", header in line 3`,
			[]string{"ip/owner", "10.0.0.1/x"},
			[]string{`2 lines before the header are not read (the header is in line 3): "Report"`},
		},
		{
			"header_line",
			[]xlsxtest.Sheet{{Name: "Hosts", Data: row(1, "ip/a") + row(3, "b/ip") + row(4, "x/10.0.0.1")}},
			listform.Options{HeaderLine: 3},
			`"Hosts", header in line 3`,
			[]string{"b/ip", "x/10.0.0.1"},
			nil,
		},
		{
			"header",
			[]xlsxtest.Sheet{{Name: "Hosts", Data: row(2, "10.0.0.1/x") + row(3, "10.0.0.2")}},
			listform.Options{Header: []string{"ip", "owner"}},
			`"Hosts", no header`,
			[]string{"ip/owner", "10.0.0.1/x", "10.0.0.2/"},
			nil,
		},
		{
			"repeated names",
			[]xlsxtest.Sheet{{Name: "Hosts", Data: row(1, "ip/IP/owner") + row(2, "10.0.0.1/10.0.0.2/x")}},
			listform.Options{},
			`"Hosts", header in line 1`,
			[]string{"ip/IP.2/owner", "10.0.0.1/10.0.0.2/x"},
			[]string{`column 2 repeats the name "IP": it is read as "IP.2"`},
		},
		{
			"no key column",
			[]xlsxtest.Sheet{{Name: "Hosts", Data: row(2, "name/site") + row(3, "a/b")}},
			listform.Options{},
			`"Hosts", header in line 2`,
			[]string{"name/site", "a/b"},
			nil,
		},
		{
			"steps",
			[]xlsxtest.Sheet{{Name: "Hosts", Data: row(1, "name/domain/state") + row(2, "a/x/up") + row(3, "b/x/down") + row(4, "c,d//up")}},
			listform.Options{
				Where: clause("state", "=", "up"), Make: map[string]string{"dns": "$name$.$domain$"}, Split: map[string]string{"name": ","},
			},
			`"Hosts", header in line 1`,
			[]string{"name/domain/state/dns", "a/x/up/a.x", "c|d//up/"},
			nil,
		},
		{
			"what is easily missed",
			[]xlsxtest.Sheet{{
				Name:  "Hosts",
				Data:  row(1, "Title") + row(2, "ip/owner") + `<row r="3" hidden="1"><c r="A3"><v>1</v></c></row><row r="4"><c r="A4"><v>2</v></c><c r="B4" t="e"><v>#N/A</v></c></row>`,
				After: `<mergeCells><mergeCell ref="A1:B1"/><mergeCell ref="B3:B4"/></mergeCells>`,
			}},
			listform.Options{},
			`"Hosts", header in line 2`,
			[]string{"ip/owner", "1/", "2/"},
			[]string{
				`1 line before the header is not read (the header is in line 2): "Title"`,
				`1 cell with an error such as "#N/A": such cells are read as blank`,
				"1 row hidden, as by a filter: hidden rows are read like the others",
				"1 range of merged cells, such as B3:B4: only the first cell of each has the value",
			},
		},
	} {
		got, err := readList(t, workbookOf(test.sheets...), test.o)
		require.NoError(t, err, test.name)
		assert.Equal(t, "XLSX, sheet "+test.form, got.form, test.name)
		assert.Equal(t, test.rows, got.rows, test.name)
		assert.Equal(t, test.notes, got.notes, test.name)
		require.NoError(t, got.list.Close())
	}
}

func TestPlacesInASheetAreRowsAndColumns(t *testing.T) {
	text := workbookOf(xlsxtest.Sheet{Name: "Hosts", Data: row(2, "ip/owner") + row(7, "10.0.0.1/x//beyond")})
	list, err := listform.Open(strings.NewReader(text), &listform.Options{Keys: assetKeys}, nil)
	require.NoError(t, err)
	defer list.Close()
	for _, want := range [][][2]int{{{2, 1}, {2, 2}}, {{7, 1}, {7, 2}, {7, 4}}} {
		require.True(t, list.Next())
		require.Equal(t, len(want), list.Len())
		assert.Equal(t, want[0][0], list.Line())
		for i, place := range want {
			line, column := list.Pos(i)
			assert.Equal(t, place, [2]int{line, column})
		}
	}
}

func TestWorkbooksThatCannotBeReadAreRejected(t *testing.T) {
	hosts := workbookOf(xlsxtest.Sheet{Name: "Hosts", Data: row(1, "ip") + row(2, "10.0.0.1")}, xlsxtest.Sheet{Name: "Empty"})
	const ole = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
	for name, test := range map[string]struct {
		text string
		o    listform.Options
		want string
	}{
		"a sheet that is missing":    {hosts, listform.Options{Sheet: "Host"}, `sheet: the workbook has no sheet "Host" (did you mean "Hosts"?): it has "Hosts", "Empty"`},
		"an empty sheet":             {hosts, listform.Options{Sheet: "Empty"}, `the sheet "Empty" is empty: if the rows are in another one, name it with sheet (the workbook has "Hosts", "Empty")`},
		"a header line too far":      {hosts, listform.Options{HeaderLine: 9}, `header_line 9: the sheet "Hosts" ends before that line`},
		"an old workbook":            {ole + "Workbook", listform.Options{}, "the list is an old Excel workbook (.xls): save it as .xlsx, or as CSV"},
		"a workbook with a password": {ole + "\x00E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00", listform.Options{}, "the list is an Excel workbook with a password: save it without one, or as CSV"},
		"OpenDocument":               {string(zipOf(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml", "x")), listform.Options{}, "the list is an OpenDocument spreadsheet (.ods): save it as .xlsx, or as CSV"},
		"a binary workbook":          {string(zipOf(t, "xl/workbook.bin", "x")), listform.Options{}, "the list is a binary Excel workbook (.xlsb): save it as .xlsx, or as CSV"},
		"a workbook that is cut":     {hosts[:len(hosts)/2], listform.Options{}, "the ZIP archive or Excel workbook is damaged or cut short ("},
		"another form":               {hosts, listform.Options{Form: "csv"}, "form: csv, but the list is an Excel workbook or a ZIP archive"},
		"no workbook":                {"ip\n1\n", listform.Options{Form: "xlsx"}, "form: xlsx, but the list is not an Excel workbook (.xlsx)"},
		"no sheets":                  {"ip\n1\n", listform.Options{Sheet: "Hosts"}, "sheet: the list is not an Excel workbook (.xlsx)"},
		"a damaged row": {
			workbookOf(xlsxtest.Sheet{Name: "Hosts", Data: row(1, "ip") + row(2, "10.0.0.1") + row(2, "10.0.0.2")}),
			listform.Options{},
			`2:1: sheet "Hosts": the workbook is damaged: row "2" follows row 2`,
		},
		"a step for a column that is not there": {hosts, listform.Options{Split: map[string]string{"owner": ","}}, `1:1: split: the list has no column "owner"`},
	} {
		_, err := readList(t, test.text, test.o)
		assert.ErrorContains(t, err, test.want, name)
	}
}

func TestWorkbooksArePackedOnce(t *testing.T) {
	hosts := []byte(workbookOf(xlsxtest.Sheet{Name: "Hosts", Data: row(1, "ip") + row(2, "10.0.0.1")}))
	for name, contents := range map[string][]byte{"as it is": hosts, "in gzip": gzipOf(t, hosts), "in ZIP": zipOf(t, "hosts.xlsx", string(hosts))} {
		text, err := unpack(t, contents, 0)
		require.NoError(t, err, name)
		assert.True(t, bytes.Equal(hosts, []byte(text)), name)
		got, err := readList(t, text, listform.Options{})
		require.NoError(t, err, name)
		assert.Equal(t, []string{"ip", "10.0.0.1"}, got.rows, name)
	}
}

// TestInspectionOfASheetIsNotCounted checks that a sheet is counted once towards MaxSize,
// however often its first rows are inspected.
func TestInspectionOfASheetIsNotCounted(t *testing.T) {
	var data strings.Builder
	for line := range 40 {
		data.WriteString(row(line+1, "Computer Name/Serial Number of/the device"))
	}
	data.WriteString(row(50, "ip/owner"))
	for line := range 5000 {
		data.WriteString(row(51+line, fmt.Sprintf("10.0.%d.%d/x", line>>8, line&255)))
	}
	w := xlsxtest.Workbook{Sheets: []xlsxtest.Sheet{{Name: "Hosts", Data: data.String()}}}
	size := 0
	for i, part := range w.PartsExcept("") {
		size += len(part) * (i % 2)
	}
	texts := 5000 * len("10.0.00.000x")
	got, err := readList(t, string(w.Bytes()), listform.Options{Kind: entity.Asset, MaxSize: int64(size + texts + 2000)})
	require.NoError(t, err)
	assert.Len(t, got.rows, 5001)
	_, err = readList(t, string(w.Bytes()), listform.Options{MaxSize: int64(size / 2)})
	assert.ErrorContains(t, err, "raise max_size")
}

// TestNotesAboutASheetFollowItsRows checks that the notes that need the whole sheet are
// reported before Next returns false, and once.
func TestNotesAboutASheetFollowItsRows(t *testing.T) {
	text := workbookOf(xlsxtest.Sheet{Name: "Hosts", Data: row(1, "ip") + row(2, "10.0.0.1"), After: `<mergeCells><mergeCell ref="A2:A3"/></mergeCells>`})
	notes := 0
	list, err := listform.Open(strings.NewReader(text), &listform.Options{Keys: assetKeys}, func(e *entity.RowError) {
		assert.Equal(t, [2]int{2, 1}, [2]int{e.Line, e.Column})
		notes++
	})
	require.NoError(t, err)
	defer list.Close()
	for list.Next() {
		assert.Zero(t, notes)
	}
	assert.False(t, list.Next())
	assert.Equal(t, 1, notes)
}

// BenchmarkSheet measures rows of an inventory in XLSX, with shared texts as Excel writes
// them.
func BenchmarkSheet(b *testing.B) {
	const n = 1 << 15
	w := xlsxtest.Workbook{Formats: []string{"", "yyyy-mm-dd"}}
	var data strings.Builder
	for i := range n + 1 {
		cells := []string{fmt.Sprintf("10.1.%d.%d", i>>8, i&255), fmt.Sprintf("ws-%d", i), fmt.Sprintf("02:00:00:00:%02x:%02x", i>>8, i&255)}
		if i == 0 {
			cells = []string{"ip", "nt_host", "mac"}
		}
		fmt.Fprintf(&data, `<row r="%d" spans="1:10">`, i+1)
		for c, text := range append(cells, fmt.Sprint("user", i%997), "Berlin", "high", "Windows", "office") {
			fmt.Fprintf(&data, `<c r="%c%d" s="0" t="s"><v>%d</v></c>`, 'A'+c, i+1, len(w.Strings))
			w.Strings = append(w.Strings, "<t>"+text+"</t>")
		}
		fmt.Fprintf(&data, `<c r="I%d"><v>%d</v></c><c r="J%d" s="1"><v>%d</v></c></row>`, i+1, 1_000_000+i, i+1, 45_000+i%1000)
	}
	w.Sheets = []xlsxtest.Sheet{{Name: "Hosts", Data: data.String()}}
	text := w.Bytes()
	b.ReportAllocs()
	rows := 0
	for b.Loop() {
		list, err := listform.Open(bytes.NewReader(text), &listform.Options{Keys: assetKeys}, nil)
		require.NoError(b, err)
		for list.Next() {
			rows++
		}
		require.NoError(b, list.Err())
		require.NoError(b, list.Close())
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}
