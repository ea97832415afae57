package config

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
)

// checkOrigin reports whether a source states where its list is, after reporting what is
// wrong with that. path is the key of the source.
func (k *checker) checkOrigin(path string, s *Source) bool {
	var given []string
	for _, origin := range []struct {
		key   string
		given bool
	}{{"path", s.Path != ""}, {"sql", s.SQL != nil}, {"ldap", s.LDAP != nil}} {
		if origin.given {
			given = append(given, origin.key)
		}
	}
	switch {
	case len(given) == 0:
		k.report(path+".path", "%v", errNoPath)
		return false
	case len(given) > 1:
		k.report(path+"."+given[1], "%s exclude each other: a source has one of them", strings.Join(given, " and "))
		return false
	}
	k.checkRemoteKeys(path, s)
	switch {
	case s.SQL != nil:
		k.checkSQL(path+".sql", s)
	case s.LDAP != nil:
		k.checkLDAP(path+".ldap", s.LDAP)
	case IsURL(s.Path):
		k.checkHTTP(path, s)
	case strings.Contains(s.Path, "://"):
		scheme, _, _ := strings.Cut(s.Path, "://")
		k.report(path+".path", "path: cannot read from %.60q: use http:// or https://, or the path of a file", scheme+"://")
	}
	return true
}

// checkRemoteKeys checks the keys that only lists from servers have.
func (k *checker) checkRemoteKeys(path string, s *Source) {
	isURL, served := IsURL(s.Path), s.IsRemote() && !s.IsStandard()
	for _, key := range []struct {
		name        string
		given, fits bool
		of          string
	}{
		{"every", s.Every != 0, served, "lists from servers; --watch notices when a file changes"},
		{"timeout", s.Timeout != 0, served, "lists from servers"},
		{"cache", s.Cache != "", served, "lists from servers"},
		{"ca", s.CA != "", served, "lists from servers"},
		{"basic", s.Basic != nil, isURL, "http:// and https:// URLs"},
		{"bearer", s.Bearer != nil, isURL, "http:// and https:// URLs"},
		{"headers", len(s.Headers) > 0, isURL, "http:// and https:// URLs"},
		{"pages", s.Pages != "", isURL, "http:// and https:// URLs"},
	} {
		if key.given && !key.fits {
			k.report(path+"."+key.name, "%s is for %s", key.name, key.of)
		}
	}
	if s.Optional && served {
		k.report(path+".optional", "optional is for files: cache keeps a copy of a list for when its server fails")
	}
	if s.Every < 0 || s.Every > 0 && s.Every < time.Second {
		k.report(path+".every", "every %v: want 1s or more", s.Every)
	}
	if s.Timeout < 0 {
		k.report(path+".timeout", "timeout %v: want more than 0", s.Timeout)
	}
}

// checkHTTP checks a source whose path is a URL.
func (k *checker) checkHTTP(path string, s *Source) {
	u, err := parseListURL(s.Path)
	if err != nil {
		k.report(path+".path", "path: %v", err)
		return
	}
	var secret string // the key of a secret
	switch {
	case s.Basic != nil:
		secret = ".basic"
		if s.Basic.User.IsZero() || s.Basic.Password == (Secret{}) {
			k.report(path+secret, "basic: want {user: NAME, password: {env: NAME}}")
		}
	case s.Bearer != nil:
		secret = ".bearer"
	}
	if s.Basic != nil && s.Bearer != nil {
		k.report(path+".bearer", "basic and bearer exclude each other: keep one")
	}
	for _, name := range slices.Sorted(maps.Keys(s.Headers)) {
		at := path + ".headers." + Key(name)
		k.checkHeader(at, name, s.Headers[name], secret != "")
		if s.Headers[name].Secret != nil {
			secret = ".headers." + Key(name)
		}
	}
	if secret != "" && u.Scheme == "http" && !IsLoopback(u.Hostname()) {
		k.report(path+secret, "a secret is not sent over http://: change the path to https://")
	}
}

// headerName matches the names that a header may have.
var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")

// ownHeaders are those that Kith sets itself.
var ownHeaders = []string{
	"Accept-Encoding", "Connection", "Content-Length", "Host", "If-Modified-Since", "If-None-Match", "If-Range", "Range", "Te", "Trailer",
	"Transfer-Encoding", "Upgrade",
}

// secretHeader matches the names of headers whose values are secrets.
var secretHeader = regexp.MustCompile(`(?i)^(proxy-)?authorization$|^cookie$|token|secret|passw|api-?key|auth-?key|access-?key`)

