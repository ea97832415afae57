package snapshot_test

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/merge"
	"github.com/kithsec/kith/snapshot"
)

// mergeText merges a list that is written with one value per line: keys of identities, or
// names of assets, each an entity of its own.
func mergeText(t *testing.T, kind entity.Kind, header string, rows []string) *entity.Entities {
	t.Helper()
	res, err := merge.Merge(kind, []merge.Source{{Name: "list", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(header + "\n" + strings.Join(rows, "\n") + "\n")), nil
	}}}, merge.Options{})
	require.NoError(t, err)
	return res.Entities
}

// accountLists are lists of people (identity,email) and machines (nt_host,dns).
var accountLists = map[string]struct {
	people, machines []string
	options          identities.Options
}{
	"two domains": {people: []string{`CORP\jdoe,`, `LAB\jdoe,`, `asmith,`}},
	"two domains with addresses": {
		people: []string{`CORP\jdoe,jdoe@corp.example`, `LAB\jdoe,jdoe@lab.example`},
	},
	"addresses only":  {people: []string{`jdoe,jdoe@corp.example`}},
	"no domains":      {people: []string{`jdoe,`, `S-1-5-21-7,`, `SYSTEM,`, `DWM-1,`}},
	"export of AD":    {people: []string{`CORP\jdoe|jdoe,john.doe@mail.example`, `CORP\asmith|asmith,`}},
	"UPNs":            {people: []string{`jdoe@corp.example,`, `jdoe,`}},
	"machines listed": {people: []string{`jdoe,jdoe@corp.example`}, machines: []string{"ws-17,", "db1,", ",web-3.corp.example", ",corp.example", ",lab.example.com"}},
	"a local account": {people: []string{`WS-17\admin,`, `jdoe,`}, machines: []string{"ws-17,"}},
	"machine that is a domain": {
		people: []string{`jdoe,`}, machines: []string{"CORP,"}, options: identities.Options{Domains: []string{"corp"}},
	},
	"configured":           {people: []string{`jdoe,jdoe@corp.example`}, options: identities.Options{Domains: []string{"ACME", "corp.local"}}},
	"the service accounts": {people: []string{`NT AUTHORITY\SYSTEM,`, `jdoe,`}},
}

