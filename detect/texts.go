package detect

import (
	"slices"
	"strings"

	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/fold"
)

// eventTexts reads the texts of the current event.
type eventTexts struct {
	in      *input
	json    *event.JSON // the event if it is a JSON, which has a fast path
	events  event.Reader
	present event.Set
	values  []event.Value // scratch
	texts   textBuffer
}

// setInput makes an input the current event.
func (r *eventTexts) setInput(in *input) {
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

// elements returns the elements of the array at a path. They are valid until the next
// call.
func (r *eventTexts) elements(p event.Path) []event.Value {
	r.values = r.in.event.AppendElements(r.values[:0], p)
	return r.values
}

// hasPath reports whether the event has a value at a path. A null is a value.
func (r *eventTexts) hasPath(p event.Path) bool { return r.value(p).Found() }

// textOf returns the text of a value, which for an object is its JSON. It is valid until
// the Reader is reset.
func (r *eventTexts) textOf(v event.Value) string {
	switch {
	case v.Escaped:
		return bytestext.String(r.events.Text(v))
	case r.json == nil: // other representations reuse the memory of numbers and cells
		return r.texts.add(v.Text)
	}
	return bytestext.String(v.Text)
}

// firstText returns the trimmed text of the first value other than null at a path, or ""
// if there is none.
func (r *eventTexts) firstText(p event.Path) string {
	if !r.present.Has(p) {
		return ""
	}
	v := r.value(p)
	if v.Kind == event.Array {
		for _, element := range r.elements(p) {
			if element.Kind != event.Null {
				return fold.Trim(r.textOf(element))
			}
		}
		return ""
	}
	if isNull(v) {
		return ""
	}
	return fold.Trim(r.textOf(v))
}

func isNull(v event.Value) bool { return v.Kind == event.Absent || v.Kind == event.Null }

// appendTexts appends the texts of the values other than null at a path. It does not
// trim them.
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

// appendText appends the text of a value unless it is null.
func (r *eventTexts) appendText(texts []string, v event.Value) []string {
	if isNull(v) {
		return texts
	}
	return append(texts, r.textOf(v))
}

// joinedText returns the texts of all values at a path, separated by ", ".
func (r *eventTexts) joinedText(p event.Path) string {
	v := r.value(p)
	switch {
	case v.Kind == event.Array:
		return strings.Join(r.appendTexts(nil, p), ", ")
	case isNull(v):
		return ""
	}
	return r.textOf(v)
}

// appendNames appends the values at a path that can be names: the trimmed texts of
// scalars, except empty ones.
func (r *eventTexts) appendNames(names []string, p event.Path) []string {
	return r.appendNamesOf(names, p, r.value(p))
}

// appendNamesOf is appendNames for a path whose value is v.
func (r *eventTexts) appendNamesOf(names []string, p event.Path, v event.Value) []string {
	if v.Kind != event.Array {
		return r.appendName(names, v)
	}
	for _, element := range r.elements(p) {
		names = r.appendName(names, element)
	}
	return names
}

// appendName appends the trimmed text of a value if it can be a name.
func (r *eventTexts) appendName(names []string, v event.Value) []string {
	if v.Kind.IsScalar() {
		if text := fold.Trim(r.textOf(v)); text != "" {
			return append(names, text)
		}
	}
	return names
}

// onlyName returns the trimmed string at a path, or "" if the value is not a string.
func (r *eventTexts) onlyName(p event.Path) string {
	if v := r.value(p); v.Kind == event.String {
		return fold.Trim(r.textOf(v))
	}
	return ""
}

// manyNames is the smallest number of names for which a map is faster than comparing
// each name with all others.
const manyNames = 16

// distinctNames removes duplicates, ignoring case. It keeps the first spelling.
func distinctNames(names []string) []string {
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

// distinctOfMany is distinctNames for many names.
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

// isBlank reports whether the value at a path is absent, null, or a string that is empty
// or only white space.
func (r *eventTexts) isBlank(p event.Path) bool {
	v := r.value(p)
	return isNull(v) || v.Kind == event.String && fold.Trim(bytestext.String(r.events.Text(v))) == ""
}

// appendAligned appends the texts of the values at a path. For a null in an array it
// appends "", so that arrays can be paired by position.
func (r *eventTexts) appendAligned(texts []string, p event.Path) []string {
	v := r.value(p)
	if v.Kind != event.Array {
		return r.appendText(texts, v)
	}
	for _, element := range r.elements(p) {
		if element.Kind == event.Null {
			texts = append(texts, "")
		} else {
			texts = append(texts, r.textOf(element))
		}
	}
	return texts
}

// textBuffer keeps copies of texts until it is reset.
type textBuffer struct{ buf []byte }

func (t *textBuffer) reset() { t.buf = t.buf[:0] }

// grow makes room for n more bytes and returns the offset at which they begin. Earlier
// texts stay where they are.
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
