package listform

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/problem"
)

// jsonRows reads the rows of a JSON list, which is held in memory: its columns are known
// only after all objects have been seen. Members of nested objects are dotted columns.
type jsonRows struct {
	data    jsonText
	objects []jsonSpan
	where   string // what the rows are, such as "NDJSON"
	whole   bool   // a next page has been read

	names   []string
	guess   *guess // what the columns are taken for, or nil
	columns map[string]int
	wanted  map[string]bool // folded columns that lead through arrays of objects

	next      int // index in objects of the next row; -1 before the header
	line      int // of the current row
	lineStart int // offset of that line
	counted   int // lines are counted up to this offset
	oneLine   bool
	row       jsonSpan
	cells     []jsonCell
	texts     []byte // backs the cells
	path      []byte
	expected  int // column after that of the last member
}

// jsonSpan holds the bounds of a value in the data.
type jsonSpan struct{ from, to int }

// jsonCell is a cell of the current row: its text, and the offset of its first value.
type jsonCell struct {
	from, to, at int
	set          bool
}

// errorAt returns an error at an offset of the data.
func (j *jsonRows) errorAt(at int, format string, args ...any) error {
	line, column := j.data.place(at)
	return &csvio.SyntaxError{Line: line, Column: column, Err: fmt.Errorf(format, args...)}
}

// openJSON reads a list that begins with head and returns its rows.
func (o *Options) openJSON(head []byte, rest io.Reader, report func(*entity.RowError)) (*jsonRows, error) {
	tail, err := io.ReadAll(rest)
	if err != nil {
		return nil, err
	}
	j := &jsonRows{data: append(head, tail...), whole: o.Whole, next: -1, columns: map[string]int{}, wanted: map[string]bool{}}
	for _, name := range o.columnsNamed() {
		j.wanted[fold.Name(name)] = true
	}
	if err := j.findObjects(o.Rows, report); err != nil {
		return nil, err
	}
	if err := j.findColumns(report); err != nil {
		return nil, err
	}
	numberRepeated(j.names, 1, report)
	j.guess = o.guessOrNote(j.names, 1, j.sample(), report)
	return j, nil
}

