package merge_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/merge"
)

// leases merges a list with Newest and returns the names of the entity that has each key,
// and how many rows were left out.
func leases(t *testing.T, text string, src merge.Source, keys ...string) (owners []string, superseded int) {
	t.Helper()
	src.Name = "leases"
	src.Open = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
	r, err := merge.Merge(entity.Asset, []merge.Source{src}, merge.Options{})
	require.NoError(t, err)
	s := entities.Of(r.Entities)
	name, ok := s.Field("nt_host")
	require.True(t, ok)
	for _, key := range keys {
		owner := "-"
		for record := range s.Len() {
			for _, text := range s.KeysOf(record) {
				if text == key {
					owner = s.Cell(record, name)
				}
			}
		}
		owners = append(owners, owner)
	}
	return owners, r.Report.Sources[0].Superseded
}

func TestLatestRowKeepsAValue(t *testing.T) {
	for _, test := range []struct {
		name, text string
		o          merge.Newest
		src        merge.Source
		owners     string
		superseded int
	}{
		{
			"the latest row of an address has it", "ip,nt_host,expire\n10.0.0.1,old,1772300000\n10.0.0.1,new,1772352000\n10.0.0.2,old,1772300000\n",
			merge.Newest{By: []string{"ip"}, Field: "expire"},
			merge.Source{},
			"new old", 1,
		},
		{
			"its time may have the day first", "ip,nt_host,expire\n10.0.0.1,old,1/3/2026\n10.0.0.1,new,2/3/2026\n10.0.0.2,new,31/12/2025\n10.0.0.2,old,1/12/2025\n",
			merge.Newest{By: []string{"ip"}, Field: "expire"},
			merge.Source{DayFirst: true},
			"new new", 2,
		},
		{
			"also if it comes first", "ip,nt_host,expire\n10.0.0.1,new,1772352000\n10.0.0.1,old,1772300000\n",
			merge.Newest{By: []string{"ip"}, Field: "expire"},
			merge.Source{},
			"new -", 1,
		},
		{
			"of one time the later row", "ip,nt_host,expire\n10.0.0.1,a,1772352000\n10.0.0.1,b,1772352000\n",
			merge.Newest{By: []string{"ip"}, Field: "expire"},
			merge.Source{},
			"b -", 1,
		},
		{
			"no readable time is the oldest", "ip,nt_host,expire\n10.0.0.1,a,01/02/1999\n10.0.0.1,b,never\n10.0.0.1,c\n",
			merge.Newest{By: []string{"ip"}, Field: "expire"},
			merge.Source{},
			"a -", 2,
		},
		{
			"a row keeps its other values", "ip,nt_host,expire\n10.0.0.1|10.0.0.2,a,1772300000\n10.0.0.1,b,1772352000\n",
			merge.Newest{By: []string{"ip"}, Field: "expire"},
			merge.Source{},
			"b a", 0,
		},
		{
			"of several fields a row that keeps one stays", "ip,mac,nt_host,expire\n10.0.0.1,00:00:5e:00:53:01,a,1772300000\n10.0.0.1,00:00:5e:00:53:02,b,1772352000\n",
			merge.Newest{By: []string{"ip", "mac"}, Field: "expire"},
			merge.Source{},
			"b -", 0,
		},
		{
			"a row without a value is kept", "ip,nt_host,expire\n,a,1772300000\n10.0.0.1,b,1772352000\n",
			merge.Newest{By: []string{"ip"}, Field: "expire"},
			merge.Source{},
			"b -", 0,
		},
		{
			"values are canonical and mapped, columns renamed", "Address,Name,Expires\n2001:DB8::1,a,1772300000\nx,b,1772352000\n",
			merge.Newest{By: []string{"Address"}, Field: "time"},
			merge.Source{Columns: map[string]string{"address": "ip", "name": "nt_host", "expires": "time"}, Map: map[string]map[string]string{"ip": {"X": "2001:db8:0::1"}}},
			"- -", 1,
		},
		{
			"zones are apart", "ip,nt_host,expire,cim_entity_zone\n10.0.0.1,a,1772352000,emea\n10.0.0.2,b,1772300000,apac\n10.0.0.2,c,1772300001,emea\n",
			merge.Newest{By: []string{"ip"}, Field: "expire"},
			merge.Source{},
			"a b", 0,
		},
	} {
		test.src.Newest = &test.o
		owners, superseded := leases(t, test.text, test.src, "10.0.0.1", "10.0.0.2")
		assert.Equal(t, test.owners, strings.Join(owners, " "), test.name)
		assert.Equal(t, test.superseded, superseded, test.name)
	}
}

func TestLatestRowKeepsANetworkWithHostBits(t *testing.T) {
	src := merge.Source{HostBitsAsNetwork: true, Newest: &merge.Newest{By: []string{"ip"}, Field: "expire"}}
	owners, superseded := leases(t, "ip,nt_host,expire\n10.0.0.1/24,old,1772300000\n10.0.0.1/24,new,1772352000\n", src, "10.0.0.0/24")
	assert.Equal(t, []string{"new"}, owners)
	assert.Equal(t, 1, superseded)
}

func TestNewestNeedsItsColumns(t *testing.T) {
	for _, o := range []merge.Newest{{By: []string{"ip"}, Field: "expires"}, {By: []string{"mac"}, Field: "expire"}} {
		src := merge.Source{Name: "leases", Newest: &o, Open: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("ip,expire\n10.0.0.1,1\n")), nil
		}}
		_, err := merge.Merge(entity.Asset, []merge.Source{src}, merge.Options{})
		assert.ErrorContains(t, err, "leases:1:1: newest: the list has no column")
	}
}

func TestUnreadableTimeOfNewestIsALoss(t *testing.T) {
	text := "ip,nt_host,when\n10.0.0.1,old,2/12/2026 08:00\n10.0.0.1,new,13/12/2026 08:00\n10.0.0.2,a,\n10.0.0.3,b,never\n"
	for _, group := range []string{"", "leases"} {
		src := merge.Source{
			Name: "leases", Path: "leases.csv", Group: group, Newest: &merge.Newest{By: []string{"ip"}, Field: "when"},
			Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil },
		}
		sources := []merge.Source{src}
		if group != "" {
			src.Name, src.Path = "more", "more.csv"
			sources = append(sources, src)
		}
		r, err := merge.Merge(entity.Asset, sources, merge.Options{})
		require.NoError(t, err)
		require.Len(t, r.Losses, len(sources))
		assert.EqualError(t, r.Losses[0], `leases.csv:3:14: when: newest cannot read the time of 2 rows, such as "13/12/2026 08:00", and takes the rows for the oldest: `+
			"convert the times to RFC 3339, or set dates: dmy if the day comes first")
		assert.Equal(t, entity.LostValue, r.Losses[0].Loss)
	}
}
