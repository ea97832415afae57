package merge

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
)

func textSource(name, csv string) Source {
	return Source{Name: name, Path: name + ".csv", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(csv)), nil
	}}
}

func TestSmoke(t *testing.T) {
	res, err := Merge(entity.Asset, []Source{
		textSource("a", "ip,mac,nt_host,dns,priority,category\n10.0.0.1,00-25-bc-42-f4-60,ws-1,,low,cardholder\n10.0.0.1-10.0.0.6,,rng,,,x\n10.0.0.300,,,,,\n"),
		textSource("b", "ip,nt_host,dns,priority,os\n10.0.0.1|10.0.0.2,,WS-1.acme.example,medium,win\n10.0.0.0/8,,*.x.example,,\n"),
	}, Options{})
	require.NoError(t, err)
	for i := range res.Entities.Len() {
		e := res.Entities
		fmt.Println(e.Records[i].ID, e.CanonicalKey(i))
		for f := range e.Fields {
			fmt.Print(" ", e.Fields[f].Name, "=", e.Cell(i, f))
		}
		fmt.Println()
		for k, s := range e.KeysOf(i) {
			fmt.Print(" ", s, k.Class, k.Fields)
		}
		fmt.Println(e.Rows(i))
	}
	for _, l := range res.Losses {
		fmt.Println(l)
	}
	fmt.Printf("%+v\n", res.Report)
}
