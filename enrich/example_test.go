package enrich_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/merge"
	"github.com/kithsec/kith/snapshot"
)

// snapshotOf reads one list of assets into a Snapshot.
func snapshotOf(csv string) *snapshot.Snapshot {
	result, err := merge.Merge(entity.Asset, []merge.Source{{
		Name: "cmdb",
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(csv)), nil },
	}}, merge.Options{})
	if err != nil {
		panic(err)
	}
	table, err := assets.NewTable(result.Entities, assets.Options{})
	if err != nil {
		panic(err)
	}
	return &snapshot.Snapshot{Assets: table}
}

const cmdb = "ip,nt_host,priority,category\n10.1.2.3,ws-17,high,workstation|eng\n10.1.0.0/16,,low,office\n"

func ExampleEnricher_AppendJSON() {
	e, err := enrich.New(snapshotOf(cmdb), enrich.Options{Fields: []string{"asset", "priority", "category"}})
	if err != nil {
		panic(err)
	}
	out, _, err := e.AppendJSON(nil, []byte(`{"time": 1.50, "src": "10.1.2.3"}`))
	fmt.Println(string(out), err)
	out, _, err = e.AppendJSON(nil, []byte(`not an event`))
	fmt.Println(string(out), err)
	// Output:
	// {"time": 1.50, "src": "10.1.2.3","src_asset":"ws-17","src_priority":"high","src_category":["workstation","eng"]} <nil>
	// not an event offset 0: not a JSON object
}

func ExampleEnricher_Map() {
	e, err := enrich.New(snapshotOf(cmdb), enrich.Options{Format: "ecs", Fields: []string{"priority"}, Into: "kith"})
	if err != nil {
		panic(err)
	}
	decoded := map[string]any{"source": map[string]any{"ip": "10.1.9.9"}}
	matched, err := e.Map(decoded)
	fmt.Println(matched.Has(event.Src), err, decoded)
	// Output: true <nil> map[kith:map[src:map[priority:low]] source:map[ip:10.1.9.9]]
}

func ExampleEnricher_CSV() {
	e, err := enrich.New(snapshotOf(cmdb), enrich.Options{Fields: []string{"priority", "category"}})
	if err != nil {
		panic(err)
	}
	c, err := e.CSV([]string{"time", "src"})
	if err != nil {
		panic(err)
	}
	fmt.Println(c.Header())
	record, _, err := c.Append(nil, []string{"1.50", "WS-17"})
	fmt.Println(record, err)
	// Output:
	// [time src src_priority src_category]
	// [1.50 WS-17 high workstation|eng] <nil>
}

func ExampleEnricher_Stream() {
	e, err := enrich.New(snapshotOf(cmdb), enrich.Options{Format: "auto", Fields: []string{"priority"}, Match: true})
	if err != nil {
		panic(err)
	}
	in := strings.NewReader(`{"ts": 1, "uid": "C1", "id.orig_h": "10.1.2.3"}
{"source": {"ip": "10.1.9.9"}, "ecs": {"version": "8.11"}}
oops
`)
	stats, err := e.Stream(context.Background(), os.Stdout, in, enrich.StreamOptions{
		DeadLetter: func(b enrich.BadEvent) error {
			fmt.Println("bad:", b.Error())
			return nil
		},
	})
	fmt.Println(stats.Events, "events,", stats.Bad, "bad,", stats.Matched(event.Src), "sources", err)
	// Output:
	// bad: line 3: offset 0: not a JSON object
	// {"ts": 1, "uid": "C1", "id.orig_h": "10.1.2.3","src_priority":"high","src_match":{"key":"10.1.2.3","kind":"asset","step":"exact"}}
	// {"source": {"ip": "10.1.9.9"}, "ecs": {"version": "8.11"},"src_priority":"low","src_match":{"key":"10.1.9.9","kind":"asset","step":"prefix","prefix":"10.1.0.0/16"}}
	// oops
	// 3 events, 1 bad, 2 sources <nil>
}

// Swap replaces the Snapshot atomically, while other goroutines enrich.
func ExampleEnricher_Swap() {
	e, err := enrich.New(snapshotOf(cmdb), enrich.Options{Fields: []string{"priority"}})
	if err != nil {
		panic(err)
	}
	event := []byte(`{"src":"ws-17"}`)
	out, _, _ := e.AppendJSON(nil, event)
	fmt.Println(string(out))
	if err := e.Swap(snapshotOf("nt_host,priority\nws-17,critical\n")); err != nil {
		fmt.Println("the old lists stay:", err)
	}
	out, _, _ = e.AppendJSON(nil, event)
	fmt.Println(string(out))
	// Output:
	// {"src":"ws-17","src_priority":"high"}
	// {"src":"ws-17","src_priority":"critical"}
}
