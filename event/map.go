package event

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/jsonscan"
)

// Map is an event that is a map[string]any, such as encoding/json decodes. Nested
// maps and flat keys with dots are treated alike; if an event has both, the flat key
// counts. []any and []string are arrays; json.Number and the numeric types of Go are
// numbers. Values of other types count as objects without a text. The map must not
// change while it is read. A Map is for one goroutine.
type Map struct {
	schema  *Schema
	event   map[string]any
	present Set
	located bool // present and lists are those of event
	lists   mapLists
	text    []byte // texts of numbers; growing it leaves earlier texts where they are
}

// NewMap returns a Map for the paths of the Schema.
func (s *Schema) NewMap() *Map {
	return &Map{schema: s}
}

// Reset makes event the current event.
func (m *Map) Reset(event map[string]any) {
	m.event, m.text, m.located = event, m.text[:0], false
	clear(m.lists.values)
}

// Schema returns the Schema to which the event is bound.
func (m *Map) Schema() *Schema { return m.schema }

// Present returns the paths of which the map has a key for the first names.
func (m *Map) Present() Set {
	if !m.located {
		m.located = true
		m.present.reset(len(m.schema.texts))
		for key := range m.event {
			m.schema.addPathsBelow(m.present, key)
		}
		m.lists.read(m)
	}
	return m.present
}

// Value returns the value at a path.
func (m *Map) Value(p Path) Value {
	if m.schema.isThroughArray(p) {
		if _, _, found := Locate(m.event, m.schema.arrayPaths[p].name); found {
			return Value{Kind: Array}
		}
		return Value{}
	}
	if v, isListed := m.listed(p); isListed {
		return m.valueOf(v)
	}
	return m.valueAt(m.event, m.schema.texts[p])
}

// listed returns the element of an array that is read at a path, as a PresetList describes,
// or false if there is none.
func (m *Map) listed(p Path) (v any, found bool) {
	m.Present() // reads the lists
	v, found = m.lists.values[p]
	return v, found
}

// valueAt returns the value at the text of a path.
func (m *Map) valueAt(from map[string]any, path string) Value {
	in, key, found := Locate(from, path)
	if !found {
		return Value{}
	}
	return m.valueOf(in[key])
}

// AppendElements appends the elements of the array at a path, or the value if it is
// not an array.
func (m *Map) AppendElements(dst []Value, p Path) []Value {
	if m.schema.isThroughArray(p) {
		return m.appendFromMap(dst, m.event, m.schema.arrayPaths[p])
	}
	if v, isListed := m.listed(p); isListed {
		return m.appendValues(dst, v)
	}
	return m.appendElements(dst, m.event, m.schema.texts[p])
}

// appendElements appends the elements of the array at the text of a path.
func (m *Map) appendElements(dst []Value, from map[string]any, path string) []Value {
	in, key, found := Locate(from, path)
	if !found {
		return dst
	}
	return m.appendValues(dst, in[key])
}

// appendValues appends the elements of an array, or another value.
func (m *Map) appendValues(dst []Value, v any) []Value {
	switch v := v.(type) {
	case []any:
		for _, element := range v {
			dst = append(dst, m.valueOf(element))
		}
		return dst
	case []string:
		for _, element := range v {
			dst = append(dst, textValue(String, element))
		}
		return dst
	default:
		return append(dst, m.valueOf(v))
	}
}

// appendFromMap appends the values that a path through an array reaches from a map.
func (m *Map) appendFromMap(dst []Value, from map[string]any, p *arrayPath) []Value {
	in, key, found := Locate(from, p.name)
	if !found {
		return dst
	}
	return m.appendFromElement(dst, in[key], p)
}

