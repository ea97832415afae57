package gold

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/schema"
)

// isHostName reports whether a key is a name by whose forms its asset is found: a name that
// nt_host or dns lists.
func (k *key) isHostName() bool {
	label, domain := splitName(k.folded)
	return k.class == schema.NameKey && k.fields&^entities.KeyCustom.Bit() != 0 &&
		label != "" && (domain != "" || label == k.folded)
}

// splitName returns the first label of a name and its domain.
func splitName(name string) (label, domain string) {
	label, domain, _ = strings.Cut(name, ".")
	return label, domain
}

// tries reports whether a form is looked up.
func (t *Table) tries(form string) bool { return !slices.Contains(t.NoForms, form) }

// services are the classes of services that tests use.
var services = regexp.MustCompile(`^(?:host|http|termsrv|cifs|ldap|mssqlsvc|wsman|restrictedkrbhost)/([^/@]*)(?:/[^@]*)?(?:@.*)?$`)

var (
	realm = regexp.MustCompile(`^(.*?\$)@.*$`)
	port  = regexp.MustCompile(`^([^:]*):[^:]*$`)
)

// withoutAccount returns a folded name without a service class, port, realm and trailing "$".
func withoutAccount(name string) string {
	text := name
	if parts := services.FindStringSubmatch(name); parts != nil {
		text = port.ReplaceAllString(parts[1], "$1")
	} else {
		text = realm.ReplaceAllString(text, "$1")
	}
	if text = strings.TrimSuffix(text, "$"); text == name {
		return name
	}
	return strings.TrimSuffix(text, ".")
}

// lookupForms looks up a folded name, which is not a key, by its forms and by suffixes.
func (t *Table) lookupForms(zone entity.Zone, name string) Match {
	rest := name
	var forms []string
	if _, after, ok := strings.Cut(rest, `\`); ok && t.tries("domain") {
		rest, forms = after, append(forms, "domain")
	}
	if without := withoutAccount(rest); without != rest && t.tries("machine") {
		kept := strings.TrimSuffix(name, rest) + without
		if a, ok := t.lookupStated(zone, kept); ok && len(forms) > 0 && !strings.Contains(without, ".") && strings.HasPrefix(rest, without) {
			return t.byForms(a, kept, "machine")
		}
		rest, forms = without, append(forms, "machine")
	}
	if rest != name {
		if a, ok := t.lookupStated(zone, rest); ok {
			return t.byForms(a, rest, forms...)
		}
	}
	label, domain := splitName(rest)
	if strings.Contains(rest, ".") {
		if a, ok := t.lookupShort(zone, label, domain); ok {
			return t.byForms(a, label, append(forms, "short")...)
		}
		return t.lookupSuffix(zone, rest)
	}
	full := t.recordsWith(zone, func(k *key, first, domain string) bool { return domain != "" && first == rest })
	long := t.recordsWith(zone, func(k *key, first, domain string) bool {
		return utf8.RuneCountInString(rest) == 15 && utf8.RuneCountInString(first) > 15 && strings.HasPrefix(first, rest)
	})
	for _, candidates := range []struct {
		form    string
		records []int
	}{{"fqdn", full}, {"netbios", long}} {
		switch {
		case !t.tries(candidates.form) || len(candidates.records) == 0 || slices.Contains(schema.DefaultIgnored(), rest):
		case len(candidates.records) > 1:
			return Match{Several: true}
		default:
			return t.byForms(Match{Record: candidates.records[0], Step: entity.StepForm}, rest, append(forms, candidates.form)...)
		}
	}
	return t.lookupSuffix(zone, rest)
}

// byForms returns a match with the forms by which it was found, and the first name of
// nt_host or dns that they lead to. It is the folded text, or begins with it.
func (t *Table) byForms(a Match, text string, forms ...string) Match {
	a.Forms, a.Name = forms, text
	for _, field := range []string{"nt_host", "dns"} {
		for _, v := range t.valuesOf(a.Record, field) {
			first, domain := splitName(Fold(v))
			switch last := forms[len(forms)-1]; {
			case last == "fqdn" && domain != "" && first == text,
				last == "netbios" && strings.HasPrefix(first, text) && first != text,
				last != "fqdn" && last != "netbios" && Fold(v) == text:
				a.Name = v
				return a
			}
		}
	}
	return a
}

// recordsWith returns the records with a host name in the zone that satisfies a condition on
// its first label and its domain.
func (t *Table) recordsWith(zone entity.Zone, holds func(k *key, first, domain string) bool) (records []int) {
	t.eachKey(zone, func(k *key) {
		first, domain := splitName(k.folded)
		if k.isHostName() && holds(k, first, domain) && !slices.Contains(records, k.record) {
			records = append(records, k.record)
		}
	})
	return records
}

// lookupStated looks up exactly what remains of a name.
func (t *Table) lookupStated(zone entity.Zone, rest string) (Match, bool) {
	a, ok := t.lookupPlain(zone, rest)
	if !ok || a.Step != entity.StepExact {
		return Match{}, false
	}
	a.Step = entity.StepForm
	return a, true
}

// lookupShort looks up the first label of a full name.
func (t *Table) lookupShort(zone entity.Zone, label, domain string) (Match, bool) {
	found := t.recordsWith(zone, func(k *key, _, _ string) bool { return k.folded == label })
	if !t.tries("short") || len(found) == 0 || domain == "" {
		return Match{}, false
	}
	listed := slices.ContainsFunc(t.Domains, func(d string) bool { return d == "*" || Fold(d) == domain })
	inDomain := t.recordsWith(zone, func(k *key, _, other string) bool { return other == domain })
	withLabel := t.recordsWith(zone, func(k *key, first, other string) bool { return other != "" && first == label })
	if listed || len(inDomain) > 0 && !slices.Contains(withLabel, found[0]) {
		return Match{Record: found[0], Step: entity.StepForm}, true
	}
	return Match{}, false
}
