package gen

import (
	"strconv"
	"strings"
)

// Person contains the facts about one account and its owner.
type Person struct {
	ID      int
	kind    accountKind
	first   string
	last    string
	site    *site
	unit    int
	prio    int
	manager int
}

type accountKind uint8

const (
	employee accountKind = iota
	serviceAccount
	adminAccount
	sharedMailbox // e-mail only
	machineAccount
)

var accountCategories = []string{"employee", "service_account", "privileged|admin", "shared_mailbox", "machine_account"}

// Person returns person i.
func (w World) Person(i int) Person {
	d := newDice(w.Seed, streamPerson, uint64(i))
	p := Person{ID: i, first: d.pickWord(firstNames), last: d.pickWord(lastNames), site: &sites[d.skewedN(len(sites))]}
	switch k := d.intN(100); {
	case k < 5:
		p.kind = serviceAccount
	case k < 8:
		p.kind = adminAccount
	case k < 10:
		p.kind = sharedMailbox
	case k < 12:
		p.kind = machineAccount
	}
	p.unit = d.skewedN(len(units))
	p.prio = d.intN(len(priorities))
	p.manager = d.skewedN(w.People)
	return p
}

// Login returns the account name of p: "jsmith123", "svc_backup_123",
// "adm-jsmith123", "BOX123$". Shared mailboxes have none, "".
func (p Person) Login() string { return string(p.AppendLogin(nil)) }

// Email returns the e-mail address of p, or "" for service, admin and machine accounts.
func (p Person) Email() string { return string(p.AppendEmail(nil)) }

// SID returns the security identifier of p.
func (p Person) SID() string { return string(p.AppendSID(nil)) }

// AppendLogin appends the result of Login.
func (p Person) AppendLogin(dst []byte) []byte {
	switch p.kind {
	case sharedMailbox:
		return dst
	case serviceAccount:
		dst = append(dst, "svc_"...)
	case adminAccount:
		dst = append(dst, "adm-"...)
	case machineAccount:
		dst = append(dst, "BOX"...)
		return append(strconv.AppendInt(dst, int64(p.ID), 10), '$')
	case employee:
	}
	dst = appendASCII(dst, p.first, 1)
	dst = appendASCII(dst, p.last, len(p.last))
	return strconv.AppendInt(dst, int64(p.ID), 10)
}

// AppendEmail appends the result of Email.
func (p Person) AppendEmail(dst []byte) []byte {
	switch p.kind {
	case serviceAccount, adminAccount, machineAccount:
		return dst
	case sharedMailbox:
		dst = append(dst, "team"...)
	case employee:
		dst = appendASCII(dst, p.first, len(p.first))
		dst = append(dst, '.')
		dst = appendASCII(dst, p.last, len(p.last))
	}
	dst = strconv.AppendInt(dst, int64(p.ID), 10)
	dst = append(dst, '@')
	return append(dst, mailDomain...)
}

// AppendSID appends the result of SID.
func (p Person) AppendSID(dst []byte) []byte {
	dst = append(dst, "S-1-5-21-1000000001-2000000002-3000000003-"...)
	return strconv.AppendInt(dst, int64(10000+p.ID), 10)
}

// appendASCII appends at most n ASCII letters of s, in lower case.
func appendASCII(dst []byte, s string, n int) []byte {
	for i := 0; i < len(s) && n > 0; i++ {
		if c := s[i] | 0x20; 'a' <= c && c <= 'z' {
			dst = append(dst, c)
			n--
		}
	}
	return dst
}

// appendCell appends s as a CSV cell, quoted if necessary.
func appendCell(dst []byte, s string) []byte {
	if !strings.ContainsAny(s, ",\"\n\r") {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	dst = append(dst, strings.ReplaceAll(s, `"`, `""`)...)
	return append(dst, '"')
}
