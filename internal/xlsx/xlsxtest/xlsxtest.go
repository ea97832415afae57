// Package xlsxtest makes workbooks for tests, part by part, so that tests can state what
// spreadsheet programs write and break it.
package xlsxtest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Workbook is the contents of a workbook. The texts of its parts are written as they are.
type Workbook struct {
	Sheets   []Sheet
	Strings  []string // shared texts, as the contents of elements si
	Formats  []string // of numbers, by style of a cell; "" is a number without a format
	Date1904 bool
	Parts    map[string]string // further parts, or other contents of parts; "-" leaves a part out
}

// Sheet is a sheet with the contents of its element sheetData, and what follows it.
type Sheet struct {
	Name, Data, After string
	Hidden            bool
}

const (
	header = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\r\n"
	spread = `"http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
)

// Bytes returns the file of a workbook.
func (w *Workbook) Bytes() []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	parts := w.PartsExcept("")
	for i := 0; i < len(parts); i += 2 {
		f, _ := z.Create(parts[i]) // a buffer never fails
		_, _ = f.Write([]byte(parts[i+1]))
	}
	_ = z.Close()
	return b.Bytes()
}

// PartsExcept returns the names of all parts but one, each with its text after it.
func (w *Workbook) PartsExcept(left string) []string {
	parts := map[string]string{"[Content_Types].xml": header + "<Types/>"}
	var sheets, relations strings.Builder
	for i, s := range w.Sheets {
		state := ""
		if s.Hidden {
			state = ` state="hidden"`
		}
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d"%s r:id="rId%d"/>`, s.Name, i+1, state, i+1)
		fmt.Fprintf(&relations, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i+1, office, i+1)
		parts[fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1)] = header + `<worksheet xmlns=` + spread + `><dimension ref="A1"/><sheetData>` + s.Data + `</sheetData>` + s.After + `</worksheet>`
	}
	fmt.Fprintf(&relations, `<Relationship Id="s" Type="%s/sharedStrings" Target="/xl/sharedStrings.xml"/><Relationship Id="t" Type="%s/styles" Target="styles.xml"/>`, office, office)
	date1904 := ""
	if w.Date1904 {
		date1904 = `<workbookPr date1904="1"/>`
	}
	parts["xl/workbook.xml"] = header + `<workbook xmlns=` + spread + ` xmlns:r="` + office + `">` + date1904 + `<sheets>` + sheets.String() + `</sheets></workbook>`
	parts["xl/_rels/workbook.xml.rels"] = header + `<Relationships>` + relations.String() + `</Relationships>`
	if w.Strings != nil {
		parts["xl/sharedStrings.xml"] = header + `<sst xmlns=` + spread + `><si>` + strings.Join(w.Strings, "</si><si>") + `</si></sst>`
	}
	if w.Formats != nil {
		parts["xl/styles.xml"] = w.styles()
	}
	maps.Copy(parts, w.Parts)
	var all []string
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if name != left && parts[name] != "-" {
			all = append(all, name, parts[name])
		}
	}
	return all
}

func (w *Workbook) styles() string {
	var formats, cells strings.Builder
	for i, code := range w.Formats {
		id := 0
		if code != "" {
			id = 164 + i
			fmt.Fprintf(&formats, `<numFmt numFmtId="%d" formatCode="%s"/>`, id, strings.ReplaceAll(code, `"`, "&quot;"))
		}
		fmt.Fprintf(&cells, `<xf numFmtId="%d"/>`, id)
	}
	return header + `<styleSheet><numFmts>` + formats.String() + `</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>` + cells.String() + `</cellXfs><cellStyles/></styleSheet>`
}

// Row returns a row of texts, as a spreadsheet program writes it with inline texts.
func Row(line int, cells ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<row r="%d">`, line)
	for i, text := range cells {
		if text != "" {
			fmt.Fprintf(&b, `<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+i, line, text)
		}
	}
	return b.String() + "</row>"
}
