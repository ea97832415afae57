package remote

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kithsec/kith/internal/problem"
)

// newSQLite makes a database with the given statements, and returns its path.
func newSQLite(t *testing.T, statements string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a b?#%.db")
	db, err := sql.Open("sqlite", "file:"+filepath.Dir(path)+"/a%20b%3F%23%25.db")
	require.NoError(t, err)
	defer db.Close()
	_, err = db.Exec(statements)
	require.NoError(t, err)
	return path
}

func readDB(dsn, query string) (string, error) {
	var out bytes.Buffer
	err := readSQL(context.Background(), sqlQuery{driver: "sqlite", dsn: dsn, query: query}, &out)
	return out.String(), err
}

func TestValuesOfSQLiteAreWrittenAsListsReadThem(t *testing.T) {
	path := newSQLite(t, `
create table v (name text, whole integer, real real, time datetime, day date, unix datetime, yes boolean, bytes blob);
insert into v values ('ws-17', 9223372036854775807, 12345678901.5, '2026-01-31 10:00:00', '2026-01-31', 1769853600, 1, x'00005e005311');
insert into v values (null, -1, 1e300, 'yesterday', '2026-01-31T10:00:00+02:00', null, 0, x'');`)
	for _, test := range []struct{ name, query, want string }{
		{"text and NULL", "select name from v", "name\nws-17\n\"\"\n"},
		{"integers", "select whole from v", "whole\n9223372036854775807\n-1\n"},
		{"numbers, without an exponent where possible", "select real, 10.0 from v", "real,10.0\n12345678901.5,10\n1e+300,10\n"},
		{"times in ISO 8601, or as they are", "select time from v", "time\n2026-01-31T10:00:00Z\nyesterday\n"},
		{"days, and times with a zone", "select day from v", "day\n2026-01-31\n2026-01-31T10:00:00+02:00\n"},
		{"times as numbers", "select unix from v", "unix\n1769853600\n\"\"\n"},
		{"truth", "select yes from v", "yes\n1\n0\n"},
		{"bytes in hexadecimal digits", "select bytes, 1 as n from v", "bytes,n\n00005e005311,1\n,1\n"},
		{"columns of one name", "select name, 1 as name from v limit 1", "name,name\nws-17,1\n"},
		{"a semicolon in a text and at the end", "select ';', \";\", 'it''s; -- no', [whole] from v limit 1; -- ;", "';',\"\"\";\"\"\",'it''s; -- no',whole\n;,;,it's; -- no,9223372036854775807\n"},
		{"comments before", "/* ; */ -- x\n select 1 as n", "n\n1\n"},
		{"with", "with x(n) as (values (1)) select n from x", "n\n1\n"},
		{"values", "values (1, 2)", "column1,column2\n1,2\n"},
	} {
		got, err := readDB(path, test.query)
		require.NoError(t, err, test.name)
		assert.Equal(t, test.want, got, test.name)
	}
}

func TestQueryCannotWriteToSQLite(t *testing.T) {
	path := newSQLite(t, "create table hosts (name text); insert into hosts values ('web-1');")
	other := filepath.Join(t.TempDir(), "other.db")
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	for query, want := range map[string]string{
		"insert into hosts values ('x') returning name":     `the query begins with "insert": write a select statement`,
		"attach '" + other + "' as o":                       `the query begins with "attach"`,
		"pragma query_only = 0":                             `the query begins with "pragma"`,
		"vacuum into '" + other + "'":                       `the query begins with "vacuum"`,
		"with x as (select 1) insert into hosts values (1)": "attempt to write a readonly database (8)",
		"with x as (select 1) delete from hosts":            "attempt to write a readonly database (8)",
		"select 1; delete from hosts":                       "the query has several statements: write one",
		"select '--'; delete from hosts":                    "the query has several statements: write one",
		"select 1 /* x */; /* y */ ; select 2":              "the query has several statements: write one",
		"":                                                  "the query is empty: write a select statement",
		"(select 1)":                                        `the query begins with "("`,
		" ; -- select 1":                                    "the query is empty: write a select statement",
		"select load_extension('x')":                        "not authorized",
		"select name from hosts where name = 'none'":        "the query returned no rows",
		"select nam from hosts":                             "no such column: nam (1)",
		"select 'x from hosts":                              `unrecognized token: "'x from hosts" (1)`,
	} {
		_, err := readDB(path, query)
		assert.ErrorContains(t, err, want, query)
	}
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, before, after)
	assert.NoFileExists(t, other)
}

