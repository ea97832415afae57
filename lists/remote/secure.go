package remote

import (
	"crypto/x509"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/internal/webclient"
)

// certPool returns the certificates in a file, or nil, which means those of the system, if
// path is empty.
func certPool(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	return webclient.ReadCA(path)
}

// isLoopback reports whether a host, without its port, is this machine.
var isLoopback = config.IsLoopback
