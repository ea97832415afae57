package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// sqlQuery is a statement with the database that it is run in.
type sqlQuery struct {
	driver string // postgres or sqlite
	dsn    string // with its secrets
	query  string
	ca     string // the path of the certificates to trust; "" means those of the system

	received func() // called for each row; may be nil
}

func (q *sqlQuery) reportReceived() {
	if q.received != nil {
		q.received()
	}
}

var errNoRows = errors.New("the query returned no rows")

// readSQL writes the rows of a statement to w as CSV, below a line with the names of the
// columns. Only one row at a time is held in memory.
//
// The statement must be a single one that returns columns, and it cannot write: PostgreSQL
// runs it in a read-only transaction, and SQLite opens the file read-only. NULL becomes a
// blank cell, an array becomes its elements with | between them, and a time is in ISO 8601.
// No rows are an error.
//
// readSQL stops when ctx is done, and when w returns an error, which is the limit of the
// size. Its errors may contain secrets: the caller removes them.
func readSQL(ctx context.Context, q sqlQuery, w io.Writer) error {
	var rows int
	var err error
	switch q.driver {
	case "postgres":
		rows, err = q.readPostgres(ctx, w)
	case "sqlite":
		rows, err = q.readSQLite(ctx, w)
	default:
		return fmt.Errorf("unknown driver %q: want postgres or sqlite", q.driver)
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	case err == nil && rows == 0:
		return errNoRows
	}
	return err
}

var errSeveral = errors.New("the query has several statements: write one")

// placeIn returns the line and the column of a character of a query, both from 1.
func placeIn(query string, position int) (line, column int) {
	line, column = 1, 1
	for _, r := range query {
		if position--; position <= 0 {
			break
		}
		if column++; r == '\n' {
			line, column = line+1, 1
		}
	}
	return line, column
}
