package detect

import (
	"slices"
	"strings"

	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/fold"
)

// eventTexts reads texts of the event at hand.
type eventTexts struct {
	in      *input
	json    *event.JSON // the event, if it is one: the fast path
	events  event.Reader
	present event.Set
	values  []event.Value
	texts   textBuffer
}

// use makes an input the event at hand.
func (r *eventTexts) use(in *input) {
	r.in, r.json, r.present = in, in.json, in.event.Present()
	r.events.Read(in.event)
}

// value returns the value at a path of the event.
func (r *eventTexts) value(p event.Path) event.Value {
	switch {
	case !r.present.Has(p):
		return event.Value{}
	case r.json != nil:
		return r.json.Value(p)
	}
	return r.in.event.Value(p)
}

// elements returns the elements of the array at a path, until the next call.
func (r *eventTexts) elements(p event.Path) []event.Value {
	r.values = r.in.event.AppendElements(r.values[:0], p)
	return r.values
}

// has reports whether the event has a path, if only as null.
func (r *eventTexts) has(p event.Path) bool { return r.value(p).Found() }

// text returns the text of a value, an object's being its JSON. It is valid until
// the Reader is reset.
func (r *eventTexts) text(v event.Value) string {
	switch {
	case v.Escaped:
		return bytestext.String(r.events.Text(v))
	case r.json == nil: // other forms reuse the memory of numbers and cells
		return r.texts.add(v.Text)
	}
	return bytestext.String(v.Text)
}

// first returns the first value of a path, trimmed, "" if there is none.
func (r *eventTexts) first(p event.Path) string {
	if !r.present.Has(p) {
		return ""
	}
	v := r.value(p)
	if v.Kind == event.Array {
		for _, element := range r.elements(p) {
			if element.Kind != event.Null {
				return fold.Trim(r.text(element))
			}
		}
		return ""
	}
	if isNull(v) {
		return ""
	}
	return fold.Trim(r.text(v))
}

func isNull(v event.Value) bool { return v.Kind == event.Absent || v.Kind == event.Null }

// appendTexts appends the values of a path other than null as they are written.
func (r *eventTexts) appendTexts(texts []string, p event.Path) []string {
	v := r.value(p)
	if v.Kind == event.Array {
		for _, element := range r.elements(p) {
			texts = r.appendText(texts, element)
		}
		return texts
	}
	return r.appendText(texts, v)
}

// appendText appends the text of a value other than null.
func (r *eventTexts) appendText(texts []string, v event.Value) []string {
	if isNull(v) {
		return texts
	}
	return append(texts, r.text(v))
}

// joined returns all values of a path as one text.
func (r *eventTexts) joined(p event.Path) string {
	v := r.value(p)
	switch {
	case v.Kind == event.Array:
		return strings.Join(r.appendTexts(nil, p), ", ")
	case isNull(v):
		return ""
	}
	return r.text(v)
}

// appendNames appends the values of a path that can name something: scalars,
// trimmed, not empty.
func (r *eventTexts) appendNames(names []string, p event.Path) []string {
	return r.appendNamesOf(names, p, r.value(p))
}

// appendNamesOf is appendNames for a path whose value was read.
func (r *eventTexts) appendNamesOf(names []string, p event.Path, v event.Value) []string {
	if v.Kind != event.Array {
		return r.appendName(names, v)
	}
	for _, element := range r.elements(p) {
		names = r.appendName(names, element)
	}
	return names
}

func (r *eventTexts) appendName(names []string, v event.Value) []string {
	if v.Kind.IsScalar() {
		if text := fold.Trim(r.text(v)); text != "" {
			return append(names, text)
		}
	}
	return names
}

// onlyName returns the string that a path holds, trimmed, "" if it holds something
// else.
func (r *eventTexts) onlyName(p event.Path) string {
	if v := r.value(p); v.Kind == event.String {
		return fold.Trim(r.text(v))
	}
	return ""
}

// manyNames is the number from which a map is faster than comparing with every
// name.
const manyNames = 16

// distinct drops repeats, ignoring case. The first spelling stays.
func distinct(names []string) []string {
	switch {
	case len(names) < 2:
		return names
	case len(names) >= manyNames:
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

// isBlank reports whether a path is absent, null or a text of white space.
func (r *eventTexts) isBlank(p event.Path) bool {
	v := r.value(p)
	return isNull(v) || v.Kind == event.String && fold.Trim(bytestext.String(r.events.Text(v))) == ""
}

// appendPlaces appends the values of a path. A null in an array keeps its place as
// "", for arrays that pair by position.
func (r *eventTexts) appendPlaces(texts []string, p event.Path) []string {
	v := r.value(p)
	if v.Kind != event.Array {
		return r.appendText(texts, v)
	}
	for _, element := range r.elements(p) {
		if element.Kind == event.Null {
			texts = append(texts, "")
		} else {
			texts = append(texts, r.text(element))
		}
	}
	return texts
}

// textBuffer holds copies of texts until it is reset.
type textBuffer struct{ buf []byte }

func (t *textBuffer) reset() { t.buf = t.buf[:0] }

// grow makes room for n more bytes. Earlier texts stay where they are.
func (t *textBuffer) grow(n int) (from int) {
	if len(t.buf)+n > cap(t.buf) {
		t.buf = make([]byte, 0, max(1<<16, 2*n))
	}
	return len(t.buf)
}

// add returns a copy of a text.
func (t *textBuffer) add(text []byte) string {
	from := t.grow(len(text))
	t.buf = append(t.buf, text...)
	return bytestext.String(t.buf[from:])
}

// addLower returns a copy of a text in lower case.
func (t *textBuffer) addLower(text string) string {
	from := t.grow(len(text))
	t.buf = fold.AppendLower(t.buf, text)
	return bytestext.String(t.buf[from:])
}
