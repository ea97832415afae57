package risk

import (
	"bytes"
	"slices"
	"strings"

	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/risk/score"
)

// line is one event and what was found in it. It is reused; texts it hands out
// share the memory of the event, or are copies.
type line struct {
	scanner jsonscan.Scanner
	raw     []byte // without white space around it
	bad     error  // why it was not scanned
	cached  [][]string
	fresh   []int // generation of each cached list
	age     int
	buf     []byte

	// of a line that has one object
	object string // as it is spelled, if it was asked for ahead
	answer int    // among what was asked ahead
}

// scan looks for the paths in an event.
func (l *line) scan(paths *jsonscan.Paths, event []byte) {
	l.raw, l.bad, l.object = bytes.TrimSpace(event), nil, ""
	l.age++
	if len(l.cached) != paths.Len() {
		l.cached, l.fresh = make([][]string, paths.Len()), make([]int, paths.Len())
	}
	if len(l.raw) > 0 {
		l.bad = paths.Scan(l.raw, &l.scanner)
	}
}

// asked reports whether the line's only object was asked for ahead.
func (l *line) asked() bool { return l.object != "" }

// has reports whether the event has a path, if only as null.
func (l *line) has(path int) bool { return l.scanner.Value(path).Found() }

// values returns the values of a path: the elements of an array, else the one.
// Nulls are absent; numbers, booleans and objects are their text.
func (l *line) values(path int) []string {
	if l.fresh[path] == l.age {
		return l.cached[path]
	}
	l.fresh[path] = l.age
	list := l.cached[path][:0]
	v := l.scanner.Value(path)
	switch v.Kind {
	case jsonscan.Absent, jsonscan.Null:
	case jsonscan.Array:
		for e := range v.Elements(l.raw) {
			if e.Kind != jsonscan.Null && e.Kind != jsonscan.Absent {
				list = append(list, l.string(e))
			}
		}
	default:
		list = append(list, l.string(v))
	}
	l.cached[path] = list
	return list
}

// places returns the values of a path as values does, but a null in an array
// keeps its place as "", for arrays that pair by position.
func (l *line) places(path int) []string {
	v := l.scanner.Value(path)
	if v.Kind != jsonscan.Array {
		return l.values(path)
	}
	var list []string
	for e := range v.Elements(l.raw) {
		text := ""
		if e.Kind != jsonscan.Null {
			text = l.string(e)
		}
		list = append(list, text)
	}
	return list
}

// string returns the text of a value.
func (l *line) string(v jsonscan.Value) string {
	if v.Kind != jsonscan.String {
		return asString(l.raw[v.Start:v.End])
	}
	if !v.Escaped {
		return asString(l.raw[v.Start+1 : v.End-1])
	}
	l.buf = jsonscan.AppendUnquoted(l.buf[:0], v.Text(l.raw))
	return string(l.buf)
}

// first returns the first value of a path, trimmed; "" if there is none.
func (l *line) first(path int) string {
	if text, only := l.only(path); only {
		return fold.Trim(text)
	}
	if values := l.values(path); len(values) > 0 {
		return fold.Trim(values[0])
	}
	return ""
}

// only returns the value of a path that is no array, "" if it is absent or null.
func (l *line) only(path int) (text string, only bool) {
	switch v := l.scanner.Value(path); v.Kind {
	case jsonscan.Absent, jsonscan.Null:
		return "", true
	case jsonscan.Array:
		return "", false
	default:
		return l.string(v), true
	}
}

// appendNames appends the values of a path that can name something: scalars,
// trimmed, not empty.
func (l *line) appendNames(names []string, path int) []string {
	v := l.scanner.Value(path)
	if v.Kind != jsonscan.Array {
		return l.appendName(names, v)
	}
	for e := range v.Elements(l.raw) {
		names = l.appendName(names, e)
	}
	return names
}

func (l *line) appendName(names []string, v jsonscan.Value) []string {
	switch v.Kind {
	case jsonscan.String, jsonscan.Number, jsonscan.True, jsonscan.False:
		if text := fold.Trim(l.string(v)); text != "" {
			return append(names, text)
		}
	}
	return names
}

