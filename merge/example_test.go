package merge_test

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/merge"
)

func text(csv string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(csv)), nil }
}

func Example() {
	sources := []merge.Source{ // the first is trusted most
		{Name: "cmdb", Open: text("ip,nt_host,owner,priority\n10.0.34.9,ws-1,alice,low\n")},
		{Name: "scan", Open: text("ip,dns,owner,priority\n10.0.34.9,ws-1.acme.example,bob,medium\n10.0.0.300,,,\n")},
	}
	result, err := merge.Merge(entity.Asset, sources, merge.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	e := result.Entities
	for asset := range e.All() {
		fmt.Println(asset.Key)
		for _, key := range asset.Keys {
			fmt.Println("  key", key)
		}
	}
	for _, loss := range result.Losses {
		fmt.Println(loss)
	}
	// Output:
	// ws-1.acme.example
	//   key 10.0.34.9
	//   key ws-1
	//   key ws-1.acme.example
	// scan:3:1: ip: ParseAddr("10.0.0.300"): IPv4 field has value >255; use an address, a prefix (10.0.0.0/8) or a range (10.0.0.1-10.0.0.9)
	// scan:3: no usable key: the row does not identify an entity
}

func ExampleProvenance() {
	result, err := merge.Merge(entity.Asset, []merge.Source{
		{Name: "cmdb", Open: text("ip,owner,priority\n10.0.34.9,alice,low\n")},
		{Name: "scan", Open: text("ip,owner,priority\n10.0.34.9,bob,medium\n")},
	}, merge.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	p := merge.NewProvenance(result.Entities)
	for _, v := range p.Values(0) {
		fmt.Printf("%s=%s from %s, kept: %v\n", v.Field, v.Value, v.Source, v.Kept)
	}
	fmt.Println(p.Rows(0))
	// Output:
	// ip=10.0.34.9 from cmdb, kept: true
	// owner=alice from cmdb, kept: true
	// owner=bob from scan, kept: false
	// priority=low from cmdb, kept: false
	// priority=medium from scan, kept: true
	// pci_domain=untrust from , kept: true
	// [{cmdb 2 } {scan 2 10.0.34.9}]
}

func ExampleWrite() {
	result, err := merge.Merge(entity.Identity, []merge.Source{
		{Name: "hr", Open: text("identity,email,first,last\nu4711,john.doe@acme.example,John,Doe\n")},
	}, merge.Options{Keys: []string{"identity", "email", "email_short", "first(1)last()"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "kith")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := merge.Write(dir, merge.WriteOptions{}, result); err != nil {
		fmt.Println(err)
	}
	lookup, err := os.ReadFile(dir + "/" + merge.IdentitiesExpanded)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, rows, _ := strings.Cut(string(lookup), "\n")
	fmt.Print(rows)
	// Output:
	// u4711|john.doe@acme.example|john.doe|JDoe,6a051565181f73bd2bfe4689f63b4259,,,,John,Doe,,john.doe@acme.example,,,,,,,false,,,,,,,
}
