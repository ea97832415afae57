package table

import (
	"slices"
	"strings"
	"sync"

	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/names"
)

// Where a domain is stated, as bits of its value in nameIndex.domains.
const (
	inAddress uint32 = 1 << iota // after the "@" of a key or of an e-mail address
	inAccount                    // before the backslash of a key
	inOptions                    // in Options.Domains; its zone is anyZone
)

// sorts is a set of the sorts of domains: without a dot (CORP), and with one (corp.example).
type sorts uint32

const (
	dotless sorts = 1 << iota
	dotted
)

// sortOf returns the sort of a domain.
func sortOf(domain string) sorts {
	if strings.IndexByte(domain, '.') < 0 {
		return dotless
	}
	return dotted
}

// knownBy returns where a domain of a sort must be stated to be known. The domain of an
// e-mail address that has no dot, such as localhost, names no domain of accounts.
func (s sorts) knownBy() uint32 {
	if s == dotless {
		return inAccount | inOptions
	}
	return inAddress | inAccount | inOptions
}

// anyZone is the zone of the configured domains, which are known in every zone.
const anyZone = 1<<32 - 2

// domainIndex holds the domains that keys, e-mail addresses and the options state.
type domainIndex struct {
	stated *names.Table // ignoring case, by zone; the values are bits
	known  []uint32     // by zone: the sorts of its known domains; the last element is that of anyZone
}

// statedIn returns where a domain is stated in a zone or for all zones.
func (x *domainIndex) statedIn(zone uint32, domain string) uint32 {
	here, _ := x.stated.Lookup(zone, domain)
	everywhere, _ := x.stated.Lookup(anyZone, domain)
	return here | everywhere
}

// hasKnown reports whether a zone has any known domain of a sort.
func (x *domainIndex) hasKnown(zone uint32, s sorts) bool {
	n := len(x.known)
	return n > 0 && sorts(x.known[min(int(zone), n-1)]|x.known[n-1])&s != 0
}

// domainSet collects the domains of a table that is being built.
type domainSet struct {
	stated map[zonedName]uint32
	names  *names.Builder
}

// zonedName is a name in lower case, and its zone.
type zonedName struct {
	zone uint32
	name string
}

func newDomainSet(b *names.Builder) domainSet {
	return domainSet{stated: make(map[zonedName]uint32), names: b}
}

// addKey adds the domains of a key: those of an address u@D and of an account D\u.
func (d *domainSet) addKey(zone uint32, key string) {
	d.addAddress(zone, key)
	if domain, name, ok := strings.Cut(key, `\`); ok && name != "" {
		d.addDomain(zone, domain, inAccount)
	}
}

// addAddress adds the domain of an e-mail address. It ignores a text without a domain.
func (d *domainSet) addAddress(zone uint32, address string) {
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		d.addDomain(zone, address[at+1:], inAddress)
	}
}

func (d *domainSet) addDomain(zone uint32, domain string, where uint32) {
	if domain != "" {
		d.stated[zonedName{zone, fold.Lower(domain)}] |= where
	}
}

// build returns the index for a number of zones.
func (d *domainSet) build(zones int) (domainIndex, error) {
	x := domainIndex{known: make([]uint32, zones+1)}
	for k, where := range d.stated {
		d.names.Add(k.zone, k.name, where)
		if s := sortOf(k.name); where&s.knownBy() != 0 && !isAuthority(k.name) && k.name != localDomain {
			x.known[min(int(k.zone), zones)] |= uint32(s)
		}
	}
	var err error
	x.stated, err = d.names.Build()
	return x, err
}

// maxUnknown is how many domains a domainLog keeps.
const maxUnknown = 16

// maxDomain is the greatest length in bytes of a domain that a domainLog or a cache keeps.
// Longer ones are rarely domains, and messages quote at most as many bytes of a value.
const maxDomain = 60

// domainLog keeps the first domains that were found to be unknown. It is safe for
// concurrent use. A nil domainLog keeps none.
type domainLog struct {
	mu      sync.Mutex
	domains []string
}

// isDone reports whether a domain need not be added: it was, it is too long for the name of
// a domain, or the log is full.
func (l *domainLog) isDone(domain string) bool {
	if l == nil {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refuses(domain)
}

func (l *domainLog) refuses(domain string) bool {
	return len(domain) > maxDomain || len(l.domains) == maxUnknown || containsFold(l.domains, domain)
}

// add adds a copy of a domain, unless it is done.
func (l *domainLog) add(domain string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.refuses(domain) {
		l.domains = append(l.domains, strings.Clone(domain))
	}
}

// UnknownDomains returns domains of accounts whose names are keys, but that were not
// looked up by these names because their domains are not known. It returns the first 16 of
// them, in the order in which lookups found them, spelled as then.
func (t *Table) UnknownDomains() []string {
	log := t.names.unknown
	if log == nil {
		return nil
	}
	log.mu.Lock()
	defer log.mu.Unlock()
	return slices.Clone(log.domains)
}
