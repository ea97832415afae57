// Command customevent shows how events of another representation are read and
// written: here a list of typed attributes, as telemetry collectors have them.
// [AttributesEvent] implements event.Event and event.Writer.
package main

import (
	"fmt"

	"github.com/kithsec/kith/event"
)

func main() {
	schema, err := newSchema()
	if err != nil {
		panic(err)
	}
	attributes := Attributes{
		{"source.ip", "10.1.2.3"},
		{"user", Attributes{{"id", int64(1001)}}},
	}
	e := NewAttributesEvent(schema)
	e.Reset(&attributes)
	var r event.Reader
	r.Reset(schema)
	annotate(&r, e, e)
	for _, a := range attributes {
		fmt.Println(a.Key, a.Value)
	}
}

// newSchema reads roles where the Elastic Common Schema has them.
func newSchema() (*event.Schema, error) {
	b := event.NewBuilder(event.Options{Format: "ecs", Zone: event.ZoneOptions{Default: "hq"}})
	if err := b.Roles(); err != nil {
		return nil, err
	}
	b.Path("dns.answers[].data")
	return b.Build()
}

// annotate writes into an event which zone it is of and who plays which role.
func annotate(r *event.Reader, e event.Event, w event.Writer) {
	r.Read(e)
	w.Set([]string{"kith", "zone"}, event.Value{Kind: event.String, Text: []byte(r.Zone())})
	for _, role := range r.Format().Roles() {
		for _, c := range r.AppendRole(nil, role)[:] {
			if !c.Pending {
				w.Set([]string{"kith", role.String()}, event.Value{Kind: event.String, Text: c.Text})
			}
		}
	}
}
