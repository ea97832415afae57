package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/internal/listform"
	"github.com/kithsec/kith/internal/problem"
)

// search returns what readLDAP writes and its notes.
func search(s ldapSearch) (string, []string, error) {
	var out bytes.Buffer
	notes, err := readLDAP(context.Background(), s, &out)
	return out.String(), notes, err
}

// below is a search of a fakeLDAP.
func (f *fakeLDAP) below(base string) ldapSearch {
	return ldapSearch{LDAP: config.LDAP{URL: f.url, Base: base}}
}

func TestBinaryIdentifiersOfActiveDirectoryAreTexts(t *testing.T) {
	const sid = "\x01\x05\x00\x00\x00\x00\x00\x05\x15\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\xff\xff\xff\xff\xf4\x01\x00\x00"
	const guid = "\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff"
	f := newFakeLDAP(t, func(s *fakeSearch) {
		s.entry("CN=a", []string{"objectSid", sid}, []string{"objectGUID", guid}, []string{"thumbnailPhoto", "\xff\xd8"}, []string{"logonHours", "\x00\x00"}, []string{"cn", "a"})
		s.entry("CN=b", []string{"objectsid", "S-1-5-18"}, []string{"sIDHistory", sid, sid[:27], "\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00"}, []string{"THUMBNAILPHOTO", "\x80", "\x81"})
		s.done("")
	})
	got, notes, err := search(f.below("dc=x"))
	require.NoError(t, err)
	assert.Equal(t, `{"dn":"CN=a","objectSid":"S-1-5-21-1-2-4294967295-500","objectGUID":"00112233-4455-6677-8899-aabbccddeeff","thumbnailPhoto":null,"logonHours":null,"cn":"a"}
{"dn":"CN=b","objectSid":"S-1-5-18","sIDHistory":["S-1-5-21-1-2-4294967295-500","S-1-5-18"],"thumbnailPhoto":null}
`, got)
	assert.Equal(t, []string{
		`1 binary value of "logonHours" left out: not text`, `1 binary value of "sIDHistory" left out: not text`, `3 binary values of "thumbnailPhoto" left out: not text`,
	}, notes)
}

func TestSecurityIdentifiers(t *testing.T) {
	for _, test := range []struct{ value, want string }{
		{"\x01\x00\x00\x00\x00\x00\x00\x05", "S-1-5"},
		{"\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00", "S-1-5-18"},
		{"\x01\x01\x01\x00\x00\x00\x00\x05\x12\x00\x00\x00", "S-1-0x010000000005-18"},
		{"\x02\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00", ""},
		{"\x01\x02\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00", ""},
		{"\x01\x01", ""},
		{"", ""},
	} {
		got, ok := sidText([]byte(test.value))
		assert.Equal(t, test.want, got, "%q", test.value)
		assert.Equal(t, test.want != "", ok, "%q", test.value)
	}
}

func TestAttributeInRangesIsReadWhole(t *testing.T) {
	f := newFakeLDAP(t, func(s *fakeSearch) {
		switch fmt.Sprint(s.base, s.attributes) {
		case "dc=x[]":
			s.entry("CN=g", []string{"cn", "g"}, []string{"member"}, []string{"member;range=0-1", "CN=0", "CN=1"}, []string{"memberOf;Range=0-*", "CN=z"})
		case "CN=g[member;range=2-*]":
			s.entry("CN=g", []string{"Member;range=2-3", "CN=2", "CN=3"})
		case "CN=g[member;range=4-*]":
			s.entry("CN=g", []string{"member;range=4-*", "CN=4"})
		default:
			s.fail(ldap.LDAPResultUnwillingToPerform, "", fmt.Sprint(s.base, s.attributes))
			return
		}
		s.done("")
	})
	got, notes, err := search(f.below("dc=x"))
	require.NoError(t, err)
	assert.Empty(t, notes)
	assert.Equal(t, `{"dn":"CN=g","cn":"g","member":["CN=0","CN=1","CN=2","CN=3","CN=4"],"memberOf":"CN=z"}`+"\n", got)
}

