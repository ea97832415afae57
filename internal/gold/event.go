package gold

import (
	"encoding/json"
	"strings"

	"github.com/kithsec/kith/event"
)

// value is a JSON value of an event, with where it stands.
type value struct {
	kind       byte // '{' '[' '"' '0' 't' 'f' 'n'
	start, end int
	text       string // of a string, a number or a boolean
	members    []member
	elements   []value
}

type member struct {
	key   string
	value value
}

// parse reads the valid JSON value that begins at text[at] or after white
// space.
func parse(text string, at int) value {
	at = skip(text, at)
	v := value{kind: text[at], start: at}
	switch text[at] {
	case '{':
		for at = skip(text, at+1); text[at] != '}'; {
			key := parse(text, at)
			at = skip(text, skip(text, key.end)+1)
			inner := parse(text, at)
			v.members = append(v.members, member{key.text, inner})
			if at = skip(text, inner.end); text[at] == ',' {
				at = skip(text, at+1)
			}
		}
		v.end = at + 1
	case '[':
		for at = skip(text, at+1); text[at] != ']'; {
			inner := parse(text, at)
			v.elements = append(v.elements, inner)
			if at = skip(text, inner.end); text[at] == ',' {
				at = skip(text, at+1)
			}
		}
		v.end = at + 1
	case '"':
		for at++; text[at] != '"'; at++ {
			if text[at] == '\\' {
				at++
			}
		}
		v.end = at + 1
		_ = json.Unmarshal([]byte(text[v.start:v.end]), &v.text)
	default:
		n := strings.IndexAny(text[at:], ",}] \t\r\n")
		if n < 0 {
			n = len(text) - at
		}
		v.end = at + n
		v.text = text[at:v.end]
		if !strings.ContainsRune("tfn", rune(v.kind)) {
			v.kind = '0'
		}
	}
	return v
}

func skip(text string, at int) int {
	for at < len(text) && strings.IndexByte(" \t\r\n", text[at]) >= 0 {
		at++
	}
	return at
}

// last returns the members that count: of repeated keys the last.
func (v value) last() []member {
	var list []member
	for i, m := range v.members {
		repeated := false
		for _, later := range v.members[i+1:] {
			repeated = repeated || later.key == m.key
		}
		if !repeated {
			list = append(list, m)
		}
	}
	return list
}

// find returns what a path leads to, by any spelling, the latest in the event.
func (v value) find(path string) (found value, ok bool) {
	for _, m := range v.last() {
		inner, is := m.value, m.key == path
		if !is && m.value.kind == '{' && strings.HasPrefix(path, m.key+".") {
			inner, is = m.value.find(path[len(m.key)+1:])
		}
		if is && (!ok || inner.start > found.start) {
			found, ok = inner, true
		}
	}
	return found, ok
}

// texts returns the texts that are looked up: of a scalar one, of an array
// those of its scalars.
func (v value) texts() []string {
	switch v.kind {
	case '"', '0', 't', 'f':
		return []string{strings.TrimSpace(v.text)}
	case '[':
		var all []string
		for _, e := range v.elements {
			if e.kind != '[' {
				all = append(all, e.texts()...)
			}
		}
		return all
	}
	return nil
}

// shows reports whether the event has something other than null at a path, or
// one of the keys below it that the format defines.
func (v value) shows(path string) bool {
	found, ok := v.find(path)
	return ok && found.kind != 'n' || v.below(path)
}

// object reports whether the event has an object at a path, or one of the keys
// below it that the format defines.
func (v value) object(path string) bool {
	found, ok := v.find(path)
	return ok && found.kind == '{' || v.below(path)
}

func (v value) below(path string) bool {
	for _, known := range event.NewDetector().Probes() {
		if !strings.HasPrefix(known.Path, path+".") {
			continue
		}
		if found, ok := v.find(known.Path); ok && found.kind != 'n' {
			return true
		}
	}
	return false
}
