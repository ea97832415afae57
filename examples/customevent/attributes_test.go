package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/event"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAttributesReadLikeJSON(t *testing.T) {
	b := event.NewBuilder(event.Options{Format: "ecs", Zone: event.ZoneOptions{Default: "hq"}})
	require.NoError(t, b.Roles())
	b.Path("dns.answers[].data")
	s, err := b.Build()
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
		attributes := decode(t, []byte(raw))
		mine := NewAttributesEvent(s)
		mine.Reset(&attributes)
		assert.Equal(t, describe(s, e), describe(s, mine), raw)
	}
}

// describe returns everything that can be read from an event as text.
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

// TestAttributesAreEnrichedLikeJSON compares what Apply sets with what AppendJSON writes
// into the same event.
func TestAttributesAreEnrichedLikeJSON(t *testing.T) {
	for _, o := range []enrich.Options{{}, {Into: "kith"}, {Match: true, Overwrite: true}, {Fields: []string{"category"}}} {
		o.Format = "ecs"
		e, err := newEnricher(o)
		require.NoError(t, err)
		for _, raw := range []string{
			`{"source":{"ip":"10.1.2.3"},"src_priority":"mine"}`,
			`{"source.ip":["-"," 10.1.2.3 "],"host":{"name":"WEB1.corp.example"},"n":1.5,"kith":{"src":{"a":true}}}`,
			`{"destination":{"ip":"192.0.2.1"},"kith":7}`,
		} {
			written, roles, err := e.AppendJSON(nil, []byte(raw))
			require.NoError(t, err)
			want := decode(t, written)
			attributes := decode(t, []byte(raw))
			in := NewAttributesEvent(e.Schema())
			in.Reset(&attributes)
			matched, err := e.Apply(in, in)
			require.NoError(t, err)
			assert.Equal(t, plain(want), plain(attributes), "%+v: %s", o, raw)
			assert.Equal(t, roles, matched)
		}
	}
}

func decode(t *testing.T, raw []byte) Attributes {
	t.Helper()
	var decoded map[string]any
	require.NoError(t, json.Unmarshal(raw, &decoded))
	return attributesOf(decoded).(Attributes)
}

// plain converts attributes to maps, which have no order.
func plain(v any) any {
	a, isAttributes := v.(Attributes)
	if !isAttributes {
		return v
	}
	m := map[string]any{}
	for _, attribute := range a {
		m[attribute.Key] = plain(attribute.Value)
	}
	return m
}
