package remote

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/problem"
)

// readPostgres writes the rows of the query to w and returns how many there are.
func (q *sqlQuery) readPostgres(ctx context.Context, w io.Writer) (rows int, err error) {
	config, err := q.postgresConfig()
	if err != nil {
		return 0, err
	}
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return 0, q.explainPostgres(err)
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		conn.Close(closing)
	}()
	if _, err := conn.Exec(ctx, beginReadOnly(ctx)).ReadAll(); err != nil {
		return 0, q.explainPostgres(err)
	}
	columns, err := q.describe(ctx, conn)
	if err != nil {
		return 0, q.explainPostgres(err)
	}
	// Without this cancel, the server would first send all the rows that w does not take.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := csvio.NewWriter(w)
	for _, c := range columns {
		out.Cell(c.name)
	}
	err = out.EndRow()
	result := conn.ExecParams(ctx, q.query, nil, nil, nil, nil)
	var cell []byte
	for err == nil && result.NextRow() {
		for i, value := range result.Values() {
			cell = columns[i].appendText(cell[:0], value)
			out.CellBytes(cell)
		}
		err = out.EndRow()
		rows++
		q.reportReceived()
	}
	if err != nil {
		cancel()
		_, _ = result.Close()
		return rows, err
	}
	if _, err := result.Close(); err != nil {
		return rows, q.explainPostgres(err)
	}
	return rows, out.Flush()
}

// beginReadOnly returns the statements that begin a transaction in which nothing can be
// written. They also set in which form the server sends values, for this transaction only,
// because a connection pooler may give the session to others. The limit of the time is for
// when kith is killed: before that, it cancels the query itself.
func beginReadOnly(ctx context.Context) string {
	limit := int64(0) // none
	if deadline, ok := ctx.Deadline(); ok {
		limit = max(time.Until(deadline), 0).Milliseconds() + 1000
	}
	return fmt.Sprintf(`begin read only;
set local client_encoding = 'UTF8';
set local datestyle = 'ISO, YMD';
set local timezone = 'UTC';
set local bytea_output = 'hex';
set local statement_timeout = %d`, limit)
}

// describe returns the columns of the query. The server parses the query for that, but
// does not run it. A statement without columns is rejected: it does not read.
func (q *sqlQuery) describe(ctx context.Context, conn *pgconn.PgConn) ([]pgColumn, error) {
	statement, err := conn.Prepare(ctx, "", q.query, nil)
	if err != nil {
		return nil, err
	}
	if n := len(statement.ParamOIDs); n > 0 {
		return nil, fmt.Errorf("the query has parameters such as $%d, for which there are no values: write the values into it", n)
	}
	if len(statement.Fields) == 0 {
		return nil, errors.New("the query returns no columns: write a statement that reads, such as select")
	}
	columns := make([]pgColumn, len(statement.Fields))
	var oids []string
	for i, f := range statement.Fields {
		columns[i] = pgColumn{name: f.Name}
		oids = append(oids, fmt.Sprint(f.DataTypeOID))
	}
	types, err := typesOf(ctx, conn, oids)
	for i, f := range statement.Fields {
		columns[i].pgType = types[fmt.Sprint(f.DataTypeOID)]
	}
	return columns, err
}

// typesOf returns the types with the given numbers, by number.
func typesOf(ctx context.Context, conn *pgconn.PgConn, oids []string) (map[string]pgType, error) {
	result := conn.ExecParams(ctx, `select t.oid, t.typname, e.typname, e.typdelim
from pg_catalog.pg_type t left join pg_catalog.pg_type e on e.oid = t.typelem and t.typcategory = 'A'
where t.oid = any ($1::pg_catalog.oid[])`, [][]byte{[]byte("{" + strings.Join(oids, ",") + "}")}, nil, nil, nil).Read()
	types := map[string]pgType{}
	for _, row := range result.Rows {
		t := pgType{name: string(row[1])}
		if row[2] != nil {
			t = pgType{name: string(row[2]), array: true, delimiter: row[3][0]}
		}
		types[string(row[0])] = t
	}
	return types, result.Err
}