func TestDSNOfSQLiteIsAPathOrAURI(t *testing.T) {
	path := newSQLite(t, "create table hosts (name text); insert into hosts values ('web-1');")
	t.Chdir(filepath.Dir(path))
	uri := "a%20b%3F%23%25.db"
	for dsn, want := range map[string]string{
		path:                       "",
		filepath.Base(path):        "",
		"file:" + uri:              "",
		"file:" + uri + "?mode=ro": "",
		"file:" + uri + "?immutable=1&cache=private": "",
		"file://" + filepath.Dir(path) + "/" + uri:   "",
		"file:" + uri + "?mode=rwc":                  `dsn: the file is opened read-only, without the parameter "mode": leave it out`,
		"file:" + uri + "?_pragma=journal_mode(wal)": `without the parameter "_pragma"`,
		"file:" + uri + "?vfs=memdb":                 `without the parameter "vfs"`,
		"file://db.example/x.db":                     `dsn: want file:PATH, not "file://db.example/x.db"`,
		"file:%zz":                                   "dsn: want file:PATH",
		"missing.db":                                 "missing.db: no such file or directory",
		":memory:":                                   ":memory:: no such file or directory",
		".":                                          "is a directory: dsn names the file of the database",
	} {
		got, err := readDB(dsn, "select name from hosts")
		if want != "" {
			assert.ErrorContains(t, err, want, dsn)
			continue
		}
		require.NoError(t, err, dsn)
		assert.Equal(t, "name\nweb-1\n", got, dsn)
	}
	assert.NoFileExists(t, "missing.db")
}

func TestFileThatIsNotADatabaseIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hosts.csv")
	require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("ip,dns\n"), 1000), 0o600))
	_, err := readDB(path, "select 1 from hosts")
	assert.ErrorContains(t, err, "file is not a database (26)")
	hint, _ := problem.Hint(err)
	assert.Equal(t, "dsn names the file of an SQLite database; one that is encrypted cannot be read", hint)
}

// endless is a query that does not end by itself.
const endless = "with recursive n(i) as (values (1) union all select i + 1 from n) select i from n"

func TestSQLiteStopsWhenTheContextIsDone(t *testing.T) {
	path := newSQLite(t, "create table hosts (name text)")
	reason := errors.New("no answer within 10m")
	for _, query := range []string{endless, endless + " where i < 0"} {
		ctx, cancel := context.WithTimeoutCause(context.Background(), 50*time.Millisecond, reason)
		err := readSQL(ctx, sqlQuery{driver: "sqlite", dsn: path, query: query}, io.Discard)
		cancel()
		assert.ErrorIs(t, err, reason)
	}
}

func TestSQLiteStopsWhenTheListIsTooLarge(t *testing.T) {
	path := newSQLite(t, "create table hosts (name text)")
	q := sqlQuery{driver: "sqlite", dsn: path, query: endless}
	assert.ErrorIs(t, readSQL(context.Background(), q, &limitedWriter{left: 1 << 20}), errLimit)
}

func TestDatabaseInWALModeIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wal.db")
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	defer db.Close()
	_, err = db.Exec("pragma journal_mode = wal; create table hosts (name text); insert into hosts values ('web-1')")
	require.NoError(t, err)
	got, err := readDB(path, "select name from hosts") // while db is open
	require.NoError(t, err)
	assert.Equal(t, "name\nweb-1\n", got)
}

// TestSQLiteRunsOneStatementOfAnAcceptedQuery runs texts that look like SQL. Of those that
// are accepted, SQLite itself must not run a second statement.
func TestSQLiteRunsOneStatementOfAnAcceptedQuery(t *testing.T) {
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "written.db"))
	require.NoError(t, err)
	defer db.Close()
	_, err = db.Exec("create table written (n int)")
	require.NoError(t, err)
	piece := rapid.SampledFrom([]string{
		"select 1", "insert into written values (1)", ";", "'", `"`, "`", "[", "]", "--", "/*", "*/", "/", "*", "\n", " ", "as x", "\x00", "\ufeff", "\v", "\\",
	})
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		query := "select 1" + strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(t, "pieces"), "")
		if checkSQLite(query) != nil {
			return
		}
		accepted++
		_, _ = db.Exec(query)
		var n int
		require.NoError(t, db.QueryRow("select count(*) from written").Scan(&n))
		require.Zero(t, n, "%q", query)
	})
	assert.Positive(t, accepted)
}

// limitedWriter fails after some bytes.
type limitedWriter struct{ left int }

var errLimit = errors.New("too large")

func (w *limitedWriter) Write(b []byte) (int, error) {
	if w.left -= len(b); w.left < 0 {
		return 0, errLimit
	}
	return len(b), nil
}

func TestPlaceInAQuery(t *testing.T) {
	for _, test := range []struct{ position, line, column int }{{1, 1, 1}, {3, 1, 3}, {5, 2, 1}, {7, 2, 3}, {99, 2, 4}} {
		line, column := placeIn("aü,\nbcd", test.position)
		assert.Equal(t, []int{test.line, test.column}, []int{line, column}, test.position)
	}
}
