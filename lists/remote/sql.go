package remote

import (
	"context"
	"errors"
	"io"
)

// sqlQuery is a statement with the database that it is run in.
type sqlQuery struct {
	driver string // postgres or sqlite
	dsn    string // with its secrets
	query  string
	ca     string // the path of the certificates to trust; "" means those of the system
}

// readSQL writes the rows of a statement to w as CSV or as lines of JSON. It stops when ctx
// is done, and when w returns an error, which is the limit of the size. Its errors may
// contain secrets: the caller removes them.
func readSQL(ctx context.Context, q sqlQuery, w io.Writer) error {
	return errors.New("lists from databases are not supported yet")
}
