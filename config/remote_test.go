package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
)

// openText opens a configuration with the given text.
func openText(t *testing.T, text string) (*Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kith.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return Open(path)
}

func TestRemoteSourcesAreDecoded(t *testing.T) {
	c, err := openText(t, `
assets:
  sources:
    - path: https://netbox.corp.example/api/dcim/devices/?limit=1000
      every: 15m
      timeout: 30s
      cache: cache
      ca: ca.pem
      pages: next
      headers: {X-Api-Key: {file: key}, Accept: application/json}
      bearer: {env: NETBOX_TOKEN}
    - name: cmdb
      sql: {driver: postgres, dsn: {env: CMDB}, query: select 1}
    - path: http://127.0.0.1:8080/
      basic: {user: kith, password: {env: PASSWORD}}
identities:
  sources:
    - ldap:
        url: ldaps://dc.corp.example
        base: dc=corp,dc=example
        bind: {dn: kith@corp.example, password: {file: /run/secrets/ldap}}
`)
	require.NoError(t, err)
	folder := filepath.Dir(c.File.Path())
	assets, err := c.Expand(entity.Asset)
	require.NoError(t, err)
	assert.Equal(t, []Source{
		{
			Name: "devices", Path: "https://netbox.corp.example/api/dcim/devices/?limit=1000",
			Every: 15 * time.Minute, Timeout: 30 * time.Second, Pages: "next",
			Cache: filepath.Join(folder, "cache"), CA: filepath.Join(folder, "ca.pem"), Bearer: &Secret{Env: "NETBOX_TOKEN"},
			Headers: map[string]TextOrSecret{"X-Api-Key": {Secret: &Secret{File: filepath.Join(folder, "key")}}, "Accept": {Text: "application/json"}},
		},
		{Name: "cmdb", SQL: &SQL{Driver: "postgres", DSN: TextOrSecret{Secret: &Secret{Env: "CMDB"}}, Query: "select 1"}},
		{
			Name: "127.0.0.1:8080", Path: "http://127.0.0.1:8080/",
			Basic: &Basic{User: TextOrSecret{Text: "kith"}, Password: Secret{Env: "PASSWORD"}},
		},
	}, assets)
	assert.Equal(t, "https://netbox.corp.example/api/dcim/devices/", assets[0].Shown(), "without the query, which may have a secret in it")
	assert.Equal(t, "cmdb", assets[1].Shown())
	identities, err := c.Expand(entity.Identity)
	require.NoError(t, err)
	require.Len(t, identities, 1)
	assert.Equal(t, "/run/secrets/ldap", identities[0].LDAP.Bind.Password.File)
	assert.Empty(t, c.ListFiles(), "lists from servers are not files to watch")
}

