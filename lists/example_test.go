package lists_test

import (
	"context"
	"fmt"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/lists"
)

// A service loads the lists once and keeps them up to date while it enriches events.
func Example() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	c, err := config.Open("../testdata/acme/kith.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := lists.LoadVersion(ctx, c, "", lists.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := enrich.New(v.Snapshot, enrich.Options{Fields: []string{"owner"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := lists.NewReloader(v, lists.ReloadOptions{Swap: e.Swap})
	if err != nil {
		fmt.Println(err)
		return
	}
	go r.Run(ctx)
	fmt.Println(v.Count())
	// Output: 69 40
}

// Check reports every problem of the configuration and the lists.
func ExampleCheck() {
	c := config.Default()
	c.Assets.Replace([]string{"absent.csv"})
	found := lists.Check(context.Background(), c, nil, lists.Options{})
	fmt.Println(found.Err)
	// Output: absent.csv: no such file or directory
}