// onlyName returns the name that a path holds if it is no array, else "".
func (l *line) onlyName(path int) string {
	if v := l.scanner.Value(path); v.Kind == jsonscan.String {
		return fold.Trim(l.string(v))
	}
	return ""
}

// manyNames is the number from which a map beats comparing with every name.
const manyNames = 16

// distinct drops repeats, ignoring case; the first spelling stays.
func distinct(names []string) []string {
	if len(names) >= manyNames {
		return distinctOfMany(names)
	}
	kept := names[:0]
	for _, name := range names {
		if !slices.ContainsFunc(kept, func(k string) bool { return fold.Equal(k, name) }) {
			kept = append(kept, name)
		}
	}
	return kept
}

func distinctOfMany(names []string) []string {
	kept, seen := names[:0], make(map[string]struct{}, len(names))
	for _, name := range names {
		folded := fold.Lower(name)
		if _, again := seen[folded]; !again {
			seen[folded] = struct{}{}
			kept = append(kept, name)
		}
	}
	return kept
}

// joined returns all values of a path as one text.
func (l *line) joined(path int) string {
	if text, only := l.only(path); only {
		return text
	}
	return strings.Join(l.values(path), ", ")
}

// base returns the score that a path holds, as a number or as text.
func (l *line) base(path int) (int64, bool) {
	v := l.scanner.Value(path)
	if v.Kind != jsonscan.Number && v.Kind != jsonscan.String {
		return 0, false
	}
	text := fold.Trim(l.string(v))
	s, err := score.ParseBase(text)
	n, _ := s.Steps()
	return n, err == nil
}

// blank reports whether a path is absent, null or an empty text.
func (l *line) blank(path int) bool {
	v := l.scanner.Value(path)
	return v.Kind == jsonscan.Absent || v.Kind == jsonscan.Null || v.Kind == jsonscan.String && fold.Trim(l.string(v)) == ""
}

// time returns when the event happened.
func (l *line) time() (eventtime.Instant, bool) {
	for _, path := range [...]int{pathOrigTime, pathTime} {
		v := l.scanner.Value(path)
		if v.Kind != jsonscan.Number && v.Kind != jsonscan.String {
			continue
		}
		if at, ok := eventtime.Parse(fold.Trim(l.string(v))); ok {
			return at, true
		}
	}
	return 0, false
}

// attackPaths are where an event may speak of ATT&CK.
func attackPaths() [6]int {
	return [...]int{pathMitre, pathMitreID, pathTechnique, pathTactic, pathNestedTechnique, pathNestedTactic}
}

// appendAttack appends all that the event says about ATT&CK, as it is written;
// nothing if it says nothing.
func (l *line) appendAttack(dst []byte) []byte {
	for i, path := range attackPaths() {
		if v := l.scanner.Value(path); v.Found() {
			dst = append(append(dst, byte(i)), v.Raw(l.raw)...)
		}
	}
	return dst
}

// attack returns what the event says about ATT&CK, in texts of its own.
func (l *line) attack(t *attackTable) attack {
	var a attack
	for _, path := range attackPaths() {
		if l.has(path) {
			for _, text := range l.values(path) {
				a.add(t, strings.Clone(text))
			}
		}
	}
	if len(a.techniques)+len(a.tactics) > 0 {
		a.finish(t)
	}
	return a
}

// appendThreats appends the event's threat objects: arrays pair by position,
// the last type repeats.
func (l *line) appendThreats(all []Threat) []Threat {
	if !l.has(pathThreat) {
		return all
	}
	from := len(all)
	types, values := l.places(pathThreatType), l.places(pathThreat)
	var seen map[Threat]struct{}
	if len(values) >= manyNames {
		seen = make(map[Threat]struct{}, len(values))
	}
	for i, value := range values {
		t := Threat{Value: fold.Trim(value)}
		if len(types) > 0 {
			t.Type = fold.Trim(types[min(i, len(types)-1)])
		}
		if t.Value == "" {
			continue
		}
		if seen == nil {
			if !slices.Contains(all[from:], t) {
				all = append(all, t)
			}
		} else if _, again := seen[t]; !again {
			seen[t] = struct{}{}
			all = append(all, t)
		}
	}
	return all
}
