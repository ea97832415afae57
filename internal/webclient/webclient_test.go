package webclient

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func parseURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	require.NoError(t, err)
	return u
}

func TestSecretsOverHTTPReachOnlyThisMachine(t *testing.T) {
	sent := ""
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { sent = r.Header.Get("X-Key") }))
	defer server.Close()
	for _, test := range []struct{ origin, want string }{
		{server.URL, ""},
		{"http://192.0.2.1", "a secret is not sent over http:// to 192.0.2.1: use https://"},
	} {
		u := parseURL(t, test.origin)
		c := New(Options{Origin: u, Secrets: http.Header{"X-Key": {"s3cret"}}})
		response, err := c.Get(t.Context(), u, nil)
		if test.want != "" {
			require.ErrorContains(t, err, test.want)
			continue
		}
		require.NoError(t, err)
		response.Body.Close()
		assert.Equal(t, "s3cret", sent)
		c.Close()
	}
}

// TestRedirectsToThisMachineAreRefused checks addresses as they are dialled for a server
// that redirects. A server on this machine may redirect to others on it.
func TestRedirectsToThisMachineAreRefused(t *testing.T) {
	for _, test := range []struct {
		from, to string
		allowed  bool
	}{
		{"192.0.2.1", "198.51.100.1", true},
		{"192.0.2.1", "10.0.0.1", true},
		{"192.0.2.1", "127.0.0.1", false},
		{"192.0.2.1", "::1", false},
		{"192.0.2.1", "0.0.0.0", false},
		{"192.0.2.1", "169.254.169.254", false},
		{"192.0.2.1", "fe80::1", false},
		{"127.0.0.1", "127.0.0.1", true},
		{"", "127.0.0.1", true},
	} {
		ctx := t.Context()
		if test.from != "" {
			ctx = context.WithValue(ctx, redirector{}, netip.MustParseAddr(test.from))
		}
		err := New(Options{}).checkDial(ctx, netip.MustParseAddr(test.to))
		assert.Equal(t, test.allowed, err == nil, "from %q to %s: %v", test.from, test.to, err)
	}
}

func TestRedirectedRequestsRememberTheirServer(t *testing.T) {
	second := httptest.NewServer(http.NotFoundHandler())
	defer second.Close()
	first := httptest.NewServer(http.RedirectHandler(second.URL, http.StatusFound))
	defer first.Close()
	c := New(Options{})
	defer c.Close()
	var from []any
	c.public = c.newTransport(func(ctx context.Context, _ netip.Addr) error {
		from = append(from, ctx.Value(redirector{}))
		return nil
	})
	response, err := c.Get(t.Context(), parseURL(t, first.URL), nil)
	require.NoError(t, err)
	response.Body.Close()
	assert.Equal(t, []any{nil, netip.MustParseAddr("127.0.0.1")}, from)
	assert.Equal(t, second.URL, response.Request.URL.String())
}

func TestAddressesAreCheckedBeforeTheyAreDialled(t *testing.T) {
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests++ }))
	defer server.Close()
	c := New(Options{CheckAddress: func(to netip.Addr) error {
		assert.Equal(t, netip.MustParseAddr("127.0.0.1"), to)
		return errors.New("this address is not allowed")
	}})
	defer c.Close()
	_, err := c.Get(t.Context(), parseURL(t, server.URL+"/?key=s3cret"), nil)
	require.ErrorContains(t, err, "this address is not allowed")
	assert.NotContains(t, err.Error(), "s3cret")
	assert.Zero(t, requests)
}

func TestAtMostFiveRedirectsAreFollowed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if left := r.URL.Query().Get("left"); left != "" {
			http.Redirect(w, r, "/?left="+left[1:], http.StatusFound)
		}
	}))
	defer server.Close()
	for left, want := range map[string]string{"xxxxx": "", "xxxxxx": "the server redirects more than 5 times"} {
		c := New(Options{})
		response, err := c.Get(t.Context(), parseURL(t, server.URL+"/?left="+left), nil)
		if want != "" {
			require.EqualError(t, err, want)
			continue
		}
		require.NoError(t, err)
		response.Body.Close()
		assert.Equal(t, http.StatusOK, response.StatusCode)
		c.Close()
	}
}

func TestSameOrigin(t *testing.T) {
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"https://h.example/a", "https://H.Example:443/b?c", true},
		{"http://h.example", "http://h.example:80", true},
		{"https://h.example", "http://h.example", false},
		{"https://h.example", "https://h.example:8443", false},
		{"https://h.example", "https://a.h.example", false},
		{"https://[2001:db8::1]", "https://[2001:db8::1]:443", true},
	} {
		assert.Equal(t, test.same, SameOrigin(parseURL(t, test.a), parseURL(t, test.b)), "%s and %s", test.a, test.b)
	}
	assert.False(t, SameOrigin(nil, nil))
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		text string
		want time.Duration
	}{
		{"", 0},
		{"120", 2 * time.Minute},
		{"-1", 0},
		{"soon", 0},
		{"999999999", 24 * time.Hour},
		{"99999999999999999999", 0},
		{"Tue, 01 Dec 2026 12:00:30 GMT", 30 * time.Second},
		{"Tue, 01 Dec 2026 11:00:00 GMT", 0},
		{"Tue, 01 Dec 2099 11:00:00 GMT", 24 * time.Hour},
	} {
		r := &http.Response{StatusCode: 503, Header: http.Header{"Retry-After": {test.text}}}
		err := NewStatusError(r, now)
		assert.Equal(t, test.want, err.RetryAfter, test.text)
		assert.EqualError(t, err, "503 Service Unavailable")
	}
	assert.EqualError(t, &StatusError{Status: 599}, "599", "a status without a name")
}

// TestProxyOfTheEnvironmentIsUsed runs itself with a proxy in the environment, which Go
// reads only once in a process.
func TestProxyOfTheEnvironmentIsUsed(t *testing.T) {
	if os.Getenv("KITH_TEST_PROXIED") != "" {
		c := New(Options{})
		defer c.Close()
		response, err := c.Get(t.Context(), parseURL(t, "http://lists.example/hosts.csv"), nil)
		require.NoError(t, err)
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		assert.Equal(t, "through the proxy", string(text))
		return
	}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "http://lists.example/hosts.csv", r.URL.String())
		_, _ = io.WriteString(w, "through the proxy")
	}))
	defer proxy.Close()
	again := exec.Command(os.Args[0], "-test.run=^TestProxyOfTheEnvironmentIsUsed$")
	again.Env = append(os.Environ(), "KITH_TEST_PROXIED=1", "HTTP_PROXY="+proxy.URL, "http_proxy="+proxy.URL, "NO_PROXY=", "no_proxy=")
	out, err := again.CombinedOutput()
	require.NoError(t, err, "%s", out)
}
