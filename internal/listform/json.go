package listform

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/problem"
)

// jsonList reads a JSON list to its end and keeps its rows as records, because the columns
// are known only after all rows have been seen.
type jsonList struct {
	jsonText
	report  func(*entity.RowError)
	where   string   // what the rows are, such as "NDJSON"
	path    []string // of the rows, as configured
	whole   bool     // a next page has been read
	found   bool     // a value was found at path
	records jsonRecords

	names   []string
	columns map[string]int
	opaque  map[string]bool // paths of arrays of objects that are not read
	wanted  map[string]bool // folded columns that lead through arrays of objects
	through map[string]bool // folded paths of the arrays of objects that lead to them

	row      place  // of the current row
	expected int    // the column after that of the last member, which is often that of the next
	member   []byte // dotted path of the current member
	counter  lineCounter
}

// openJSON reads a list that begins with head and returns its rows.
func (o *Options) openJSON(head []byte, rest io.Reader, report func(*entity.RowError)) (*jsonRows, error) {
	j := &jsonList{
		jsonText: jsonText{in: rest, text: head, line: 1},
		report:   report, whole: o.Whole, columns: map[string]int{}, opaque: map[string]bool{}, wanted: map[string]bool{}, through: map[string]bool{},
	}
	if o.Rows != "" {
		j.path = strings.Split(o.Rows, ".")
	}
	for _, name := range o.columnsNamed() {
		folded := fold.Name(name)
		j.wanted[folded] = true
		for i, c := range folded {
			if c == '.' {
				j.through[folded[:i]] = true
			}
		}
	}
	err := j.readList()
	switch {
	case err == nil && j.err != io.EOF:
		err = j.err
	case err == nil && len(j.names) == 0 && len(j.opaque) > 0: // such as pages, one after another
		err = fmt.Errorf("the rows have nothing but arrays of objects: choose one with rows: %s", strings.Join(slices.Sorted(maps.Keys(j.opaque)), ", or rows: "))
	}
	if err != nil {
		_ = j.records.close() // the first error says more
		return nil, err
	}
	numberRepeated(j.names, 1, report)
	rows := j.records.rows(j.names, j.where)
	rows.guess = o.guessOrNote(j.names, 1, rows.sample(), report)
	return rows, nil
}

// columnsNamed returns the columns that the options name.
func (o *Options) columnsNamed() []string {
	names := append([]string{}, o.Named...)
	for name := range o.Columns {
		names = append(names, name)
	}
	for _, c := range o.Where {
		names = append(names, c.Field, c.ValueField)
	}
	for _, template := range o.Make {
		names = append(names, tokensOf(template)...)
	}
	for name := range o.Split {
		names = append(names, name)
	}
	return names
}

// readList reads the rows: the elements of an array, a sequence of objects, the elements of
// the only array of objects of one object, or the objects at the configured path.
func (j *jsonList) readList() error {
	if j.path != nil {
		return j.readPath()
	}
	j.where = "NDJSON"
	if !j.beginTop() {
		return nil
	}
	switch j.text[j.at] {
	case '[':
		j.where = "JSON array"
		if err := j.elements(j.addRow); err != nil {
			return err
		}
		return j.endList()
	case '{':
		if isWrapper, err := j.beginsWrapper(); err != nil {
			return err
		} else if isWrapper {
			return j.readWrapper()
		}
	}
	for more := true; more; more = j.beginTop() {
		if err := j.addRow(); err != nil {
			return err
		}
	}
	return nil
}

// endList returns an error if the text continues after the value that holds the rows.
func (j *jsonList) endList() error {
	if j.beginTop() {
		return j.errorAt(j.at, "bad JSON: text after the value that has the rows")
	}
	return nil
}

// readPath reads the objects at the configured path of every value.
func (j *jsonList) readPath() error {
	rows := strings.Join(j.path, ".")
	j.where = "JSON, rows in " + rows
	for j.beginTop() {
		if err := j.descend(j.path); err != nil {
			return err
		}
	}
	if !j.found {
		return fmt.Errorf("rows: the list has no member %s", problem.Quote(rows))
	}
	return nil
}

