package snapshot_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/merge"
	"github.com/kithsec/kith/snapshot"
)

// Tables are built once, written to a file, and opened anywhere in a fraction of a
// second.
func Example() {
	dir, err := os.MkdirTemp("", "kith")
	check(err)
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "acme.kith")

	hosts, err := merge.Merge(entity.Asset, []merge.Source{merge.File("cmdb", "../testdata/acme/assets.csv")}, merge.Options{})
	check(err)
	built, err := snapshot.Build(hosts.Entities, nil, snapshot.Options{})
	check(err)
	check(built.WriteFile(path))

	opened, err := snapshot.Open(path, snapshot.Options{})
	check(err)
	defer opened.Close()
	enricher, err := enrich.New(opened, enrich.Options{Fields: []string{"priority"}})
	check(err)
	out, _, err := enricher.AppendJSON(nil, []byte(`{"src":"10.1.2.10"}`))
	check(err)
	fmt.Println(string(out))
	// Output: {"src":"10.1.2.10","src_priority":"high"}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