// checkHeader checks one of the headers of a source. authorized reports whether basic or
// bearer is given.
func (k *checker) checkHeader(at, name string, value TextOrSecret, authorized bool) {
	canonical := http.CanonicalHeaderKey(name)
	switch {
	case !headerName.MatchString(name):
		k.report(at, "%.60q is not the name of a header", name)
	case slices.Contains(ownHeaders, canonical):
		k.report(at, "kith sets the header %s itself: leave it out", canonical)
	case canonical == "Authorization" && authorized:
		k.report(at, "basic and bearer set the header Authorization: keep one of the three")
	case value.Secret == nil && secretHeader.MatchString(name):
		k.report(at, "the header %s is a secret: use {env: NAME}, or {file: PATH}", canonical)
	case strings.ContainsFunc(value.Text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
		k.report(at, "the header %s has a control character in it", canonical)
	}
}

// secretParameters are the names of parameters of URLs whose values are secrets.
var secretParameters = []string{"access_token", "api_key", "apikey", "auth_token", "client_secret", "passwd", "password", "secret", "token"}

// parseListURL parses the URL of a list. Its errors do not contain the URL, which may have
// a secret in it.
func parseListURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		var reason *url.Error
		if errors.As(err, &reason) {
			err = reason.Err
		}
		return nil, fmt.Errorf("not a URL: %w", withoutValue(err))
	}
	if u.User != nil {
		return nil, errors.New("a URL has no user and password here: use basic: {user: NAME, password: {env: NAME}}")
	}
	if u.Host == "" || u.Hostname() == "" {
		return nil, errors.New("the URL has no host")
	}
	if u.Fragment != "" {
		return nil, errors.New("the part of the URL behind # is not sent: leave it out")
	}
	for name := range u.Query() {
		if slices.Contains(secretParameters, fold.Lower(name)) {
			return nil, fmt.Errorf("the parameter %s is a secret, which a URL does not have: use bearer: {env: NAME}, or headers", name)
		}
	}
	u.Scheme = strings.ToLower(u.Scheme)
	return u, nil
}

// withoutValue returns an error of parsing a URL without the text that it quotes.
func withoutValue(err error) error {
	text, _, _ := strings.Cut(err.Error(), " \"")
	return errors.New(text)
}

// sqlDrivers are the values of SQL.Driver.
var sqlDrivers = []string{"postgres", "sqlite"}

// dsnPassword matches a password in the text of a DSN, of both kinds of PostgreSQL and in
// the parameters of SQLite.
var dsnPassword = regexp.MustCompile(`(?i)^[a-z0-9+.-]+://[^/@?#]*:[^/?#]*@|(^|[\s?&;])(password|sslpassword|_auth_pass|_key|_pragma_key)\s*=`)

// checkSQL checks the key sql of a source, whose key is path.
func (k *checker) checkSQL(path string, s *Source) {
	q := s.SQL
	if !slices.Contains(sqlDrivers, q.Driver) {
		k.report(path+".driver", "%v", problem.UnknownWord("driver", q.Driver, sqlDrivers))
	}
	switch {
	case q.DSN.IsZero():
		k.report(path+".dsn", "sql: dsn is missing: name the database")
	case dsnPassword.MatchString(q.DSN.Text):
		k.report(path+".dsn", "the dsn has a password in it: use dsn: {env: NAME}, or {file: PATH}")
	}
	if strings.TrimSpace(q.Query) == "" {
		k.report(path+".query", "sql: query is missing: write the statement that reads the rows")
	}
}

// checkLDAP checks the key ldap of a source, whose key is path.
func (k *checker) checkLDAP(path string, l *LDAP) {
	u, err := url.Parse(l.URL)
	switch {
	case l.URL == "":
		k.report(path+".url", "ldap: url is missing: name the server, such as ldaps://dc.corp.example")
	case err != nil || u.Hostname() == "" || u.Scheme != "ldap" && u.Scheme != "ldaps":
		k.report(path+".url", "ldap: url: want a server, such as ldaps://dc.corp.example")
	case u.User != nil:
		k.report(path+".url", "ldap: a URL has no user and password here: use bind: {dn: NAME, password: {env: NAME}}")
	case u.Path != "" && u.Path != "/" || u.RawQuery != "":
		k.report(path+".url", "ldap: the URL is that of a server: write what is behind it as base, filter and attributes")
	}
	if l.Base == "" {
		k.report(path+".base", "ldap: base is missing: name the entry to search below, such as dc=corp,dc=example")
	}
	if l.Page < 0 {
		k.report(path+".page", "ldap: page %d: want 1 or more", l.Page)
	}
	if l.Bind != nil && (l.Bind.DN.IsZero() || l.Bind.Password == (Secret{})) {
		k.report(path+".bind", "ldap: bind: want {dn: NAME, password: {env: NAME}}")
	}
}
