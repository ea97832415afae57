package table

import (
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/keytext"
)

// accountLookup is what a Lookups needs to look up one account, in addition to its lookup,
// whose key is D\u.
type accountLookup struct {
	domain   string // "" if the name needs no domain
	machines Machines
	facts    domainFacts // in the zone of the lookup
}

// AddAccount is Add for an account: a name and its domain, or a name with its own domain,
// D\u, beside which domain is ignored. The domain may be one of the machines. A name that has
// no domain, or needs none, is looked up as by Add. The table must be one of identities.
func (l *Lookups) AddAccount(zone ZoneID, domain, name []byte, machines Machines) (i int) {
	i = l.grow()
	l.others[l.numOthers] = int32(i)
	l.numOthers++
	l.startAccount(&l.list[i], zone, bytestext.String(domain), bytestext.String(name), machines)
	return i
}

// AddMoreAccount is AddMore for an account.
func (l *Lookups) AddMoreAccount(i int, zone ZoneID, domain, name []byte, array uint32, machines Machines) {
	l.startAccount(l.growFurther(i, array), zone, bytestext.String(domain), bytestext.String(name), machines)
}

func (l *Lookups) startAccount(p *lookup, zone ZoneID, domain, name string, machines Machines) {
	x := &l.table.keyIndex
	text, slash := name, strings.IndexByte(name, '\\')
	if slash >= 0 {
		domain, name = name[:slash], name[slash+1:]
	}
	if !x.names.accounts || slash < 0 && domain == "" {
		x.startLookup(p, zone, text)
		return
	}
	inDomain := domain != "" && !needsNoDomain(name)
	if !inDomain && slash < 0 {
		x.startLookup(p, zone, name)
		return
	}
	var facts domainFacts
	if inDomain && zone != NoZone {
		facts = l.domains.factsOf(&x.names, zone, domain, &machines)
	}
	p.zone = zone
	if facts.alone && !machines.Named && x.fallback == NoZone {
		p.class, p.key = aloneKey, name
		x.names.exact.Hash(&p.name, uint32(zone), name)
		return
	}
	p.class, p.key, p.account = accountKey, text, int32(len(l.accounts))
	if slash < 0 {
		p.key = l.join(domain, name)
	}
	l.accounts = append(l.accounts, accountLookup{domain, machines, facts})
	if zone != NoZone {
		x.names.exact.Hash(&p.name, uint32(zone), p.key)
	}
}

// join returns D\u.
func (l *Lookups) join(domain, name string) string {
	from := len(l.text)
	l.text = append(append(append(l.text, domain...), '\\'), name...)
	return bytestext.String(l.text[from:])
}

// finishAlone sets the match of an account that only u alone can match, and reports whether
// there is one.
func (x *nameIndex) finishAlone(p *lookup) (ok bool) {
	record, ok := x.exact.Find(&p.name, p.key)
	if !ok {
		clean := keytext.Clean(p.key)
		if clean == p.key {
			return false
		}
		if needsNoDomain(clean) {
			return x.findBareName(&p.match, p.zone, clean)
		}
		if record, ok = x.exact.Lookup(uint32(p.zone), clean); !ok {
			return false
		}
	}
	p.match.setRecord(record, entity.StepDomain, p.zone)
	return true
}

// finishAccount sets the match of an account and reports whether there is one.
func (l *Lookups) finishAccount(p *lookup) (ok bool) {
	x, m, a := &l.table.keyIndex, &p.match, &l.accounts[p.account]
	if p.zone == NoZone {
		return x.FindBeside(m, NoZone, p.key, &a.machines)
	}
	if record, ok := x.names.exact.Find(&p.name, p.key); ok {
		m.setRecord(record, entity.StepExact, p.zone)
		return true
	}
	if clean := keytext.Clean(p.key); clean != p.key {
		return x.FindBeside(m, p.zone, clean, &a.machines)
	}
	if a.facts.verdict != 0 {
		ok = x.names.findInDomain(m, p.zone, a.domain, p.key[len(a.domain)+1:], a.facts, &a.machines)
	} else {
		ok = x.names.findOtherwise(m, p.zone, p.key, &a.machines)
	}
	return ok || x.findNameFrom(m, x.nextZone(p.zone), p.key, &a.machines)
}

// factsCache keeps the facts about the domains that were looked up last: events name few
// domains. It is for one goroutine. The zero factsCache is empty.
type factsCache struct {
	entries [8]cachedFacts
	next    int // index of the entry to replace
}

type cachedFacts struct {
	domain []byte // empty in an unused entry
	zone   ZoneID
	assets *Table
	of     ZoneID // the zone in assets
	facts  domainFacts
}

// clear empties the cache. It keeps the memory of the domains.
func (c *factsCache) clear() {
	for i := range c.entries {
		c.entries[i] = cachedFacts{domain: c.entries[i].domain[:0]}
	}
	c.next = 0
}

// factsOf returns the facts about a domain that is not empty.
func (c *factsCache) factsOf(x *nameIndex, zone ZoneID, domain string, of *Machines) domainFacts {
	for i := range c.entries {
		if e := &c.entries[i]; string(e.domain) == domain && e.zone == zone && e.of == of.Zone && e.assets == of.Assets {
			return e.facts
		}
	}
	facts := x.factsOf(zone, domain, of)
	if len(domain) <= maxDomain {
		e := &c.entries[c.next]
		*e = cachedFacts{append(e.domain[:0], domain...), zone, of.Assets, of.Zone, facts}
		c.next = (c.next + 1) % len(c.entries)
	}
	return facts
}