// sample yields the rows below the header without reading them.
func (j *jsonRows) sample() iter.Seq[csvio.Row] {
	return func(yield func(csvio.Row) bool) {
		ahead := *j
		if !ahead.Next() { // the header
			return
		}
		for ahead.Next() && yield(&ahead) {
		}
	}
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

// findObjects finds the objects that are rows: those of an array, of a sequence of
// objects, of the only array of objects of one object, or those at the path rows.
func (j *jsonRows) findObjects(rows string, report func(*entity.RowError)) error {
	var top []jsonSpan
	for at := j.data.skipSpace(0); at < len(j.data); {
		end := j.data.endOfValue(at)
		if end == tooDeep {
			return j.errorAt(at, "objects and arrays are nested more than %d deep", maxNesting)
		}
		if end < 0 {
			return j.errorAt(at, "the JSON value that begins here is cut short")
		}
		if err := j.checkValue(jsonSpan{at, end}); err != nil {
			return err
		}
		top = append(top, jsonSpan{at, end})
		at = j.data.skipSpace(end)
	}
	switch {
	case rows != "":
		j.where = "JSON, rows in " + rows
		found := false
		for _, v := range top {
			found = j.descend(v, strings.Split(rows, "."), report) || found
		}
		if !found {
			return fmt.Errorf("rows: the list has no member %s", problem.Quote(rows))
		}
		return j.wantObjects()
	case len(top) == 1 && j.data[top[0].from] == '{':
		return j.openWrapper(top[0], report)
	case len(top) == 1 && j.data[top[0].from] == '[':
		j.where = "JSON array"
		j.addElements(top[0])
	default:
		j.where = "NDJSON"
		j.objects = top
	}
	return j.wantObjects()
}

// wantObjects returns an error if a row is not an object.
func (j *jsonRows) wantObjects() error {
	for _, v := range j.objects {
		if j.data[v.from] != '{' {
			return j.errorAt(v.from, "a row of a JSON list must be an object, not %s", problem.Quote(string(j.data[v.from:v.to])))
		}
	}
	return nil
}

// checkValue checks the syntax of a value at the top.
func (j *jsonRows) checkValue(v jsonSpan) error {
	err := jsonscan.Valid(j.data[v.from:v.to])
	if bad, ok := errors.AsType[*jsonscan.Error](err); ok {
		return j.errorAt(v.from+bad.Offset, "bad JSON: %s", bad.Reason)
	}
	return err
}

// openWrapper opens the only array of objects of an object. An object without one is a
// row itself.
func (j *jsonRows) openWrapper(v jsonSpan, report func(*entity.RowError)) error {
	var arrays []string
	var only jsonSpan
	j.data.members(v, func(key []byte, value jsonSpan) {
		if j.data.isArrayOfObjects(value) {
			arrays = append(arrays, string(key))
			only = value
		}
	})
	switch len(arrays) {
	case 0:
		j.where, j.objects = "JSON", []jsonSpan{v}
		return nil
	case 1:
		j.where = "JSON, rows in " + arrays[0]
		j.reportNextPage(v, report)
		j.addElements(only)
		return j.wantObjects()
	}
	return j.errorAt(v.from, "the list has several arrays of objects: choose one with rows: %s", strings.Join(arrays, ", or rows: "))
}

// descend adds the objects at a path below a value, also through arrays. It reports
// whether there is a value at the path.
func (j *jsonRows) descend(v jsonSpan, path []string, report func(*entity.RowError)) (found bool) {
	switch {
	case j.data[v.from] == '[' && len(path) == 0:
		j.addElements(v)
		return true
	case len(path) == 0:
		j.objects = append(j.objects, v)
		return true
	case j.data[v.from] == '[':
		j.data.elements(v, func(e jsonSpan) { found = j.descend(e, path, report) || found })
		return found
	case j.data[v.from] != '{':
		return false
	}
	j.reportNextPage(v, report)
	for n := len(path); n > 0 && !found; n-- { // a key may contain dots
		name := strings.Join(path[:n], ".")
		j.data.members(v, func(key []byte, value jsonSpan) {
			if string(key) == name {
				found = j.descend(value, path[n:], report) || found
			}
		})
	}
	return found
}

// reportNextPage reports that a wrapper names a further page, which is not read.
func (j *jsonRows) reportNextPage(v jsonSpan, report func(*entity.RowError)) {
	if j.whole {
		return
	}
	j.data.members(v, func(key []byte, value jsonSpan) {
		text := string(j.data[value.from:value.to])
		if name := string(key); (name == "next" || name == "@odata.nextLink") && text != "null" && text != `""` && text != "false" {
			line, column := j.data.place(value.from)
			report(&entity.RowError{
				Line: line, Column: column, Loss: entity.LostRow, Reason: "next page", Value: text,
				Err: fmt.Errorf("the list is one page of several: %s names the next page, which is not read", name),
			})
		}
	})
}

func (j *jsonRows) addElements(v jsonSpan) {
	j.data.elements(v, func(e jsonSpan) { j.objects = append(j.objects, e) })
}

// findColumns collects the names of all columns.
func (j *jsonRows) findColumns(report func(*entity.RowError)) error {
	opaque := map[string]bool{}
	for _, v := range j.objects {
		j.walk(v, "", func(path []byte, value jsonSpan, skipped bool) {
			switch {
			case skipped && !opaque[string(path)]:
				opaque[string(path)] = true
				line, column := j.data.place(value.from)
				report(note(line, column, "array of objects", string(path),
					"%s is an array of objects, which is not read: name a member of them in columns, as in columns: {%s.NAME: …}", problem.Quote(string(path)), problem.Shorten(string(path))))
			case skipped:
			default:
				if _, known := j.columns[string(path)]; !known {
					j.columns[string(path)] = len(j.names)
					j.names = append(j.names, string(path))
				}
			}
		})
	}
	if len(j.names) > csvio.DefaultMaxColumns {
		return fmt.Errorf("more than %d columns", csvio.DefaultMaxColumns)
	}
	return nil
}

// walk calls visit for the scalars and arrays of scalars of an object, with their dotted
// paths. Arrays of objects are entered if a wanted column leads through them, and are
// otherwise skipped.
func (j *jsonRows) walk(v jsonSpan, prefix string, visit func(path []byte, value jsonSpan, skipped bool)) {
	j.path = append(j.path[:0], prefix...)
	j.walkObject(v, visit)
}

func (j *jsonRows) walkObject(v jsonSpan, visit func(path []byte, value jsonSpan, skipped bool)) {
	base := len(j.path)
	j.data.members(v, func(key []byte, value jsonSpan) {
		if base > 0 {
			j.path = append(j.path, '.')
		}
		j.path = append(j.path, key...)
		switch {
		case j.data[value.from] == '{':
			j.walkObject(value, visit)
		case !j.data.isArrayOfObjects(value):
			visit(j.path, value, false)
		case j.leadsThrough(j.path):
			j.data.elements(value, func(e jsonSpan) {
				if j.data[e.from] == '{' {
					j.walkObject(e, func(path []byte, value jsonSpan, skipped bool) {
						if !skipped && j.wanted[fold.Name(string(path))] {
							visit(path, value, false)
						}
					})
				}
			})
		default:
			visit(j.path, value, true)
		}
		j.path = j.path[:base]
	})
}

// leadsThrough reports whether a wanted column is below a path.
func (j *jsonRows) leadsThrough(path []byte) bool {
	begin := fold.Name(string(path)) + "."
	for name := range j.wanted {
		if strings.HasPrefix(name, begin) {
			return true
		}
	}
	return false
}

// Next reads the next row.
func (j *jsonRows) Next() bool {
	if j.next++; j.next > len(j.objects) || j.next == 0 && len(j.names) == 0 {
		return false
	}
	if j.next == 0 {
		j.line = 1
		return true
	}
	j.row = j.objects[j.next-1]
	between := j.data[j.counted:j.row.from]
	if i := bytes.LastIndexByte(between, '\n'); i >= 0 {
		j.line += bytes.Count(between, []byte("\n"))
		j.lineStart = j.counted + i + 1
	}
	j.counted = j.row.from
	j.oneLine = bytes.IndexByte(j.data[j.row.from:j.row.to], '\n') < 0
	if j.cells == nil {
		j.cells = make([]jsonCell, len(j.names))
	}
	clear(j.cells)
	j.texts, j.expected = j.texts[:0], 0
	j.walk(j.row, "", func(path []byte, value jsonSpan, skipped bool) {
		if !skipped {
			j.setCell(path, value)
		}
	})
	return true
}

// setCell adds the values of a member to the cell of its column.
func (j *jsonRows) setCell(path []byte, value jsonSpan) {
	column := j.expected
	if column >= len(j.names) || j.names[column] != string(path) {
		column = j.columns[string(path)]
	}
	j.expected = column + 1
	c := &j.cells[column]
	from := len(j.texts)
	if c.set && j.wanted[fold.Name(string(path))] && c.to > c.from { // a further element of an array of objects
		j.texts = append(append(j.texts, j.texts[c.from:c.to]...), '|')
	}
	before := len(j.texts)
	j.appendValue(value)
	if len(j.texts) == before && before > from {
		j.texts = j.texts[:before-1]
	}
	*c = jsonCell{from, len(j.texts), value.from, true}
}

// appendValue appends the text of a value; that of an array is its values, separated by |.
func (j *jsonRows) appendValue(v jsonSpan) {
	text := j.data[v.from:v.to]
	switch {
	case text[0] == '"':
		j.texts = jsonscan.AppendUnquoted(j.texts, text[1:len(text)-1])
	case text[0] == '[':
		from := len(j.texts)
		j.data.elements(v, func(e jsonSpan) {
			if len(j.texts) > from {
				j.texts = append(j.texts, '|')
			}
			j.appendValue(e)
		})
	case string(text) != "null":
		j.texts = append(j.texts, text...)
	}
}

// Len returns the number of cells.
func (j *jsonRows) Len() int { return len(j.names) }

// Cell returns a cell.
func (j *jsonRows) Cell(i int) []byte {
	if j.next == 0 {
		return []byte(j.names[i])
	}
	return j.texts[j.cells[i].from:j.cells[i].to]
}

// Line returns the line on which the row begins.
func (j *jsonRows) Line() int { return j.line }

// Pos returns the position of a cell; that of an absent member is the start of the row.
func (j *jsonRows) Pos(i int) (line, column int) {
	if j.next == 0 {
		return 1, 1
	}
	at := j.row.from
	if j.cells[i].set {
		at = j.cells[i].at
	}
	if j.oneLine {
		return j.line, at - j.lineStart + 1
	}
	before := j.data[j.lineStart:at]
	return j.line + bytes.Count(before, []byte("\n")), len(before) - bytes.LastIndexByte(before, '\n')
}

// Err returns nil: the syntax was checked before the first row.
func (j *jsonRows) Err() error { return nil }
