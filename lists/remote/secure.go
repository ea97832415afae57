package remote

import (
	"crypto/x509"
	"net/netip"
	"strings"

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
func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback()
}
