package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/kithsec/kith/event"
)

// Attributes is an ordered map like those of telemetry collectors: typed values by key,
// flat or nested, in the order in which they were set.
type Attributes []Attribute

// Attribute is one entry of Attributes.
type Attribute struct {
	Key   string
	Value any // string, bool, int64, float64, []any of these, or Attributes
}

func (a Attributes) get(key string) (any, bool) {
	for i := range a {
		if a[i].Key == key {
			return a[i].Value, true
		}
	}
	return nil, false
}

func (a *Attributes) put(key string, value any) {
	for i := range *a {
		if (*a)[i].Key == key {
			(*a)[i].Value = value
			return
		}
	}
	*a = append(*a, Attribute{key, value})
}

// AttributesEvent implements event.Event and event.Writer for Attributes.
type AttributesEvent struct {
	attributes *Attributes
	routes     [][][]event.Step // by path
	present    event.Set
	numbers    []byte // texts of numbers; values keep referring to the old array when it grows
}

// NewAttributesEvent returns an event for the paths of a schema.
func NewAttributesEvent(s *event.Schema) *AttributesEvent {
	e := new(AttributesEvent)
	for p := range event.Path(s.Len()) {
		e.routes = append(e.routes, s.Routes(p))
		e.present.Add(p) // looking up a path is as cheap as checking whether it is present
	}
	return e
}

// Reset makes a the current event.
func (e *AttributesEvent) Reset(a *Attributes) { e.attributes, e.numbers = a, e.numbers[:0] }

// Present implements event.Event.
func (e *AttributesEvent) Present() event.Set { return e.present }

// Value implements event.Event.
func (e *AttributesEvent) Value(p event.Path) event.Value {
	for _, route := range e.routes[p] {
		v, found := lookupRoute(*e.attributes, route)
		switch {
		case found && slices.ContainsFunc(route, func(s event.Step) bool { return s.Each }):
			return event.Value{Kind: event.Array}
		case found:
			return e.valueOf(v)
		}
	}
	return event.Value{}
}

// AppendElements implements event.Event.
func (e *AttributesEvent) AppendElements(dst []event.Value, p event.Path) []event.Value {
	for _, route := range e.routes[p] {
		if _, found := lookupRoute(*e.attributes, route); found {
			return e.appendRoute(dst, *e.attributes, route)
		}
	}
	return dst
}

// lookupRoute follows a route to its value, or to the first array on the way.
func lookupRoute(a Attributes, route []event.Step) (any, bool) {
	v, found := a.get(route[0].Name)
	if !found || len(route) == 1 || route[0].Each {
		return v, found
	}
	inner, _ := v.(Attributes)
	return lookupRoute(inner, route[1:])
}

func (e *AttributesEvent) appendRoute(dst []event.Value, a Attributes, route []event.Step) []event.Value {
	v, found := a.get(route[0].Name)
	if !found {
		return dst
	}
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	for _, element := range list {
		inner, _ := element.(Attributes)
		switch where := route[0].Where; {
		case where.Name != "" && !e.matchesWhere(inner, where):
		case len(route) == 1:
			dst = append(dst, e.valueOf(element))
		case !isList || route[0].Each:
			dst = e.appendRoute(dst, inner, route[1:])
		}
	}
	return dst
}

func (e *AttributesEvent) matchesWhere(a Attributes, where event.Where) bool {
	v, found := a.get(where.Name)
	return found && string(e.valueOf(v).Text) == where.Value
}

func (e *AttributesEvent) valueOf(v any) event.Value {
	from := len(e.numbers)
	switch v := v.(type) {
	case string:
		return event.Value{Kind: event.String, Text: []byte(v)}
	case bool:
		if v {
			return event.Value{Kind: event.True, Text: []byte("true")}
		}
		return event.Value{Kind: event.False, Text: []byte("false")}
	case int64:
		e.numbers = strconv.AppendInt(e.numbers, v, 10)
	case float64:
		e.numbers = strconv.AppendFloat(e.numbers, v, 'f', -1, 64)
	case []any:
		return event.Value{Kind: event.Array}
	case Attributes:
		return event.Value{Kind: event.Object}
	default:
		return event.Value{Kind: event.Null, Text: []byte("null")}
	}
	return event.Value{Kind: event.Number, Text: e.numbers[from:len(e.numbers):len(e.numbers)]}
}

// Set implements event.Writer.
func (e *AttributesEvent) Set(name []string, v event.Value) {
	a := e.attributes
	for _, key := range name[:len(name)-1] {
		found, _ := a.get(key)
		inner, _ := found.(Attributes)
		defer func(a *Attributes) { a.put(key, inner) }(a) // after its members are set
		a = &inner
	}
	a.put(name[len(name)-1], attributeOf(v))
}

// attributeOf converts an event value to the value of an attribute.
func attributeOf(v event.Value) any {
	text := string(v.AppendText(nil))
	switch v.Kind {
	case event.True, event.False:
		return v.Kind == event.True
	case event.Number:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
		f, _ := strconv.ParseFloat(text, 64)
		return f
	case event.Array, event.Object: // the text is JSON
		var decoded any
		if json.Unmarshal(v.Text, &decoded) == nil {
			return attributesOf(decoded)
		}
	}
	return text
}

// attributesOf converts maps that encoding/json decoded to Attributes.
func attributesOf(v any) any {
	switch v := v.(type) {
	case map[string]any:
		var all Attributes
		for _, key := range slices.Sorted(maps.Keys(v)) {
			all.put(key, attributesOf(v[key]))
		}
		return all
	case []any:
		for i := range v {
			v[i] = attributesOf(v[i])
		}
		return v
	case float64:
		if v == float64(int64(v)) {
			return int64(v)
		}
	}
	return v
}
