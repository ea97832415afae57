package explain_test

import (
	"context"
	"fmt"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/explain"
	"github.com/kithsec/kith/lists"
)

// Example looks up a key, which needs the tables of the snapshot, and searches, which does not.
func Example() {
	c, err := config.Open("../testdata/acme/kith.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	l, err := lists.Load(context.Background(), c, lists.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := l.Tables()
	if err != nil {
		fmt.Println(err)
		return
	}
	x, err := explain.New(explain.Lists{
		Assets: l.Assets.Entities, Identities: l.Identities.Entities, Snapshot: s,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range x.Lookup(`ACME\jdoe`, explain.Options{}) {
		fmt.Println(a.Key(), a.Kind(), a.Step, a.Rows()[0].Source)
	}

	q, err := explain.ParseQuery("10.1.0.0/16")
	if err != nil {
		fmt.Println(err)
		return
	}
	hits, more, err := x.Search(q, explain.SearchOptions{Limit: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, h := range hits {
		fmt.Println(h.Match, h.Key())
	}
	fmt.Println(more, "more")
	// Output:
	// jdoe identity domain hr
	// around 10.0.0.0/8
	// network 10.1.0.0/16
	// 35 more
}
