package gold

import (
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/schema"
)

// beside is the zone of an event, and the names of the machine in it.
type beside struct {
	zone     entity.Zone
	machines []string
}

func (t *Table) lookupIdentity(zone entity.Zone, value string, of beside) (Match, bool) {
	if record, ok := t.lookupExact(zone, value); ok {
		return Match{Record: record, Step: entity.StepExact}, true
	}
	if domain, name, ok := strings.Cut(value, `\`); ok && !t.NoDomain {
		return t.lookupAccount(zone, domain, name, of)
	}
	return t.lookupNameForms(zone, value)
}

// lookupNameForms looks up the forms of a value apart from those of an account.
func (t *Table) lookupNameForms(zone entity.Zone, value string) (Match, bool) {
	try := func(on bool, name string, step entity.Step) (Match, bool) {
		record, ok := t.lookupExact(zone, name)
		return Match{Record: record, Step: step}, ok && on
	}
	if m, ok := try(!t.NoGuest, guestAddress(value), entity.StepGuest); ok {
		return m, true
	}
	if at := strings.LastIndex(value, "@"); at >= 0 && carriesDomain(t, zone, value[at+1:]) {
		if m, ok := try(!t.NoLocal, value[:at], entity.StepLocalPart); ok {
			return m, true
		}
	}
	return try(t.ARN, arnName(value), entity.StepARN)
}

// guestAddress returns the address of a guest, "" if the value is not the name of one.
func guestAddress(value string) string {
	mark := strings.Index(strings.ToLower(value), "#ext#")
	if mark < 0 {
		return ""
	}
	at := strings.LastIndex(value[:mark], "_")
	if at <= 0 {
		return ""
	}
	return value[:at] + "@" + value[at+1:mark]
}

// arnName returns the user or session of an ARN, "" if there is none.
func arnName(value string) string {
	parts := strings.SplitN(value, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return ""
	}
	path := strings.Split(parts[5], "/")
	switch {
	case len(path) >= 2 && (path[0] == "user" || path[0] == "federated-user"), len(path) >= 3 && path[0] == "assumed-role":
		return path[len(path)-1]
	}
	return ""
}

// lookupAccount looks up the account name in domain, which is not a key.
func (t *Table) lookupAccount(zone entity.Zone, domain, name string, of beside) (Match, bool) {
	found := func(key string) (Match, bool) {
		record, ok := t.lookupExact(zone, key)
		return Match{Record: record, Step: entity.StepDomain}, ok
	}
	if domain == "" || strings.ContainsAny(name, `@\`) || strings.Contains(strings.ToLower(name), "#ext#") {
		if m, ok := found(name); ok {
			return m, true
		}
		return t.lookupNameForms(zone, name)
	}
	if m, ok := found(name + "@" + domain); ok {
		return m, true
	}
	if !t.isOurs(zone, domain, of) {
		return Match{}, false
	}
	label, _, dotted := strings.Cut(domain, ".")
	if dotted {
		if m, ok := found(label + `\` + name); ok {
			return m, true
		}
	}
	m, ok := found(name)
	if !ok {
		return Match{}, false
	}
	for _, key := range t.Entities.KeysOf(m.Record) {
		other, u, ok := strings.Cut(key, `\`)
		if same := u == name || !t.Entities.CaseSensitive && Fold(u) == Fold(name); ok && other != "" && same {
			return Match{}, false // listed in another domain
		}
	}
	return m, true
}

// isOurs reports whether names of a domain are looked up without it.
func (t *Table) isOurs(zone entity.Zone, domain string, of beside) bool {
	fold := Fold(domain)
	label, rest, dotted := strings.Cut(fold, ".")
	authorities := []string{"nt authority", "nt service", "window manager", "font driver host", "nt-autorität", "autorite nt"}
	if domain == "." || slices.Contains(authorities, fold) {
		return false
	}
	for _, m := range of.machines {
		m = strings.TrimSuffix(Fold(m), "$")
		first, _, full := strings.Cut(m, ".")
		if fold == m || !dotted && first == fold || !full && m == label && strings.Contains(rest, ".") {
			return false
		}
	}
	configured := func(d string) bool {
		return slices.ContainsFunc(t.Domains, func(c string) bool { return Fold(c) == d })
	}
	if configured(fold) {
		return true
	}
	known := accountDomains(t, zone, false)[fold] || dotted && (accountDomains(t, zone, true)[fold] || configured(label) || accountDomains(t, zone, false)[label])
	if (!dotted || !known) && isAsset(t, of.zone, fold) {
		return false
	}
	if known {
		return true
	}
	for d := range accountDomains(t, zone, dotted) {
		if strings.Contains(d, ".") == dotted && !slices.Contains(authorities, d) && d != "." {
			return false
		}
	}
	return !slices.ContainsFunc(t.Domains, func(d string) bool { return d != "" && strings.Contains(d, ".") == dotted })
}

// accountDomains returns the domains of keys D\u and, if addresses is set, of addresses.
func accountDomains(t *Table, zone entity.Zone, addresses bool) map[string]bool {
	domains := make(map[string]bool)
	add := func(text string) {
		if d, u, ok := strings.Cut(text, `\`); ok && d != "" && u != "" {
			domains[Fold(d)] = true
		}
		if at := strings.LastIndex(text, "@"); at >= 0 && addresses && text[at+1:] != "" {
			domains[Fold(text[at+1:])] = true
		}
	}
	t.eachKey(zone, func(k *key) { add(k.text) })
	if email, ok := t.Entities.Field("email"); ok && addresses {
		for record := range t.Entities.Len() {
			if entity.Zone(t.Entities.Zone(record)) == zone {
				add(t.Entities.Cell(record, email))
			}
		}
	}
	return domains
}

// isAsset reports whether a name in lower case is an asset of a zone.
func isAsset(t *Table, zone entity.Zone, name string) bool {
	if t.Assets == nil {
		return false
	}
	found := false
	visit := func(k *key) {
		first, rest, _ := strings.Cut(k.folded, ".")
		found = found || k.class == schema.NameKey && (k.folded == name || first == name && strings.Contains(rest, "."))
	}
	t.Assets.eachKey(zone, visit)
	if t.Assets.Fallback {
		t.Assets.eachKey(t.Assets.Default, visit)
	}
	return found
}

// carriesDomain reports whether the domain is configured, or an identity of the zone has
// an e-mail address or a key in the domain.
func carriesDomain(t *Table, zone entity.Zone, domain string) bool {
	if domain == "" {
		return false
	}
	carried := slices.ContainsFunc(t.Domains, func(d string) bool { return Fold(d) == Fold(domain) })
	hasDomain := func(address string) bool {
		at := strings.LastIndex(address, "@")
		return at >= 0 && Fold(address[at+1:]) == Fold(domain)
	}
	t.eachKey(zone, func(k *key) { carried = carried || hasDomain(k.text) })
	if email, ok := t.Entities.Field("email"); ok {
		for record := range t.Entities.Len() {
			carried = carried || entity.Zone(t.Entities.Zone(record)) == zone && hasDomain(t.Entities.Cell(record, email))
		}
	}
	return carried
}
