package merge

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
)

// The roles of a header column that is not a field.
const (
	droppedColumn = -1
	keyListColumn = -2 // asset or identity of a merged lookup
	rowIDColumn   = -3 // asset_id or identity_id of a merged lookup
	unnamedColumn = -4 // its cells are reported as lost
)

// header describes the columns of one source.
type header struct {
	names     []string            // after renaming
	stated    []string            // before renaming
	fields    []int               // per column: index of a field, or one of the roles above
	valueMaps []map[string]string // per column: the source's Map with folded values; usually nil
	constants []constant
	omitted   []bool // per field: the source does not contribute it; usually nil
	zone      string // of rows without a zone
	merged    bool   // the source is a merged lookup
	hasKeys   bool   // at least one column contains keys
	line      int    // of the names
}

// constant is the value of a field for all rows of a source.
type constant struct {
	field int
	text  string
}

func (s *listFields) readHeader(src Source, in Rows) (*header, error) {
	head := &header{zone: s.sourceZone(src), line: max(1, in.Line())}
	seen := make(map[string]int)
	for i := range in.Len() {
		name := fold.Trim(string(in.Cell(i)))
		if !utf8.ValidString(name) {
			return nil, headerError(src, in, i, fmt.Errorf("column %s is not UTF-8: name the encoding of the list, as in encoding: windows-1252, or save it as UTF-8", problem.Quote(name)))
		}
		if strings.Contains(name, "\r") {
			return nil, headerError(src, in, i, fmt.Errorf("column %s contains a line break: lines must end in LF or CRLF, not in CR alone", problem.Quote(name)))
		}
		blank := name == ""
		head.stated = append(head.stated, name)
		if name = renameColumn(src.Columns, name); name == "" && !blank {
			name = droppedName
		}
		if first, again := seen[fold.Lower(name)]; again && name != "" && name != droppedName {
			return nil, headerError(src, in, i, fmt.Errorf("duplicate column %s (columns %d and %d): rename one with columns: {...}, or drop it",
				problem.Quote(name), first+1, i+1))
		}
		seen[fold.Lower(name)] = i
		head.names = append(head.names, name)
	}
	for _, name := range []string{"asset", "identity"} {
		_, key := seen[name]
		_, id := seen[name+"_id"]
		_, tag := seen[name+"_tag"]
		head.merged = head.merged || key && id && tag && name == s.kind.String()
	}
	for i, name := range head.names {
		field, err := s.fieldOfColumn(head, name)
		if err != nil {
			return nil, headerError(src, in, i, err)
		}
		head.fields = append(head.fields, field)
		head.valueMaps = append(head.valueMaps, valueMapOf(src.Map, name))
		head.hasKeys = head.hasKeys || field == keyListColumn || field >= 0 && s.isKeyField(&s.fields[field])
	}
	if err := s.addConstants(src, head, seen); err != nil {
		return nil, err
	}
	if !head.hasKeys && !s.generatesKeyFrom(seen) {
		return nil, headerError(src, in, 0, s.noKeyColumnError(head))
	}
	head.omitted = s.omittedFields(src)
	return head, nil
}

// columnsOf describes the columns of a header.
func (s *listFields) columnsOf(head *header) []Column {
	var columns []Column
	for i, field := range head.fields {
		column := Column{Stated: head.stated[i], Name: head.names[i], Key: field == keyListColumn || field >= 0 && s.isKeyField(&s.fields[field])}
		if field == droppedColumn {
			column.Name = ""
		}
		columns = append(columns, column)
	}
	return columns
}

func headerError(src Source, in Rows, cell int, err error) error {
	line, column := in.Pos(cell)
	return &SourceError{Source: src.Name, Path: src.Path, Line: line, Column: column, Err: err}
}

// renameColumn applies Columns to one header name.
func renameColumn(columns map[string]string, name string) string {
	for from, to := range columns {
		if fold.Equal(from, name) {
			return fold.Trim(to)
		}
	}
	return name
}

// valueMapOf returns the entries of Map for one column, with folded values, or nil.
func valueMapOf(m map[string]map[string]string, name string) map[string]string {
	for column, values := range m {
		if !fold.Equal(column, name) {
			continue
		}
		folded := make(map[string]string, len(values))
		for from, to := range values {
			folded[fold.Lower(from)] = to
		}
		return folded
	}
	return nil
}

// fieldOfColumn returns the index of the field in a header column, or the role of
// the column.
func (s *listFields) fieldOfColumn(head *header, name string) (int, error) {
	switch {
	case name == "":
		return unnamedColumn, nil
	case name == droppedName:
		return droppedColumn, nil
	case strings.HasPrefix(fold.Lower(name), splunkPrefix):
		return droppedColumn, nil // it repeats the values of another column
	}
	kind := s.kind.String()
	switch folded := fold.Lower(name); {
	case head.merged && folded == kind:
		return keyListColumn, nil
	case head.merged && folded == kind+"_id":
		return rowIDColumn, nil
	case head.merged && folded == kind+"_tag":
		return droppedColumn, nil
	case !head.merged && reserved[folded]:
		return 0, fmt.Errorf("column name %q is reserved for merged lookups: rename it with columns: {%s: %s}, or drop it with columns: {%s: \"\"}",
			name, name, unreservedName(folded), name)
	}
	return s.fieldIndex(name)
}

// droppedName replaces the name of a column that Columns drops. It cannot occur in a
// header, because names are trimmed.
const droppedName = " "

// reserved holds the names of columns that only merged lookups have.
var reserved = map[string]bool{"asset": true, "asset_id": true, "asset_tag": true, "identity_id": true, "identity_tag": true}

// unreservedName suggests a name to use instead of a reserved one: inventory_tag for
// asset_tag.
func unreservedName(folded string) string {
	if _, after, ok := strings.Cut(folded, "_"); ok {
		folded = after
	}
	return "inventory_" + folded
}

// addConstants adds the constants of Source.Set for columns that the header lacks.
func (s *listFields) addConstants(src Source, head *header, seen map[string]int) error {
	for _, column := range sortedKeys(src.Set) {
		name := fold.Trim(column)
		folded := fold.Lower(name)
		if _, there := seen[folded]; there {
			continue
		}
		if folded == "" || reserved[folded] || strings.HasPrefix(folded, splunkPrefix) {
			return fmt.Errorf("set: %s cannot name a column of a list: use another name, such as inventory_tag", problem.Quote(column))
		}
		field, err := s.fieldIndex(name)
		if err != nil {
			return err
		}
		seen[folded] = len(seen)
		head.constants = append(head.constants, constant{field, src.Set[column]})
		head.hasKeys = head.hasKeys || s.isKeyField(&s.fields[field])
	}
	return nil
}

// sourceZone returns the zone of a source's rows that have none of their own.
func (s *listFields) sourceZone(src Source) string {
	zone := entity.ParseZone(src.Zone)
	if zone == "" {
		zone = entity.ParseZone(s.options.Zone)
	}
	return string(zone)
}
