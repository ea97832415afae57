package listform

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"regexp/syntax"
	"slices"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/cond"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/nearest"
	"github.com/kithsec/kith/internal/problem"
)

var tokenPattern = regexp.MustCompile(`\$([^$]+)\$`)

// tokensOf returns the names of the columns that a template of Make reads.
func tokensOf(template string) []string {
	var names []string
	for _, m := range tokenPattern.FindAllStringSubmatch(template, -1) {
		names = append(names, m[1])
	}
	return names
}

// ParseTemplate returns an error for a template of Make that reads no column.
func ParseTemplate(template string) error {
	if len(tokensOf(template)) == 0 {
		return fmt.Errorf("template %s reads no column: write $NAME$ for a cell, or use set for a constant", problem.Quote(template))
	}
	return nil
}

// ParseSplit compiles a pattern of Split, which must not match nothing.
func ParseSplit(pattern string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		reason := err.Error()
		if bad, ok := errors.AsType[*syntax.Error](err); ok {
			reason = fmt.Sprintf("%s: %s", bad.Code, problem.Quote(bad.Expr))
		}
		return nil, fmt.Errorf("bad regular expression %s: %s", problem.Quote(pattern), reason)
	}
	if re.MatchString("") {
		return nil, fmt.Errorf("regular expression %s matches the empty text: it must match what separates two values", problem.Quote(pattern))
	}
	return re, nil
}

// stepped applies the steps where, make and split to the rows of a list. Common names are
// taken after where and make, which see the cells as they were read.
type stepped struct {
	in    rows
	list  *List
	names []string // of the columns, with those that make adds
	read  int      // number of columns that are read; make adds the others

	where        *cond.Set
	whereColumns []int // by field of where
	made         []madeColumn
	named        []int // columns whose distinguished names become common names
	splits       []splitColumn

	atHeader bool
	cells    [][]byte // of the current row
	texts    []byte   // backs the cells of the steps
	value    [1][]byte
	madeText [][]byte // by element of made: the new cell of the current row, or nil
}

type madeColumn struct {
	column int
	parts  []part
}

// part of a template: a text, or the cell of a column.
type part struct {
	text   string
	column int // or noColumn
}

const noColumn = -1

type splitColumn struct {
	column  int
	pattern *regexp.Regexp
}

// newStepped returns the rows of list with the steps of o applied. names are those of the
// columns.
func newStepped(list *List, names []string, o *Options) (rows, error) {
	s := &stepped{in: list.rows, list: list, names: slices.Clone(names), read: len(names)}
	if err := s.addWhere(o); err != nil {
		return nil, err
	}
	for _, target := range slices.Sorted(maps.Keys(o.Make)) {
		if err := s.addMade(o, target); err != nil {
			return nil, err
		}
	}
	s.madeText = make([][]byte, len(s.made))
	for _, name := range o.CommonNames {
		if column, err := o.columnIndex("", name, s.names[:s.read]); err == nil {
			s.named = append(s.named, column)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Split)) {
		pattern, err := ParseSplit(o.Split[name])
		if err != nil {
			return nil, err
		}
		column, err := o.columnIndex("split", name, s.names)
		if err != nil {
			return nil, err
		}
		s.splits = append(s.splits, splitColumn{column, pattern})
	}
	return s, nil
}

// columnIndex returns the index of a column, named as in the header or as renamed.
func (o *Options) columnIndex(step, name string, names []string) (int, error) {
	folded := fold.Name(name)
	for i, n := range names {
		if fold.Name(n) == folded {
			return i, nil
		}
	}
	for i, n := range names {
		if o.renamed(n) == folded && folded != "" {
			return i, nil
		}
	}
	hint := ""
	if similar, ok := nearest.Of(name, names); ok {
		hint = fmt.Sprintf(" (did you mean %q?)", similar)
	}
	return 0, fmt.Errorf("%s: the list has no column %s%s", step, problem.Quote(name), hint)
}

func (s *stepped) addWhere(o *Options) error {
	clauses := slices.Clone(o.Where)
	for i, c := range clauses {
		if c.Op == "exists" { // a blank cell is not a value
			clauses[i] = entity.Clause{Field: c.Field, Op: "regex", Value: entity.Literals{`\S`}}
		}
	}
	var err error
	if s.where, err = cond.Compile(clauses); err != nil {
		return fmt.Errorf("where: %w", err)
	}
	for _, name := range s.where.Fields() {
		column, err := o.columnIndex("where", name, s.names)
		if err != nil {
			return err
		}
		s.whereColumns = append(s.whereColumns, column)
	}
	return nil
}

