package remote

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/webclient"
)

// connectTimeout bounds the time in which a server must take a connection.
const connectTimeout = 30 * time.Second

// maxMessage bounds one message of a server, which is a row or an entry.
const maxMessage = 64 << 20

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

// explainConnection returns an error of a connection to a server with a remedy, in one line.
func explainConnection(err error) error {
	if failed, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		err = failed.Unwrap()
	}
	if refused, ok := errors.AsType[*net.OpError](err); ok && refused.Op == "dial" {
		return problem.WithHint(refused, "check the host and the port, and that the server is running")
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return problem.WithHint(oneLine(err), "ca: FILE names the certificates of an authority of your own; the host must be the one that the certificate names")
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the server closed the connection before the end of the answer")
	}
	return oneLine(err)
}

// oneLine returns an error with its first line: pgconn has a line for each attempt.
func oneLine(err error) error {
	first, _, several := strings.Cut(err.Error(), "\n")
	if !several {
		return err
	}
	return errors.New(first)
}
