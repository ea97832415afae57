package jsonscan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// tree is an event as encoding/json reads it: the slow twin of Scan.
type tree struct {
	value   Value
	members []treeMember
}

type treeMember struct {
	key  string
	tree tree
}

// parseTree parses an event. It panics if the event is not valid.
func parseTree(event []byte) tree {
	if text, found := bytes.CutPrefix(event, []byte("\ufeff")); found {
		event = append([]byte("   "), text...)
	}
	d := json.NewDecoder(bytes.NewReader(event))
	d.UseNumber()
	return parseValue(d, event)
}

func parseValue(d *json.Decoder, event []byte) tree {
	start := int(d.InputOffset())
	start += bytes.IndexFunc(event[start:], func(r rune) bool { return !strings.ContainsRune(" \t\r\n,:", r) })
	token, err := d.Token()
	if err != nil {
		panic(fmt.Sprintf("%s: %v", event, err))
	}
	var t tree
	t.value.Start = uint32(start)
	switch token := token.(type) {
	case json.Delim:
		t.value.Kind = map[json.Delim]Kind{'{': Object, '[': Array}[token]
		for d.More() {
			var m treeMember
			if token == '{' {
				key, err := d.Token()
				if err != nil {
					panic(err)
				}
				m.key = key.(string)
			}
			m.tree = parseValue(d, event)
			t.members = append(t.members, m)
		}
		if _, err := d.Token(); err != nil {
			panic(err)
		}
	case string:
		t.value.Kind = String
	case json.Number:
		t.value.Kind = Number
	case bool:
		t.value.Kind = map[bool]Kind{true: True, false: False}[token]
	case nil:
		t.value.Kind = Null
	}
	t.value.End = uint32(d.InputOffset())
	t.value.Escaped = t.value.Kind == String && bytes.Contains(t.value.Raw(event), []byte(`\`))
	return t
}

// find returns the value of path in an object by the rules of the package. Keys are matched
// with the first names of the path, first with one name, then with two, and so on.
func (t tree) find(path string) Value {
	var found Value
	names := strings.Split(path, ".")
	for n := range names {
		covered, rest := names[:n+1], strings.Join(names[n+1:], ".")
		var last tree // the member whose key is the names, or the union of the members that a wildcard matches
		isWild := covered[n] == Wildcard
		for _, m := range t.members {
			switch {
			case !coversKey(covered, m.key):
			case !isWild:
				last = m.tree
			case m.tree.value.Kind == Object:
				last.value = m.tree.value
				last.members = append(last.members, m.tree.members...)
			}
		}
		v := last.value
		if n+1 < len(names) {
			v = Value{}
			if last.value.Kind == Object {
				v = last.find(rest)
			}
		}
		if v.Found() && v.Start >= found.Start {
			found = v
		}
	}
	return found
}

// coversKey reports whether a key consists of names, of which a wildcard matches any one.
func coversKey(names []string, key string) bool {
	parts := strings.Split(key, ".")
	for i, name := range names {
		if i >= len(parts) || name != parts[i] && name != Wildcard {
			return false
		}
	}
	return len(parts) == len(names)
}
