package identities_test

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/merge"
)

const employees = "identity,email,first,last\njdoe,john.doe@corp.example,John,Doe\n"

func ExampleTable_Lookup() {
	open := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(employees)), nil }
	result, err := merge.Merge(entity.Identity, []merge.Source{{Name: "hr", Open: open}}, merge.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	table, err := identities.NewTable(result.Entities, identities.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, account := range []string{"JDOE", `ACME\jdoe`, "jdoe@corp.example", "jdoe@elsewhere.example"} {
		m, found := table.Lookup("", account)
		fmt.Println(account, found, m.Step(), table.Text(m, "last"))
	}
	// Output:
	// JDOE true exact Doe
	// ACME\jdoe true domain Doe
	// jdoe@corp.example true local_part Doe
	// jdoe@elsewhere.example false
}

func ExampleReadCSV() {
	for p, err := range identities.ReadCSV(strings.NewReader(employees+"-,,Nobody,\n"), "hr.csv") {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(p.Line, p.Identity, p.Email, p.First, p.Last)
	}
	// Output:
	// 2 [jdoe] john.doe@corp.example John Doe
	// hr.csv:3: no usable key: the row does not identify an entity
}

func ExampleWriteCSV() {
	var b strings.Builder
	err := identities.WriteCSV(&b, slices.Values([]identities.Identity{{Identity: []string{"jdoe", "S-1-5-21-1"}, Priority: "high"}}))
	fmt.Print(b.String(), err)
	// Output:
	// identity,prefix,nick,first,last,suffix,email,phone,phone2,managedBy,priority,bunit,category,watchlist,startDate,endDate,work_city,work_country,work_lat,work_long,cim_entity_zone
	// jdoe|S-1-5-21-1,,,,,,,,,,high,,,,,,,,,,
	// <nil>
}

func ExampleConvention() {
	columns := map[string]string{"first": "John", "last": "Doe"}
	c, err := identities.ParseConvention("ADMIN_first(1)last()", []string{"first", "last"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Apply(func(column string) string { return columns[column] }))
	// Output: ADMIN_JDoe true
}
