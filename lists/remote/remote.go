// Package remote fetches lists from where they live: from HTTP servers, SQL databases and
// LDAP directories. It is separate from package lists so that programs that read only files
// need no drivers.
package remote

import (
	"context"
	"errors"
	"io"

	"github.com/kithsec/kith/config"
)

// Write writes a list of a database or a directory to w, as CSV or as lines of JSON, and
// returns notes about what it left out.
func Write(ctx context.Context, s config.Source, w io.Writer) (notes []string, err error) {
	switch {
	case s.SQL != nil:
		dsn, err := s.SQL.DSN.Read()
		if err != nil {
			return nil, err
		}
		return nil, readSQL(ctx, sqlQuery{driver: s.SQL.Driver, dsn: dsn, query: s.SQL.Query, ca: s.CA}, w)
	case s.LDAP != nil:
		search := ldapSearch{LDAP: *s.LDAP, ca: s.CA}
		if b := s.LDAP.Bind; b != nil {
			if search.dn, err = b.DN.Read(); err != nil {
				return nil, err
			}
			if search.password, err = b.Password.Read(); err != nil {
				return nil, err
			}
		}
		return readLDAP(ctx, search, w)
	}
	return nil, errors.New("the list is neither in a database nor in a directory")
}
