package listform

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/fold"
)

// Options control how a list is read. If Encoding, Delimiter, HeaderLine, Header, Form or Rows
// is zero, the list is inspected to find it out. Every other field but Keys is optional.
type Options struct {
	Kind entity.Kind // of the entities; columns are guessed only if it is set
	// Keys holds the names of the columns that identify an entity. A header has a key
	// column if it has all names of at least one element.
	Keys    [][]string
	Columns map[string]string // header name → new name; "" drops the column

	Encoding   string // a WHATWG name
	Delimiter  string // one ASCII character, or "tab"
	HeaderLine int
	Header     []string // the names of the columns of a list without a header

	Form  string   // one of Forms; "" means the form that the list begins like
	Sheet string   // the name of the sheet of a workbook; "" means the first that is not hidden
	Rows  string   // the path of the rows in a JSON list
	Named []string // further columns that the configuration names
	Whole bool     // a JSON list is all pages of a response, also if it names a next page

	NoGuess   bool     // a list whose key columns can only be guessed is rejected
	Constants []string // fields that every row gets without a column
	Declared  []string // fields that the configuration declares

	MaxSize int64 // of an unpacked workbook, in bytes; 0 means DefaultMaxSize

	Where []entity.Clause   // rows that do not satisfy all of these are left out
	Make  map[string]string // column → template of other cells
	Split map[string]string // column → regular expression that separates values

	// CommonNames are columns, as in the header, in which a value that is a distinguished
	// name is replaced by its common name: Staff for CN=Staff,OU=Groups,DC=corp. A column
	// that the list does not have is ignored.
	CommonNames []string
}

// List reads the rows of a list, the header first. It implements merge.Rows.
type List struct {
	rows
	Form    string // what the inspection found, such as "UTF-16, semicolon, header in line 3"
	LeftOut int    // rows left out by Options.Where so far
	close   func() error
}

// rows is the source of rows of a List.
type rows interface {
	Next() bool
	Len() int
	Cell(i int) []byte
	Line() int
	Pos(i int) (line, column int)
	Err() error
}

// headSize is the number of bytes that are inspected.
const headSize = 256 << 10

// Open inspects a list and returns its rows, which must be closed at the end. Notes are
// passed to report, which must set their source. An error with a place is a
// *csvio.SyntaxError.
func Open(text io.Reader, o *Options, report func(*entity.RowError)) (*List, error) {
	list, header, err := o.open(text, report)
	if err != nil {
		return nil, err
	}
	if header.guess != nil {
		if o, err = o.applyGuess(header, report); err != nil {
			return nil, errors.Join(err, list.Close())
		}
	}
	if len(o.Where)+len(o.Make)+len(o.Split)+len(o.CommonNames) > 0 {
		steps, err := newStepped(list, header.names, o)
		if err != nil {
			return nil, errors.Join(header.errorAt(err), list.Close())
		}
		list.rows = steps
	}
	if header.guess != nil {
		list.rows = renameHeader(list.rows, header.guess.rename(header.names))
	}
	return list, nil
}

// listHeader is the header of a list.
type listHeader struct {
	line  int      // 0 if the list has none
	names []string // of the columns
	guess *guess   // what the columns are taken for, or nil
}

// errorAt adds the place of the header to an error.
func (h *listHeader) errorAt(err error) error {
	if h.line == 0 {
		return err
	}
	return &csvio.SyntaxError{Line: h.line, Column: 1, Err: err}
}

