package remote

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/internal/problem"
)

// ldapSearch is a search with the account that it is made as.
type ldapSearch struct {
	config.LDAP         // Bind is not used
	dn, password string // "" means anonymous
	ca           string // the path of the certificates to trust; "" means those of the system

	received func() // called, from another goroutine, whenever the server sends something; may be nil
}

const (
	defaultPage   = 1000
	defaultFilter = "(objectClass=*)"
	// maxPage bounds the bytes of one page, which is held in memory.
	maxPage = 256 << 20
)

var errNoEntries = errors.New("the search found no entries")

// readLDAP writes the entries that a search finds to w as lines of JSON, and returns notes
// about what it left out. An entry is an object with the member dn and one for each
// attribute; an attribute with several values is an array. Only one page of entries is held
// in memory.
//
// An attribute that the server sends in ranges is read whole. Referrals are not followed.
// It is an error if the server cuts the result short, for example at a limit, and if there
// are no entries.
//
// readLDAP stops when ctx is done, and when w returns an error, which is the limit of the
// size. Its errors may contain secrets: the caller removes them.
func readLDAP(ctx context.Context, s ldapSearch, w io.Writer) (notes []string, err error) {
	d := newDirectory(ctx, s, w)
	defer d.close()
	err = d.connect()
	if err == nil {
		err = d.readPages()
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, err
	case d.entries == 0:
		return nil, errNoEntries
	}
	return d.notes(), nil
}

var limitMessages sync.Once

// directory is a connection to an LDAP server with the progress of a search.
type directory struct {
	ctx     context.Context
	search  ldapSearch
	address string // host and port
	maxPage int64  // how many bytes a page may have
	conn    *ldap.Conn
	wire    *boundedConn
	stop    func() bool // stops waiting for ctx
	out     io.Writer
	line    bytes.Buffer

	attributes map[string]string // by name in lower case, the name of the column
	entries    int
	references int            // to other servers, which are not followed
	binary     map[string]int // by column, the number of values that were left out
}

func newDirectory(ctx context.Context, s ldapSearch, w io.Writer) *directory {
	// Otherwise a server could make the library reserve 2 GiB for one entry.
	limitMessages.Do(func() { ber.MaxPacketLengthBytes = maxMessage })
	return &directory{ctx: ctx, search: s, maxPage: maxPage, attributes: map[string]string{}, binary: map[string]int{}, out: w}
}

// connect connects to the server, over TLS if the URL or a password to another machine
// requires it, and binds.
func (d *directory) connect() error {
	u, err := url.Parse(d.search.URL)
	if err != nil || u.Scheme != "ldap" && u.Scheme != "ldaps" || u.Hostname() == "" {
		return errors.New("ldap: url: want a server, such as ldaps://dc.corp.example")
	}
	roots, err := certPool(d.search.ca)
	if err != nil {
		return err
	}
	secure := u.Scheme == "ldaps"
	d.address = net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), map[bool]string{false: "389", true: "636"}[secure]))
	security := &tls.Config{ServerName: u.Hostname(), RootCAs: roots}
	dialer := &net.Dialer{Timeout: connectTimeout}
	raw, err := dialer.DialContext(d.ctx, "tcp", d.address)
	if err != nil {
		return explainConnection(err)
	}
	d.wire = &boundedConn{Conn: raw, received: d.search.received}
	d.wire.left.Store(d.maxPage)
	var wire net.Conn = d.wire
	if secure {
		over := tls.Client(wire, security)
		if err := over.HandshakeContext(d.ctx); err != nil {
			raw.Close()
			if errors.Is(err, io.EOF) {
				return problem.WithHint(fmt.Errorf("%s closes the connection when TLS begins", d.address), "correct the port of the url; that of ldaps:// is usually 636")
			}
			return explainConnection(err)
		}
		wire = over
	}
	d.conn = ldap.NewConn(wire, secure)
	d.conn.Start()
	d.stop = context.AfterFunc(d.ctx, func() { raw.Close() })
	bind := d.search.dn != "" || d.search.password != ""
	if !secure && (roots != nil || bind && !isLoopback(u.Hostname())) {
		if err := d.conn.StartTLS(security); err != nil {
			return d.explainTLS(err)
		}
	}
	if !bind {
		return nil
	}
	if d.search.password == "" { // servers take that as anonymous
		return errors.New("bind: the password is empty")
	}
	return d.explain(d.conn.Bind(d.search.dn, d.search.password))
}

