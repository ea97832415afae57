//go:build unix

package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/internal/problem"
)

// hostsOfSlapd is how many machines the directory of the tests has.
const hostsOfSlapd = 2500

// sharedSlapd starts slapd once for all tests.
var sharedSlapd = sync.OnceValue(startSlapd)

// directoryServer is a slapd with both kinds of ports.
type directoryServer struct {
	server
	tlsPort int
}

// slapd returns the directory of the tests. The test is skipped if slapd is not installed.
// Anyone may read it; the account cn=kith,dc=corp has the password secretOfTests, and at
// most ten entries are sent to the account cn=small,dc=corp.
func slapd(t *testing.T) *directoryServer {
	t.Helper()
	s := sharedSlapd()
	if !s.installed {
		t.Skip("skipped: slapd is not installed")
	}
	require.NoError(t, s.err)
	return s
}

// below is a search of the directory.
func (s *directoryServer) below(base string) ldapSearch {
	return ldapSearch{LDAP: config.LDAP{URL: fmt.Sprintf("ldap://127.0.0.1:%d", s.port), Base: base}}
}

// serverProgram returns the path of a program that may be outside the PATH.
func serverProgram(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	if _, err := os.Stat("/usr/sbin/" + name); err == nil {
		return "/usr/sbin/" + name
	}
	return ""
}

func startSlapd() *directoryServer {
	s := &directoryServer{}
	if serverProgram("slapd") == "" || serverProgram("slapadd") == "" {
		return s
	}
	s.installed = true
	s.err = s.runSlapd()
	return s
}

func (s *directoryServer) runSlapd() (err error) {
	if s.dir, err = os.MkdirTemp("", "kith-slapd"); err != nil {
		return err
	}
	stops = append(stops, func() { os.RemoveAll(s.dir) })
	key, certificate, ca, err := newCertificates()
	if err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(s.dir, "data"), 0o700); err != nil {
		return err
	}
	for name, text := range map[string][]byte{
		"server.key": key, "server.crt": certificate, "ca.crt": ca, "slapd.conf": []byte(strings.ReplaceAll(slapdConf, "DIR", s.dir)), "hosts.ldif": []byte(hostsLDIF()),
	} {
		if err := os.WriteFile(filepath.Join(s.dir, name), text, 0o600); err != nil {
			return err
		}
	}
	s.ca = filepath.Join(s.dir, "ca.crt")
	conf := filepath.Join(s.dir, "slapd.conf")
	if out, err := exec.Command(serverProgram("slapadd"), "-q", "-f", conf, "-l", filepath.Join(s.dir, "hosts.ldif")).CombinedOutput(); err != nil {
		return fmt.Errorf("slapadd: %w: %s", err, out)
	}
	if s.port, err = freePort(); err != nil {
		return err
	}
	if s.tlsPort, err = freePort(); err != nil {
		return err
	}
	// With -d, slapd stays in the foreground.
	c := exec.Command(serverProgram("slapd"), "-d", "0", "-f", conf, "-h", fmt.Sprintf("ldap://127.0.0.1:%d ldaps://127.0.0.1:%d", s.port, s.tlsPort))
	if err := start(c, syscall.SIGTERM); err != nil {
		return err
	}
	return eventually(s.addGroup)
}

// addGroup adds a group, of which the server then makes memberOf.
func (s *directoryServer) addGroup() error {
	conn, err := ldap.DialURL(fmt.Sprintf("ldap://127.0.0.1:%d", s.port))
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.Bind("cn=root,dc=corp", "root"); err != nil {
		return err
	}
	add := ldap.NewAddRequest(`cn=Servers\, Berlin,dc=corp`, nil)
	add.Attribute("objectClass", []string{"groupOfNames"})
	add.Attribute("member", []string{"cn=ws-1,ou=hosts,dc=corp", "cn=ws-2,ou=hosts,dc=corp"})
	return conn.Add(add)
}

const slapdConf = `
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile DIR/slapd.pid
TLSCertificateFile DIR/server.crt
TLSCertificateKeyFile DIR/server.key
referral ldap://other.example/
sizelimit size.soft=500 size.hard=unlimited size.pr=1000
database mdb
suffix dc=corp
rootdn cn=root,dc=corp
rootpw root
directory DIR/data
limits dn.exact="cn=small,dc=corp" size.prtotal=10
access to attrs=userPassword by anonymous auth
access to dn.subtree="ou=closed,dc=corp" by users read
access to * by * read
overlay memberof
`