func TestRangesThatDoNotAdvanceAreAnError(t *testing.T) {
	for name, further := range map[string][]string{
		"the same range again": {"member;range=0-1", "CN=0", "CN=1"},
		"no values":            {"cn", "g"},
		"a range without end":  {"member;range=2", "CN=2"},
	} {
		f := newFakeLDAP(t, func(s *fakeSearch) {
			if s.base == "CN=g" {
				s.entry("CN=g", further)
			} else {
				s.entry("CN=g", []string{"member;range=0-1", "CN=0", "CN=1"})
			}
			s.done("")
		})
		_, _, err := search(f.below("dc=x"))
		assert.EqualError(t, err, `the server does not send the values of member after the first 2 of "CN=g"`, name)
	}
}

func TestPagesAreReadToTheEnd(t *testing.T) {
	f := newFakeLDAP(t, func(s *fakeSearch) {
		switch s.cookie {
		case "":
			s.entry("CN=1")
			s.done("a")
		case "a": // a page may be empty
			s.done("b")
		case "b":
			s.entry("CN=2")
			s.done("")
		}
	})
	got, _, err := search(f.below("dc=x"))
	require.NoError(t, err)
	assert.Equal(t, "{\"dn\":\"CN=1\"}\n{\"dn\":\"CN=2\"}\n", got)
	assert.Len(t, f.requests, 3)
}

func TestReferencesAreCountedAndNotFollowed(t *testing.T) {
	f := newFakeLDAP(t, nil)
	loop := f.url
	f = newFakeLDAP(t, func(s *fakeSearch) {
		s.entry("CN=1")
		s.reference(loop + "/dc=a,dc=x")
		s.reference(loop + "/dc=x")
		s.done("")
	})
	got, notes, err := search(f.below("dc=x"))
	require.NoError(t, err)
	assert.Equal(t, "{\"dn\":\"CN=1\"}\n", got)
	assert.Equal(t, []string{"2 references to other servers not followed"}, notes)
	assert.Equal(t, []string{"search dc=x []"}, f.requests)
}

