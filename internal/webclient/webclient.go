// Package webclient makes HTTP requests under one policy, for all its callers.
//
// Certificates are always verified. Secrets are sent to one origin only, over TLS or to
// this machine. At most five redirects are followed, never one from https to http, and never
// one from another machine to this one or to a link-local address, where clouds keep
// credentials. Addresses are checked at the moment of dialling, because a name may have
// another address each time. Proxies are those of the environment variables that Go's
// clients use. Errors do not contain the query of a URL, which may have a secret in it.
package webclient

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/kithsec/kith/internal/problem"
)

// Options control a Client. The zero Options are the defaults.
type Options struct {
	UserAgent string         // the header User-Agent; "" means that of package net/http
	CA        *x509.CertPool // the trusted authorities; nil means those of the system
	Origin    *url.URL       // whose scheme, host and port Secrets are sent to
	Secrets   http.Header    // headers for Origin
	// CheckAddress, if not nil, is called with each address before it is dialled. If it returns
	// an error, the address is not dialled. With a proxy, the address is that of the proxy.
	CheckAddress func(netip.Addr) error
}

// Client makes requests. It may be used concurrently.
type Client struct {
	o      Options
	public *http.Transport // for all requests but those that use local
	local  *http.Transport // for secrets over http; it connects only to this machine
}

// New returns a Client. It must be closed.
func New(o Options) *Client {
	c := &Client{o: o}
	c.public = c.newTransport(c.checkDial)
	c.public.Proxy = http.ProxyFromEnvironment
	c.local = c.newTransport(func(ctx context.Context, to netip.Addr) error {
		if !to.IsLoopback() {
			return fmt.Errorf("a secret is not sent over http:// to %v: use https://", to)
		}
		return c.checkDial(ctx, to)
	})
	return c
}

// Close closes the connections that are not in use.
func (c *Client) Close() {
	c.public.CloseIdleConnections()
	c.local.CloseIdleConnections()
}

// newTransport returns a transport that calls check with each address before it dials it.
func (c *Client) newTransport(check func(context.Context, netip.Addr) error) *http.Transport {
	dialer := &net.Dialer{Timeout: 30 * time.Second, ControlContext: func(ctx context.Context, _, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return check(ctx, to.Addr().Unmap())
	}}
	return &http.Transport{
		DialContext: dialer.DialContext, ForceAttemptHTTP2: true,
		TLSClientConfig:     &tls.Config{RootCAs: c.o.CA, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 30 * time.Second, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 1 << 20,
	}
}

// redirector is the key of a context value: the address of the server that redirected a
// request.
type redirector struct{}

// checkDial returns an error if an address must not be dialled.
func (c *Client) checkDial(ctx context.Context, to netip.Addr) error {
	from, redirected := ctx.Value(redirector{}).(netip.Addr)
	if redirected && !from.IsLoopback() && (to.IsLoopback() || to.IsLinkLocalUnicast() || to.IsUnspecified()) {
		return fmt.Errorf("the server redirects to %v, an address of this machine or its link, which is not followed", to)
	}
	if c.o.CheckAddress != nil {
		return c.o.CheckAddress(to)
	}
	return nil
}

// maxRedirects is how many redirects Get follows.
const maxRedirects = 5

// Get requests u with the given headers, besides those of the Client, and follows redirects.
// The caller must close the body of the response; its Request.URL is that of the last
// request. A response with any status but a redirect is not an error.
func (c *Client) Get(ctx context.Context, u *url.URL, header http.Header) (*http.Response, error) {
	var server netip.Addr // that sent the last response
	for hop := 0; ; hop++ {
		trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { server = addressOf(info.Conn) }}
		response, err := c.send(httptrace.WithClientTrace(ctx, trace), u, header)
		if err != nil {
			return nil, withoutURL(err)
		}
		location := response.Header.Get("Location")
		if !isRedirect(response.StatusCode) || location == "" {
			return response, nil
		}
		_, _ = io.CopyN(io.Discard, response.Body, 4<<10) // so that the connection can be reused
		response.Body.Close()
		next, err := u.Parse(location)
		switch {
		case err != nil:
			return nil, errors.New("the server redirects to a text that is not a URL")
		case hop == maxRedirects:
			return nil, fmt.Errorf("the server redirects more than %d times", maxRedirects)
		case next.Scheme != "https" && (next.Scheme != "http" || u.Scheme == "https"):
			return nil, fmt.Errorf("the server redirects from %s:// to %.20s://, which is not followed", u.Scheme, next.Scheme)
		case next.Hostname() == "":
			return nil, errors.New("the server redirects to a URL without a host")
		}
		next.User, next.Fragment = nil, ""
		if !SameOrigin(u, next) && server.IsValid() {
			ctx = context.WithValue(ctx, redirector{}, server)
		}
		u = next
	}
}

// send makes one request.
func (c *Client) send(ctx context.Context, u *url.URL, header http.Header) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	if c.o.UserAgent != "" {
		request.Header.Set("User-Agent", c.o.UserAgent)
	}
	setHeaders(request.Header, header)
	transport := c.public
	if len(c.o.Secrets) > 0 && SameOrigin(u, c.o.Origin) {
		setHeaders(request.Header, c.o.Secrets)
		if u.Scheme != "https" {
			transport = c.local
		}
	}
	return transport.RoundTrip(request)
}

// setHeaders sets the headers of from in to.
func setHeaders(to, from http.Header) {
	for name, values := range from {
		to[http.CanonicalHeaderKey(name)] = values
	}
}

// addressOf returns the address of the other end of a connection, or the zero Addr if it has
// none.
func addressOf(conn net.Conn) netip.Addr {
	to, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return to.Addr().Unmap()
}

// isRedirect reports whether a status sends a client to another URL.
func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// withoutURL returns an error of a request without the URL, which may contain a secret.
func withoutURL(err error) error {
	var named *url.Error
	if errors.As(err, &named) {
		return named.Err
	}
	return err
}

// SameOrigin reports whether two URLs have the same scheme, host and port.
func SameOrigin(a, b *url.URL) bool {
	return a != nil && b != nil && strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) && portOf(a) == portOf(b)
}

// portOf returns the port of a URL, which may be that of its scheme.
func portOf(u *url.URL) string {
	switch port := u.Port(); {
	case port != "":
		return port
	case strings.EqualFold(u.Scheme, "https"):
		return "443"
	}
	return "80"
}

// ReadCA returns the certificates in a file.
func ReadCA(path string) (*x509.CertPool, error) {
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

// StatusError is a response with a status other than the expected one.
type StatusError struct {
	Status     int
	RetryAfter time.Duration // of the header Retry-After; 0 if there is none
}

// NewStatusError returns the error for a response. now is the current time.
func NewStatusError(r *http.Response, now time.Time) *StatusError {
	return &StatusError{Status: r.StatusCode, RetryAfter: retryAfter(r.Header.Get("Retry-After"), now)}
}

// Error returns the status with the words of its standard, such as "404 Not Found". The
// words of the server are not shown.
func (e *StatusError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status)))
}

// maxRetryAfter is the longest wait that retryAfter returns.
const maxRetryAfter = 24 * time.Hour

// retryAfter returns the wait in a header Retry-After, which has a number of seconds or a
// time.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}
