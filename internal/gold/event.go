package gold

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// value is a JSON value of an event, with its position in the text.
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

// parseValue parses the JSON value that begins at text[at], possibly after white space.
// The JSON must be valid.
func parseValue(text string, at int) value {
	at = skipSpace(text, at)
	v := value{kind: text[at], start: at}
	switch text[at] {
	case '{':
		for at = skipSpace(text, at+1); text[at] != '}'; {
			key := parseValue(text, at)
			at = skipSpace(text, skipSpace(text, key.end)+1)
			inner := parseValue(text, at)
			v.members = append(v.members, member{key.text, inner})
			if at = skipSpace(text, inner.end); text[at] == ',' {
				at = skipSpace(text, at+1)
			}
		}
		v.end = at + 1
	case '[':
		for at = skipSpace(text, at+1); text[at] != ']'; {
			inner := parseValue(text, at)
			v.elements = append(v.elements, inner)
			if at = skipSpace(text, inner.end); text[at] == ',' {
				at = skipSpace(text, at+1)
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

func skipSpace(text string, at int) int {
	for at < len(text) && strings.IndexByte(" \t\r\n", text[at]) >= 0 {
		at++
	}
	return at
}

// findPath returns the value at a path, whose keys may be nested objects or keys with
// dots. If several values have the path, it returns the last one in the event. Of members
// with the same key only the last one counts, but the objects that a wildcard matches count
// as one object with all of their members.
func (v value) findPath(path string) (found value, ok bool) {
	if parts := throughArray.FindStringSubmatch(path); parts != nil {
		return v.findThrough(parts[1], parts[2], parts[3], parts[4])
	}
	names := strings.Split(path, ".")
	for n := 1; n <= len(names); n++ {
		inner, is := v.findMember(names[:n])
		if is && n < len(names) {
			inner, is = inner.findPath(strings.Join(names[n:], "."))
		}
		if is && (!ok || inner.start > found.start) {
			found, ok = inner, true
		}
	}
	return found, ok
}

// findMember returns the member of an object whose key consists of some names.
func (v value) findMember(names []string) (found value, ok bool) {
	isUnion := names[len(names)-1] == "*"
	for _, m := range v.members {
		switch {
		case !hasNames(m.key, names):
		case !isUnion:
			found, ok = m.value, true
		case m.value.kind == '{':
			found.members, ok = append(found.members, m.value.members...), true
		}
	}
	return found, ok
}

// hasNames reports whether a key consists of some names. "*" matches any name.
func hasNames(key string, names []string) bool {
	parts := strings.Split(key, ".")
	for i, part := range parts {
		if i >= len(names) || part != names[i] && names[i] != "*" {
			return false
		}
	}
	return len(parts) == len(names)
}

// throughArray matches a path through an array. Its groups are the path of the array, the
// member that elements must have and its text, and the path in the elements.
var throughArray = regexp.MustCompile(`^(.+?)\[(?:([^\]=]+)=([^\]]*))?\](?:\.(.*))?$`)

// findThrough returns an array of the values that a path through an array leads to.
func (v value) findThrough(array, member, text, rest string) (found value, ok bool) {
	all, ok := v.findPath(array)
	found = value{kind: '[', start: all.start}
	for _, e := range all.flatElements() {
		if member != "" {
			m, _ := e.findPath(member)
			if !strings.ContainsRune(`"0tf`, rune(m.kind)) || !strings.EqualFold(m.text, text) {
				continue
			}
		}
		if rest == "" {
			found.elements = append(found.elements, e)
		} else if inner, ok := e.findPath(rest); ok {
			found.elements = append(found.elements, inner.positions()...)
		}
	}
	return found, ok
}

// flatElements returns the elements of an array and of the arrays in it, or a list with
// another value.
func (v value) flatElements() []value {
	if v.kind != '[' {
		return []value{v}
	}
	var all []value
	for _, e := range v.elements {
		all = append(all, e.flatElements()...)
	}
	return all
}

// lookupTexts returns the texts to look up: the text of a scalar, or those of the scalars
// in an array.
func (v value) lookupTexts() []string {
	switch v.kind {
	case '"', '0', 't', 'f':
		return []string{strings.TrimSpace(v.text)}
	case '[':
		var all []string
		for _, e := range v.elements {
			if e.kind != '[' {
				all = append(all, e.lookupTexts()...)
			}
		}
		return all
	}
	return nil
}

// positions returns the elements of an array, or a list with another value.
func (v value) positions() []value {
	if v.kind == '[' {
		return v.elements
	}
	return []value{v}
}

// hasNonNull reports whether the event has a value other than null at a path, or a key below
// it.
func (v value) hasNonNull(path string) bool {
	found, ok := v.findPath(path)
	return ok && found.kind != 'n' || v.hasKeyBelow(path)
}

// hasAny reports whether the event has a value other than null at one of some paths.
func (v value) hasAny(paths ...string) bool { return slices.ContainsFunc(paths, v.hasNonNull) }

// hasObject reports whether the event has an object at a path, or a key below it.
func (v value) hasObject(path string) bool {
	found, ok := v.findPath(path)
	return ok && found.kind == '{' || v.hasKeyBelow(path)
}

// hasKeyBelow reports whether the event has a flat key that begins with a path and a dot, of
// which objects around it may have the first names.
func (v value) hasKeyBelow(path string) bool {
	for i, m := range v.members {
		if strings.HasPrefix(m.key, path+".") {
			return true
		}
		rest, isAround := strings.CutPrefix(path, m.key+".")
		isLast := !slices.ContainsFunc(v.members[i+1:], func(later member) bool { return later.key == m.key })
		if isAround && isLast && m.value.hasKeyBelow(rest) {
			return true
		}
	}
	return false
}
