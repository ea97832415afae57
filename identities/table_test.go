package identities_test

import (
	"io"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/merge"
)

func table(t testing.TB, m merge.Options, o identities.Options, csv string) (*identities.Table, *entity.Entities) {
	t.Helper()
	res, err := merge.Merge(entity.Identity, []merge.Source{{Name: "list", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(csv)), nil
	}}}, m)
	require.NoError(t, err)
	it, err := identities.NewTable(res.Entities, o)
	require.NoError(t, err)
	return it, res.Entities
}

const people = `identity,first,last,email,cim_entity_zone
jdoe|S-1-5-21-7,John,Doe,jdoe@corp.example,
admin,,,,
,Ann,Ray,ann.ray@other.example,
svc@machine,,,,
jdoe,Jane,Doe,,EMEA
`

func TestLookupTriesFormsInOrder(t *testing.T) {
	plain := identities.Options{}
	tests := []struct {
		options   identities.Options
		zone, key string
		want      string // canonical key and step, "" for none
	}{
		{plain, "", "jdoe", "jdoe exact"},
		{plain, "", " JDOE ", "jdoe exact"},
		{plain, "", "s-1-5-21-7", "jdoe exact"},
		{plain, "", "JDoe@Corp.Example", "jdoe exact"},
		{plain, "", `ACME\jdoe`, "jdoe domain"},
		{plain, "", `A\B\jdoe`, ""}, // the part after the first backslash is B\jdoe
		{plain, "", "admin@corp.example", "admin local_part"},
		{plain, "", "admin@OTHER.example", "admin local_part"},
		{plain, "", "admin@machine", "admin local_part"}, // the domain of a key
		{plain, "", "admin@elsewhere.example", ""},
		{plain, "", "admin@", ""},
		{plain, "", "@corp.example", ""},
		{plain, "", "ann.ray", "ann.ray@other.example exact"}, // email_short
		{plain, "", "", ""},
		{plain, "emea", "jdoe", "jdoe exact"},
		{plain, "emea", "admin", ""},
		{plain, "emea", "jdoe@corp.example", ""}, // the domain is one of another zone
		{identities.Options{Domains: []string{"Elsewhere.example"}}, "", "admin@elsewhere.example", "admin local_part"},
		{identities.Options{Domains: []string{"corp.example"}}, "emea", "jdoe@corp.example", "jdoe local_part"},
		{identities.Options{Forms: identities.FormLocalPart}, "", `ACME\jdoe`, ""},
		{identities.Options{Forms: identities.FormDomain}, "", "admin@corp.example", ""},
		{identities.Options{Fallback: true}, "emea", "admin", "admin exact"},
	}
	for _, tt := range tests {
		it, e := table(t, merge.Options{}, tt.options, people)
		m, ok := it.Lookup(entity.Zone(tt.zone), tt.key)
		got := ""
		if ok {
			got = e.At(int(m.Record())).Key + " " + m.Step().String()
		}
		assert.Equal(t, tt.want, got, "Lookup(%q, %q) with %+v", tt.zone, tt.key, tt.options)
		b, okBytes := it.LookupBytes(entity.Zone(tt.zone), []byte(tt.key))
		assert.Equal(t, m, b)
		assert.Equal(t, ok, okBytes)
	}
}

func TestCaseSensitiveTableIgnoresCaseOfDomains(t *testing.T) {
	it, _ := table(t, merge.Options{CaseSensitive: true}, identities.Options{}, people)
	_, ok := it.Lookup("", "JDOE")
	assert.False(t, ok)
	_, ok = it.Lookup("", "jdoe")
	assert.True(t, ok)
	_, ok = it.Lookup("", "admin@CORP.example")
	assert.True(t, ok, "Lookup of a domain in another case")
}

func TestLookupsDoNotAllocate(t *testing.T) {
	it, _ := table(t, merge.Options{}, identities.Options{}, people)
	keys := []string{"jdoe", `ACME\jdoe`, "admin@corp.example", "nobody@elsewhere.example"}
	row := []byte("jdoe")
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		for _, key := range keys {
			it.Lookup("", key)
		}
		it.LookupBytes("", row)
	}))
	assert.LessOrEqual(t, unsafe.Sizeof(identities.Match{}), uintptr(64))
}