// beginsWrapper reports whether the text is one object that has an array of objects, or that
// is too long to be a row. Any other object is a row itself.
func (j *jsonList) beginsWrapper() (bool, error) {
	end, err := j.holdValue()
	if errors.Is(err, errTooLong) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	length := end - j.at
	if j.followsAfter(length) {
		return false, nil
	}
	object := j.text[j.at : j.at+length]
	for _, value := range wholeObject(object).Members(object) {
		if beginsWithObject(object, value) {
			return true, nil
		}
	}
	j.where = "JSON"
	return false, nil
}

// wholeObject returns the object that text is.
func wholeObject(text []byte) jsonscan.Value {
	return jsonscan.Value{End: uint32(len(text)), Kind: jsonscan.Object}
}

// followsAfter reports whether anything but white space follows the value of length bytes
// that begins at at.
func (j *jsonList) followsAfter(length int) bool {
	for {
		for _, c := range j.text[j.at+length:] {
			if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
				return true
			}
		}
		if j.err != nil {
			return false
		}
		j.fill()
	}
}

// beginsWithObject reports whether a value is an array whose first element is an object.
func beginsWithObject(text []byte, v jsonscan.Value) bool {
	if v.Kind != jsonscan.Array {
		return false
	}
	for e := range v.Elements(text) {
		return e.Kind == jsonscan.Object
	}
	return false
}

// readWrapper reads the only array of objects of an object.
func (j *jsonList) readWrapper() error {
	top := j.top
	var arrays []string
	err := j.members(func(key string) error {
		j.reportNextPage(key)
		if j.peek() != '[' {
			return j.skipValue()
		}
		read := j.addRow
		isFirst := true
		return j.elements(func() error {
			if isFirst && j.text[j.at] == '{' {
				arrays = append(arrays, key)
			}
			if isFirst && (j.text[j.at] != '{' || len(arrays) > 1) {
				read = j.skipValue
			}
			isFirst = false
			return read()
		})
	})
	switch {
	case err != nil:
		return err
	case len(arrays) == 0:
		return errorAtPlace(top, "%w", errTooLong)
	case len(arrays) > 1:
		return errorAtPlace(top, "the list has several arrays of objects: choose one with rows: %s", strings.Join(arrays, ", or rows: "))
	}
	j.where = "JSON, rows in " + arrays[0]
	return j.endList()
}

// descend reads the objects at a path below the value that begins at at, also through
// arrays.
func (j *jsonList) descend(path []string) error {
	switch c := j.peek(); {
	case len(path) == 0 && c == '[':
		j.found = true
		return j.elements(j.addRow)
	case len(path) == 0:
		j.found = true
		return j.addRow()
	case c == '[':
		return j.elements(func() error { return j.descend(path) })
	case c != '{':
		return j.skipValue()
	}
	return j.members(func(key string) error {
		j.reportNextPage(key)
		for n := len(path); n > 0; n-- { // a key may contain dots
			if key == strings.Join(path[:n], ".") {
				return j.descend(path[n:])
			}
		}
		return j.skipValue()
	})
}

// reportNextPage reports that a wrapper names a further page, which is not read. The value
// of the member key begins at at.
func (j *jsonList) reportNextPage(key string) {
	if j.whole || key != "next" && key != "@odata.nextLink" || j.text[j.at] == '[' {
		return
	}
	end, err := j.holdValue()
	if err != nil {
		return // reading the value reports the error
	}
	text := string(j.text[j.at:end])
	if text == "null" || text == `""` || text == "false" {
		return
	}
	p := j.place(j.at)
	j.report(&entity.RowError{
		Line: p.line, Column: p.column, Loss: entity.LostRow, Reason: "next page", Value: text,
		Err: fmt.Errorf("the list is one page of several: %s names the next page, which is not read", key),
	})
}

// addRow reads the object that begins at at as a row.
func (j *jsonList) addRow() error {
	j.peek()
	end, err := j.holdValue()
	if err != nil {
		return err
	}
	text := j.text[j.at:end]
	j.row = j.place(j.at)
	if text[0] != '{' {
		return errorAtPlace(j.row, "a row of a JSON list must be an object, not %s", problem.Quote(string(text)))
	}
	j.expected = 0
	j.counter.begin(text, j.row)
	j.records.begin(j.row, len(j.names))
	if err := j.addMembers(text, wholeObject(text), false); err != nil {
		return err
	}
	j.at = end
	return j.records.end()
}

