package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"net/url"
	"os"
	"path"
	"strings"
	"unicode"

	"github.com/kithsec/kith/internal/problem"
)

// SQL is a list in a database: the rows of one statement.
type SQL struct {
	Driver string       // postgres, or sqlite
	DSN    TextOrSecret // the database, such as postgres://kith@db.corp.example/cmdb, or the path of an SQLite file; a secret if it has a password
	Query  string       // one statement that reads; its columns are the columns of the list
}

// LDAP is a list in a directory: the entries that one search finds.
type LDAP struct {
	URL        string   // the server, such as ldaps://dc.corp.example; to ldap://, a password is sent only after StartTLS, or on this machine
	Base       string   // the entry to search below
	Filter     string   // which entries are found; default (objectClass=*)
	Attributes []string // the attributes that become columns; default all except those of the server itself
	Page       int      // how many entries the server sends at a time; default 1000
	Bind       *Bind    // who searches; default anonymous
}

// Bind is the name and the password with which a directory is searched.
type Bind struct {
	DN       TextOrSecret // the entry of the account, or a name such as kith@corp.example
	Password Secret       // its password
}

// Basic is the user and the password of an HTTP server.
type Basic struct {
	User     TextOrSecret // the name of the user
	Password Secret       // the password
}

// Secret names a secret: an environment variable or a file. The secret itself is read when
// it is used, and appears neither in the configuration nor in messages.
type Secret struct {
	Env  string // the environment variable that holds the secret
	File string // the file that holds the secret; a line feed at its end is not part of it
}

// TextOrSecret is a text, or a secret. The zero TextOrSecret is an empty text.
type TextOrSecret struct {
	Text   string
	Secret *Secret // nil for a text
}

var (
	errPlainSecret = errors.New("a secret is not written into the configuration: use {env: NAME}, or {file: PATH}")
	errOneSecret   = errors.New("a secret has one of env and file")
)

// UnmarshalYAML accepts {env: NAME} and {file: PATH}.
func (s *Secret) UnmarshalYAML(decode func(any) error) error {
	var text string
	if decode(&text) == nil {
		return errPlainSecret
	}
	type keys Secret
	if err := decode((*keys)(s)); err != nil {
		return err
	}
	switch {
	case (s.Env == "") == (s.File == ""):
		return errOneSecret
	case strings.ContainsAny(s.Env, "=$ \x00"):
		return fmt.Errorf("env: %q is not the name of an environment variable", s.Env)
	}
	return nil
}

// UnmarshalYAML accepts a text, {env: NAME} and {file: PATH}.
func (t *TextOrSecret) UnmarshalYAML(decode func(any) error) error {
	if decode(&t.Text) == nil {
		return nil
	}
	t.Secret = &Secret{}
	return decode(t.Secret)
}

// IsZero reports whether t is an empty text.
func (t TextOrSecret) IsZero() bool { return t.Text == "" && t.Secret == nil }

// Read returns the text, or reads the secret.
func (t TextOrSecret) Read() (string, error) {
	if t.Secret == nil {
		return t.Text, nil
	}
	return t.Secret.Read()
}

// maxSecret is the largest size of a secret, in bytes.
const maxSecret = 64 << 10

// Read returns the secret. A variable that is not set, a file that cannot be read, and an
// empty secret are errors, as are control characters, which a header cannot have.
func (s Secret) Read() (string, error) {
	text, err := os.Getenv(s.Env), error(nil)
	if s.File != "" {
		text, err = readSecretFile(s.File)
	}
	switch {
	case err != nil:
		return "", problem.Cause(s.File, err)
	case s.File == "" && text == "":
		return "", problem.WithHint(fmt.Errorf("the environment variable %s is not set", s.Env), "set %s in the environment of kith", s.Env)
	case text == "":
		return "", fmt.Errorf("%s: the file of a secret is empty", s.File)
	case strings.ContainsFunc(text, unicode.IsControl):
		return "", fmt.Errorf("%s: a secret has no line breaks or other control characters", cmp.Or(s.File, "environment variable "+s.Env))
	}
	return text, nil
}

