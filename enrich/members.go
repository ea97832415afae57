package enrich

import (
	"bytes"
	"iter"

	"github.com/kithsec/kith/internal/jsonscan"
)

// objectMembers yields the members of an object of an event that a scan has accepted,
// in order: the key as a string value, and the value.
func objectMembers(event []byte, object jsonscan.Value) iter.Seq2[jsonscan.Value, jsonscan.Value] {
	object.Kind = jsonscan.Array // keys and values are its elements, as it were
	return func(yield func(key, value jsonscan.Value) bool) {
		var key jsonscan.Value
		for v := range object.Elements(event) {
			switch {
			case v.Kind == jsonscan.String && bytes.HasPrefix(bytes.TrimLeft(event[v.End:object.End], " \t\r\n"), []byte{':'}):
				key = v
			case key.Found():
				if !yield(key, v) {
					return
				}
				key = jsonscan.Value{}
			}
		}
	}
}
