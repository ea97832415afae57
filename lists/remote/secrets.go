package remote

import (
	"cmp"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/internal/problem"
)

// secrets are the secrets of a list, and the texts that may be secrets.
type secrets struct {
	header         http.Header // for the origin of the URL
	plain          http.Header // for every server
	dsn            string
	user, password string   // of a directory
	hidden         []string // what must not be in an error
}

// readSecrets reads the secrets of a list.
func readSecrets(s *config.Source) (*secrets, error) {
	k := &secrets{header: http.Header{}, plain: http.Header{}}
	var err error
	read := func(t config.TextOrSecret) string {
		text, failed := t.Read()
		err = cmp.Or(err, failed)
		if t.Secret != nil && failed == nil {
			k.hide(text)
		}
		return text
	}
	switch {
	case s.Basic != nil:
		user, password := read(s.Basic.User), read(config.TextOrSecret{Secret: &s.Basic.Password})
		token := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
		k.hide(token)
		k.header.Set("Authorization", "Basic "+token)
	case s.Bearer != nil:
		k.header.Set("Authorization", "Bearer "+read(config.TextOrSecret{Secret: s.Bearer}))
	}
	for name, value := range s.Headers {
		if value.Secret != nil {
			k.header.Set(name, read(value))
		} else {
			k.plain.Set(name, value.Text)
		}
	}
	if s.SQL != nil {
		k.dsn = read(s.SQL.DSN)
		for _, m := range dsnPassword.FindAllStringSubmatch(k.dsn, -1) {
			k.hide(strings.Trim(cmp.Or(m[1], m[2], m[3]), "'"))
		}
	}
	if s.LDAP != nil && s.LDAP.Bind != nil {
		k.user, k.password = read(s.LDAP.Bind.DN), read(config.TextOrSecret{Secret: &s.LDAP.Bind.Password})
	}
	return k, err
}

// dsnPassword matches the passwords in a DSN: that of a URL, and those of keywords.
var dsnPassword = regexp.MustCompile(`(?i)^[a-z0-9+.-]+://[^/@?#:]*:([^/?#]*)@|password\s*=\s*(?:('(?:[^'\\]|\\.)*')|([^\s&;']+))`)

// hide keeps a text out of errors, in which it may also be escaped as a part of a URL.
func (k *secrets) hide(text string) {
	plain, err := url.PathUnescape(text)
	if err != nil {
		plain = text
	}
	for _, t := range []string{text, plain, url.QueryEscape(text), url.PathEscape(text)} {
		if t != "" && !slices.Contains(k.hidden, t) {
			k.hidden = append(k.hidden, t)
		}
	}
	slices.SortFunc(k.hidden, func(a, b string) int { return cmp.Compare(len(b), len(a)) }) // a long one may contain a short one
}

// remove returns an error without the secrets in its text. It is the last resort: servers
// and drivers may repeat what they were sent.
func (k *secrets) remove(err error) error {
	if err == nil {
		return nil
	}
	hint, hasHint := problem.Hint(err)
	text, shown := k.mask(err.Error()), k.mask(hint)
	if text == err.Error() && shown == hint {
		return err
	}
	err = errors.New(text)
	if hasHint {
		err = problem.WithHint(err, "%s", shown)
	}
	return err
}

// mask returns a text without the secrets in it.
func (k *secrets) mask(text string) string {
	for _, hidden := range k.hidden {
		text = strings.ReplaceAll(text, hidden, "***")
	}
	return text
}
