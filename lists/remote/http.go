package remote

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/webclient"
)

// httpList is a list on an HTTP server that is being fetched.
type httpList struct {
	source *config.Source
	client *webclient.Client
	header http.Header
	limits *limits
	f      *Fetcher
}

// readHTTP writes the list at a URL to w, and its validators to m. It reports whether the
// last good copy is current instead.
func (f *Fetcher) readHTTP(l *limits, s *config.Source, secrets *secrets, last, m *meta, w *sizeWriter) (unchanged bool, err error) {
	u, err := url.Parse(s.Path)
	if err != nil {
		return false, errors.New("not a URL") // the configuration was checked
	}
	o := webclient.Options{UserAgent: f.o.UserAgent, Origin: u, Secrets: secrets.header}
	if o.CA, err = certPool(s.CA); err != nil {
		return false, err
	}
	client := webclient.New(o)
	defer client.Close()
	h := &httpList{source: s, client: client, header: secrets.plain, limits: l, f: f}
	if s.Pages != "" {
		return false, h.readPages(u, w)
	}
	if last.ETag != "" {
		h.header.Set("If-None-Match", last.ETag)
	}
	if last.LastModified != "" {
		h.header.Set("If-Modified-Since", last.LastModified)
	}
	response, err := h.get(u)
	if err != nil {
		return false, err
	}
	defer response.Body.Close()
	m.ETag, m.LastModified = response.Header.Get("ETag"), response.Header.Get("Last-Modified")
	if response.StatusCode == http.StatusNotModified && last.File != "" {
		return true, nil
	}
	return false, h.readBody(response, w)
}

// get requests a URL.
func (h *httpList) get(u *url.URL) (*http.Response, error) {
	response, err := h.client.Get(h.limits.ctx, u, h.header)
	if err == nil {
		h.limits.touch()
		return response, nil
	}
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the server closed the connection without a response")
	}
	var authority x509.UnknownAuthorityError
	if errors.As(err, &authority) && h.source.CA == "" {
		return nil, problem.WithHint(err, "if the authority is your own, name its certificate with ca: FILE")
	}
	return nil, err
}

// readBody writes the body of a response to w.
func (h *httpList) readBody(response *http.Response, w io.Writer) error {
	if response.StatusCode != http.StatusOK {
		return hintStatus(webclient.NewStatusError(response, h.f.o.Now()))
	}
	if encoding := response.Header.Get("Content-Encoding"); encoding != "" { // gzip was decoded
		return fmt.Errorf("the response has the encoding %.60q, but only gzip was accepted", encoding)
	}
	_, err := io.Copy(w, onlyReader{response.Body})
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errTorn
	}
	return err
}

// hintStatus adds a hint to a status that means that a secret is missing or wrong.
func hintStatus(err *webclient.StatusError) error {
	if err.Status == http.StatusUnauthorized || err.Status == http.StatusForbidden {
		return problem.WithHint(err, "check basic, bearer or headers of the source, and what the account may read")
	}
	return err
}

// onlyReader hides the other methods of a reader, so that io.Copy does not use its WriteTo.
type onlyReader struct{ io.Reader }

var errTorn = errors.New("the response is cut short")

// maxPages is how many pages a list may have.
const maxPages = 10_000

// readPages writes the list whose first page is at u to w.
func (h *httpList) readPages(u *url.URL, w *sizeWriter) error {
	out := newPageWriter(h.source, w)
	seen := map[string]bool{}
	for n := 1; ; n++ {
		if seen[u.String()] {
			return fmt.Errorf("page %d is a page that was read before: the pages lead in a circle", n)
		}
		if n > maxPages {
			return fmt.Errorf("the list has more than %d pages", maxPages)
		}
		seen[u.String()] = true
		next, at, err := h.readPage(u, n, out, w)
		if err != nil {
			return fmt.Errorf("page %d: %w", n, err)
		}
		if next == "" {
			return out.end()
		}
		if u, err = nextPage(at, next); err != nil {
			return fmt.Errorf("page %d: %w", n, err)
		}
	}
}

