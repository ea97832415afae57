package config_test

import (
	"fmt"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/entity"
)

// A configuration is read once. Its lists are expanded whenever they are loaded.
func Example() {
	c, err := config.Open("testdata/full.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	sources, err := c.Expand(entity.Asset)
	if err != nil {
		fmt.Println(err)
	}
	for _, s := range sources {
		fmt.Println(s.Name)
	}
	fmt.Println(c.File.Errorf("enrich.fill", "a reason"))
	// Output:
	// cmdb
	// cloud/cloud-1.csv
	// cloud/cloud-2.csv
	// testdata/full.yaml:39:9: a reason
}

// All problems of a file are reported at once.
func ExampleOpen() {
	_, err := config.Open("testdata/preset_same.yaml")
	fmt.Println(err)
	// Output: testdata/preset_same.yaml:2:38: two preset files are named "edr"
}