func TestFailedSearchIsOneLineWithARemedy(t *testing.T) {
	const account = "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 775, v2580\x00"
	for _, test := range []struct {
		name       string
		answer     func(*fakeSearch)
		want, hint string
	}{
		{
			"limit of size", func(s *fakeSearch) { s.entry("CN=1"); s.fail(ldap.LDAPResultSizeLimitExceeded, "", "") },
			"the server stopped at its limit of size after 0 entries (LDAP result 4: no reason given)", "lower page, or raise the limit of the account on the server",
		},
		{
			"limit of size on the second page", func(s *fakeSearch) {
				if s.cookie == "" {
					s.entry("CN=1")
					s.done("a")
					return
				}
				s.fail(ldap.LDAPResultSizeLimitExceeded, "", "")
			},
			"the server stopped at its limit of size after 1 entry (LDAP result 4: no reason given)", "lower page, or raise the limit of the account on the server",
		},
		{
			"limit of administration", func(s *fakeSearch) { s.fail(ldap.LDAPResultAdminLimitExceeded, "", "x") },
			"the server stopped at its limit of size after 0 entries (LDAP result 11: x)", "lower page, or raise the limit of the account on the server",
		},
		{
			"limit of time", func(s *fakeSearch) { s.entry("CN=1"); s.fail(ldap.LDAPResultTimeLimitExceeded, "", "x") },
			"the server stopped at its limit of time (LDAP result 3: x)", "raise timeout, or search for less with base and filter",
		},
		{
			"referral", func(s *fakeSearch) { s.fail(ldap.LDAPResultReferral, "", "", "ldap://dc2.x/dc=y") },
			`base is on another server ("ldap://dc2.x/dc=y"), and referrals are not followed (LDAP result 10: no reason given)`, "name that server in url",
		},
		{
			"wrong base", func(s *fakeSearch) { s.fail(ldap.LDAPResultNoSuchObject, "dc=x", "0000208D: NameErr") },
			`there is no entry "ou=y,dc=x" (LDAP result 32: 0000208D: NameErr)`, `correct base: the server has "dc=x", but not what is below it; or use an account that may read it: bind: {dn: NAME, password: {env: NAME}}`,
		},
		{
			"anonymous", func(s *fakeSearch) { s.fail(ldap.LDAPResultOperationsError, "", "a successful bind must be completed") },
			"the server refuses the search (LDAP result 1: a successful bind must be completed)", "use an account that may read base: bind: {dn: NAME, password: {env: NAME}}",
		},
		{
			"signing required", func(s *fakeSearch) { s.fail(ldap.LDAPResultStrongAuthRequired, "", account) },
			"the server requires TLS (LDAP result 8: " + strings.TrimSuffix(account, "\x00") + ")", "use ldaps:// in the url",
		},
		{
			"another error", func(s *fakeSearch) { s.fail(ldap.LDAPResultBusy, "", "later") },
			"the search failed (LDAP result 51: later)", "",
		},
		{
			"gone in the middle", func(s *fakeSearch) { s.entry("CN=1"); s.conn.Close() },
			"the server closed the connection before the end of the answer, after 0 entries", "",
		},
		{
			"gone between two pages", func(s *fakeSearch) { s.entry("CN=1"); s.done("a"); s.conn.Close() },
			"the server closed the connection before the end of the answer, after 1 entry", "",
		},
		{
			"cut in an entry", func(s *fakeSearch) { _, _ = s.conn.Write([]byte("0\x20\x02\x01\x01d\x10")); s.conn.Close() },
			"the server closed the connection before the end of the answer, after 0 entries", "",
		},
		{
			"not LDAP", func(s *fakeSearch) { _, _ = io.WriteString(s.conn, "HTTP/1.1 400 Bad Request\r\n\r\n"); s.conn.Close() },
			"the server closed the connection before the end of the answer", "",
		},
		{"nothing found", func(s *fakeSearch) { s.done("") }, "the search found no entries", ""},
		{
			"an entry of 2 GB", func(s *fakeSearch) { _, _ = s.conn.Write([]byte("0\x84\x7f\xff\xff\x00")) },
			"the answer of the server is not LDAP: unable to read LDAP response packet: length 2147483392 greater than maximum 67108864", "",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFakeLDAP(t, test.answer)
			_, _, err := search(f.below("ou=y,dc=x"))
			require.ErrorContains(t, err, test.want)
			hint, _ := problem.Hint(err)
			assert.Equal(t, test.hint, hint)
			assert.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestReasonsOfActiveDirectoryForAFailedBind(t *testing.T) {
	for text, want := range map[string]string{
		"80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 52e, v2580": "the password is wrong",
		"80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 775, v2580": "the account is locked",
		"80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 999, v2580": "the name or the password is wrong",
		"": "the name or the password is wrong",
	} {
		assert.Equal(t, want, wrongAccount(text), text)
	}
}

func TestSearchIsRejectedBeforeItIsSent(t *testing.T) {
	f := newFakeLDAP(t, func(s *fakeSearch) { s.done("") })
	s := f.below("dc=x")
	s.Filter = "(&(objectClass=user)(mail=*)"
	_, _, err := search(s)
	assert.ErrorContains(t, err, `bad filter "(&(objectClass=user)(mail=*)": `)
	hint, _ := problem.Hint(err)
	assert.Contains(t, hint, "(&(objectClass=user)(mail=*))")
	s = f.below("dc=x")
	s.dn = "cn=kith"
	_, _, err = search(s)
	assert.EqualError(t, err, "bind: the password is empty")
	assert.Empty(t, f.requests)
	_, _, err = search(ldapSearch{LDAP: config.LDAP{URL: "ldap://127.0.0.1:1", Base: "dc=x"}})
	assert.ErrorContains(t, err, "connection refused")
}

func TestPasswordIsNotSentWithoutTLS(t *testing.T) {
	f := newFakeLDAP(t, func(s *fakeSearch) { s.entry("CN=1"); s.done("") })
	s := f.below("dc=x")
	s.dn, s.password = "cn=kith", secretOfTests
	_, _, err := search(s)
	require.NoError(t, err)
	assert.Equal(t, []string{"bind cn=kith", "search dc=x []"}, f.requests)
	// With certificates to trust, the connection to this machine is encrypted, too.
	f.requests = nil
	_, _, ca, err := newCertificates()
	require.NoError(t, err)
	s.ca = filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(s.ca, ca, 0o600))
	_, _, err = search(s)
	assert.ErrorContains(t, err, "a password is sent only over TLS, and 127.0.0.1:")
	assert.ErrorContains(t, err, "does not change to it: unsupported extended operation")
	hint, _ := problem.Hint(err)
	assert.Contains(t, hint, "use ldaps:// in the url")
	assert.Equal(t, []string{"starttls"}, f.requests)
}

func TestLDAPStopsWhenTheContextIsDone(t *testing.T) {
	reason := errors.New("no answer within 10m")
	ctx, cancel := context.WithCancelCause(context.Background())
	f := newFakeLDAP(t, func(s *fakeSearch) { s.entry("CN=1"); cancel(reason) })
	_, err := readLDAP(ctx, f.below("dc=x"), io.Discard)
	assert.ErrorIs(t, err, reason)
}

func TestLDAPStopsWhenTheListIsTooLarge(t *testing.T) {
	f := newFakeLDAP(t, func(s *fakeSearch) {
		for range 100 {
			s.entry("CN=1", []string{"info", strings.Repeat("x", 1000)})
		}
		s.done("again") // without an end
	})
	done := make(chan error)
	go func() {
		_, err := readLDAP(context.Background(), f.below("dc=x"), &limitedWriter{left: 1 << 20})
		done <- err
	}()
	select {
	case err := <-done:
		assert.ErrorIs(t, err, errLimit)
	case <-time.After(20 * time.Second):
		t.Fatal("the search does not end")
	}
}

func TestPageThatIsTooLargeIsAnError(t *testing.T) {
	f := newFakeLDAP(t, func(s *fakeSearch) {
		for range 100 {
			s.entry("CN=1", []string{"info", strings.Repeat("x", 1000)})
		}
		s.done(s.cookie + "a")
	})
	pages := &limitedWriter{left: 1 << 20}
	d := newDirectory(context.Background(), f.below("dc=x"), pages)
	defer d.close()
	d.maxPage = 200_000
	require.NoError(t, d.connect())
	assert.ErrorIs(t, d.readPages(), errLimit, "several pages")
	d = newDirectory(context.Background(), f.below("dc=x"), io.Discard)
	defer d.close()
	d.maxPage = 50_000
	require.NoError(t, d.connect())
	err := d.readPages()
	assert.EqualError(t, err, "the server sends too much in one page")
	hint, _ := problem.Hint(err)
	assert.Equal(t, "lower page, or name the attributes that the list needs in attributes", hint)
}

func TestAttributesThatDifferInCaseAreOneColumn(t *testing.T) {
	f := newFakeLDAP(t, func(s *fakeSearch) {
		s.entry("CN=1", []string{"MAIL", "a@x", `q"\` + "\n<é>"}, []string{"sn", "x"})
		s.entry("CN=2", []string{"mail", "b@x"}, []string{"SN", "y"}, []string{"sn", "z"})
		s.done("")
	})
	s := f.below("dc=x")
	s.Attributes = []string{"*", "mail", "manager", "Sn"}
	got, _, err := search(s)
	require.NoError(t, err)
	assert.Equal(t, `{"dn":"CN=1","mail":["a@x","q\"\\\n<é>"],"Sn":"x","manager":null}`+"\n"+`{"dn":"CN=2","mail":"b@x","Sn":["y","z"]}`+"\n", got)
}

// TestCommonNamesAreThoseOfGoLDAP compares the names that lists show with the library's
// parser of distinguished names.
func TestCommonNamesAreThoseOfGoLDAP(t *testing.T) {
	piece := rapid.SampledFrom([]string{
		"cn", "CN", "=", ",", ";", "+", " ", `\,`, `\\`, `\20`, `\C3\BC`, `\x`, `\`, "#", `"`, "a", "Smith", "OU=x", ",DC=corp", "ü",
	})
	converted := 0
	rapid.Check(t, func(t *rapid.T) {
		text := "CN=" + strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(t, "pieces"), "")
		got, ok := listform.AppendCommonName(nil, []byte(text))
		dn, err := ldap.ParseDN(text)
		if !ok {
			assert.Empty(t, got)
			return
		}
		converted++
		require.NoError(t, err, text)
		require.Equal(t, dn.RDNs[0].Attributes[0].Value, string(got), text)
	})
	assert.Positive(t, converted)
}

func TestNamesOfRanges(t *testing.T) {
	for _, test := range []struct {
		attribute, name string
		last            int
		more, ok        bool
	}{
		{"member;range=0-1499", "member", 1499, true, true},
		{"member;Range=1500-*", "member", 0, false, true},
		{"member;lang-de;range=0-1", "member;lang-de", 1, true, true},
		{"member;range=0", "", 0, false, false},
		{"member;range=0-x", "", 0, false, false},
		{"member;binary", "member;binary", 0, false, false},
		{"member", "member", 0, false, false},
	} {
		name, last, more, ok := parseRange(test.attribute)
		assert.Equal(t, []any{test.name, test.last, test.more, test.ok}, []any{name, last, more, ok}, test.attribute)
	}
}
