// Package zeeklog reads the lines of Zeek's default log format: columns separated by tabs,
// under directives that begin with "#".
//
// The format is described at https://docs.zeek.org/en/master/log-formats.html. A log may
// have several headers; each replaces the one before.
package zeeklog

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kithsec/kith/internal/problem"
)

// Header is what the directives of a log state. The zero Header is that of a log without
// directives, which has no columns. A Header is not changed after a line has been read with
// it: Add returns another one.
type Header struct {
	separator    string // of columns; default a tab
	setSeparator string // of the elements of sets and vectors; default a comma
	empty        string // an empty string, set or vector; default (empty)
	unset        string // a missing value; default -
	Fields       []string
	columns      []column
}

// column is how the values of a column are read.
type column struct {
	kind kind
	list bool // a set or a vector
}

type kind uint8

const (
	text kind = iota
	number
	boolean
)

var errNoFields = errors.New("no #fields line before the first event: the log has no header")

// IsDirective reports whether a line is a directive. A byte order mark may precede it.
func IsDirective(line []byte) bool {
	return bytes.HasPrefix(bytes.TrimPrefix(line, []byte("\ufeff")), []byte{'#'})
}

// Begins reports whether an input that begins with head is a Zeek log.
func Begins(head []byte) bool {
	return bytes.HasPrefix(bytes.TrimPrefix(head, []byte("\ufeff")), []byte("#separator "))
}

// CanBegin reports whether an input that begins with head can be a Zeek log.
func CanBegin(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\ufeff"))
	return len(head) < len("#separator ") && strings.HasPrefix("#separator ", string(head))
}

// Add returns the header after a directive, which has no line end. Directives that it does
// not know, such as #path, change nothing.
func (h Header) Add(line []byte) Header {
	line = bytes.TrimPrefix(line, []byte("\ufeff"))
	if separator, ok := bytes.CutPrefix(line, []byte("#separator ")); ok {
		return Header{separator: string(unescape(nil, separator))}
	}
	name, value, found := strings.Cut(string(line), h.ColumnSeparator())
	if !found {
		return h
	}
	switch name {
	case "#set_separator":
		h.setSeparator = string(unescape(nil, []byte(value)))
	case "#empty_field":
		h.empty = value
	case "#unset_field":
		h.unset = value
	case "#fields":
		h.Fields = strings.Split(value, h.ColumnSeparator())
		h.columns = make([]column, len(h.Fields))
	case "#types":
		h.columns = slices.Clone(h.columns)
		for i, name := range strings.Split(value, h.ColumnSeparator()) {
			if i < len(h.columns) {
				h.columns[i] = parseType(name)
			}
		}
	}
	return h
}

// ColumnSeparator returns what separates columns.
func (h *Header) ColumnSeparator() string { return orDefault(h.separator, "\t") }

// Unset returns how a missing value is written.
func (h *Header) Unset() string { return orDefault(h.unset, "-") }

func orDefault(text, value string) string {
	if text == "" {
		return value
	}
	return text
}

// parseType returns how the values of a Zeek type are read.
func parseType(name string) column {
	var c column
	for _, prefix := range []string{"set[", "vector[", "table["} {
		if element, ok := strings.CutPrefix(name, prefix); ok {
			c.list = true
			name = strings.TrimSuffix(element, "]")
		}
	}
	switch name {
	case "time", "interval", "double", "count", "int", "port":
		c.kind = number
	case "bool":
		c.kind = boolean
	}
	return c
}

// checkWidth returns an error if a line does not have as many cells as the header.
func (h *Header) checkWidth(cells int) error {
	switch {
	case len(h.Fields) == 0:
		return errNoFields
	case cells != len(h.Fields):
		return fmt.Errorf("%s instead of the %d of the #fields line", problem.Plural(cells, "column"), len(h.Fields))
	}
	return nil
}

// Directives reads the directives of a log that is written to it. The zero value is ready
// for use.
type Directives struct {
	Header  Header // after the last directive
	line    []byte // the beginning of a directive
	inEvent bool   // the beginning of another line has been written
}

// Write reads a part of a log. It never returns an error.
func (d *Directives) Write(text []byte) (int, error) {
	for line := range bytes.Lines(text) {
		if !d.inEvent && (len(d.line) > 0 || IsDirective(line)) {
			d.line = append(d.line, line...)
		}
		isWhole := line[len(line)-1] == '\n'
		d.inEvent = !isWhole && len(d.line) == 0
		if isWhole && len(d.line) > 0 {
			d.Header = d.Header.Add(bytes.TrimRight(d.line, "\r\n"))
			d.line = d.line[:0]
		}
	}
	return len(text), nil
}
