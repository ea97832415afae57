package assets_test

import (
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/merge"
)

// machines merges a list of a host, its network, and a domain suffix.
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

func ExampleReadCSV() {
	const list = "IP,nt_host,priority,os\n10.0.0.1|::ffff:10.0.0.2,WS-1.,HIGH,linux\n10.0.0.300,ws-2,low,\n"
	for a, err := range assets.ReadCSV(strings.NewReader(list), "hosts.csv") {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(a.Line, a.IP, a.NTHost, a.Priority, a.Custom)
	}
	// Output:
	// 2 [10.0.0.1 10.0.0.2] [WS-1] high [{os linux}]
	// hosts.csv:3:1: ip: ParseAddr("10.0.0.300"): IPv4 field has value >255; use an address, a prefix (10.0.0.0/8) or a range (10.0.0.1-10.0.0.9)
	// 3 [] [ws-2] low [{os }]
}

func ExampleWriteCSV() {
	var b strings.Builder
	err := assets.WriteCSV(&b, slices.Values([]assets.Asset{{IP: []string{"10.0.0.1", "10.0.0.2"}, Owner: "alice"}}))
	fmt.Print(b.String(), err)
	// Output:
	// ip,mac,nt_host,dns,owner,priority,lat,long,city,country,bunit,category,pci_domain,is_expected,should_timesync,should_update,requires_av,cim_entity_zone
	// 10.0.0.1|10.0.0.2,,,,alice,,,,,,,,,,,,,
	// <nil>
}
