package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/assets"
)

func TestFormsOfMachinesAreRead(t *testing.T) {
	for _, test := range []struct {
		text    string
		forms   assets.Forms
		domains []string
		err     string
	}{
		{"{}", 0, nil, ""},
		{"{forms: [short, netbios], domains: [corp.example, LAB]}", assets.FormShort | assets.FormNetBIOS, []string{"corp.example", "LAB"}, ""},
		{"{forms: [domain, machine, fqdn]}", assets.FormDomain | assets.FormMachine | assets.FormFQDN, nil, ""},
		{"{forms: []}", assets.FormsNone, nil, ""},
		{`{domains: ["*"]}`, 0, []string{"*"}, ""},
		{"{forms: [fqnd]}", 0, nil, `:1:18: unknown form "fqnd" (did you mean "fqdn"?)`},
		{`{domains: ["*.corp.example"]}`, 0, nil, `:1:20: domain "*.corp.example": write a domain such as corp.example, without the domains below it, or "*" for all`},
		{`{domains: [jdoe@corp.example]}`, 0, nil, `:1:20: domain "jdoe@corp.example": write a domain such as corp.example, without the domains below it, or "*" for all`},
		{`{domains: ["."]}`, 0, nil, `:1:20: domain ".": write a domain such as corp.example, without the domains below it, or "*" for all`},
	} {
		path := filepath.Join(t.TempDir(), "kith.yaml")
		require.NoError(t, os.WriteFile(path, []byte("assets: "+test.text+"\n"), 0o600))
		c, err := Open(path)
		if test.err != "" {
			require.EqualError(t, err, path+test.err)
			continue
		}
		require.NoError(t, err, test.text)
		o, err := c.SnapshotOptions()
		require.NoError(t, err, test.text)
		assert.Equal(t, test.forms, o.Assets.Forms, test.text)
		assert.Equal(t, test.domains, o.Assets.Domains, test.text)
	}
}
