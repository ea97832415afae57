package assets_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kithsec/kith/assets"
)

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
