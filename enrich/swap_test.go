package enrich_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/snapshot"
)

// TestSwapChangesEverything: tables number zones and columns in their own way,
// and either may be gone.
func TestSwapChangesEverything(t *testing.T) {
	event := []byte(`{"cim_entity_zone":"emea","src":"h","user":"u"}`)
	e, err := enrich.New(&snapshot.Snapshot{}, enrich.Options{Fields: []string{"city", "os", "first"}})
	require.NoError(t, err)
	for _, c := range []struct{ assets, identities, want string }{
		{"nt_host,city,cim_entity_zone\nh,Rome,emea\nh,Oslo,\n", "identity,first,cim_entity_zone\nu,Una,\nu,Uma,emea\n", `,"src_city":"Rome","user_first":"Uma"`},
		{"nt_host,os,city,cim_entity_zone\nx,,,apac\nh,bsd,Oslo,\nh,,Bern,emea\n", "identity,first,cim_entity_zone\nu,Ute,emea\n", `,"src_city":"Bern","user_first":"Ute"`},
		{"", "identity,first,cim_entity_zone\nx,X,\nu,Udo,emea\n", `,"user_first":"Udo"`},
		{"os,nt_host,cim_entity_zone\nqnx,h,EMEA\n", "", `,"src_os":"qnx"`},
		{"nt_host\nh\n", "", ""},
	} {
		require.NoError(t, e.Swap(newLists(t, c.assets, c.identities, listOptions{}).snapshot))
		for range 3 {
			got, _, err := e.AppendJSON(nil, event)
			require.NoError(t, err)
			assert.Equal(t, string(event[:len(event)-1])+c.want+"}", string(got))
		}
	}
}
