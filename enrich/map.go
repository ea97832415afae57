package enrich

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/kithsec/kith/internal/jsonscan"
)

// ErrNilMap is the error of Map for a map that nothing can be added to.
var ErrNilMap = errors.New("event is a nil map")

// Map adds to a decoded event the fields that AppendJSON adds to its bytes.
// Paths reach into nested maps and match flat keys with dots, which come first
// where both are there. Texts, numbers and booleans are looked up, and those in
// []any and []string. What is added has the types that encoding/json decodes
// into: string, []any of them, bool, float64 for lat and long, and
// map[string]any. The map must not be used by others meanwhile.
func (e *Enricher) Map(m map[string]any) error {
	if m == nil {
		return ErrNilMap
	}
	b := e.begin(e.plan.Load())
	defer e.end(b)
	src := &mapSource{plan: b.plan, event: m}
	ev := &b.events[0]
	b.n = 1
	*ev = eventState{}
	b.own.fill(len(b.plan.texts))
	b.present = b.own
	b.collect(ev, src)
	b.find()
	if b.plan.options.Into == "enrichments" && ev.preset.name == "ocsf" {
		return b.mapEnrichments(ev, m)
	}
	b.fields(ev, &mapSink{plan: b.plan, event: m})
	return nil
}

// mapSource is the source of a decoded event.
type mapSource struct {
	plan  *plan
	event map[string]any
}

func (s *mapSource) value(path int) (any, bool) {
	m, key, ok := locate(s.event, s.plan.texts[path])
	if !ok {
		return nil, false
	}
	return m[key], true
}

// locate returns the map and the key in it that a path leads to.
func locate(m map[string]any, path string) (map[string]any, string, bool) {
	if _, ok := m[path]; ok {
		return m, path, true
	}
	for i := range len(path) {
		if path[i] != '.' {
			continue
		}
		if inner, ok := m[path[:i]].(map[string]any); ok {
			if in, key, ok := locate(inner, path[i+1:]); ok {
				return in, key, true
			}
		}
	}
	return nil, "", false
}

func (s *mapSource) kind(path int) jsonscan.Kind {
	v, ok := s.value(path)
	switch {
	case !ok:
		return jsonscan.Absent
	case v == nil:
		return jsonscan.Null
	}
	switch v := v.(type) {
	case map[string]any:
		return jsonscan.Object
	case []any, []string:
		return jsonscan.Array
	case bool:
		if v {
			return jsonscan.True
		}
		return jsonscan.False
	case string:
		return jsonscan.String
	}
	return jsonscan.Number
}

func (s *mapSource) append(dst [][]byte, path int) [][]byte {
	v, _ := s.value(path)
	switch v := v.(type) {
	case []any:
		for _, element := range v {
			dst = appendScalar(dst, element)
		}
		return dst
	case []string:
		for _, element := range v {
			dst = appendScalar(dst, element)
		}
		return dst
	}
	return appendScalar(dst, v)
}

// appendScalar appends the text of a string, a number or a boolean.
func appendScalar(dst [][]byte, v any) [][]byte {
	var text string
	switch v := v.(type) {
	case string:
		text = v
	case json.Number:
		text = v.String()
	case float64:
		text = strconv.FormatFloat(v, 'f', -1, 64)
	case bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32:
		text = fmt.Sprint(v)
	default:
		return dst
	}
	return append(dst, []byte(strings.TrimSpace(text)))
}