func TestCheckRefusesRemoteSourcesThatAreUnsafeOrUnclear(t *testing.T) {
	for _, test := range []struct{ source, want string }{
		{"zone: hq", `a source needs a path`},
		{"{path: a.csv, sql: {driver: sqlite, dsn: a.db, query: q}}", `path and sql exclude each other`},
		{"{path: a.csv, every: 15m}", `every is for lists from servers; --watch notices when a file changes`},
		{"{path: a.csv, bearer: {env: X}}", `bearer is for http:// and https:// URLs`},
		{"{path: 's3://bucket/a.csv'}", `cannot read from "s3://": use http:// or https://`},
		{"{path: 'https://', name: a}", `the URL has no host`},
		{"{path: 'https://kith:hunter22@h.example/a.csv'}", `use basic: {user: NAME, password: {env: NAME}}`},
		{"{path: 'https://h.example:hunter22/a.csv'}", `path: not a URL: invalid port`},
		{"{path: 'https://h.example/a.csv?Token=hunter22'}", `the parameter Token is a secret, which a URL does not have: use bearer: {env: NAME}`},
		{"{path: 'https://h.example/a.csv#sheet'}", `the part of the URL behind # is not sent`},
		{"{path: 'http://h.example/a.csv', bearer: {env: X}}", `a secret is not sent over http://: change the path to https://`},
		{"{path: 'http://h.example/a.csv', headers: {X-Key: {env: X}}}", `a secret is not sent over http://`},
		{"{path: 'https://h.example/a.csv', bearer: hunter22}", `bearer: a secret is not written into the configuration: use {env: NAME}, or {file: PATH}`},
		{"{path: 'https://h.example/a.csv', bearer: {}}", `bearer: a secret has one of env and file`},
		{"{path: 'https://h.example/a.csv', bearer: {env: A=b}}", `is not the name of an environment variable`},
		{"{path: 'https://h.example/a.csv', bearer: {env: A}, basic: {user: u, password: {env: B}}}", `basic and bearer exclude each other`},
		{"{path: 'https://h.example/a.csv', basic: {user: u}}", `basic: want {user: NAME, password: {env: NAME}}`},
		{"{path: 'https://h.example/a.csv', headers: {X-Auth-Token: hunter22}}", `the header X-Auth-Token is a secret: use {env: NAME}, or {file: PATH}`},
		{"{path: 'https://h.example/a.csv', bearer: {env: A}, headers: {authorization: {env: B}}}", `keep one of the three`},
		{"{path: 'https://h.example/a.csv', headers: {'a b': c}}", `"a b" is not the name of a header`},
		{"{path: 'https://h.example/a.csv', headers: {Host: c}}", `kith sets the header Host itself`},
		{`{path: 'https://h.example/a.csv', headers: {A: "b\r\nC: d"}}`, `the header A has a control character in it`},
		{"{path: 'https://h.example/a.csv', every: 10ms}", `every 10ms: want 1s or more`},
		{"{path: 'https://h.example/a.csv', every: soon}", `every: must be a duration like 7d, 1h30m`},
		{"{path: 'https://h.example/a.csv', optional: true}", `optional is for files`},
		{"{path: 'https://h.example/a.csv', verify: false}", `unknown key "verify"`},
		{"{sql: {driver: mysql, dsn: a, query: q}}", `unknown driver "mysql"`},
		{"{sql: {driver: postgres, dsn: 'postgres://kith:hunter22@db/cmdb', query: q}}", `the dsn has a password in it: use dsn: {env: NAME}`},
		{"{sql: {driver: postgres, dsn: 'host=db password = hunter22', query: q}}", `the dsn has a password in it`},
		{"{sql: {driver: postgres, dsn: 'postgres://db/cmdb?password=hunter22', query: q}}", `the dsn has a password in it`},
		{"{sql: {driver: postgres, query: q}}", `sql: dsn is missing`},
		{"{sql: {driver: postgres, dsn: host=db}}", `sql: query is missing`},
		{"{ldap: {base: dc=example}}", `ldap: url is missing`},
		{"{ldap: {url: 'https://dc.example', base: dc=example}}", `ldap: url: want a server, such as ldaps://dc.corp.example`},
		{"{ldap: {url: 'ldaps://kith:hunter22@dc.example', base: dc=example}}", `ldap: a URL has no user and password here`},
		{"{ldap: {url: 'ldaps://dc.example/dc=example', base: dc=example}}", `ldap: the URL is that of a server`},
		{"{ldap: {url: 'ldaps://dc.example'}}", `ldap: base is missing`},
		{"{ldap: {url: 'ldaps://dc.example', base: dc=example, page: -1}}", `ldap: page -1: want 1 or more`},
		{"{ldap: {url: 'ldaps://dc.example', base: dc=example, bind: {dn: a}}}", `ldap: bind: want {dn: NAME, password: {env: NAME}}`},
	} {
		_, err := openText(t, "assets:\n  sources:\n    - "+test.source+"\n")
		if assert.Error(t, err, test.source) {
			assert.Contains(t, err.Error(), test.want, test.source)
			assert.Contains(t, err.Error(), "kith.yaml:3:", "the error names the place: %s", test.source)
			assert.NotContains(t, err.Error(), "hunter22", test.source)
		}
	}
}

func TestTypedURLsAreChecked(t *testing.T) {
	c := Default()
	c.Assets.Replace([]string{"https://h.example/a/hosts.csv.gz?day=1", "https://i.example/", "x/hosts.csv"})
	var names []string
	for _, s := range c.Assets.Sources {
		names = append(names, s.Name)
	}
	assert.Equal(t, []string{"https://h.example/a/hosts.csv.gz", "i.example", "x/hosts.csv"}, names)
	c.Assets.Replace([]string{"https://kith:hunter22@h.example/hosts.csv"})
	_, err := c.Expand(entity.Asset)
	require.ErrorContains(t, err, "a URL has no user and password here")
	assert.NotContains(t, err.Error(), "hunter22")
	for _, broken := range []string{"https://kith:hunter22@h.example/%zz", "http://[::1/hosts.csv?token=hunter22"} {
		c.Assets.Replace([]string{broken})
		_, err := c.Expand(entity.Asset)
		require.ErrorContains(t, err, "not a URL")
		assert.NotContains(t, err.Error(), "hunter22")
	}
}

