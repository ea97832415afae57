//go:build unix

package remote

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/lists"
)

// cmdb is a list in the PostgreSQL server of the tests, read as the user locked.
func cmdb(t *testing.T) config.Source {
	t.Helper()
	s := postgres(t)
	conn, err := pgconn.Connect(t.Context(), s.dsn("kith", ""))
	require.NoError(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), `
drop table if exists cmdb;
create table cmdb (name text, ip inet, macs macaddr[], tags jsonb, owner text);
insert into cmdb values
	('web-1', '10.0.0.1', '{00-00-5e-00-53-01,00-00-5e-00-53-02}', '["pci", "web"]', E'Smith, Ann'),
	('db-1', '10.0.0.2', null, null, '');
grant select on cmdb to locked;`).ReadAll()
	require.NoError(t, err)
	t.Setenv("KITH_TEST_DSN", fmt.Sprintf("postgres://locked:%s@127.0.0.1:%d/postgres", secretOfTests, s.port))
	return config.Source{
		Name: "cmdb", CA: s.ca, Cache: filepath.Join(t.TempDir(), "cache"), Columns: map[string]string{"name": "nt_host", "macs": "mac", "tags": "category"},
		SQL: &config.SQL{Driver: "postgres", DSN: config.TextOrSecret{Secret: &config.Secret{Env: "KITH_TEST_DSN"}}, Query: "select name, ip, macs, tags, owner, name from cmdb order by ip"},
	}
}

// computers is a list in the slapd of the tests, read with an account.
func computers(t *testing.T) config.Source {
	t.Helper()
	s := slapd(t)
	t.Setenv("KITH_TEST_PASSWORD", secretOfTests)
	return config.Source{
		Name: "ad", CA: s.ca, Cache: filepath.Join(t.TempDir(), "cache"), Columns: map[string]string{"cn": "nt_host", "iphostnumber": "ip", "memberOf": "category"},
		LDAP: &config.LDAP{
			URL: fmt.Sprintf("ldaps://127.0.0.1:%d", s.tlsPort), Base: "dc=corp", Filter: "(|(cn=ws-1)(cn=ws-9))", Attributes: []string{"cn", "iphostnumber", "memberOf"},
			Bind: &config.Bind{DN: config.TextOrSecret{Text: "cn=kith,dc=corp"}, Password: config.Secret{Env: "KITH_TEST_PASSWORD"}},
		},
	}
}

// shown returns the texts that a user may see of a list that was loaded or failed.
func shown(l *lists.Loaded, err error) string {
	var b strings.Builder
	if err != nil {
		hint, _ := problem.Hint(err)
		fmt.Fprintf(&b, "%v\n%+v\n%s\n", err, err, hint)
	}
	if l != nil {
		fmt.Fprintf(&b, "%+v\n%+v\n", l.Read, l.Assets.Report)
		for _, e := range l.Assets.Losses {
			fmt.Fprintf(&b, "%v %+v\n", e, *e)
		}
		for _, e := range l.Stale {
			fmt.Fprintf(&b, "%v %+v\n", e, *e)
		}
	}
	return b.String()
}

// categoriesOf returns the categories of the asset with a key.
func categoriesOf(t *testing.T, l *lists.Loaded, key string) []string {
	t.Helper()
	tables, err := l.Tables()
	require.NoError(t, err)
	m, ok := tables.Assets.Lookup("", key)
	require.True(t, ok, key)
	filled := tables.Assets.Filled(m, assets.FillNone)
	return filled.Values("category")
}

func TestListsOfDatabasesAndDirectoriesAreLoaded(t *testing.T) {
	l, err := load(t, newFetcher(t), cmdb(t))
	require.NoError(t, err)
	for _, key := range []string{"web-1", "10.0.0.1", "00:00:5e:00:53:01", "00:00:5e:00:53:02"} {
		assert.Equal(t, []string{"pci", "web"}, categoriesOf(t, l, key))
	}
	assert.Empty(t, categoriesOf(t, l, "db-1"))
	assert.Equal(t, "postgres query", l.Read[0].Form)
	assert.Equal(t, "cmdb", l.Read[0].Path)
	assert.Contains(t, shown(l, nil), `column 6 repeats the name "name"`)

	l, err = load(t, newFetcher(t), computers(t))
	require.NoError(t, err)
	for _, key := range []string{"ws-1", "10.0.0.1", "ws-1.corp.example"} {
		assert.Equal(t, []string{"Servers, Berlin"}, categoriesOf(t, l, key))
	}
	assert.Empty(t, categoriesOf(t, l, "ws-9"))
	assert.Equal(t, "LDAP search", l.Read[0].Form)
	assert.Contains(t, shown(l, nil), "1 reference to other servers not followed")
}

