//go:build unix

package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/problem"
)

// query returns what a query writes.
func (s *server) query(query string) (string, error) {
	var out bytes.Buffer
	err := readSQL(context.Background(), sqlQuery{driver: "postgres", dsn: s.dsn("kith", ""), query: query}, &out)
	return out.String(), err
}

func TestValuesOfPostgresAreWrittenAsListsReadThem(t *testing.T) {
	s := postgres(t)
	for _, test := range []struct{ name, value, want string }{
		{"NULL is blank", "null::text", `""`},
		{"text", "'ws-17'", "ws-17"},
		{"text with a comma, a quote and a line feed", `E'a,"b"\nc'`, "\"a,\"\"b\"\"\nc\""},
		{"text that looks like JSON", "'[x'", "[x"},
		{"padded text", "'ab'::char(5)", "ab"},
		{"an integer", "9223372036854775807", "9223372036854775807"},
		{"a decimal of any length", "12345678901234567890.10::numeric", "12345678901234567890.10"},
		{"a float without a loss", "0.1::float8", "0.1"},
		{"true", "true", "true"},
		{"false", "1 = 2", "false"},
		{"an address", "'10.0.0.1'::inet", "10.0.0.1"},
		{"an address with its network", "'10.1.2.3/24'::inet", "10.1.2.3/24"},
		{"an IPv6 address", "'2001:DB8::1'::inet", "2001:db8::1"},
		{"a network", "'10.0.0.0/8'::cidr", "10.0.0.0/8"},
		{"a MAC address", "'00-00-5E-00-53-11'::macaddr", "00:00:5e:00:53:11"},
		{"a MAC address of 8 bytes", "'00-00-5E-00-53-11-00-01'::macaddr8", "00:00:5e:00:53:11:00:01"},
		{"an UUID", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
		{"bytes", `'\x00005e005311'::bytea`, "00005e005311"},
		{"a date", "date '2026-01-31'", "2026-01-31"},
		{"a time without a zone", "timestamp '2026-01-31 10:00:00.5'", "2026-01-31T10:00:00.5"},
		{"a time with a zone, as UTC", "timestamptz '2026-01-31 10:00:00+02'", "2026-01-31T08:00:00Z"},
		{"a time without an end", "timestamptz 'infinity'", `""`},
		{"a date without a beginning", "date '-infinity'", `""`},
		{"an array", "array['a', 'b c', null, '', 'd\"e', 'f,g']", `"a|b c|d""e|f,g"`},
		{"an array with the text NULL", "array['NULL', null]", "NULL"},
		{"an empty array", "'{}'::text[]", `""`},
		{"an array of arrays", "array[[1, 2], [3, 4]]", "1|2|3|4"},
		{"an array with bounds", "'[0:1]={a,b}'::text[]", "a|b"},
		{"an array of addresses", "array['10.0.0.1'::inet, '10.0.0.2']", "10.0.0.1|10.0.0.2"},
		{"an array of times", "array[timestamptz '2026-01-31 10:00:00Z', 'infinity']", "2026-01-31T10:00:00Z"},
		{"an array of boxes", "array[box '((0,0),(1,1))', box '((0,0),(2,2))']", `"(1,1),(0,0)|(2,2),(0,0)"`},
		{"an array that is no array", "'1 2'::int2vector", "1 2"},
		{"an enumeration", "'up'::state", "up"},
		{"an array of an enumeration", "array['up', 'down']::state[]", "up|down"},
		{"a domain", "'x'::label", "x"},
		{"a JSON string", `'"a\u00fc"'::jsonb`, "aü"},
		{"a JSON number", `'1.50'::json`, "1.50"},
		{"JSON null", `'null'::jsonb`, `""`},
		{"a JSON array", `'["a", 1, null, [true]]'::jsonb`, "a|1|true"},
		{"a JSON object", `'{"os": "x"}'::jsonb`, `"{""os"": ""x""}"`},
	} {
		got, err := s.query("select " + test.value + " as v")
		require.NoError(t, err, test.name)
		assert.Equal(t, "v\n"+test.want+"\n", got, test.name)
	}
}

func TestColumnsOfPostgresKeepTheirNamesAndOrder(t *testing.T) {
	s := postgres(t)
	for query, want := range map[string]string{
		`select name, id, name from hosts order by id; `:                  "name,id,name\nweb-1,1,web-1\ndb-1,2,db-1\n",
		"-- a comment\nselect 1 as \"A, b\", 2 /* ; */":                   "\"A, b\",?column?\n1,2\n",
		"with x as (values (1, ';')) select * from x":                     "column1,column2\n1,;\n",
		"table hosts order by id limit 1":                                 "id,name,secret\n1,web-1,x\n",
		"select null::text as a from hosts":                               "a\n\"\"\n\"\"\n",
		"select $$;$$ as a":                                               "a\n;\n",
		"show server_encoding":                                            "server_encoding\nUTF8\n",
		"select current_setting('transaction_read_only') as a":            "a\non\n",
		"select current_setting('application_name') as a":                 "a\nkith\n",
		"select count(*)::text || ' of ' || max(id) as a from hosts as h": "a\n2 of 2\n",
	} {
		got, err := s.query(query)
		require.NoError(t, err, query)
		assert.Equal(t, want, got, query)
	}
}

func TestQueryCannotWriteToPostgres(t *testing.T) {
	s := postgres(t)
	file := filepath.Join(s.dir, "written")
	for _, test := range []struct{ query, want string }{
		{"insert into hosts (name) values ('x') returning name", "cannot execute INSERT in a read-only transaction (SQLSTATE 25006)"},
		{"update hosts set name = 'x' returning name", "cannot execute UPDATE in a read-only transaction"},
		{"delete from hosts returning name", "cannot execute DELETE in a read-only transaction"},
		{"with x as (delete from hosts returning name) select * from x", "cannot execute SELECT in a read-only transaction"},
		{"select add_host()", "cannot execute INSERT in a read-only transaction"},
		{"select nextval('hosts_id_seq')", "cannot execute nextval() in a read-only transaction"},
		{"explain analyze delete from hosts", "cannot execute DELETE in a read-only transaction"},
		{"select set_config('transaction_read_only', 'off', true), add_host()", "transaction read-write mode must be set before any query"},
		{"select name from hosts for update", "cannot execute SELECT FOR UPDATE in a read-only transaction"},
		{"delete from hosts", "the query returns no columns: write a statement that reads, such as select"},
		{"drop table hosts", "the query returns no columns"},
		{"set transaction read write", "the query returns no columns"},
		{"commit", "the query returns no columns"},
		{"do $$ begin perform add_host(); end $$", "the query returns no columns"},
		{"copy hosts to program 'cat >" + file + "'", "the query returns no columns"},
		{"copy hosts to stdout", "the query returns no columns"},
		{"", "the query returns no columns"},
		{" -- nothing\n;", "the query returns no columns"},
		{"select 1; delete from hosts", "the query has several statements: write one"},
		{"commit; delete from hosts; select 1", "the query has several statements: write one"},
		{"select $1::text", "the query has parameters such as $1"},
		{"select name from empty", "the query returned no rows"},
	} {
		_, err := s.query(test.query)
		assert.ErrorContains(t, err, test.want, test.query)
	}
	got, err := s.query("select count(*) as n, min(name) as name from hosts")
	require.NoError(t, err)
	assert.Equal(t, "n,name\n2,db-1\n", got)
	assert.NoFileExists(t, file)
}

func TestErrorsOfPostgresNameThePlaceAndARemedy(t *testing.T) {
	s := postgres(t)
	for _, test := range []struct {
		q          sqlQuery
		want, hint string
	}{
		{
			sqlQuery{dsn: s.dsn("kith", ""), query: "select name,\n  'ü', nam from hosts"},
			`query, line 2, column 8: column "nam" does not exist (SQLSTATE 42703)`, `Perhaps you meant to reference the column "hosts.name".`,
		},
		{sqlQuery{dsn: s.dsn("kith", ""), query: "selct 1"}, `query, line 1, column 1: syntax error at or near "selct" (SQLSTATE 42601)`, ""},
		{sqlQuery{dsn: s.dsn("kith", ""), query: "select name::int as n from hosts"}, `invalid input syntax for type integer: "web-1" (SQLSTATE 22P02)`, ""},
		{sqlQuery{dsn: s.dsn("locked", "password="+secretOfTests), query: "select * from hosts"}, "permission denied for table hosts (SQLSTATE 42501)", "grant select on the table to the user in the dsn"},
		{sqlQuery{dsn: s.dsn("locked", "password=wrong-secret"), query: "select 1"}, `password authentication failed for user "locked" (SQLSTATE 28P01)`, "correct the user and the password in the dsn"},
		{sqlQuery{dsn: s.dsn("kith", "dbname=cmdb"), query: "select 1"}, `database "cmdb" does not exist (SQLSTATE 3D000)`, "correct the name of the database in the dsn"},
		{sqlQuery{dsn: "host=127.0.0.1 port=1", query: "select 1"}, "dial tcp 127.0.0.1:1: connect: connection refused", "check the host and the port, and that the server is running"},
		{sqlQuery{dsn: "postgres://kith:p%ss-secret@db/cmdb", query: "select 1"}, "the dsn cannot be read", ""},
		{sqlQuery{dsn: "host=db password='half-secret", query: "select 1"}, "the dsn cannot be read", ""},
	} {
		test.q.driver = "postgres"
		err := readSQL(context.Background(), test.q, io.Discard)
		require.ErrorContains(t, err, test.want)
		hint, _ := problem.Hint(err)
		assert.Equal(t, test.hint, hint, test.want)
		assert.NotContains(t, err.Error(), "secret")
		assert.NotContains(t, err.Error(), "\n")
	}
}

func TestPasswordIsSentOverTLSOnly(t *testing.T) {
	for _, test := range []struct {
		name, dsn, ca, mode, want string
	}{
		{"to this machine", "postgres://u:p@localhost/d?sslmode=disable", "", "", ""},
		{"to this machine, in IPv6", "host=::1 password=p sslmode=disable", "", "", ""},
		{"to a Unix socket", "host=/run/postgresql password=p sslmode=disable", "", "", ""},
		{"to another machine", "postgres://u:p@db/d", "", "", ""},
		{"to another machine, verified", "postgres://u:p@db/d?sslmode=verify-full", "", "", ""},
		{"to another machine, required", "postgres://u:p@db/d?sslmode=require", "", "", ""},
		{"disabled", "postgres://u:p@db/d?sslmode=disable", "", "", "a password is not sent to db without TLS, which sslmode=disable does not require"},
		{"preferred", "host=db password=p sslmode=prefer", "", "", "a password is not sent to db without TLS, which sslmode=prefer does not require"},
		{"allowed", "host=db password=p sslmode = 'allow'", "", "", "a password is not sent to db without TLS, which sslmode=allow does not require"},
		{"disabled in the environment", "host=db password=p", "", "disable", "a password is not sent to db"},
		{"disabled in a spelling that is not found", "postgres://u:p@db/d?ssl%6Dode=disable", "", "", "a password is not sent to db"},
		{"to the second machine", "host=localhost,db password=p sslmode=disable", "", "", "a password is not sent to db"},
		{"no password", "postgres://u@db/d?sslmode=disable", "", "", ""},
		{"an authority, but no TLS", "postgres://u@localhost/d?sslmode=disable", "ca.pem", "", "ca is for TLS, which sslmode=disable does not require: write sslmode=verify-full"},
		{"an authority that is missing", "postgres://u@localhost/d", "missing.pem", "", "missing.pem: no such file or directory"},
		{"an authority that is none", "postgres://u@localhost/d", "text.pem", "", "no certificate in the form PEM"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			t.Setenv("PGSSLMODE", test.mode)
			_, _, ca, err := newCertificates()
			require.NoError(t, err)
			require.NoError(t, os.WriteFile("ca.pem", ca, 0o600))
			require.NoError(t, os.WriteFile("text.pem", []byte("x"), 0o600))
			q := &sqlQuery{dsn: test.dsn, ca: test.ca}
			config, err := q.postgresConfig()
			if test.want != "" {
				assert.ErrorContains(t, err, test.want)
				return
			}
			require.NoError(t, err)
			hosts := append([]*pgconn.FallbackConfig{{Host: config.Host, TLSConfig: config.TLSConfig}}, config.Fallbacks...)
			for _, h := range hosts {
				if h.Host != "db" || config.Password == "" {
					continue
				}
				require.NotNil(t, h.TLSConfig)
				assert.False(t, h.TLSConfig.InsecureSkipVerify)
				assert.Nil(t, h.TLSConfig.VerifyPeerCertificate)
				assert.Equal(t, "db", h.TLSConfig.ServerName)
			}
		})
	}
}

