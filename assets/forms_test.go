package assets_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/gen"
)

// TestExampleOfTheDocumentation is the example in docs/concepts.md.
func TestExampleOfTheDocumentation(t *testing.T) {
	at, e := newTable(t, assets.Options{}, "nt_host,dns\nws-17,\n,db-9.corp.example\n")
	for name, want := range map[string]string{
		"ws-17.corp.example": "ws-17 short ws-17", "db-9": "db-9.corp.example fqdn db-9.corp.example", "ws-17.lab.example": "",
	} {
		m, ok := at.Lookup("", name)
		got := ""
		if ok {
			forms, key := at.Form(m, name)
			got = e.At(int(m.Record())).Key + " " + forms + " " + key
			assert.Equal(t, entity.StepForm, m.Step(), "%q", name)
		}
		assert.Equal(t, want, got, "%q", name)
	}
}

func TestParseForms(t *testing.T) {
	for _, test := range []struct {
		names []string
		want  assets.Forms
	}{
		{nil, assets.FormsNone},
		{[]string{"domain"}, assets.FormDomain},
		{[]string{"netbios", "machine"}, assets.FormMachine | assets.FormNetBIOS},
		{assets.FormNames(), assets.FormDomain | assets.FormMachine | assets.FormShort | assets.FormFQDN | assets.FormNetBIOS},
	} {
		got, err := assets.ParseForms(test.names)
		require.NoError(t, err)
		assert.Equal(t, test.want, got, "%q", test.names)
	}
	_, err := assets.ParseForms([]string{"domain", "dns"})
	assert.EqualError(t, err, `unknown form "dns": use domain, machine, short, fqdn or netbios`)
}

// TestFormsTakeAtMost25BytesPerAsset builds tables in which every asset has a short and a
// full name, and reports the memory per asset.
func TestFormsTakeAtMost25BytesPerAsset(t *testing.T) {
	const n = 20_000
	var world bytes.Buffer
	_, err := gen.AssetList{World: gen.World{Seed: 3, Hosts: n}}.WriteTo(&world)
	require.NoError(t, err)
	var long, apart strings.Builder
	long.WriteString("nt_host,dns\n")
	apart.WriteString("nt_host,dns\n")
	for i := range n {
		fmt.Fprintf(&long, "a%06d-longer-than-15,a%06d-longer-than-15.corp.example\n", i, i)
		fmt.Fprintf(&apart, "ws-%06d,srv-%06d.corp.example\n", i, i)
	}
	for name, csv := range map[string]string{"generated": world.String(), "labels of 20 characters": long.String(), "names with different labels": apart.String()} {
		at, _ := newTable(t, assets.Options{Seed: 1}, csv)
		s := at.Stats()
		per := float64(s.FormBytes) / float64(s.Assets)
		t.Logf("%s: %.1f B/asset for forms, %.1f B/asset for all names", name, per, float64(s.NameBytes)/float64(s.Assets))
		assert.LessOrEqual(t, per, 25.0, name)
	}
}