func TestQueriesThatFailReplaceNothing(t *testing.T) {
	for _, test := range []struct {
		name   string
		source func(*testing.T) config.Source
		change func(*testing.T, *config.Source)
		want   string
	}{
		{"no rows", cmdb, func(t *testing.T, s *config.Source) { s.SQL.Query += " offset 5" }, "the query returned no rows"},
		{"an error after some rows", cmdb, func(t *testing.T, s *config.Source) {
			s.SQL.Query = "select '10.0.0.' || i as ip, 1 / (5000 - i) from generate_series(1, 9999) as i"
		}, "division by zero (SQLSTATE 22012)"},
		{"a column that is missing", cmdb, func(t *testing.T, s *config.Source) { s.SQL.Query = "select adress from cmdb" }, `query, line 1, column 8: column "adress" does not exist`},
		{"a key column that is missing", cmdb, func(t *testing.T, s *config.Source) { s.SQL.Query = "select owner from cmdb" }, "no key"},
		{"a wrong password", cmdb, func(t *testing.T, s *config.Source) {
			t.Setenv("KITH_TEST_DSN", strings.Replace(os.Getenv("KITH_TEST_DSN"), secretOfTests, "wrong-"+secretOfTests, 1))
		}, "password authentication failed"},
		{"a password in an error of the server", cmdb, func(t *testing.T, s *config.Source) {
			t.Setenv("KITH_TEST_DSN", strings.Replace(os.Getenv("KITH_TEST_DSN"), "/postgres", "/"+secretOfTests, 1))
		}, `database "***" does not exist`},
		{"no TLS to another machine", cmdb, func(t *testing.T, s *config.Source) {
			s.CA = ""
			t.Setenv("KITH_TEST_DSN", "postgres://locked:"+secretOfTests+"@db.example/cmdb?sslmode=prefer")
		}, "a password is not sent to db.example without TLS"},
		{"a DSN that cannot be read", cmdb, func(t *testing.T, s *config.Source) {
			t.Setenv("KITH_TEST_DSN", "postgres://locked:%"+secretOfTests+"@db.example/cmdb")
		}, "the dsn cannot be read"},
		{"a list that is too large", cmdb, func(t *testing.T, s *config.Source) { s.MaxSize = 20 }, "the list is longer than 20 bytes: raise max_size"},
		{"nothing found", computers, func(t *testing.T, s *config.Source) { s.LDAP.Filter = "(cn=none)" }, "the search found no entries"},
		{"a wrong password of a directory", computers, func(t *testing.T, s *config.Source) {
			t.Setenv("KITH_TEST_PASSWORD", "wrong-"+secretOfTests)
		}, `the server does not accept the account "cn=kith,dc=corp"`},
		{"a bad filter", computers, func(t *testing.T, s *config.Source) { s.LDAP.Filter = "(cn=" + secretOfTests }, `bad filter "(cn=***"`},
		{"a limit of the directory", computers, func(t *testing.T, s *config.Source) {
			s.LDAP.Bind.DN.Text, s.LDAP.Base, s.LDAP.Filter, s.LDAP.Page = "cn=small,dc=corp", "ou=hosts,dc=corp", "", 5
		}, "the server stopped at its limit of size after 10 entries"},
	} {
		t.Run(test.name, func(t *testing.T) {
			good := test.source(t)
			f := newFetcher(t)
			_, err := load(t, f, good)
			require.NoError(t, err)
			before := lastText(t, f, good)
			broken := good
			if good.SQL != nil {
				sql := *good.SQL
				broken.SQL = &sql
			} else {
				ldap, bind := *good.LDAP, *good.LDAP.Bind
				ldap.Bind = &bind
				broken.LDAP = &ldap
			}
			test.change(t, &broken)
			l, err := load(t, f, broken)
			text := shown(l, err)
			assert.Contains(t, text, test.want)
			assert.NotContains(t, text, secretOfTests)
			assert.Equal(t, before, lastText(t, f, good))
			noSecretBelow(t, good.Cache)
		})
	}
}

// noSecretBelow searches the names and the contents of all files in a folder for the
// password of the tests.
func noSecretBelow(t *testing.T, dir string) {
	t.Helper()
	files := 0
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		assert.NotContains(t, path, secretOfTests)
		assert.NotContains(t, string(text), secretOfTests)
		return err
	}))
	assert.Positive(t, files)
}