func hostsLDIF() string {
	var b strings.Builder
	b.WriteString(`dn: dc=corp
objectClass: organization
objectClass: dcObject
o: corp
dc: corp

dn: ou=hosts,dc=corp
objectClass: organizationalUnit
ou: hosts

dn: ou=closed,dc=corp
objectClass: organizationalUnit
ou: closed

`)
	for _, name := range []string{"kith", "small"} {
		fmt.Fprintf(&b, "dn: cn=%s,dc=corp\nobjectClass: applicationProcess\nobjectClass: simpleSecurityObject\ncn: %s\nuserPassword: %s\n\n", name, name, secretOfTests)
	}
	b.WriteString("dn: ou=elsewhere,dc=corp\nobjectClass: referral\nobjectClass: extensibleObject\nou: elsewhere\nref: ldap://other.example/ou=elsewhere,dc=corp\n\n")
	for i := range hostsOfSlapd {
		fmt.Fprintf(&b, "dn: cn=ws-%d,ou=hosts,dc=corp\nobjectClass: device\nobjectClass: ipHost\ncn: ws-%d\ncn: ws-%d.corp.example\nipHostNumber: 10.0.%d.%d\n\n", i, i, i, i>>8, i&255)
	}
	return b.String()
}

func TestDirectoryIsReadInPages(t *testing.T) {
	s := slapd(t)
	for _, page := range []int{0, 7, 999} {
		search1 := s.below("ou=hosts,dc=corp")
		search1.Filter, search1.Attributes, search1.Page = "(objectClass=ipHost)", []string{"cn", "iphostnumber", "memberOf"}, page
		got, notes, err := search(search1)
		require.NoError(t, err)
		assert.Empty(t, notes)
		lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
		require.Len(t, lines, hostsOfSlapd)
		slices.Sort(lines)
		lines = slices.Compact(lines)
		require.Len(t, lines, hostsOfSlapd)
		assert.Equal(t, `{"dn":"cn=ws-0,ou=hosts,dc=corp","cn":["ws-0","ws-0.corp.example"],"iphostnumber":"10.0.0.0","memberOf":null}`, lines[0])
		assert.Equal(t, `{"dn":"cn=ws-1,ou=hosts,dc=corp","cn":["ws-1","ws-1.corp.example"],"iphostnumber":"10.0.0.1","memberOf":"cn=Servers\\2C Berlin,dc=corp"}`, lines[slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, "cn=ws-1,") })])
	}
}

func TestUserAttributesAreReadByDefault(t *testing.T) {
	s := slapd(t)
	one := s.below("cn=ws-7,ou=hosts,dc=corp")
	got, _, err := search(one)
	require.NoError(t, err)
	var entry map[string]any
	require.NoError(t, json.Unmarshal([]byte(got), &entry))
	assert.Equal(t, map[string]any{"dn": "cn=ws-7,ou=hosts,dc=corp", "objectClass": []any{"device", "ipHost"}, "cn": []any{"ws-7", "ws-7.corp.example"}, "ipHostNumber": "10.0.0.7"}, entry)
	one.Attributes = []string{"*", "modifyTimestamp"}
	got, _, err = search(one)
	require.NoError(t, err)
	assert.Regexp(t, `"modifyTimestamp":"20\d{12}Z"`, got)
}

func TestReferencesOfADirectoryAreANote(t *testing.T) {
	s := slapd(t)
	one := s.below("dc=corp")
	one.Filter = "(cn=ws-7)"
	got, notes, err := search(one)
	require.NoError(t, err)
	assert.Equal(t, 1, strings.Count(got, "\n"))
	assert.Equal(t, []string{"1 reference to other servers not followed"}, notes)
}

