package exports

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/schema"
)

// products are the names that the products of the table must contain.
var products = []string{
	"ServiceNow", "NetBox", "Nautobot", "phpIPAM", "Infoblox", "Active Directory computers", "Active Directory users",
	"Microsoft Entra ID", "Intune", "Jamf", "Configuration Manager", "CrowdStrike", "Defender", "Tenable", "Qualys",
	"AWS", "Azure", "Google C", "Okta", "Workday",
}

func TestTableCoversProducts(t *testing.T) {
	for _, name := range products {
		assert.True(t, slices.ContainsFunc(All(), func(e Export) bool { return strings.Contains(e.Product, name) }), name)
	}
}

// TestTableIsSound checks the rules that every export of the table follows.
func TestTableIsSound(t *testing.T) {
	fields := map[string]map[string]bool{"asset": {"inventory_tag": true}, "identity": {}}
	keys := map[string][]string{"asset": {"ip", "mac", "nt_host", "dns"}, "identity": {"identity", "email"}}
	for kind, list := range map[string][]schema.Field{"asset": schema.AssetFields(), "identity": schema.IdentityFields()} {
		for _, f := range list {
			fields[kind][f.Name] = true
		}
	}
	for _, e := range All() {
		page, err := url.Parse(e.Page)
		require.NoError(t, err, e.Product)
		assert.Equal(t, "https", page.Scheme, "%s: page", e.Product)
		assert.NotEmpty(t, e.Marks, e.Product)
		assert.True(t, slices.ContainsFunc(e.Columns, func(c Column) bool { return slices.Contains(keys[e.Kind], c.Field) }), "%s has no key", e.Product)
		seen := map[string]bool{}
		for _, c := range e.Columns {
			assert.True(t, c.Field == "" || fields[e.Kind][c.Field], "%s: %s: unknown field %q", e.Product, c.Name, c.Field)
			assert.False(t, seen[fold.Name(c.Name)], "%s: %s twice", e.Product, c.Name)
			seen[fold.Name(c.Name)] = true
			assert.False(t, c.Clear && c.Field == "", "%s: %s is clear and has no field", e.Product, c.Name)
			assert.False(t, c.Clear && slices.Contains(vagueNames[:vagueAlone], fold.Name(c.Name)), "%s: %s says nothing alone", e.Product, c.Name)
		}
		for _, mark := range e.Marks {
			vague := !slices.ContainsFunc(mark, func(name string) bool { return !slices.Contains(vagueNames, fold.Name(name)) })
			assert.False(t, vague, "%s: mark %v proves nothing", e.Product, mark)
			assert.False(t, slices.ContainsFunc(mark, func(name string) bool { return slices.Contains(e.Never, name) }), "%s: mark %v is never there", e.Product, mark)
		}
	}
}

// vagueNames are columns that do not show of which export they are, not even together. The
// first few do not even show what they hold.
var vagueNames = []string{
	"name", "id", "address", "user", "username", "owner", "email", "host", "displayname", "display name",
	"hostname", "ip address", "ip_address", "samaccountname", "type", "status", "state", "role", "site", "location", "description", "serial number", "manager", "department",
}

const vagueAlone = 10

// TestTableHasNoNameOfOthers checks that no key is read from a column of somebody or
// something else, or of the past.
func TestTableHasNoNameOfOthers(t *testing.T) {
	never := []string{"last", "previous", "public", "gateway", "external", "router", "remote", "nat"}
	nameOfPerson := []string{"last name", "last_name", "lastname"}
	for _, e := range All() {
		for _, c := range e.Columns {
			name := fold.Name(c.Name[strings.LastIndexByte(c.Name, '.')+1:])
			if c.Field == "" || slices.Contains(nameOfPerson, name) {
				continue
			}
			for _, word := range never {
				assert.False(t, strings.HasPrefix(name, word), "%s: %s", e.Product, c.Name)
			}
			switch e.Kind {
			case "asset":
				isKey := slices.Contains([]string{"ip", "mac", "nt_host", "dns"}, c.Field)
				assert.False(t, isKey && slices.Contains([]string{"user", "owner", "email", "e-mail"}, name), "%s: %s", e.Product, c.Name)
			case "identity":
				assert.NotContains(t, []string{"hostname", "ip address", "ip_address", "ipaddress", "user", "name"}, name, e.Product)
			}
		}
	}
}

func TestEachExportIsRecognisedByItsMarks(t *testing.T) {
	for i := range All() {
		e := &All()[i]
		for _, mark := range e.Marks {
			assert.Contains(t, Of(e.Kind, mark), e, "%s by %v", e.Product, mark)
			if len(mark) > 1 {
				for without := range mark {
					rest := slices.Delete(slices.Clone(mark), without, without+1)
					for _, other := range Of(e.Kind, rest) {
						if other == e {
							assert.True(t, slices.ContainsFunc(e.Marks, func(m []string) bool {
								return !slices.ContainsFunc(m, func(name string) bool { return !slices.Contains(rest, name) })
							}), "%s by %v", e.Product, rest)
						}
					}
				}
			}
			if len(e.Never) > 0 {
				assert.NotContains(t, Of(e.Kind, append(slices.Clone(mark), e.Never[0])), e, "%s beside %s", e.Product, e.Never[0])
			}
			for _, event := range []string{"Event ID", "eventId", "Session_ID", "QID", "Ticket Number", "lease_expires", "Scanner IP"} {
				assert.NotContains(t, Of(e.Kind, append(slices.Clone(mark), event)), e, "%s beside %s", e.Product, event)
			}
		}
	}
}

func TestExportWithMostColumnsIsFirst(t *testing.T) {
	found := Of("asset", []string{"Hostname", "Local IP", "MAC Address", "Host ID", "Sensor Version", "DNSHostName"})
	require.Len(t, found, 2)
	assert.Equal(t, "CrowdStrike Falcon hosts", found[0].Product)
	assert.Equal(t, "Active Directory computers", found[1].Product)
	assert.Empty(t, Of("identity", []string{"DNSHostName"}))
}

func TestParseRejectsBadTables(t *testing.T) {
	const exports, columns = "id,product,kind,marks,never,page\na,A,asset,x & y | z,,https://a.example\n", "id,column,field,clear\na,x,ip,yes\n"
	got, err := parseTable(exports, columns, "# comment\n Event_ID \n\nlease*\n")
	require.NoError(t, err)
	want := Export{Product: "A", Kind: "asset", Marks: [][]string{{"x", "y"}, {"z"}}, Page: "https://a.example", Columns: []Column{{"x", "ip", true}}}
	assert.Equal(t, &exportTable{exports: []Export{want}, events: eventNames{map[string]bool{"eventid": true}, []string{"lease"}}}, got)
	for _, test := range []struct{ exports, columns, want string }{
		{"id,product\n", columns, "exports.csv: the header must be id,product,kind,marks,never,page"},
		{exports + "a,B,asset,x,,\n", columns, `exports.csv: two exports have the id "a"`},
		{exports, "", "columns.csv: the header must be id,column,field,clear"},
		{exports, columns + "b,x,ip,\n", `columns.csv: exports.csv has no id "b"`},
		{exports, columns + "a,x\n", "columns.csv: record on line 3: wrong number of fields"},
	} {
		_, err := parseTable(test.exports, test.columns, "")
		assert.EqualError(t, err, test.want)
	}
}
