package remote

import (
	"context"
	"errors"
	"io"

	"github.com/kithsec/kith/config"
)

// ldapSearch is a search with the account that it is made as.
type ldapSearch struct {
	config.LDAP         // Bind is not used
	dn, password string // "" means anonymous
	ca           string // the path of the certificates to trust; "" means those of the system
}

// readLDAP writes the entries that a search finds to w as CSV or as lines of JSON. It stops
// when ctx is done, and when w returns an error, which is the limit of the size. Its errors
// may contain secrets: the caller removes them.
func readLDAP(ctx context.Context, s ldapSearch, w io.Writer) error {
	return errors.New("lists from directories are not supported yet")
}
