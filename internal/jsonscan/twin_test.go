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

// find returns the value of path in an object by the rules of the package.
func (t tree) find(path string) Value {
	var found Value
	for i, m := range t.members {
		if t.repeatedAfter(i) {
			continue
		}
		v := Value{}
		if m.key == path {
			v = m.tree.value
		} else if rest, ok := strings.CutPrefix(path, m.key+"."); ok && m.tree.value.Kind == Object {
			v = m.tree.find(rest)
		}
		if v.Found() && v.Start >= found.Start {
			found = v
		}
	}
	return found
}

func (t tree) repeatedAfter(i int) bool {
	for _, m := range t.members[i+1:] {
		if m.key == t.members[i].key {
			return true
		}
	}
	return false
}