// addMembers adds the cells of an object, which are its scalars and arrays of scalars, and
// those of the objects in it. Arrays of objects are entered if a wanted column leads through
// them, and then give only wanted columns.
func (j *jsonList) addMembers(text []byte, object jsonscan.Value, onlyWanted bool) error {
	base := len(j.member)
	defer func() { j.member = j.member[:base] }()
	for key, value := range object.Members(text) {
		if j.member = j.member[:base]; base > 0 {
			j.member = append(j.member, '.')
		}
		j.member = key.AppendText(j.member, text)
		var err error
		switch {
		case value.Kind == jsonscan.Object:
			err = j.addMembers(text, value, onlyWanted)
		case !beginsWithObject(text, value):
			if !onlyWanted || j.wanted[fold.Name(string(j.member))] {
				err = j.addCell(text, value, onlyWanted)
			}
		case j.through[fold.Name(string(j.member))]:
			for e := range value.Elements(text) {
				if err == nil && e.Kind == jsonscan.Object {
					err = j.addMembers(text, e, true)
				}
			}
		case !onlyWanted:
			err = j.reportOpaque(int(value.Start))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// reportOpaque reports once that the array of objects at the current member is not read.
func (j *jsonList) reportOpaque(at int) error {
	path := string(j.member)
	if j.opaque[path] {
		return nil
	}
	j.opaque[path] = true
	p := j.counter.place(at)
	j.report(note(p.line, p.column, "array of objects", path,
		"%s is an array of objects, which is not read: name a member of them in columns, as in columns: {%s.NAME: …}", problem.Quote(path), problem.Shorten(path)))
	return j.checkWidth()
}

// checkWidth returns an error if the list has too many columns.
func (j *jsonList) checkWidth() error {
	if len(j.names)+len(j.opaque) > csvio.DefaultMaxColumns {
		return errorAtPlace(j.row, "more than %d columns", csvio.DefaultMaxColumns)
	}
	return nil
}

// addCell adds the values of the current member to the row. If isFurther is set, they follow
// values that the row already has in the same column; otherwise they replace them.
func (j *jsonList) addCell(text []byte, value jsonscan.Value, isFurther bool) error {
	column := j.expected
	if column >= len(j.names) || j.names[column] != string(j.member) {
		var known bool
		if column, known = j.columns[string(j.member)]; !known {
			column = len(j.names)
			j.names = append(j.names, string(j.member))
			j.columns[j.names[column]] = column
			if err := j.checkWidth(); err != nil {
				return err
			}
		}
	}
	j.expected = column + 1
	j.records.addCell(column, j.counter.place(int(value.Start)), isFurther, func(texts []byte) []byte {
		return appendValues(texts, text, value)
	})
	return nil
}

// appendValues appends the text of a value; that of an array is its values, separated by |.
func appendValues(dst, text []byte, v jsonscan.Value) []byte {
	switch v.Kind {
	case jsonscan.Null:
		return dst
	case jsonscan.Array:
		from := len(dst)
		for e := range v.Elements(text) {
			if len(dst) > from {
				dst = append(dst, '|')
			}
			dst = appendValues(dst, text, e)
		}
		return dst
	}
	return v.AppendText(dst, text)
}

// lineCounter returns the places of ascending offsets of a row.
type lineCounter struct {
	text    []byte
	oneLine bool
	at      int // offset of the last place
	last    place
}

func (c *lineCounter) begin(row []byte, at place) {
	*c = lineCounter{text: row, oneLine: bytes.IndexByte(row, '\n') < 0, last: at}
}

func (c *lineCounter) place(at int) place {
	between := c.text[c.at:at]
	c.last.column += at - c.at
	if !c.oneLine {
		if i := bytes.LastIndexByte(between, '\n'); i >= 0 {
			c.last.line += bytes.Count(between, []byte("\n"))
			c.last.column = len(between) - i
		}
	}
	c.at = at
	return c.last
}
