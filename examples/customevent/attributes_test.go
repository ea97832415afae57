package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/kithsec/kith/event"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// attributesOf turns what encoding/json decodes into Attributes.
func attributesOf(v any) any {
	switch v := v.(type) {
	case map[string]any:
		var all Attributes
		for key, value := range v {
			all.put(key, attributesOf(value))
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

func TestAttributesAreReadLikeJSON(t *testing.T) {
	s, err := newSchema()
	require.NoError(t, err)
	for _, raw := range []string{
		`{"source":{"ip":"10.0.0.1"},"user.name":"jdoe"}`,
		`{"source.ip":" 10.0.0.1 ","source":{"mac":"-"},"host":{"id":7}}`,
		`{"source":{"ip":["unknown","10.0.0.1","10.0.0.2"]},"user":{"id":1001,"name":null}}`,
		`{"user":{"id":1.5,"target":{"name":true}},"cim_entity_zone":"DMZ"}`,
		`{"dns":{"answers":[{"data":"a"},{"data":["b","c"]},{"ttl":5},{"data":6}]}}`,
		`{"dns.answers":{"data":"a"}}`,
		`{}`,
	} {
		e := s.NewJSON()
		require.NoError(t, e.Scan([]byte(raw)))
		var decoded map[string]any
		require.NoError(t, json.Unmarshal([]byte(raw), &decoded))
		attributes, _ := attributesOf(decoded).(Attributes)
		mine := NewAttributesEvent(s)
		mine.Reset(&attributes)
		assert.Equal(t, describe(s, e), describe(s, mine), raw)
	}
}

// describe writes down everything that is read from an event.
func describe(s *event.Schema, e event.Event) string {
	var b strings.Builder
	var r event.Reader
	r.Reset(s)
	r.Read(e)
	fmt.Fprintln(&b, "zone", r.Zone())
	for _, role := range r.Format().Roles() {
		for _, c := range r.AppendRole(nil, role) {
			texts := [][]byte{c.Text}
			if c.Pending {
				texts = r.AppendPending(nil, &c)
			}
			for _, text := range texts {
				if !r.Format().IsNull(text) {
					fmt.Fprintf(&b, "%s %s %s\n", role, s.Text(c.Path), text)
				}
			}
		}
	}
	for p := range event.Path(s.Len()) {
		for _, v := range r.AppendVerbatim(nil, p) {
			if len(v) > 0 && v[0] != '{' {
				fmt.Fprintf(&b, "%s %s\n", s.Text(p), v)
			}
		}
	}
	return b.String()
}

func TestFieldsAreWrittenIntoAttributes(t *testing.T) {
	s, err := newSchema()
	require.NoError(t, err)
	attributes := Attributes{{"source.ip", "10.1.2.3"}, {"user", Attributes{{"id", int64(1001)}}}}
	e := NewAttributesEvent(s)
	e.Reset(&attributes)
	var r event.Reader
	r.Reset(s)
	annotate(&r, e, e)
	e.Set([]string{"n"}, event.Value{Kind: event.Number, Text: []byte("1.5")})
	e.Set([]string{"kith", "new"}, event.Value{Kind: event.True, Text: []byte("true")})
	e.Set([]string{"text"}, event.Value{Kind: event.String, Escaped: true, Text: []byte(`a\"b`)})
	assert.Equal(t, Attributes{
		{"source.ip", "10.1.2.3"},
		{"user", Attributes{{"id", int64(1001)}}},
		{"kith", Attributes{{"zone", "hq"}, {"src", "10.1.2.3"}, {"user", "1001"}, {"new", true}}},
		{"n", 1.5},
		{"text", `a"b`},
	}, attributes)
}