func (d *directory) close() {
	if d.conn != nil {
		d.stop()
		d.wire.SetDeadline(time.Now().Add(time.Second))
		_ = d.conn.Unbind()
		_ = d.conn.Close()
	}
}

// readPages reads the entries, page by page.
func (d *directory) readPages() error {
	paging := ldap.NewControlPaging(uint32(cmp.Or(d.search.Page, defaultPage)))
	request := d.newRequest(d.search.Base, ldap.ScopeWholeSubtree, cmp.Or(d.search.Filter, defaultFilter), d.search.Attributes)
	request.Controls = []ldap.Control{paging}
	for {
		result, err := d.find(request)
		if err != nil {
			return err
		}
		d.references += len(result.Referrals)
		for _, e := range result.Entries {
			if err := d.writeEntry(e); err != nil {
				return err
			}
		}
		next, ok := ldap.FindControl(result.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
		if !ok || len(next.Cookie) == 0 {
			return nil
		}
		paging.SetCookie(next.Cookie)
	}
}

// find returns the result of a request.
func (d *directory) find(request *ldap.SearchRequest) (*ldap.SearchResult, error) {
	d.wire.left.Store(d.maxPage)
	result, err := d.conn.Search(request)
	return result, d.explain(err)
}

// newRequest returns a search without a limit of its own, except for the time.
func (d *directory) newRequest(base string, scope int, filter string, attributes []string) *ldap.SearchRequest {
	seconds := 0
	if deadline, ok := d.ctx.Deadline(); ok {
		seconds = int(max(time.Until(deadline), 0).Seconds()) + 1
	}
	return ldap.NewSearchRequest(base, scope, ldap.NeverDerefAliases, 0, seconds, false, filter, attributes, nil)
}

// notes returns what was left out of the list.
func (d *directory) notes() []string {
	var notes []string
	if d.references > 0 {
		notes = append(notes, fmt.Sprintf("%s to other servers not followed", problem.Plural(d.references, "reference")))
	}
	return append(notes, d.binaryNotes()...)
}

// boundedConn fails when more bytes are read than are left.
type boundedConn struct {
	net.Conn
	received func() // may be nil
	left     atomic.Int64
}

var errLargePage = errors.New("the server sends too much in one page")

func (c *boundedConn) Read(b []byte) (int, error) {
	if c.left.Load() <= 0 {
		return 0, errLargePage
	}
	n, err := c.Conn.Read(b)
	c.left.Add(-int64(n))
	if c.received != nil && n > 0 {
		c.received()
	}
	return n, err
}

// adCodes are the numbers that Active Directory adds to the message of a failed bind, from
// https://learn.microsoft.com/windows/win32/debug/system-error-codes, in hexadecimal.
var adCodes = map[string]string{
	"525": "the account does not exist",
	"52e": "the password is wrong",
	"530": "the account must not sign in at this time",
	"531": "the account must not sign in from this machine",
	"532": "the password has expired",
	"533": "the account is disabled",
	"701": "the account has expired",
	"773": "the password must be changed first",
	"775": "the account is locked",
}

// explainTLS returns the error of a server that does not change to TLS.
func (d *directory) explainTLS(err error) error {
	if failed, ok := errors.AsType[*ldap.Error](err); ok {
		err = failed.Err
	}
	err = fmt.Errorf("a password is sent only over TLS, and %s does not change to it: %w", d.address, err)
	return problem.WithHint(err, "use ldaps:// in the url; ca: FILE names the certificates of an authority of your own")
}

// explain returns an error of the server or the connection with a remedy.
func (d *directory) explain(err error) error {
	if err == nil {
		return nil
	}
	failed, ok := errors.AsType[*ldap.Error](err)
	if !ok {
		return d.explainNetwork(err)
	}
	text := cmp.Or(strings.TrimSpace(strings.TrimRight(failed.Err.Error(), "\x00")), "no reason given")
	line := func(format string, args ...any) error {
		return fmt.Errorf("%s (LDAP result %d: %s)", fmt.Sprintf(format, args...), failed.ResultCode, text)
	}
	switch failed.ResultCode {
	case ldap.ErrorNetwork, ldap.ErrorUnexpectedResponse, ldap.ErrorMalformedPacket:
		return d.explainNetwork(failed.Err)
	case ldap.ErrorFilterCompile:
		return problem.WithHint(fmt.Errorf("bad filter %s: %s", problem.Quote(d.search.Filter), strings.TrimPrefix(text, "ldap: ")), "write it as in (&(objectClass=user)(mail=*)); a value has \\28 for (, \\29 for ), \\2a for * and \\5c for \\")
	case ldap.LDAPResultInvalidCredentials:
		return problem.WithHint(line("the server does not accept the account %s: %s", problem.Quote(d.search.dn), wrongAccount(text)), "correct dn and password of bind")
	case ldap.LDAPResultNoSuchObject:
		hint := "correct base"
		if failed.MatchedDN != "" {
			hint = fmt.Sprintf("correct base: the server has %s, but not what is below it", problem.Quote(failed.MatchedDN))
		}
		if d.search.dn == "" {
			hint += "; or use an account that may read it: bind: {dn: NAME, password: {env: NAME}}"
		}
		return problem.WithHint(line("there is no entry %s", problem.Quote(d.search.Base)), "%s", hint)
	case ldap.LDAPResultInvalidDNSyntax:
		return problem.WithHint(line("the server rejects a name"), "base and dn are written as in dc=corp,dc=example")
	case ldap.LDAPResultReferral:
		return problem.WithHint(line("base is on another server%s, and referrals are not followed", referredTo(failed.Packet)), "name that server in url")
	case ldap.LDAPResultTimeLimitExceeded:
		return problem.WithHint(line("the server stopped at its limit of time"), "raise timeout, or search for less with base and filter")
	case ldap.LDAPResultSizeLimitExceeded, ldap.LDAPResultAdminLimitExceeded:
		return problem.WithHint(line("the server stopped at its limit of size after %s", problem.Plural(d.entries, "entry")), "lower page, or raise the limit of the account on the server")
	case ldap.LDAPResultStrongAuthRequired, ldap.LDAPResultConfidentialityRequired:
		return problem.WithHint(line("the server requires TLS"), "use ldaps:// in the url")
	case ldap.LDAPResultOperationsError, ldap.LDAPResultInsufficientAccessRights, ldap.LDAPResultInappropriateAuthentication:
		return problem.WithHint(line("the server refuses the search"), "use an account that may read base: bind: {dn: NAME, password: {env: NAME}}")
	}
	return line("the search failed")
}

// explainNetwork returns an error of the connection during the search.
func (d *directory) explainNetwork(err error) error {
	text := err.Error()
	if d.wire != nil && d.wire.left.Load() <= 0 {
		return problem.WithHint(errLargePage, "lower page, or name the attributes that the list needs in attributes")
	}
	for _, gone := range []string{"EOF", "closed", "reset", "broken pipe"} {
		if strings.Contains(text, gone) {
			return fmt.Errorf("the server closed the connection before the end of the answer, after %s", problem.Plural(d.entries, "entry"))
		}
	}
	return fmt.Errorf("the answer of the server is not LDAP: %w", err)
}

// wrongAccount returns why a bind failed, which Active Directory states as a number.
func wrongAccount(text string) string {
	if _, rest, found := strings.Cut(text, " data "); found {
		code, _, _ := strings.Cut(rest, ",")
		if reason, known := adCodes[strings.ToLower(strings.TrimSpace(code))]; known {
			return reason
		}
	}
	return "the name or the password is wrong"
}

// referredTo returns " (URL)" with the first server that a result with a referral names.
func referredTo(packet *ber.Packet) string {
	if packet == nil || len(packet.Children) < 2 {
		return ""
	}
	for _, part := range packet.Children[1].Children {
		if part.ClassType == ber.ClassContext && part.Tag == 3 && len(part.Children) > 0 {
			return " (" + strconv.Quote(part.Children[0].Data.String()) + ")"
		}
	}
	return ""
}
