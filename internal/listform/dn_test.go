package listform_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/listform"
)

func TestCommonNames(t *testing.T) {
	for text, want := range map[string]string{
		"CN=Domain Admins,CN=Users,DC=corp,DC=example": "Domain Admins",
		`CN=Smith\, Ann,OU=Staff,DC=corp,DC=example`:   "Smith, Ann",
		`cn=M\C3\BCller,dc=x`:                          "Müller",
		`CN=a\+b\=c\"d\\e,DC=x`:                        `a+b=c"d\e`,
		"cn = spaced , dc=x":                           "spaced",
		"CN=one+OU=two,DC=x":                           "one",
		"CN=alone":                                     "alone",
		"uid=jdoe,ou=people,dc=x":                      "",
		"OU=Servers,CN=x":                              "",
		"Domain Admins":                                "",
		"CN=bad\\":                                     "",
		"CN=bad,DC":                                    "",
		`CN=a\0ADEL:1,CN=Deleted Objects,DC=x`:         "",
		"CN=a|b,DC=x":                                  "",
		`CN=\20a\ ,DC=x`:                               " a ",
		"CN=,DC=x":                                     "",
		"CN=#04024869,DC=x":                            "",
		"CN":                                           "",
		"":                                             "",
	} {
		got, ok := listform.AppendCommonName([]byte("x"), []byte(text))
		assert.Equal(t, "x"+want, string(got), text)
		assert.Equal(t, want != "", ok, text)
	}
}

func TestCommonNamesAreTakenAfterWhereAndMake(t *testing.T) {
	const text = `{"dn":"CN=1","memberOf":["CN=a\\, b,OU=x","CN=c,OU=y","d"]}` + "\n" + `{"dn":"CN=2","memberOf":"CN=c,OU=y"}` + "\n" + `{"dn":"CN=3"}`
	got, err := readList(t, text, listform.Options{
		Columns: map[string]string{"memberOf": "category"}, CommonNames: []string{"memberof", "manager"},
		Where: clause("memberOf", "!=", "CN=c,OU=y"), Make: map[string]string{"full": "$category$"}, Split: map[string]string{"category": ", "},
	})
	require.NoError(t, err)
	assert.Equal(t, []string{"dn/memberOf/full", `CN=1/a|b|c|d/CN=a\, b,OU=x|CN=c,OU=y|d`, "CN=3//"}, got.rows)
}
