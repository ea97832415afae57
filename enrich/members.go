package enrich

import (
	"bytes"
	"iter"

	"github.com/kithsec/kith/internal/jsonedit"
)

// members yields the members of an object of an event that a scan has accepted,
// in order: the key as a string value, and the value.
func members(event []byte, object jsonedit.Value) iter.Seq2[jsonedit.Value, jsonedit.Value] {
	object.Kind = jsonedit.Array // keys and values are its elements, as it were
	return func(yield func(key, value jsonedit.Value) bool) {
		var key jsonedit.Value
		for v := range object.Elements(event) {
			switch {
			case v.Kind == jsonedit.String && bytes.HasPrefix(bytes.TrimLeft(event[v.End:object.End], " \t\r\n"), []byte{':'}):
				key = v
			case key.Found():
				if !yield(key, v) {
					return
				}
				key = jsonedit.Value{}
			}
		}
	}
}
