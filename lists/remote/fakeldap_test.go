package remote

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/require"
)

// fakeLDAP is an LDAP server that answers searches as a test wants, for what slapd does not
// do: ranges, security identifiers, and answers that end early.
type fakeLDAP struct {
	t        *testing.T
	url      string
	mu       sync.Mutex
	requests []string // such as "bind cn=kith", or "search BASE member;range=2-*"
}

// fakeSearch is a search that a fakeLDAP receives.
type fakeSearch struct {
	base       string
	attributes []string
	cookie     string // of the page
	conn       net.Conn
	id         int64
}

// newFakeLDAP starts a server that calls answer for each search.
func newFakeLDAP(t *testing.T, answer func(*fakeSearch)) *fakeLDAP {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	f := &fakeLDAP{t: t, url: "ldap://" + l.Addr().String()}
	var all sync.WaitGroup
	t.Cleanup(func() { l.Close(); all.Wait() })
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer conn.Close()
				f.serve(conn, answer)
			})
		}
	})
	return f
}

func (f *fakeLDAP) log(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, fmt.Sprintf(format, args...))
}

func (f *fakeLDAP) serve(conn net.Conn, answer func(*fakeSearch)) {
	in := bufio.NewReader(conn)
	for {
		packet, err := ber.ReadPacket(in)
		if err != nil {
			return
		}
		id := packet.Children[0].Value.(int64)
		switch op := packet.Children[1]; op.Tag {
		case ldap.ApplicationBindRequest:
			f.log("bind %s", op.Children[1].Value)
			send(conn, id, result(ldap.ApplicationBindResponse, 0, "", ""))
		case ldap.ApplicationExtendedRequest:
			f.log("starttls")
			send(conn, id, result(ldap.ApplicationExtendedResponse, ldap.LDAPResultProtocolError, "", "unsupported extended operation"))
		case ldap.ApplicationSearchRequest:
			s := &fakeSearch{base: op.Children[0].Value.(string), conn: conn, id: id}
			for _, a := range op.Children[7].Children {
				s.attributes = append(s.attributes, a.Value.(string))
			}
			if len(packet.Children) > 2 {
				control, err := ldap.DecodeControl(packet.Children[2].Children[0])
				if err == nil {
					s.cookie = string(control.(*ldap.ControlPaging).Cookie)
				}
			}
			f.log("search %s %v", s.base, s.attributes)
			answer(s)
		default:
			return
		}
	}
}

// send sends a response with controls.
func send(conn net.Conn, id int64, op *ber.Packet, controls ...ldap.Control) {
	packet := ber.NewSequence("")
	packet.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	packet.AppendChild(op)
	if len(controls) > 0 {
		all := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
		for _, c := range controls {
			all.AppendChild(c.Encode())
		}
		packet.AppendChild(all)
	}
	_, _ = conn.Write(packet.Bytes())
}

func octets(text string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, text, "")
}

// result returns a response with a code, referrals included.
func result(tag ber.Tag, code int64, matched, text string, referrals ...string) *ber.Packet {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, ""))
	op.AppendChild(octets(matched))
	op.AppendChild(octets(text))
	if len(referrals) > 0 {
		all := ber.Encode(ber.ClassContext, ber.TypeConstructed, 3, nil, "")
		for _, r := range referrals {
			all.AppendChild(octets(r))
		}
		op.AppendChild(all)
	}
	return op
}

// entry sends an entry; attributes are names, each with its values.
func (s *fakeSearch) entry(dn string, attributes ...[]string) {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultEntry, nil, "")
	op.AppendChild(octets(dn))
	all := ber.NewSequence("")
	for _, a := range attributes {
		one := ber.NewSequence("")
		one.AppendChild(octets(a[0]))
		values := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for _, v := range a[1:] {
			values.AppendChild(octets(v))
		}
		one.AppendChild(values)
		all.AppendChild(one)
	}
	op.AppendChild(all)
	send(s.conn, s.id, op)
}

// reference sends a reference to another server.
func (s *fakeSearch) reference(url string) {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultReference, nil, "")
	op.AppendChild(octets(url))
	send(s.conn, s.id, op)
}

// done ends the answer; cookie is that of the next page, or "".
func (s *fakeSearch) done(cookie string) {
	paging := ldap.NewControlPaging(0)
	paging.SetCookie([]byte(cookie))
	send(s.conn, s.id, result(ldap.ApplicationSearchResultDone, 0, "", ""), paging)
}

// fail ends the answer with an error.
func (s *fakeSearch) fail(code int64, matched, text string, referrals ...string) {
	send(s.conn, s.id, result(ldap.ApplicationSearchResultDone, code, matched, text, referrals...))
}

// secretOfTests is the password of the servers of the tests. It must not appear anywhere.
const secretOfTests = "hunter2-is-secret"

// newCertificates returns a key with a certificate for localhost and 127.0.0.1, and the
// certificate of the authority that issued it, all as PEM.
func newCertificates() (key, certificate, ca []byte, err error) {
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Kith tests"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, nil, err
	}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, nil, err
	}
	authorityDER, err := x509.CreateCertificate(rand.Reader, authority, authority, authorityKey.Public(), authorityKey)
	if err != nil {
		return nil, nil, nil, err
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, authority, leafKey.Public(), authorityKey)
	if err != nil {
		return nil, nil, nil, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(leafKey)
	if err != nil {
		return nil, nil, nil, err
	}
	encode := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	return encode("PRIVATE KEY", keyDER), encode("CERTIFICATE", leafDER), encode("CERTIFICATE", authorityDER), nil
}
