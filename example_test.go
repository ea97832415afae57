package kith_test

import (
	"fmt"
	"io"
	"log"
	"strings"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/merge"
	"github.com/kithsec/kith/snapshot"
)

// Example merges two lists of machines and reads one of people, and enriches three
// events from them.
func Example() {
	machines, err := merge.Merge(entity.Asset, []merge.Source{
		list("cmdb", "ip,nt_host,owner,priority\n10.1.2.10,WEB01,asmith,high\n10.1.0.0/16,,netops,low\n"),
		list("scanner", "ip,mac,category\n10.1.2.10,00-00-5E-00-53-03,web\n"),
	}, merge.Options{})
	if err != nil {
		log.Fatal(err)
	}
	people, err := merge.Merge(entity.Identity, []merge.Source{
		list("hr", "identity,email,priority\njdoe,jane.doe@acme.example,critical\n"),
	}, merge.Options{})
	if err != nil {
		log.Fatal(err)
	}

	s, err := snapshot.Build(machines.Entities, people.Entities, snapshot.Options{})
	if err != nil {
		log.Fatal(err)
	}
	e, err := enrich.New(s, enrich.Options{
		Fields: []string{"asset", "owner", "priority", "category", "email"},
	})
	if err != nil {
		log.Fatal(err)
	}

	var out []byte
	for _, event := range []string{
		`{"src":"10.1.2.10","user":"ACME\\JDoe"}`,
		`{"src_mac":"0000.5e00.5303"}`,
		`{"src":"10.1.7.7"}`,
	} {
		if out, _, err = e.AppendJSON(out[:0], []byte(event)); err != nil {
			log.Print(err)
		}
		fmt.Printf("%s\n", out)
	}
	// Output:
	// {"src":"10.1.2.10","user":"ACME\\JDoe","src_asset":"WEB01","src_owner":"asmith","src_priority":"high","src_category":["web"],"user_email":"jane.doe@acme.example","user_priority":"critical"}
	// {"src_mac":"0000.5e00.5303","src_asset":"WEB01","src_owner":"asmith","src_priority":"high","src_category":["web"]}
	// {"src":"10.1.7.7","src_asset":"10.1.0.0/16","src_owner":"netops","src_priority":"low"}
}

func list(name, csv string) merge.Source {
	return merge.Source{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(csv)), nil }}
}