func TestCertificateOfPostgresIsVerified(t *testing.T) {
	s := postgres(t)
	read := func(parameters, ca string) (string, error) {
		var out bytes.Buffer
		q := sqlQuery{driver: "postgres", dsn: s.dsn("locked", parameters+" password="+secretOfTests), ca: ca, query: "select ssl from pg_stat_ssl where pid = pg_backend_pid()"}
		err := readSQL(context.Background(), q, &out)
		return out.String(), err
	}
	for parameters, want := range map[string]string{"sslmode=verify-full": "true", "sslmode=require": "true", "": "true"} {
		got, err := read(parameters, s.ca)
		require.NoError(t, err)
		assert.Equal(t, "ssl\n"+want+"\n", got)
	}
	got, err := read("sslmode=disable", "")
	require.NoError(t, err)
	assert.Equal(t, "ssl\nfalse\n", got)
	_, _, other, err := newCertificates()
	require.NoError(t, err)
	wrong := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(wrong, other, 0o600))
	_, err = read("sslmode=require", wrong)
	assert.ErrorContains(t, err, "certificate signed by unknown authority")
	hint, _ := problem.Hint(err)
	assert.Contains(t, hint, "ca: FILE")
}

func TestPostgresStopsWhenTheContextIsDone(t *testing.T) {
	s := postgres(t)
	reason := errors.New("no answer within 10m")
	ctx, cancel := context.WithTimeoutCause(context.Background(), 200*time.Millisecond, reason)
	defer cancel()
	err := readSQL(ctx, sqlQuery{driver: "postgres", dsn: s.dsn("kith", ""), query: "select pg_sleep(600) as never_seen"}, io.Discard)
	assert.ErrorIs(t, err, reason)
	require.NoError(t, eventually(func() error {
		got, err := s.query("select count(*) as n from pg_stat_activity where query like '%never_seen%' and state = 'active' and pid <> pg_backend_pid()")
		if err == nil && got != "n\n0\n" {
			err = fmt.Errorf("the query is still running: %s", got)
		}
		return err
	}))
}

