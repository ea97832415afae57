package enrich

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/table"
)

// readsAccounts reports whether a role is looked up among identities of which some may be
// named as accounts in a domain.
func (p *plan) readsAccounts(role event.Role) bool {
	return p.accounts && p.tableOf[role] == identityTable
}

// domainOf returns the domain of the account that a candidate names, nil if it names none.
func domainOf(c *event.Candidate) []byte {
	if i := bytes.IndexByte(c.Text, '\\'); i >= 0 {
		return c.Text[:i:i]
	}
	return c.Domain
}

// collectMachines collects the candidates that name the machine of the last event in a role
// that is not looked up.
func (b *batch) collectMachines(e *eventState, role event.Role) {
	from := len(b.candidates)
	b.candidates = b.reader.AppendRole(b.candidates, role)
	e.setMachine(role, indexRange{int32(from), int32(len(b.candidates))})
}

// setMachine sets where the candidates are that name the machine in one of its roles.
func (e *eventState) setMachine(role event.Role, candidates indexRange) {
	switch role {
	case event.Dvc:
		e.machines[0] = candidates
	case event.Host:
		e.machines[1] = candidates
	}
}

// machinesOf returns the machines that the domain of an account of an event may be. The
// zone of the event must be that of b.zones.
func (b *batch) machinesOf(e *eventState, domain []byte) table.Machines {
	m := b.zones.assets(b.plan)
	for _, in := range e.machines {
		for i := in.from; i < in.to && !m.Named && len(domain) > 0; i++ {
			m.Named = b.namesMachine(&b.candidates[i], domain)
		}
	}
	return m
}

// assets returns the assets in the zone of z, as the machines that an account may be of.
func (z *zoneIDs) assets(p *plan) table.Machines {
	return table.Machines{Assets: p.tables[assetTable].table, Zone: z.ids[assetTable]}
}

// namesMachine reports whether a domain is the machine that a candidate names.
func (b *batch) namesMachine(c *event.Candidate, domain []byte) bool {
	if !c.Pending || c.Kind == event.String && !c.Escaped {
		if len(c.Text) > 0 && (c.Text[0]^domain[0])&^0x20 != 0 && c.Text[0] > ' ' && c.Text[0]|domain[0] < utf8.RuneSelf {
			return false // the first letters differ, as in most cases
		}
		return table.IsMachine(domain, bytes.TrimSpace(c.Text))
	}
	if !mayContain(c.Text, domain) {
		return false
	}
	b.names = b.reader.AppendPending(b.names[:0], c)
	return slices.ContainsFunc(b.names, func(name []byte) bool { return table.IsMachine(domain, name) })
}

// mayContain reports whether a JSON value may contain a domain, ignoring case. It returns
// false for most lists of addresses and MACs, which then need not be parsed: it looks for
// one letter of the domain that they do not have.
func mayContain(json, domain []byte) bool {
	for _, c := range domain {
		lower := c | 0x20
		if lower < 'g' || lower > 'z' || lower == 'i' || lower == 'k' { // İ and the Kelvin sign are i and k in lower case
			continue
		}
		return bytes.IndexByte(json, lower) >= 0 || bytes.IndexByte(json, lower&^0x20) >= 0 || bytes.IndexByte(json, '\\') >= 0
	}
	return true
}