func TestSecretsAreReadWhenUsed(t *testing.T) {
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "secret")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	t.Setenv("KITH_TEST_SECRET", "s3cret")
	t.Setenv("KITH_TEST_BROKEN", "s3cret\r\nX: y")
	for _, test := range []struct {
		name        string
		secret      Secret
		text, error string
	}{
		{"variable", Secret{Env: "KITH_TEST_SECRET"}, "s3cret", ""},
		{"unset variable", Secret{Env: "KITH_TEST_UNSET"}, "", "the environment variable KITH_TEST_UNSET is not set"},
		{"variable with a line break", Secret{Env: "KITH_TEST_BROKEN"}, "", "environment variable KITH_TEST_BROKEN: a secret has no line breaks"},
		{"file", Secret{File: file("s3cret")}, "s3cret", ""},
		{"line feed at the end", Secret{File: file("s3cret\n")}, "s3cret", ""},
		{"blank at the end", Secret{File: file("s3cret \r\n")}, "s3cret ", ""},
		{"two lines", Secret{File: file("s3cret\nmore\n")}, "", "a secret has no line breaks"},
		{"empty file", Secret{File: file("\n")}, "", "the file of a secret is empty"},
		{"large file", Secret{File: file(strings.Repeat("x", maxSecret+1))}, "", "a secret has at most"},
		{"absent file", Secret{File: "testdata/absent"}, "", "testdata/absent: no such file"},
	} {
		text, err := TextOrSecret{Secret: &test.secret}.Read()
		assert.Equal(t, test.text, text, test.name)
		if test.error == "" {
			assert.NoError(t, err, test.name)
		} else if assert.ErrorContains(t, err, test.error, test.name) {
			assert.NotContains(t, err.Error(), "s3cret", test.name)
		}
	}
}

// TestDocumentedConfigurationsAreValid opens the examples of the page about lists from
// servers.
func TestDocumentedConfigurationsAreValid(t *testing.T) {
	page, err := os.ReadFile("../docs/remote.md")
	require.NoError(t, err)
	examples := strings.Split(string(page), "```yaml\n")[1:]
	assert.Greater(t, len(examples), 4)
	for _, example := range examples {
		text, _, _ := strings.Cut(example, "```")
		if !strings.Contains(text, "sources:") {
			text = "assets:\n  sources:\n    - path: https://h.example/a.csv\n      " + strings.ReplaceAll(text, "\n", "\n      ")
		}
		c, err := openText(t, text)
		if assert.NoError(t, err, text) {
			for _, s := range append(c.Assets.Sources, c.Identities.Sources...) {
				assert.NotContains(t, s.Path, " ", "a folded URL")
			}
		}
	}
}

func TestFilesOfDatabasesAreBesideTheConfiguration(t *testing.T) {
	c, err := openText(t, `
assets:
  sources:
    - {name: a, sql: {driver: sqlite, dsn: data/cmdb.db, query: select 1}}
    - {name: b, sql: {driver: sqlite, dsn: "file:data/cmdb.db?immutable=1", query: select 1}}
    - {name: c, sql: {driver: sqlite, dsn: "file:///srv/cmdb.db", query: select 1}}
    - {name: d, sql: {driver: postgres, dsn: host=db, query: select 1}}
    - {name: e, ldap: {url: "ldap://dc.example", base: dc=example, bind: {dn: kith, password: {env: X}}}}
`)
	require.NoError(t, err)
	assets, err := c.Expand(entity.Asset)
	require.NoError(t, err)
	file := filepath.Join(filepath.Dir(c.File.Path()), "data", "cmdb.db")
	for i, want := range []string{file, "file:" + file + "?immutable=1", "file:///srv/cmdb.db", "host=db"} {
		assert.Equal(t, want, assets[i].SQL.DSN.Text)
	}
}