func TestPostgresStopsWhenTheListIsTooLarge(t *testing.T) {
	s := postgres(t)
	q := sqlQuery{driver: "postgres", dsn: s.dsn("kith", ""), query: "select repeat('x', 100) as v, generate_series(1, 1000000000)"}
	assert.ErrorIs(t, readSQL(context.Background(), q, &limitedWriter{left: 1 << 20}), errLimit)
}

// heapWriter measures the heap while rows are written.
type heapWriter struct {
	written, writes int
	most            uint64
}

func (w *heapWriter) Write(b []byte) (int, error) {
	w.written += len(b)
	if w.writes++; w.writes%64 == 0 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		w.most = max(w.most, m.HeapAlloc)
	}
	return len(b), nil
}

func TestRowsOfPostgresAreNotHeldInMemory(t *testing.T) {
	s := postgres(t)
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	w := &heapWriter{}
	q := sqlQuery{driver: "postgres", dsn: s.dsn("kith", ""), query: "select repeat('x', 1000) as v, generate_series(1, 200000) % 10"}
	require.NoError(t, readSQL(context.Background(), q, w))
	assert.Equal(t, len("v,?column?\n")+200000*1003, w.written)
	assert.Less(t, w.most-min(before.HeapAlloc, w.most), uint64(16<<20))
}

func TestPostgresThatStopsInTheMiddleIsAnError(t *testing.T) {
	s := postgres(t)
	q := sqlQuery{driver: "postgres", dsn: s.dsn("kith", ""), query: "select pg_terminate_backend(pg_backend_pid())"}
	err := readSQL(context.Background(), q, io.Discard)
	assert.ErrorContains(t, err, "terminating connection due to administrator command (SQLSTATE 57P01)")
}