// postgresConfig returns how to connect. A password and the rows are sent over TLS, with
// the certificate of the server verified, unless the server is on this machine.
func (q *sqlQuery) postgresConfig() (*pgconn.Config, error) {
	config, err := pgconn.ParseConfig(q.dsn)
	if err != nil {
		// The error may quote a part of the password.
		return nil, errors.New("the dsn cannot be read: it is neither a URL such as postgres://kith@db.corp.example/cmdb nor text such as host=db.corp.example dbname=cmdb, " +
			"or it names a file that cannot be read. In a URL, special characters of the password are written as %XX")
	}
	config.MaxProtocolMessageBodyLen = maxMessage
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "kith"
	}
	if config.ConnectTimeout == 0 {
		dialer := &net.Dialer{Timeout: connectTimeout}
		config.DialFunc = dialer.DialContext
	}
	config.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: time.Second}
	}
	return config, q.secure(config)
}

var sslmode = regexp.MustCompile(`(?i)\bsslmode\s*=\s*'?([a-z-]+)`)

// secure makes connections to other machines verify the certificate of the server. A
// sslmode that does without TLS is accepted only if there is no password.
func (q *sqlQuery) secure(config *pgconn.Config) error {
	mode := strings.ToLower(os.Getenv("PGSSLMODE"))
	if m := sslmode.FindStringSubmatch(q.dsn); m != nil {
		mode = strings.ToLower(m[1])
	}
	plain := mode == "disable" || mode == "allow" || mode == "prefer"
	roots, err := certPool(q.ca)
	if err != nil {
		return err
	}
	if plain && roots != nil {
		return fmt.Errorf("ca is for TLS, which sslmode=%s does not require: write sslmode=verify-full", mode)
	}
	open := func(host string) bool { return isSocket(host) || isLoopback(host) && roots == nil }
	verify := func(host string, t *tls.Config) error {
		switch {
		case open(host):
		case (plain || t == nil) && config.Password != "":
			return problem.WithHint(fmt.Errorf("a password is not sent to %s without TLS, which sslmode=%s does not require", host, cmp.Or(mode, "disable")),
				"write sslmode=verify-full into the dsn; ca: FILE names the certificates of an authority of your own")
		case !plain && t != nil:
			// Changed in place: pgconn finds the client certificate by the address.
			t.InsecureSkipVerify, t.VerifyPeerCertificate, t.VerifyConnection, t.ServerName = false, nil, nil, host
			if roots != nil {
				t.RootCAs = roots
			}
		}
		return nil
	}
	if err := verify(config.Host, config.TLSConfig); err != nil {
		return err
	}
	var fallbacks []*pgconn.FallbackConfig
	for _, f := range config.Fallbacks {
		if f.TLSConfig == nil && !plain && !open(f.Host) {
			continue // the default mode would at last try without TLS
		}
		if err := verify(f.Host, f.TLSConfig); err != nil {
			return err
		}
		fallbacks = append(fallbacks, f)
	}
	config.Fallbacks = fallbacks
	return nil
}

// isSocket reports whether the host of a DSN is the folder of a Unix socket.
func isSocket(host string) bool {
	network, _ := pgconn.NetworkAddress(host, 0)
	return network == "unix"
}

// explainPostgres returns an error with the place in the query and a remedy.
func (q *sqlQuery) explainPostgres(err error) error {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return explainConnection(err)
	}
	if pg.Code == "42601" && pg.Position == 0 { // a syntax error without a place
		return errSeveral
	}
	where := ""
	if pg.Position > 0 {
		line, column := placeIn(q.query, int(pg.Position))
		where = fmt.Sprintf("query, line %d, column %d: ", line, column)
	}
	detail := ""
	if pg.Detail != "" {
		detail = ": " + pg.Detail
	}
	err = fmt.Errorf("%s%s%s (SQLSTATE %s)", where, pg.Message, detail, pg.Code)
	hint := pg.Hint
	switch {
	case hint != "":
	case pg.Code == "28P01" || pg.Code == "28000":
		hint = "correct the user and the password in the dsn"
	case pg.Code == "3D000":
		hint = "correct the name of the database in the dsn"
	case pg.Code == "42501":
		hint = "grant select on the table to the user in the dsn"
	case pg.Code == "25006":
		hint = "the query of a list only reads: leave out what changes the database"
	case pg.Code == "57014":
		hint = "the server ended the query: raise its statement_timeout for the user, or make the query faster"
	}
	if hint != "" {
		err = problem.WithHint(err, "%s", hint)
	}
	return err
}