// readPage adds page n to out. It returns the reference to the next page, or "" after the
// last one, and the URL that the reference is relative to.
func (h *httpList) readPage(u *url.URL, n int, out *pageWriter, w *sizeWriter) (next string, at *url.URL, err error) {
	response, err := h.get(u)
	if err != nil {
		return "", nil, err
	}
	defer response.Body.Close()
	var page bytes.Buffer
	if err := h.readBody(response, &sizeWriter{to: &page, limits: h.limits, left: w.left, most: w.most}); err != nil {
		return "", nil, err
	}
	at = response.Request.URL
	if next, err = out.add(bytes.TrimPrefix(page.Bytes(), []byte("\ufeff")), n); err != nil {
		return "", nil, err
	}
	if h.source.Pages != "link" {
		return next, at, nil
	}
	linked := nextLink(response.Header.Values("Link"))
	if linked == "" && next != "" {
		return "", nil, fmt.Errorf("it names a next page in its member %s, not in a header: write pages: %q", out.member, out.member)
	}
	return linked, at, nil
}

// nextPage returns the URL of the next page. Its reference is relative to at, which must be
// of the same origin.
func nextPage(at *url.URL, reference string) (*url.URL, error) {
	next, err := at.Parse(reference)
	if err != nil {
		return nil, errors.New("the reference to its next page is not a URL")
	}
	next.User, next.Fragment = nil, ""
	if !webclient.SameOrigin(at, next) {
		return nil, fmt.Errorf("its next page is on %.80s://%.80s, which is not followed from %s://%s", next.Scheme, next.Host, at.Scheme, at.Host)
	}
	return next, nil
}

// nextLink returns the target of the link to the next page in the values of the header Link
// (RFC 8288), or "" if there is none.
func nextLink(values []string) string {
	rest := strings.Join(values, ",")
	for {
		_, after, found := strings.Cut(rest, "<")
		if !found {
			return ""
		}
		target, after, found := strings.Cut(after, ">")
		if !found {
			return ""
		}
		var relations string
		relations, rest = linkRelations(after)
		if slices.Contains(strings.Fields(strings.ToLower(relations)), "next") {
			return strings.TrimSpace(target)
		}
	}
}

// linkRelations returns the first parameter rel of a link, and what follows the link.
// A link to another context, with the parameter anchor, has no relations.
func linkRelations(text string) (relations, rest string) {
	seen := false
	anchored := false
	for {
		text = strings.TrimLeft(text, " \t")
		if text == "" || text[0] != ';' {
			_, rest, _ = strings.Cut(text, ",")
			if anchored {
				relations = ""
			}
			return relations, rest
		}
		var name, value string
		name, value, text = linkParameter(text[1:])
		switch {
		case strings.EqualFold(name, "rel") && !seen:
			relations, seen = value, true
		case strings.EqualFold(name, "anchor"):
			anchored = true
		}
	}
}

// linkParameter returns the parameter that text begins with, and what follows it.
func linkParameter(text string) (name, value, rest string) {
	end := strings.IndexAny(text, "=;,")
	if end < 0 {
		return strings.TrimSpace(text), "", ""
	}
	name = strings.TrimSpace(text[:end])
	if text[end] != '=' {
		return name, "", text[end:]
	}
	text = strings.TrimLeft(text[end+1:], " \t")
	if !strings.HasPrefix(text, `"`) {
		end = strings.IndexAny(text, ";,")
		if end < 0 {
			end = len(text)
		}
		return name, strings.TrimSpace(text[:end]), text[end:]
	}
	var quoted strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return name, quoted.String(), text[i+1:]
		case c == '\\' && i+1 < len(text):
			i++
			quoted.WriteByte(text[i])
		default:
			quoted.WriteByte(c)
		}
	}
	return name, quoted.String(), ""
}