// TestAccountsInWords is the rules about the domains of accounts, one line for each case.
func TestAccountsInWords(t *testing.T) {
	for _, c := range []struct{ why, list, account, want string }{
		{"an account that is listed is itself", "two domains", `CORP\jdoe`, `CORP\jdoe exact`},
		{"case does not matter", "two domains", `lab\JDOE`, `LAB\jdoe exact`},
		{"another domain has another jdoe", "two domains", `WS-17\jdoe`, ""},
		{"a domain that no key states is unknown beside others", "two domains", `WS-17\asmith`, ""},
		{"a known domain may have a name that is listed without one", "two domains", `LAB\asmith`, "asmith domain"},
		{"the first label of a domain may be its short name", "two domains", `lab.example\jdoe`, `LAB\jdoe domain`},
		{"the first label also makes a domain known", "two domains", `corp.example\asmith`, "asmith domain"},
		{"a domain with a dot is of another sort", "two domains", `other.example\asmith`, "asmith domain"},
		{"an address names the account of a domain with a dot", "two domains with addresses", `lab.example\jdoe`, `LAB\jdoe domain`},
		{"an identity of one domain is not that of another", "two domains with addresses", `evil.example\jdoe`, ""},

		{"addresses make no short name known, so any may be", "addresses only", `ACME\jdoe`, "jdoe domain"},
		{"a domain with a dot is known by its addresses", "addresses only", `corp.example\jdoe`, "jdoe domain"},
		{"others with a dot are not", "addresses only", `evil.example\jdoe`, ""},
		{"nor is a domain below a known one", "addresses only", `sub.corp.example\jdoe`, ""},
		{"a list without domains cannot tell", "no domains", `ACME\jdoe`, "jdoe domain"},
		{"neither for domains with a dot", "no domains", `evil.example\jdoe`, "jdoe domain"},
		{"Entra ID's devices write AzureAD", "no domains", `AzureAD\jdoe`, "jdoe domain"},
		{"a SID has no domain", "no domains", `S-1-5-21-7`, "S-1-5-21-7 exact"},

		{"the domain . is the machine itself", "no domains", `.\jdoe`, ""},
		{"Windows' own accounts are nobody's", "no domains", `NT AUTHORITY\SYSTEM`, ""},
		{"in German", "no domains", `NT-AUTORITÄT\SYSTEM`, ""},
		{"in German, in lower case", "no domains", `nt-autorität\system`, ""},
		{"in French", "no domains", `AUTORITE NT\SYSTEM`, ""},
		{"in French, as whoami writes it", "no domains", `autorité nt\system`, ""},
		{"in Polish", "no domains", `ZARZĄDZANIE NT\SYSTEM`, ""},
		{"the desktop has accounts, too", "no domains", `Window Manager\DWM-1`, ""},
		{"without the domain it is listed", "no domains", `SYSTEM`, "SYSTEM exact"},
		{"an account of Windows may be listed as such", "the service accounts", `NT AUTHORITY\SYSTEM`, `NT AUTHORITY\SYSTEM exact`},
		{"which makes no other domain unknown", "the service accounts", `CORP\jdoe`, "jdoe domain"},

		{"a key with its domain and one without", "export of AD", `CORP\jdoe`, `CORP\jdoe exact`},
		{"jdoe of CORP is not jdoe of LAB", "export of AD", `LAB\jdoe`, ""},
		{"nor of a domain with a dot that is not CORP", "export of AD", `lab.example\jdoe`, ""},
		{"but of CORP's full name", "export of AD", `corp.example\jdoe`, `CORP\jdoe domain`},
		{"a domain of addresses is known, but the identity is CORP's", "export of AD", `mail.example\jdoe`, ""},
		{"a UPN is a key", "UPNs", `corp.example\jdoe`, "jdoe@corp.example domain"},
		{"a UPN of another realm is nobody's", "UPNs", `evil.example\jdoe`, ""},
		{"a UPN has its domain behind the @", "UPNs", `jdoe@CORP.EXAMPLE`, "jdoe@corp.example exact"},
		{"a realm that is not known", "UPNs", `jdoe@EVIL.EXAMPLE`, ""},
		{"the domain beside a UPN does not matter", "UPNs", `MicrosoftAccount\jdoe@corp.example`, "jdoe@corp.example domain"},
		{"even if it is Windows'", "UPNs", `NT AUTHORITY\jdoe@corp.example`, "jdoe@corp.example domain"},
		{"a guest has his own domain", "addresses only", `AzureAD\jdoe_corp.example#EXT#`, "jdoe guest"},

		{"a listed machine has local accounts", "machines listed", `WS-17\jdoe`, ""},
		{"so has one that is listed by its full name", "machines listed", `WEB-3\jdoe`, ""},
		{"and by the full name itself", "machines listed", `web-3.corp.example\jdoe`, ""},
		{"the first label of two is a domain", "machines listed", `CORP\jdoe`, "jdoe domain"},
		{"the first label of three is a machine", "machines listed", `LAB\jdoe`, ""},
		{"a local account may be listed as such", "a local account", `WS-17\admin`, `WS-17\admin exact`},
		{"others of its machine are nobody's", "a local account", `WS-17\jdoe`, ""},
		{"a domain that addresses carry is no machine", "machines listed", `corp.example\jdoe`, "jdoe domain"},
		{"a configured domain is no machine", "machine that is a domain", `CORP\jdoe`, "jdoe domain"},
		{"a configured domain is known", "configured", `ACME\jdoe`, "jdoe domain"},
		{"also one with a dot", "configured", `CORP.LOCAL\jdoe`, "jdoe domain"},
		{"also behind an @", "configured", `jdoe@corp.local`, "jdoe local_part"},
		{"and then others are not", "configured", `LAB\jdoe`, ""},

		{"no domain", "no domains", `\jdoe`, "jdoe domain"},
		{"no name", "no domains", `CORP\`, ""},
		{"only the first backslash ends the domain", "no domains", `A\B\jdoe`, ""},
	} {
		l := accountLists[c.list]
		people, machines := mergeText(t, entity.Identity, "identity,email", l.people), mergeText(t, entity.Asset, "nt_host,dns", l.machines)
		built, err := snapshot.Build(machines, people, snapshot.Options{Identities: l.options})
		require.NoError(t, err)
		path := filepath.Join(t.TempDir(), "s")
		require.NoError(t, built.WriteFile(path))
		opened, err := snapshot.Open(path, snapshot.Options{}) // the configured domains are in the file
		require.NoError(t, err)
		for name, s := range map[string]*snapshot.Snapshot{"built": built, "opened": opened} {
			agreeOnAccount(t, s, people, c.account, c.want, fmt.Sprintf("%s (%s, %s): %s", c.account, c.list, name, c.why))
		}
		require.NoError(t, opened.Close())
	}
}

// agreeOnAccount checks that all lookups of a snapshot have the same result.
func agreeOnAccount(t *testing.T, s *snapshot.Snapshot, people *entity.Entities, account, want, why string) {
	t.Helper()
	text := func(m identities.Match, ok bool) string {
		if !ok {
			return ""
		}
		return people.At(int(m.Record())).Key + " " + m.Step().String()
	}
	assert.Equal(t, want, text(s.Identities.Lookup("", account)), "Lookup of %s", why)
	if domain, name, ok := strings.Cut(account, `\`); ok && domain != "" && !strings.ContainsAny(name, `@#\`) {
		assert.Equal(t, want, text(s.Identities.LookupAccount("", domain, name)), "LookupAccount of %s", why)
	}
	r, ok := s.Resolve("", account, "user")
	if ok {
		assert.Equal(t, want, r.Key+" "+r.Step.String(), "Resolve of %s", why)
	} else {
		assert.Empty(t, want, "Resolve of %s", why)
	}
	var named [1]entity.Named
	keys := s.AppendNames(nil, "", "user", []string{account}, named[:])
	if n := named[0]; n.Step != 0 {
		assert.Equal(t, want, string(keys[n.From:n.To])+" "+n.Step.String(), "AppendNames of %s", why)
	} else {
		assert.Empty(t, want, "AppendNames of %s", why)
	}
}

// TestUnknownDomainsAreThoseThatWouldHelp looks up accounts whose domains are not known.
func TestUnknownDomainsAreThoseThatWouldHelp(t *testing.T) {
	people := mergeText(t, entity.Identity, "identity,email", []string{`CORP\ann|ann,`, "jdoe,jdoe@corp.example"})
	machines := mergeText(t, entity.Asset, "nt_host,dns", []string{"ws-17,"})
	s, err := snapshot.Build(machines, people, snapshot.Options{})
	require.NoError(t, err)
	assert.Empty(t, s.UnknownDomains())
	for _, account := range []string{
		`ACME\jdoe`, `acme\jdoe`, `evil.example\jdoe`, `ACME\jdoe`, // the last two would be jdoe
		`OTHER\nobody`, `LAB\ann`, `WS-17\jdoe`, `.\jdoe`, `NT AUTHORITY\jdoe`, `CORP\jdoe`,
		strings.Repeat("X", 61) + `\jdoe`,
	} {
		s.Identities.Lookup("", account)
	}
	assert.Equal(t, []string{"ACME", "evil.example"}, s.UnknownDomains())
	for i := range 100 {
		s.Identities.LookupAccount("", fmt.Sprint("D", i), "jdoe")
	}
	assert.Len(t, s.UnknownDomains(), 16)
	assert.Empty(t, (&snapshot.Snapshot{}).UnknownDomains())
}

func TestAccountLookupsDoNotAllocate(t *testing.T) {
	people := mergeText(t, entity.Identity, "identity,email", []string{`CORP\ann|ann,`, "jdoe,jdoe@corp.example"})
	s, err := snapshot.Build(mergeText(t, entity.Asset, "nt_host,dns", []string{"ws-17,ws-17.corp.example"}), people, snapshot.Options{})
	require.NoError(t, err)
	for _, name := range []string{"jdoe", "ann", "nobody", "jdoe@corp.example", "jdoe_corp.example#EXT#@t"} {
		for _, domain := range []string{"", "CORP", "corp.example", "WS-17", "evil.example", "NT AUTHORITY", "LAB"} {
			account := domain + `\` + name
			assert.Zero(t, testing.AllocsPerRun(10, func() { s.Identities.Lookup("", account) }), "Lookup of %s", account)
		}
	}
}