func TestAccountsAndTLSOfADirectory(t *testing.T) {
	s := slapd(t)
	read := func(url, dn, password, ca, base string) error {
		one := ldapSearch{LDAP: config.LDAP{URL: url, Base: base, Filter: "(|(ou=*)(cn=ws-1))"}, dn: dn, password: password, ca: ca}
		_, _, err := search(one)
		return err
	}
	_, _, other, err := newCertificates()
	require.NoError(t, err)
	wrong := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(wrong, other, 0o600))
	plain, tls := fmt.Sprintf("ldap://127.0.0.1:%d", s.port), fmt.Sprintf("ldaps://127.0.0.1:%d", s.tlsPort)
	name := fmt.Sprintf("ldaps://localhost:%d", s.tlsPort)
	const kith, closed = "cn=kith,dc=corp", "ou=closed,dc=corp"
	for _, test := range []struct{ name, url, dn, password, ca, base, want, hint string }{
		{"anonymous", plain, "", "", "", "ou=hosts,dc=corp", "", ""},
		{"anonymous, without the right", plain, "", "", "", closed, `there is no entry "ou=closed,dc=corp" (LDAP result 32: no reason given)`, "correct base; or use an account that may read it: bind: {dn: NAME, password: {env: NAME}}"},
		{"with an account", plain, kith, secretOfTests, "", closed, "", ""},
		{"with an account over StartTLS", plain, kith, secretOfTests, s.ca, closed, "", ""},
		{"with an account over TLS", tls, kith, secretOfTests, s.ca, closed, "", ""},
		{"by a name", name, kith, secretOfTests, s.ca, closed, "", ""},
		{"an unknown authority", tls, kith, secretOfTests, "", closed, "certificate signed by unknown authority", "ca: FILE names the certificates of an authority of your own; the host must be the one that the certificate names"},
		{"another authority", tls, kith, secretOfTests, wrong, closed, "certificate signed by unknown authority", "ca: FILE names the certificates of an authority of your own; the host must be the one that the certificate names"},
		{"another authority over StartTLS", plain, kith, secretOfTests, wrong, closed, "certificate signed by unknown authority", "use ldaps:// in the url; ca: FILE names the certificates of an authority of your own"},
		{"a wrong password", plain, kith, "wrong-secret", "", closed, `the server does not accept the account "cn=kith,dc=corp": the name or the password is wrong (LDAP result 49: no reason given)`, "correct dn and password of bind"},
		{"a wrong account", plain, "cn=none,dc=corp", secretOfTests, "", closed, `the server does not accept the account "cn=none,dc=corp"`, "correct dn and password of bind"},
		{"an account that is not a name", plain, "kith", secretOfTests, "", closed, "the server rejects a name (LDAP result 34: invalid DN)", "base and dn are written as in dc=corp,dc=example"},
		{"a wrong base", plain, "", "", "", "ou=none,dc=corp", `there is no entry "ou=none,dc=corp" (LDAP result 32: no reason given)`, `correct base: the server has "dc=corp", but not what is below it; or use an account that may read it: bind: {dn: NAME, password: {env: NAME}}`},
		{"a base that is not a name", plain, "", "", "", "corp", "the server rejects a name (LDAP result 34: invalid DN)", "base and dn are written as in dc=corp,dc=example"},
		{"a base of another server", plain, "", "", "", "dc=other", `base is on another server ("ldap://other.example/dc=other`, "name that server in url"},
		{"TLS where it is not spoken", fmt.Sprintf("ldaps://127.0.0.1:%d", s.port), "", "", s.ca, closed, "closes the connection when TLS begins", "correct the port of the url; that of ldaps:// is usually 636"},
		{"no TLS where it is required", fmt.Sprintf("ldap://127.0.0.1:%d", s.tlsPort), "", "", "", closed, "the server closed the connection before the end of the answer", ""},
	} {
		err := read(test.url, test.dn, test.password, test.ca, test.base)
		if test.want == "" {
			require.NoError(t, err, test.name)
			continue
		}
		require.ErrorContains(t, err, test.want, test.name)
		hint, _ := problem.Hint(err)
		assert.Equal(t, test.hint, hint, test.name)
		assert.NotContains(t, err.Error(), "secret", test.name)
	}
}

func TestLimitOfADirectoryFailsTheSearch(t *testing.T) {
	s := slapd(t)
	small := s.below("ou=hosts,dc=corp")
	small.dn, small.password, small.Page = "cn=small,dc=corp", secretOfTests, 5
	_, _, err := search(small)
	assert.ErrorContains(t, err, "the server stopped at its limit of size after 10 entries (LDAP result 4: ")
	large := s.below("ou=hosts,dc=corp")
	large.Page = 5000
	_, _, err = search(large)
	assert.ErrorContains(t, err, "the server stopped at its limit of size after 0 entries (LDAP result 11: illegal pagedResults page size)")
	hint, _ := problem.Hint(err)
	assert.Equal(t, "lower page, or raise the limit of the account on the server", hint)
	// The rest of the time is the limit of time that the server is given, in seconds.
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	d := newDirectory(ctx, small, nil)
	assert.InDelta(t, 3600, d.newRequest("", 0, "", nil).TimeLimit, 2)
}
