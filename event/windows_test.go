package event_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/event"
)

func TestRareSpellingsAreTriedInTheOrderOfAllSpellings(t *testing.T) {
	p := event.Preset{
		Name: "p", Prefixes: []string{"", "a.", "b.", "c.", "d.", "e."}, EitherCase: true,
		Roles: []event.PresetRole{{Name: "user", Groups: []event.PresetGroup{
			{Paths: []event.PresetPath{{Field: "Name", Domain: "Domain"}, {Field: "ID"}}},
			{Paths: []event.PresetPath{{Field: "Other"}}},
		}}},
	}
	for _, tt := range []struct{ event, want string }{
		{`{"Name":"x"}`, "Name=x"},
		{`{"name":"x"}`, "name=x"},
		{`{"name":"y","Name":"x"}`, "Name=x name=y"},
		{`{"e":{"Name":"z"},"d.name":"y","Name":"x"}`, "Name=x d.name=y e.Name=z"},
		{`{"e":{"ID":"z"},"b.Name":"y","a":{"iD":"x"}}`, "b.Name=y a.iD=x e.ID=z"},
		{`{"Other":"x","e":{"name":"y"}}`, "e.name=y"},
		{`{"Other":"x","name":{"first":"y"}}`, "Other=x"},
		{`{"Other":"x","name":null}`, "Other=x"},
		{`{"Other":"x","name":["y"]}`, "name=y"},
		{`{"d":{"Name":"x","Domain":"D"},"Domain":"E"}`, "d.Name=x@D"},
		{`{"d":{"Name":"x"},"Domain":"E"}`, "d.Name=x"},
		{`{"d":{"name":"x","domain":"D"}}`, "d.name=x@D"},
		{`{"a":{"Name":"x","domain":"D"}}`, "a.Name=x@D"},
	} {
		b := event.NewBuilder(event.Options{Format: "p", Presets: []event.Preset{p}})
		require.NoError(t, b.Roles())
		s, err := b.Build()
		require.NoError(t, err)
		for _, e := range representations(t, s, tt.event) {
			assert.Equal(t, tt.want, strings.Join(readRole(s, e, event.User), " "), "%T of %s", e, tt.event)
		}
	}
}

// readRole returns the candidates of a role as "path=text" or "path=text@domain".
func readRole(s *event.Schema, e event.Event, role event.Role) []string {
	var r event.Reader
	r.Reset(s)
	r.Read(e)
	var all []string
	for _, c := range r.AppendRole(nil, role) {
		texts := [][]byte{c.Text}
		if c.Pending {
			texts = r.AppendPending(nil, &c)
		}
		for _, text := range texts {
			if r.Format().IsNull(text) {
				continue // a pending candidate may be one
			}
			one := s.Text(c.Path) + "=" + string(text)
			if c.Domain != nil {
				one += "@" + string(c.Domain)
			}
			all = append(all, one)
		}
	}
	return all
}
