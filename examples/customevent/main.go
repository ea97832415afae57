// Command customevent shows how to enrich events that are not JSON: here ordered maps of
// typed attributes, like those of telemetry collectors. [AttributesEvent] implements
// event.Event and event.Writer for them.
package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/merge"
	"github.com/kithsec/kith/snapshot"
)

const machines = `ip,dns,owner,priority,category
10.1.2.3,web1.corp.example,jdoe,high,dmz|web
`

func main() {
	e, err := newEnricher(enrich.Options{Format: "ecs"})
	if err != nil {
		panic(err)
	}
	attributes := Attributes{
		{"source.ip", "10.1.2.3"},
		{"event", Attributes{{"severity", int64(3)}}},
	}
	in := NewAttributesEvent(e.Schema())
	in.Reset(&attributes)
	if _, err := e.Apply(in, in); err != nil {
		panic(err)
	}
	for _, a := range attributes {
		fmt.Println(a.Key, a.Value)
	}
}

// newEnricher returns an Enricher that looks up the machines.
func newEnricher(o enrich.Options) (*enrich.Enricher, error) {
	open := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(machines)), nil }
	list, err := merge.Merge(entity.Asset, []merge.Source{{Name: "machines", Open: open}}, merge.Options{})
	if err != nil {
		return nil, err
	}
	tables, err := snapshot.Build(list.Entities, nil, snapshot.Options{})
	if err != nil {
		return nil, err
	}
	return enrich.New(tables, o)
}