// readSecretFile returns the text of a file without the line break at its end.
func readSecretFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if len(text) > maxSecret {
		err = fmt.Errorf("a secret has at most %d bytes", maxSecret)
	}
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
	return string(text), err
}

// IsURL reports whether a path of a source is the URL of a list rather than a file.
func IsURL(path string) bool {
	scheme, _, found := strings.Cut(path, "://")
	return found && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}

// standardInput is the path of standard input.
const standardInput = "-"

// IsStandard reports whether a list is standard input.
func (s *Source) IsStandard() bool { return s.Path == standardInput }

// IsRemote reports whether a list is not a file: whether it is fetched from a server or a
// database, or read from standard input.
func (s *Source) IsRemote() bool {
	return s.SQL != nil || s.LDAP != nil || IsURL(s.Path) || s.IsStandard()
}

// Shown returns how messages and provenance call the list: the path of a file, the URL
// without its query, which may have a secret in it, standard input, or else the name of the
// source.
func (s *Source) Shown() string {
	switch {
	case s.SQL != nil || s.LDAP != nil:
		return s.Name
	case s.IsStandard():
		return "standard input"
	case !IsURL(s.Path):
		return s.Path
	}
	u, err := url.Parse(s.Path)
	if err != nil {
		return s.Name
	}
	return shownURL(u)
}

// shownURL returns a URL without the parts that may have a secret in them.
func shownURL(u *url.URL) string {
	bare := url.URL{Scheme: u.Scheme, Host: u.Host, Path: cmp.Or(u.Path, "/"), RawPath: u.RawPath}
	return bare.String()
}

// defaultName returns the name of a source that states none.
func (s *Source) defaultName() string {
	switch {
	case s.SQL != nil:
		return cmp.Or(s.SQL.Driver, "sql")
	case s.LDAP != nil:
		return "ldap"
	case s.IsStandard():
		return "stdin"
	case !IsURL(s.Path):
		return sourceName(s.Path)
	}
	u, err := url.Parse(s.Path)
	if err != nil {
		return "list" // not the text, which may have a secret in it
	}
	if base := path.Base(u.Path); base != "." && base != "/" {
		return sourceName(base)
	}
	return u.Host
}

// resolved returns a copy of a remote source whose paths are relative to the working
// directory.
func (s Source) resolved(beside func(string) string) Source {
	secret := func(x *Secret) *Secret {
		if x == nil {
			return nil
		}
		return &Secret{Env: x.Env, File: beside(x.File)}
	}
	text := func(x TextOrSecret) TextOrSecret { return TextOrSecret{Text: x.Text, Secret: secret(x.Secret)} }
	s.Cache, s.CA, s.Bearer = beside(s.Cache), beside(s.CA), secret(s.Bearer)
	if s.Basic != nil {
		s.Basic = &Basic{User: text(s.Basic.User), Password: *secret(&s.Basic.Password)}
	}
	s.Headers = maps.Clone(s.Headers)
	for name, value := range s.Headers {
		s.Headers[name] = text(value)
	}
	if s.SQL != nil {
		sql := *s.SQL
		sql.DSN = text(sql.DSN)
		if file, isURI := strings.CutPrefix(sql.DSN.Text, "file:"); sql.Driver == "sqlite" && !strings.HasPrefix(file, "/") {
			if sql.DSN.Text = beside(file); isURI {
				sql.DSN.Text = "file:" + sql.DSN.Text
			}
		}
		s.SQL = &sql
	}
	if s.LDAP != nil && s.LDAP.Bind != nil {
		ldap := *s.LDAP
		ldap.Bind = &Bind{DN: text(ldap.Bind.DN), Password: *secret(&ldap.Bind.Password)}
		s.LDAP = &ldap
	}
	return s
}

// IsLoopback reports whether a host, without its port, is this machine.
func IsLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback()
}