// appendFromElement appends the values that a path reaches in an element of an array.
// If the element is an array itself, it does so for all of its elements.
func (m *Map) appendFromElement(dst []Value, v any, p *arrayPath) []Value {
	switch v := v.(type) {
	case []any:
		for _, element := range v {
			dst = m.appendFromElement(dst, element, p)
		}
		return dst
	case []string:
		if p.paths == nil {
			for _, element := range v {
				dst = append(dst, textValue(String, element))
			}
		}
		return dst
	}
	if p.paths == nil {
		return append(dst, m.valueOf(v))
	}
	element, isMap := v.(map[string]any)
	if !isMap || p.where.Name != "" && !m.hasMember(element, p.where) {
		return dst
	}
	switch {
	case p.rest == "":
		return append(dst, m.valueOf(v))
	case p.next != nil:
		return m.appendFromMap(dst, element, p.next)
	}
	return m.appendElements(dst, element, p.rest)
}

// hasMember reports whether a map has a member with the name and text of where.
func (m *Map) hasMember(element map[string]any, where Where) bool {
	v := m.valueAt(element, where.Name)
	return v.Kind.IsScalar() && fold.Equal(bytestext.String(v.Text), where.Value)
}

// Locate follows a path from m and returns the innermost map, which contains the
// value, and the key of the value in that map. It tries flat keys with dots before
// nested maps, and returns false if m has no value at the path. The path must not go
// through an array. Of several keys that a wildcard matches, it follows the last in the
// order of their bytes that leads to a value.
func Locate(m map[string]any, path string) (in map[string]any, key string, found bool) {
	if strings.IndexByte(path, '*') >= 0 {
		if before, after, isWild := jsonscan.CutWildcard(path); isWild {
			return locateWild(m, before, after)
		}
	}
	if _, found := m[path]; found {
		return m, path, true
	}
	for i := range len(path) {
		if path[i] != '.' {
			continue
		}
		if inner, isMap := m[path[:i]].(map[string]any); isMap {
			if in, key, found := Locate(inner, path[i+1:]); found {
				return in, key, true
			}
		}
	}
	return nil, "", false
}

// locateWild is Locate for a path with a wildcard. The text before it ends with a dot, or is
// empty; after is the text that follows the dot after the wildcard.
func locateWild(m map[string]any, before, after string) (in map[string]any, key string, found bool) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		rest, matches := strings.CutPrefix(k, before)
		if !matches {
			continue
		}
		_, joined, isLonger := strings.Cut(rest, ".")
		if isLonger && joined == after {
			in, key, found = m, k, true
			continue
		}
		below := after
		if isLonger {
			if below, matches = strings.CutPrefix(after, joined+"."); !matches {
				continue
			}
		}
		if inner, isMap := m[k].(map[string]any); isMap {
			if i, ik, ok := Locate(inner, below); ok {
				in, key, found = i, ik, true
			}
		}
	}
	for i := 0; i < len(before) && !found; i++ {
		if before[i] != '.' {
			continue
		}
		if inner, isMap := m[before[:i]].(map[string]any); isMap {
			in, key, found = locateWild(inner, before[i+1:], after)
		}
	}
	return in, key, found
}

// valueOf converts a value of the map.
func (m *Map) valueOf(v any) Value {
	switch v := v.(type) {
	case nil:
		return textValue(Null, "null")
	case string:
		return textValue(String, v)
	case bool:
		if v {
			return textValue(True, "true")
		}
		return textValue(False, "false")
	case json.Number:
		return textValue(Number, string(v))
	case []any, []string:
		return Value{Kind: Array}
	case float64:
		return m.numberValue(strconv.AppendFloat(m.text, v, 'f', -1, 64))
	case int:
		return m.numberValue(strconv.AppendInt(m.text, int64(v), 10))
	case int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32:
		return m.numberValue(fmt.Append(m.text, v))
	}
	return Value{Kind: Object}
}

// textValue returns a value that shares the memory of a string.
func textValue(kind Kind, text string) Value {
	return Value{Kind: kind, Text: bytestext.Bytes(text)}
}

// numberValue returns a number. text is m.text with the text of the number
// appended.
func (m *Map) numberValue(text []byte) Value {
	from := len(m.text)
	m.text = text
	return Value{Kind: Number, Text: text[from:len(text):len(text)]}
}
