package remote

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"modernc.org/sqlite" // registers the driver, too

	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/problem"
)

// readSQLite writes the rows of the query to w and returns how many there are.
func (q *sqlQuery) readSQLite(ctx context.Context, w io.Writer) (rows int, err error) {
	if err := checkSQLite(q.query); err != nil {
		return 0, err
	}
	name, err := sqliteURI(q.dsn)
	if err != nil {
		return 0, err
	}
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return 0, explainSQLite(err)
	}
	defer db.Close()
	result, err := db.QueryContext(ctx, q.query)
	if err != nil {
		return 0, explainSQLite(err)
	}
	defer result.Close()
	columns, err := result.Columns()
	if err != nil {
		return 0, explainSQLite(err)
	}
	out := csvio.NewWriter(w)
	if err := out.Row(columns...); err != nil {
		return 0, err
	}
	values := make([]any, len(columns))
	into := make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	var cell []byte
	for result.Next() {
		if err := result.Scan(into...); err != nil {
			return rows, err
		}
		for _, v := range values {
			cell = appendSQLiteValue(cell[:0], v)
			out.CellBytes(cell)
		}
		if err := out.EndRow(); err != nil {
			return rows, err
		}
		rows++
		q.reportReceived()
	}
	if err := result.Err(); err != nil {
		return rows, explainSQLite(err)
	}
	return rows, out.Flush()
}

// sqliteParameters are the parameters that a dsn may have besides mode=ro.
var sqliteParameters = []string{"cache", "immutable", "nolock", "psow"}

// sqliteURI returns the URI that opens the file of a dsn, a path or a URI, read-only.
func sqliteURI(dsn string) (string, error) {
	path, parameters := dsn, url.Values{}
	if rest, ok := strings.CutPrefix(dsn, "file:"); ok {
		u, err := url.Parse(dsn)
		if err != nil || u.Host != "" && u.Host != "localhost" {
			return "", fmt.Errorf("dsn: want file:PATH, not %s", problem.Quote(dsn))
		}
		if path, _, _ = strings.Cut(rest, "?"); u.Host != "" || u.Path != "" {
			path = u.Path
		} else if path, err = url.PathUnescape(path); err != nil {
			return "", fmt.Errorf("dsn: want file:PATH, not %s", problem.Quote(dsn))
		}
		for key, values := range u.Query() {
			if key == "mode" && slices.Equal(values, []string{"ro"}) {
				continue
			}
			if !slices.Contains(sqliteParameters, key) {
				return "", fmt.Errorf("dsn: the file is opened read-only, without the parameter %s: leave it out", problem.Quote(key))
			}
			parameters[key] = values
		}
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", problem.WithHint(problem.Cause(path, err), "dsn names the file of the database")
	case info.IsDir():
		return "", fmt.Errorf("%s: is a directory: dsn names the file of the database", path)
	}
	parameters.Set("mode", "ro")
	parameters["_pragma"] = []string{"query_only(1)", "trusted_schema(0)", "busy_timeout(5000)"}
	u := url.URL{Path: path}
	return "file:" + strings.ReplaceAll(u.EscapedPath(), "?", "%3F") + "?" + parameters.Encode(), nil
}

// checkSQLite returns an error unless a query is one statement that reads. It is needed
// because the driver runs all statements of a query, and attaches other files.
func checkSQLite(query string) error {
	first, rest := "", query
	ended := false
	for {
		token, next := nextToken(rest)
		rest = next
		switch {
		case token == "":
			if first == "" {
				return errors.New("the query is empty: write a select statement")
			}
			return nil
		case token == ";":
			ended = first != ""
		case ended:
			return errSeveral
		case first == "":
			if first = strings.ToLower(token); first != "select" && first != "with" && first != "values" {
				return fmt.Errorf("the query begins with %s: write a select statement", problem.Quote(token))
			}
		}
	}
}

// nextToken returns the first token of an SQLite query and what is behind it. White space
// and comments are skipped. At the end, the token is empty.
func nextToken(query string) (token, rest string) {
	for {
		query = strings.TrimLeft(query, " \t\n\f\r")
		switch {
		case strings.HasPrefix(query, "--"):
			_, query, _ = strings.Cut(query, "\n")
			continue
		case strings.HasPrefix(query, "/*"):
			_, query, _ = strings.Cut(query[2:], "*/")
			continue
		case query == "":
			return "", ""
		}
		break
	}
	end := 1
	switch c := query[0]; {
	case c == '\'' || c == '"' || c == '`' || c == '[':
		closing := c
		if c == '[' {
			closing = ']'
		}
		// Two quotes in a quoted text are one of its characters. Here they end one token and
		// begin the next, which comes to the same.
		if i := strings.IndexByte(query[1:], closing); i >= 0 {
			end = i + 2
		} else {
			end = len(query)
		}
	case isWord(c):
		for end < len(query) && isWord(query[end]) {
			end++
		}
	}
	return query[:end], query[end:]
}

func isWord(c byte) bool {
	return c == '_' || c >= 0x80 || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// appendSQLiteValue appends a value as the text of a cell. NULL is nothing, and a blob is
// its bytes in hexadecimal digits.
func appendSQLiteValue(b []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return b
	case string:
		return append(b, v...)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case bool:
		return strconv.AppendBool(b, v)
	case []byte:
		return fmt.Appendf(b, "%x", v)
	case float64:
		if math.Abs(v) < 1e21 {
			return strconv.AppendFloat(b, v, 'f', -1, 64)
		}
		return strconv.AppendFloat(b, v, 'g', -1, 64)
	case time.Time: // of a column that is declared as a date or a time
		if v.Equal(v.Truncate(24*time.Hour)) && v.Location() == time.UTC {
			return v.AppendFormat(b, time.DateOnly)
		}
		return v.AppendFormat(b, time.RFC3339Nano)
	}
	return fmt.Append(b, value)
}

// explainSQLite returns an error of SQLite with a remedy.
func explainSQLite(err error) error {
	failed, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err
	}
	text := strings.TrimPrefix(failed.Error(), "SQL logic error: ")
	err = errors.New(text)
	switch failed.Code() & 0xff {
	case 5: // SQLITE_BUSY
		return problem.WithHint(err, "another program is writing the database: try again, or read a copy")
	case 8: // SQLITE_READONLY
		return problem.WithHint(err, "the query of a list only reads: leave out what changes the database")
	case 14: // SQLITE_CANTOPEN
		return problem.WithHint(err, "kith must be able to read the file and its folder; a database in WAL mode that is not in use is opened with dsn: file:PATH?immutable=1")
	case 26: // SQLITE_NOTADB
		return problem.WithHint(err, "dsn names the file of an SQLite database; one that is encrypted cannot be read")
	}
	return err
}
