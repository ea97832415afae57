package remote

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/internal/problem"
)

// pageWriter joins the pages of a list into one list. From pages of JSON it makes an array of
// their rows or, if the configuration has rows, an array of the pages. Pages that are lines of
// JSON remain lines. Delimited texts become one text with the header of the first page.
type pageWriter struct {
	source *config.Source
	to     io.Writer

	form   string // of the first page: json or text; "" before it
	array  string // the member that has the rows; "" if it is not known, or if there is none
	shape  string // of the first page of JSON
	rows   int    // elements written
	member string // that names the next page

	hasText bool   // a page of delimited text with a header has been added
	header  []byte // of that page
	second  []byte // the line after the header of that page
}

func newPageWriter(s *config.Source, to io.Writer) *pageWriter {
	return &pageWriter{source: s, to: to}
}

// nextMembers are the members that usually name a next page.
var nextMembers = []string{"next", "@odata.nextLink"}

// add adds page n. It returns the reference to the next page that a member of the page
// names, or "" if there is none.
func (p *pageWriter) add(page []byte, n int) (next string, err error) {
	start := bytes.TrimLeft(page, " \t\r\n")
	form := "text"
	if p.source.Form == "json" || p.source.Form == "" && len(start) > 0 && (start[0] == '[' || start[0] == '{') {
		form = "json"
	}
	switch {
	case len(start) == 0 && n > 1:
		return "", nil
	case p.form == "":
		p.form = form
	case form != p.form:
		return "", errors.New("it has another form than the first page")
	}
	if form == "json" {
		return p.addJSON(page)
	}
	if p.source.Pages != "link" {
		return "", fmt.Errorf("it is not JSON, and has no member %s: use pages: link", problem.Quote(p.source.Pages))
	}
	return "", p.addText(page)
}

// addText adds a page of a delimited text. If the configuration does not state the line of
// the header, that must be the first line, so that further pages are joined without theirs.
func (p *pageWriter) addText(page []byte) error {
	header, rows := page, []byte(nil)
	if end := endOfLines(page, max(1, p.source.HeaderLine)); end >= 0 {
		header, rows = page[:end], page[end:]
	}
	header = bytes.TrimRight(header, "\r\n")
	header = header[bytes.LastIndexByte(header, '\n')+1:]
	second, _, _ := bytes.Cut(rows, []byte("\n"))
	switch {
	case p.source.Header != nil:
		rows = page
	case !p.hasText:
		p.hasText, p.header, p.second, rows = true, header, second, page
	case !bytes.Equal(header, p.header):
		return errors.New("it has another header than the first page")
	case p.source.HeaderLine == 0 && len(second) > 0 && bytes.Equal(second, p.second):
		return errors.New("its second line is that of the first page, too, and may be the header: state the line of the header, as in header_line: 1")
	}
	if len(rows) > 0 && rows[len(rows)-1] != '\n' {
		rows = append(rows, '\n')
	}
	_, err := p.to.Write(rows)
	return err
}

// endOfLines returns the offset after a number of lines, or -1 if the text has fewer.
func endOfLines(text []byte, lines int) int {
	end := 0
	for range lines {
		i := bytes.IndexByte(text[end:], '\n')
		if i < 0 {
			return -1
		}
		end += i + 1
	}
	return end
}

// addJSON adds a page of JSON.
func (p *pageWriter) addJSON(page []byte) (next string, err error) {
	values, err := jsonValues(page)
	if err != nil {
		return "", err
	}
	shape := p.shapeOf(values)
	switch {
	case p.shape == "":
		p.shape = shape
	case p.shape != shape:
		return "", fmt.Errorf("it is %s, but the first page is %s", shape, p.shape)
	}
	if shape == objectPage {
		if next, err = p.nextReference(values[0]); err != nil {
			return "", err
		}
	}
	switch {
	case shape == linesPage && (p.source.Rows != "" || p.source.Pages != "link"):
		return "", errors.New("it is lines of JSON, which go with pages: link, and without rows")
	case p.source.Rows != "" || shape == linesPage:
	case shape == objectPage:
		values, err = p.rowsOf(values[0])
	default:
		var rows []json.RawMessage
		err = json.Unmarshal(values[0], &rows)
		values = rows
	}
	if err != nil {
		return "", err
	}
	return next, p.addValues(values)
}

// The shapes of a page of JSON, in the words of errors.
const (
	arrayPage  = "an array"
	objectPage = "an object"
	linesPage  = "lines of JSON"
)

// shapeOf returns the shape of a page. An object without arrays can be the only line of a
// page.
func (p *pageWriter) shapeOf(values []json.RawMessage) string {
	switch {
	case len(values) > 1:
		return linesPage
	case values[0][0] == '[':
		return arrayPage
	case p.shape == linesPage:
		return linesPage
	case p.shape == "" && p.source.Pages == "link" && p.source.Rows == "" && !hasArray(values[0]):
		return linesPage
	}
	return objectPage
}

// hasArray reports whether a member of an object is an array.
func hasArray(object json.RawMessage) bool {
	var members map[string]json.RawMessage
	if json.Unmarshal(object, &members) != nil {
		return false
	}
	for _, value := range members {
		if value[0] == '[' {
			return true
		}
	}
	return false
}