func (s *stepped) addMade(o *Options, target string) error {
	template := o.Make[target]
	if err := ParseTemplate(template); err != nil {
		return fmt.Errorf("make: %w", err)
	}
	var m madeColumn
	from := 0
	for _, at := range tokenPattern.FindAllStringSubmatchIndex(template, -1) {
		column, err := o.columnIndex("make", template[at[2]:at[3]], s.names[:s.read])
		if err != nil {
			return err
		}
		m.parts = append(m.parts, part{template[from:at[0]], noColumn}, part{"", column})
		from = at[1]
	}
	m.parts = append(m.parts, part{template[from:], noColumn})
	var err error
	if m.column, err = o.columnIndex("make", target, s.names); err != nil {
		m.column = len(s.names)
		s.names = append(s.names, target)
	}
	s.made = append(s.made, m)
	return nil
}

// Next reads the next row that where keeps.
func (s *stepped) Next() bool {
	first := s.cells == nil
	for s.in.Next() {
		s.cells, s.texts = s.cells[:0], s.texts[:0]
		if s.atHeader = first; first {
			for _, name := range s.names {
				s.cells = append(s.cells, []byte(name))
			}
			return true
		}
		if s.where.Holds(s) {
			s.readCells()
			return true
		}
		s.list.LeftOut++
	}
	return false
}

// Values returns the text of the cell that a field of where names. A blank cell is a
// value.
func (s *stepped) Values(field int) [][]byte {
	s.value[0] = s.inCell(s.whereColumns[field])
	return s.value[:]
}

// inCell returns the text of a cell of the row as it was read.
func (s *stepped) inCell(i int) []byte {
	if i >= s.in.Len() {
		return nil
	}
	text := bytestext.String(s.in.Cell(i))
	return bytestext.Bytes(fold.Trim(text))
}

// readCells reads the row: the columns of the header, those that are made, and then the
// cells beyond the header.
func (s *stepped) readCells() {
	for i := range s.made {
		s.madeText[i] = s.makeCell(&s.made[i])
	}
	n := s.in.Len()
	for i := range s.read {
		var cell []byte
		if i < n {
			cell = s.in.Cell(i)
		}
		s.cells = append(s.cells, cell)
	}
	for len(s.cells) < len(s.names) {
		s.cells = append(s.cells, nil)
	}
	for i := s.read; i < n; i++ {
		s.cells = append(s.cells, s.in.Cell(i))
	}
	for _, column := range s.named {
		from := len(s.texts)
		s.texts = appendCommonNames(s.texts, s.cells[column])
		s.cells[column] = s.texts[from:len(s.texts):len(s.texts)]
	}
	for i, text := range s.madeText {
		if text != nil {
			s.cells[s.made[i].column] = text
		}
	}
	for _, split := range s.splits {
		if cell := s.cells[split.column]; len(cell) > 0 {
			s.cells[split.column] = split.pattern.ReplaceAllLiteral(cell, []byte("|"))
		}
	}
}

// makeCell returns the text that a template makes, or nil if a cell that it reads is
// blank.
func (s *stepped) makeCell(m *madeColumn) []byte {
	from := len(s.texts)
	for _, p := range m.parts {
		if p.column == noColumn {
			s.texts = append(s.texts, p.text...)
			continue
		}
		cell := s.inCell(p.column)
		if len(cell) == 0 {
			return nil
		}
		s.texts = append(s.texts, cell...)
	}
	return s.texts[from:len(s.texts):len(s.texts)]
}

// Len returns the number of cells.
func (s *stepped) Len() int { return len(s.cells) }

// Cell returns a cell.
func (s *stepped) Cell(i int) []byte { return s.cells[i] }

// Line returns the line on which the row begins.
func (s *stepped) Line() int { return s.in.Line() }

// Pos returns the position of a cell. That of a made cell is the start of the row.
func (s *stepped) Pos(i int) (line, column int) {
	switch added := len(s.names) - s.read; {
	case i >= len(s.names):
		i -= added
	case i >= s.read:
		i = 0
	}
	if i >= s.in.Len() {
		return s.in.Line(), 1
	}
	return s.in.Pos(i)
}

// Err returns why there is no further row.
func (s *stepped) Err() error { return s.in.Err() }
