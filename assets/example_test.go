package assets_test

import (
	"fmt"
	"io"
	"net/netip"
	"strings"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/merge"
)

// machines merges one list: a host, its network, and a name for what is below
// it.
func machines() *entity.Entities {
	const list = "ip,nt_host,dns,owner\n10.1.2.3,WS-17,ws-17.corp.example,jdoe\n10.1.0.0/16,,,netops\n,,*.lab.example,lab\n"
	open := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(list)), nil }
	result, err := merge.Merge(entity.Asset, []merge.Source{{Name: "cmdb", Open: open}}, merge.Options{})
	if err != nil {
		panic(err)
	}
	return result.Entities
}

func ExampleTable_Lookup() {
	hosts := machines()
	table, err := assets.NewTable(hosts, assets.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, key := range []string{"10.1.2.3", "ws-17", "10.1.99.1", "pi.lab.example", "10.2.0.1"} {
		if m, found := table.Lookup("", key); found {
			fmt.Println(key, "is", hosts.At(int(m.Record())).Key, "by", m.Step())
		} else {
			fmt.Println(key, "is in no list")
		}
	}
	// Output:
	// 10.1.2.3 is ws-17.corp.example by exact
	// ws-17 is ws-17.corp.example by exact
	// 10.1.99.1 is 10.1.0.0/16 by prefix
	// pi.lab.example is *.lab.example by suffix
	// 10.2.0.1 is in no list
}

func ExampleTable_Covering() {
	table, err := assets.NewTable(machines(), assets.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, _ := table.LookupAddr("", netip.MustParseAddr("10.1.2.3"))
	for c := range table.Covering(m) {
		fmt.Println(c.Prefix)
	}
	// Output: 10.1.0.0/16
}

func ExampleTable_Networks() {
	table, err := assets.NewTable(machines(), assets.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	network := netip.MustParsePrefix("10.1.2.0/24")
	for n := range table.Networks("", network, assets.Inside) {
		fmt.Println("inside", n.Prefix)
	}
	for n := range table.Networks("", network, assets.Around) {
		fmt.Println("around", n.Prefix)
	}
	// Output:
	// inside 10.1.2.3/32
	// around 10.1.0.0/16
}

func ExampleTable_Filled() {
	table, err := assets.NewTable(machines(), assets.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, _ := table.Lookup("", "10.1.99.1")
	filled := table.Filled(m, assets.FillPerField)
	fmt.Println(filled.Text("asset"), filled.Text("owner"), filled.Values("pci_domain"))
	// Output: 10.1.0.0/16 netops [untrust]
}
