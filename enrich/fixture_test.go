package enrich_test

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/schema"
	"github.com/kithsec/kith/merge"
	"github.com/kithsec/kith/snapshot"
)

// lists is a snapshot and the entities from which it was built, for the slow twin.
type lists struct {
	assets, identities *entity.Entities
	snapshot           *snapshot.Snapshot
}

// listOptions are the options with which lists are merged and looked up.
type listOptions struct {
	assets     merge.Options
	identities merge.Options
	table      assets.Options
	people     identities.Options
	fill       assets.Fill
}

// newLists merges two lists in CSV and builds their tables. An empty list gives no
// table.
func newLists(t testing.TB, assetCSV, identityCSV string, o listOptions) lists {
	t.Helper()
	l := lists{snapshot: &snapshot.Snapshot{Fill: o.fill}}
	var err error
	if assetCSV != "" {
		l.assets = mergeText(t, entity.Asset, assetCSV, o.assets)
		l.snapshot.Assets, err = assets.NewTable(l.assets, o.table)
		require.NoError(t, err)
	}
	if identityCSV != "" {
		l.identities = mergeText(t, entity.Identity, identityCSV, o.identities)
		l.snapshot.Identities, err = identities.NewTable(l.identities, o.people)
		require.NoError(t, err)
	}
	return l
}

func mergeText(t testing.TB, kind entity.Kind, csv string, o merge.Options) *entity.Entities {
	t.Helper()
	result, err := merge.Merge(kind, []merge.Source{{
		Name: kind.String(), Path: kind.String() + ".csv",
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(csv)), nil },
	}}, o)
	require.NoError(t, err)
	return result.Entities
}

// acme returns the sample organisation as its configuration reads it, without the cloud
// inventory.
func acme(t testing.TB) lists {
	t.Helper()
	return newLists(t, readFile(t, "../testdata/acme/assets.csv"), readFile(t, "../testdata/acme/identities.csv"), listOptions{
		assets:     merge.Options{IgnoreKeys: append(schema.DefaultIgnored(), "00:00:5e:00:01:01")},
		identities: merge.Options{Keys: []string{"identity", "email", "email_short", "first(1)last()"}},
		table:      assets.Options{Fallback: true},
		people:     identities.Options{Fallback: true, Domains: []string{"corp.acme.example"}},
	})
}

func readFile(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}

// enricher returns an Enricher; an error ends the test.
func enricher(t testing.TB, l lists, o enrich.Options) *enrich.Enricher {
	t.Helper()
	e, err := enrich.New(l.snapshot, o)
	require.NoError(t, err)
	return e
}

// streamed returns the output of Stream for an input.
func streamed(t testing.TB, e *enrich.Enricher, in string, o enrich.StreamOptions) (string, enrich.Stats) {
	t.Helper()
	var out bytes.Buffer
	stats, err := e.Stream(t.Context(), &out, strings.NewReader(in), o)
	require.NoError(t, err)
	return out.String(), stats
}

// The lists of most tests: few columns are set, so that the outputs are short.
const (
	assetsCSV = `ip,mac,nt_host,dns,owner,priority,lat,long,city,category,pci_domain,is_expected,requires_av,cim_entity_zone,os
10.1.2.3,00:25:bc:42:f4:60,ws-17,ws-17.corp.example,jdoe,high,,,,workstation|eng,,true,,,linux
10.1.0.0/16,,,,ACME\boss,low,48.1,11.6,Munich,net,,,,,
10.1.2.0/24,,,,,medium,,,Garching,lab|net,,,,,
169.254.0.0/16|fe80::7,0c:00:00:00:00:00-0c:00:00:ff:ff:ff,,,,low,,,,link,,,,,
169.254.7.7,,far-7,,,,,,,,,,,,
,00:50:56:a1:00:fe,edge-fw,,,,,,,,,,,,
10.9.0.1,,srv-9,*.srv.example,,,,,,,dmz,,,,
,,,,,,,,,,,,,,
10.1.2.3,,emea-1,,,critical,,,,,,,,emea,
`
	identitiesCSV = `identity,email,first,last,priority,category,watchlist,bunit,work_lat
jdoe|S-1-5-21-7,jdoe@corp.example,Jane,Doe,medium,staff,true,eng,48.5
boss,boss@corp.example,Bo,Oss,critical,vip,,,
`
)
