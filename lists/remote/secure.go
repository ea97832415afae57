package remote

import (
	"crypto/x509"
	"fmt"
	"net/netip"
	"os"
	"strings"

	"github.com/kithsec/kith/internal/problem"
)

// certPool returns the certificates in a file, or nil, which means those of the system, if
// path is empty.
func certPool(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, problem.Cause(path, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s: no certificate in the form PEM, which begins with -----BEGIN CERTIFICATE-----", path)
	}
	return pool, nil
}

// isLoopback reports whether a host, without its port, is this machine.
func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback()
}
