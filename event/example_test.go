package event_test

import (
	"fmt"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
)

func Example() {
	b := event.NewBuilder(event.Options{Format: "ecs", Zone: event.ZoneOptions{Default: "hq"}})
	if err := b.Roles(); err != nil {
		panic(err)
	}
	answers := b.Path("dns.answers[].data")
	external, err := b.Condition([]entity.Clause{{Field: "network.direction", Op: "=", Value: entity.Literals{"outbound"}}})
	if err != nil {
		panic(err)
	}
	schema, err := b.Build()
	if err != nil {
		panic(err)
	}

	e := schema.NewJSON() // or NewRecord, NewMap
	if err := e.Scan([]byte(`{"source":{"ip":"10.1.2.3"},"user.name":"jdoe","network":{"direction":"outbound"},
		"dns":{"answers":[{"data":"203.0.113.7"},{"data":"203.0.113.8"}]}}`)); err != nil {
		panic(err)
	}
	var r event.Reader
	r.Reset(schema)
	r.Read(e)
	for _, role := range r.Format().Roles() {
		for _, c := range r.AppendRole(nil, role) {
			fmt.Printf("%s: %s at %s\n", role, c.Text, schema.Text(c.Path))
		}
	}
	fmt.Println("zone:", r.Zone(), "external:", r.Holds(external))
	for _, v := range e.AppendElements(nil, answers) {
		fmt.Printf("answer: %s\n", v.Text)
	}
	// Output:
	// src: 10.1.2.3 at source.ip
	// user: jdoe at user.name
	// zone: hq external: true
	// answer: 203.0.113.7
	// answer: 203.0.113.8
}