// open inspects a list and returns its rows, before any step.
func (o *Options) open(text io.Reader, report func(*entity.RowError)) (*List, listHeader, error) {
	magic := make([]byte, 8)
	n, err := io.ReadFull(text, magic)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, listHeader{}, err
	}
	magic = magic[:n]
	text = io.MultiReader(bytes.NewReader(magic), text)
	switch begins := string(magic); {
	case strings.HasPrefix(begins, magicZIP) && o.Form != "" && o.Form != "xlsx":
		return nil, listHeader{}, fmt.Errorf("form: %s, but the list is an Excel workbook or a ZIP archive", o.Form)
	case strings.HasPrefix(begins, magicZIP), strings.HasPrefix(begins, magicEmptyZIP):
		s, err := o.openSheet(text, report)
		if err != nil {
			return nil, listHeader{}, err
		}
		return &List{rows: s, close: s.Close, Form: s.describe()}, listHeader{s.line, s.names, s.guess}, nil
	case begins == magicOLE:
		head, err := readHead(text)
		return nil, listHeader{}, cmp.Or(err, errOldOffice(head))
	case o.Form == "xlsx":
		return nil, listHeader{}, errors.New("form: xlsx, but the list is not an Excel workbook (.xlsx)")
	case o.Sheet != "":
		return nil, listHeader{}, errors.New("sheet: the list is not an Excel workbook (.xlsx)")
	}
	in, encoding, err := decodeText(text, magic[:min(n, 4)], o.Encoding)
	if err != nil {
		return nil, listHeader{}, err
	}
	head, err := readHead(in)
	if err != nil {
		return nil, listHeader{}, err
	}
	head = bytes.TrimPrefix(head, []byte("\ufeff"))
	switch {
	case csvio.IsCompressed(head[:min(len(head), 4)]):
		return nil, listHeader{}, errPacked
	case isHTML(head):
		return nil, listHeader{}, errHTML
	case o.isJSON(head):
		j, err := o.openJSON(head, in, report)
		if err != nil {
			return nil, listHeader{}, err
		}
		return &List{rows: j, close: j.Close, Form: encoding + ", " + j.where}, listHeader{1, j.names, j.guess}, nil
	}
	d, err := o.findHeader(head, in, report)
	if err != nil {
		return nil, listHeader{}, err
	}
	return &List{rows: d.open(in), Form: encoding + ", " + d.describe()}, listHeader{d.line, d.names, d.guess}, nil
}

// Close releases what the list takes besides memory. It must be called once the list has
// been read, and may be called twice.
func (l *List) Close() error {
	if l.close == nil {
		return nil
	}
	return l.close()
}

// Forms returns the values of Options.Form.
func Forms() []string { return []string{"csv", "json", "xlsx"} }

// isJSON reports whether a list is read as JSON.
func (o *Options) isJSON(head []byte) bool {
	if o.Form != "" {
		return o.Form == "json"
	}
	start := bytes.TrimLeft(head, " \t\r\n")
	return len(start) > 0 && (start[0] == '[' || start[0] == '{')
}

// Text returns the reader of the rows after the header if they are plain delimited text,
// and nil otherwise. It must be called after the header has been read.
func (l *List) Text() *csvio.Reader {
	if text, ok := l.rows.(*delimitedRows); ok {
		return text.Reader
	}
	return nil
}

// readHead reads the bytes that are inspected. A shorter list is read whole.
func readHead(in io.Reader) ([]byte, error) {
	head := make([]byte, headSize)
	n, err := io.ReadFull(in, head)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return head[:n], err
}

var errHTML = errors.New("the list is an HTML page, often that of a login or an error: export it as CSV")

// isHTML reports whether a list begins like an HTML page.
func isHTML(head []byte) bool {
	start := fold.Lower(string(bytes.TrimLeft(head[:min(len(head), 512)], " \t\r\n")))
	return strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html")
}

// renamed returns the name of a column after renaming, folded; "" if it is dropped.
func (o *Options) renamed(name string) string {
	for from, to := range o.Columns {
		if fold.Equal(fold.Trim(from), name) {
			return fold.Name(to)
		}
	}
	return fold.Name(name)
}

// hasKeyColumn reports whether a header has a key column, or a column that Make reads.
func (o *Options) hasKeyColumn(names []string) bool {
	present := map[string]bool{}
	for _, name := range names {
		present[o.renamed(name)] = true
	}
	delete(present, "")
	if slices.ContainsFunc(o.Keys, func(key []string) bool {
		return len(key) > 0 && !slices.ContainsFunc(key, func(name string) bool { return !present[fold.Name(name)] })
	}) {
		return true
	}
	for _, name := range names {
		present[fold.Name(name)] = true
	}
	for _, template := range o.Make {
		for _, token := range tokensOf(template) {
			if present[fold.Name(token)] {
				return true
			}
		}
	}
	return false
}

// note returns a note about a list, to be passed to report.
func note(line, column int, reason, value, format string, args ...any) *entity.RowError {
	return &entity.RowError{Line: line, Column: column, Loss: entity.Note, Reason: reason, Value: value, Err: fmt.Errorf(format, args...)}
}
