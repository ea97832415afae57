package xlsx

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/kithsec/kith/internal/fold"
)

// workbookPart is the name of the document that lists the sheets.
const workbookPart = "xl/workbook.xml"

// The largest numbers of sheets and cell formats that are read. Excel writes at most 65,490
// formats.
const (
	maxSheets = 1 << 14
	maxStyles = 1 << 17
)

// Workbook is an opened workbook.
type Workbook struct {
	Sheets []Sheet // those with cells, in the order of the workbook

	parts    map[string]*zip.File // by folded name
	spend    func(bytes int) error
	date1904 bool
	strings  string // the name of the part with shared texts, or ""
	texts    sharedTexts
	styles   string       // the name of the part with cell formats, or ""
	formats  []numberKind // by style of a cell
}

// Sheet is a sheet of a workbook.
type Sheet struct {
	Name   string
	Hidden bool
	part   string // its name in the archive
}

// IsWorkbook reports whether a ZIP archive is a workbook that Open can read.
func IsWorkbook(archive *zip.Reader) bool {
	for _, f := range archive.File {
		if fold.Equal(f.Name, workbookPart) {
			return true
		}
	}
	return false
}

// Open reads the names of the sheets, and what cells share: formats and texts. spend is
// called with the number of bytes that have been unpacked, also by the rows; reading ends
// with its error. The workbook must be closed at the end.
func Open(archive *zip.Reader, spend func(bytes int) error) (*Workbook, error) {
	w := &Workbook{parts: map[string]*zip.File{}, spend: spend}
	for _, f := range archive.File {
		w.parts[partName(f.Name)] = f
	}
	if err := w.readSheets(); err != nil {
		return nil, err
	}
	if len(w.Sheets) == 0 {
		return nil, errors.New("the workbook has no sheet with cells")
	}
	err := w.readStyles()
	if err == nil {
		err = w.texts.read(w)
	}
	if err != nil {
		_ = w.Close() // the first error says more
		return nil, err
	}
	return w, nil
}

// Close removes the texts that cells share.
func (w *Workbook) Close() error { return w.texts.close() }

// partName returns the form in which names of parts are compared.
func partName(name string) string {
	return fold.Lower(strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/"))
}

// openPart opens a document of the workbook.
func (w *Workbook) openPart(name string) (io.ReadCloser, error) {
	f := w.parts[partName(name)]
	if f == nil {
		return nil, fmt.Errorf("the workbook is damaged: it lacks the document %q", name)
	}
	if f.Flags&1 != 0 {
		return nil, errors.New("the workbook is encrypted: save it without a password")
	}
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	return &partReader{in, w.spend}, nil
}

// partReader counts the bytes of a document.
type partReader struct {
	io.ReadCloser
	spend func(bytes int) error
}

func (r *partReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if over := r.spend(n); over != nil {
		return 0, over
	}
	if err != nil && err != io.EOF {
		err = fmt.Errorf("the workbook is damaged or cut short: %w", err)
	}
	return n, err
}

// eachElement calls use for every start tag of a document.
func (w *Workbook) eachElement(part string, use func(e *elements) error) error {
	in, err := w.openPart(part)
	if err != nil {
		return err
	}
	defer in.Close()
	e := newElements(in)
	return e.each(func() error { return use(e) })
}

// relation is an entry of a document that names other documents.
type relation struct{ kind, target string }

func (w *Workbook) readRelations() (map[string]relation, error) {
	all := map[string]relation{}
	count := 0
	err := w.eachElement("xl/_rels/workbook.xml.rels", func(e *elements) error {
		if string(e.name) != "Relationship" {
			return nil
		}
		a := e.attributes()
		target := a["Target"]
		if !strings.HasPrefix(target, "/") {
			target = "xl/" + target
		}
		all[a["Id"]] = relation{path.Base(a["Type"]), path.Clean(target)}
		if count++; count > maxSheets {
			return fmt.Errorf("the workbook has more than %d documents", maxSheets)
		}
		return nil
	})
	return all, err
}

func (w *Workbook) readSheets() error {
	relations, err := w.readRelations()
	if err != nil {
		return err
	}
	for _, r := range relations {
		switch r.kind {
		case "sharedStrings":
			w.strings = r.target
		case "styles":
			w.styles = r.target
		}
	}
	return w.eachElement(workbookPart, func(e *elements) error {
		switch string(e.name) {
		case "workbookPr":
			w.date1904 = isTrue([]byte(e.attributes()["date1904"]))
		case "sheet":
			a := e.attributes()
			r := relations[a["id"]]
			if r.kind != "worksheet" { // charts and macros have no cells
				return nil
			}
			hidden := a["state"] != "" && a["state"] != "visible"
			w.Sheets = append(w.Sheets, Sheet{Name: a["name"], Hidden: hidden, part: r.target})
			if len(w.Sheets) > maxSheets {
				return fmt.Errorf("the workbook has more than %d sheets", maxSheets)
			}
		}
		return nil
	})
}

// isTrue reports whether the value of an attribute is true.
func isTrue(value []byte) bool { return string(value) == "1" || string(value) == "true" }

// readStyles reads which cell formats are dates.
func (w *Workbook) readStyles() error {
	if w.styles == "" || w.parts[partName(w.styles)] == nil {
		return nil
	}
	custom := map[int]numberKind{}
	inCells := false // in cellXfs, whose elements the styles of cells number
	return w.eachElement(w.styles, func(e *elements) error {
		switch string(e.name) {
		case "cellXfs":
			inCells = true
		case "cellStyles", "dxfs", "cellStyleXfs":
			inCells = false
		case "numFmt":
			a := e.attributes()
			if id := parseIndex([]byte(a["numFmtId"])); id >= 0 && len(custom) < maxStyles {
				custom[id] = kindOfFormat(a["formatCode"])
			}
		case "xf":
			if !inCells {
				return nil
			}
			w.formats = append(w.formats, kindOfID(parseIndex([]byte(e.attributes()["numFmtId"])), custom))
			if len(w.formats) > maxStyles {
				return fmt.Errorf("the workbook has more than %d cell formats", maxStyles)
			}
		}
		return nil
	})
}

// parseIndex returns a number that is not negative, or -1.
func parseIndex(text []byte) int {
	if len(text) == 0 || len(text) > 9 {
		return -1
	}
	n := 0
	for _, c := range text {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}