// jsonValues returns the values of a JSON text, of which there is at least one. They are
// objects and arrays.
func jsonValues(text []byte) ([]json.RawMessage, error) {
	var values []json.RawMessage
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		var v json.RawMessage
		switch err := d.Decode(&v); {
		case err == io.EOF && len(values) > 0:
			return values, nil
		case err == io.EOF, errors.Is(err, io.ErrUnexpectedEOF):
			return nil, errTorn
		case err != nil:
			return nil, fmt.Errorf("bad JSON: %w", err)
		case v[0] != '{' && v[0] != '[':
			return nil, errors.New("bad JSON: want an object or an array")
		}
		values = append(values, v)
	}
}

// addValues adds rows, or pages.
func (p *pageWriter) addValues(values []json.RawMessage) error {
	for _, v := range values {
		before := ",\n"
		switch {
		case p.shape == linesPage && p.rows == 0:
			before = ""
		case p.shape == linesPage:
			before = "\n"
		case p.rows == 0:
			before = "[\n"
		}
		if _, err := p.to.Write(append([]byte(before), v...)); err != nil {
			return err
		}
		p.rows++
	}
	return nil
}

// end ends the list.
func (p *pageWriter) end() error {
	var text string
	switch {
	case p.form != "json":
	case p.shape == linesPage:
		text = "\n"
	case p.rows == 0:
		text = "[]\n"
	default:
		text = "\n]\n"
	}
	_, err := io.WriteString(p.to, text)
	return err
}

// rowsOf returns the rows of a page that is an object: the elements of its only array of
// objects. The array has the same name in all pages.
func (p *pageWriter) rowsOf(page json.RawMessage) ([]json.RawMessage, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(page, &members); err != nil {
		return nil, err
	}
	if p.array == "" {
		var arrays []string
		for name, value := range members {
			if start := bytes.TrimLeft(value[1:], " \t\r\n"); value[0] == '[' && len(start) > 0 && start[0] == '{' {
				arrays = append(arrays, name)
			}
		}
		slices.Sort(arrays)
		switch len(arrays) {
		case 0:
			return nil, nil
		case 1:
			p.array = arrays[0]
		default:
			return nil, fmt.Errorf("it has several arrays of objects: choose one with rows: %s", strings.Join(arrays, ", or rows: "))
		}
	}
	value, found := members[p.array]
	if !found {
		return nil, fmt.Errorf("it has no member %s, in which the pages before it have the rows", problem.Quote(p.array))
	}
	var rows []json.RawMessage
	if err := json.Unmarshal(value, &rows); err != nil {
		return nil, fmt.Errorf("its member %s is not an array, as it is in the first page", problem.Quote(p.array))
	}
	return rows, nil
}

// nextReference returns the reference to the next page that a member of a page names, or ""
// if there is none. With pages: link, it looks for the members that usually do.
func (p *pageWriter) nextReference(page json.RawMessage) (string, error) {
	names := []string{p.source.Pages}
	if p.source.Pages == "link" {
		names = nextMembers
	}
	for _, name := range names {
		value, found := memberAt(page, name)
		if text := string(value); !found || text == "null" || text == "false" || text == `""` {
			continue
		}
		var next string
		if err := json.Unmarshal(value, &next); err != nil {
			if p.source.Pages == "link" {
				continue
			}
			return "", fmt.Errorf("its member %s is not the URL of a next page", problem.Quote(name))
		}
		p.member = name
		return next, nil
	}
	if p.source.Pages != "link" {
		if _, found := memberAt(page, p.source.Pages); !found {
			return "", p.errOtherMember(page)
		}
	}
	return "", nil
}

// errOtherMember returns an error if a page lacks the member that the configuration names,
// but has another one that seems to name a next page.
func (p *pageWriter) errOtherMember(page json.RawMessage) error {
	for _, path := range memberPaths(page) {
		value, _ := memberAt(page, path)
		if strings.Contains(strings.ToLower(path), "next") && len(value) > len(`""`) && value[0] == '"' {
			return fmt.Errorf("it names a next page in its member %s, not in %s: write pages: %q", path, problem.Quote(p.source.Pages), path)
		}
	}
	return nil
}

// memberPaths returns the paths of the members of an object and of the objects in it, sorted.
func memberPaths(object json.RawMessage) []string {
	var members map[string]json.RawMessage
	if json.Unmarshal(object, &members) != nil {
		return nil
	}
	var paths []string
	for name, value := range members {
		paths = append(paths, name)
		var below map[string]json.RawMessage
		if value[0] == '{' && json.Unmarshal(value, &below) == nil {
			for other := range below {
				paths = append(paths, name+"."+other)
			}
		}
	}
	slices.Sort(paths)
	return paths
}

// memberAt returns the member at a path such as links.next, whose keys may contain dots.
func memberAt(object json.RawMessage, path string) (json.RawMessage, bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(object, &members) != nil {
		return nil, false
	}
	if value, found := members[path]; found {
		return value, true
	}
	for i, c := range path {
		if c != '.' {
			continue
		}
		if value, found := members[path[:i]]; found {
			if below, found := memberAt(value, path[i+1:]); found {
				return below, true
			}
		}
	}
	return nil, false
}
