package explain

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/jsonobject"
	"github.com/kithsec/kith/internal/nearest"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/schema"
	"github.com/kithsec/kith/internal/table"
	"github.com/kithsec/kith/merge"
)

// Options control a lookup. The zero Options are the defaults.
type Options struct {
	Zone  entity.Zone
	Kinds []entity.Kind // the kinds to look up; none means both
	Fill  assets.Fill   // how networks fill the fields of an address
}

// Result is the entity that a key resolves to.
type Result struct {
	Entity
	Query    string // the key as the caller passed it
	Step     entity.Step
	Form     string    // for the step form, the forms of the name, joined by "+", such as short; else ""
	Matched  string    // the key that matched, as it is stored
	Covering []Network // the networks around an address or network, most specific first
	Filled   []Filled  // the fields that networks fill
}

// Network is a network with the entity that owns it.
type Network struct {
	Prefix netip.Prefix
	Owner  Entity
}

// Filled is a field whose value comes from a network.
type Filled struct {
	Field  string
	Value  json.RawMessage
	Prefix netip.Prefix
}

// MarshalJSON encodes the result with the fields of its entity and their provenance.
func (a Result) MarshalJSON() ([]byte, error) {
	filled := jsonobject.Object{}
	for _, f := range a.Filled {
		filled.Add(f.Field, jsonobject.Object{{"value", f.Value}, {"prefix", f.Prefix.String()}})
	}
	covering := []string{}
	for _, n := range a.Covering {
		covering = append(covering, n.Prefix.String())
	}
	o := jsonobject.Object{
		{"key", a.Query},
		{"kind", a.Kind().String()},
		{"found", true},
		{"zone", string(a.Zone())},
		{"step", a.Step.String()},
	}
	if a.Form != "" {
		o.Add("form", a.Form)
	}
	o.Add("matched", a.Matched)
	o.Add("id", a.ID())
	o.Add("fields", a.fieldsObject())
	o.Add("filled", filled)
	o.Add("covering", covering)
	o.Add("provenance", a.originsObject())
	o.Add("rows", append([]merge.RowOrigin{}, a.Rows()...))
	return o.MarshalJSON()
}

// Ambiguity explains why a name is not found: a form of it leads to several assets.
type Ambiguity struct {
	Form   string   // the forms of the name, joined by "+", such as fqdn
	Assets []Entity // in the order of their numbers
}

// Ambiguity returns the assets that a form of a key leads to, if the key has no match because
// there are several. Otherwise it returns false.
func (x *Explainer) Ambiguity(key string, o Options) (Ambiguity, bool) {
	k := x.assets
	if k.table == nil || len(o.Kinds) > 0 && !slices.Contains(o.Kinds, entity.Asset) || IsPlaceholder(key) {
		return Ambiguity{}, false
	}
	zone := k.table.Zone(o.Zone)
	if m, ok := k.table.Lookup(zone, fold.Trim(key)); ok || !m.Several() {
		return Ambiguity{}, false
	}
	forms, records := k.table.Candidates(k.entities, zone, key)
	a := Ambiguity{Form: forms}
	for _, record := range records {
		a.Assets = append(a.Assets, Entity{k, int(record)})
	}
	return a, true
}

// Lookup returns the entities that a key resolves to, at most one of each kind. It returns none
// for a placeholder (see [IsPlaceholder]).
func (x *Explainer) Lookup(key string, o Options) []Result {
	if IsPlaceholder(key) {
		return nil
	}
	var all []Result
	for _, k := range x.listsOf(o.Kinds) {
		if k.table == nil {
			continue
		}
		if a, ok := k.lookupKey(key, o); ok {
			all = append(all, a)
		}
	}
	return all
}

// IsPlaceholder reports whether a value in an event stands for a missing value, such as
// "unknown".
func IsPlaceholder(key string) bool {
	return slices.Contains(event.NullTokens(), fold.Name(key))
}

// lookupKey returns the entity that a key resolves to, or false if there is none.
func (k *kindLists) lookupKey(key string, o Options) (Result, bool) {
	t := k.table
	var m table.Match
	machines := t.MachinesIn(o.Zone)
	if t.FindBeside(&m, t.Zone(o.Zone), fold.Trim(key), &machines) {
		a := k.newResult(m, key)
		for n := range t.Covering(m) {
			a.Covering = append(a.Covering, k.networkOf(n))
		}
		filled := t.Filled(m, table.Fill(o.Fill))
		for i, c := range t.Columns() {
			if prefix, ok := filled.Prefix(i); ok {
				a.Filled = append(a.Filled, Filled{c.Name, filled.Value(i), prefix})
			}
		}
		return a, true
	}
	if t.Kind() == entity.Identity {
		return Result{}, false
	}
	if m, ok := t.LookupMACRange(k.entities, o.Zone, key); ok {
		return k.newResult(m, key), true
	}
	p, err := netip.ParsePrefix(fold.Trim(key))
	if err != nil {
		return Result{}, false
	}
	if p = schema.CanonicalPrefix(p); p.IsSingleIP() {
		a, ok := k.lookupKey(p.Addr().String(), o)
		a.Query = key
		return a, ok
	}
	m, covering, ok := t.LookupPrefix(t.Zone(o.Zone), p)
	if !ok {
		return Result{}, false
	}
	a := Result{Entity: Entity{k, int(m.Record)}, Query: key, Step: m.Step, Matched: p.String()}
	for n := range covering {
		a.Covering = append(a.Covering, k.networkOf(n))
	}
	return a, true
}

// WhyNoAccount returns why the account that a key names, such as CORP\jdoe, belongs to no
// identity, "" if the key names no account. The text begins in lower case, unless it begins
// with the name of the domain.
func (x *Explainer) WhyNoAccount(key string, o Options) string {
	t := x.identities.table
	if t == nil {
		return ""
	}
	machines := t.MachinesIn(o.Zone)
	a, ok := t.ExplainAccount(t.Zone(o.Zone), key, &machines)
	if !ok {
		return ""
	}
	domain, setting := problem.Plain(a.Domain), DomainsSetting([]string{a.Domain})
	switch name := problem.Plain(a.Name); {
	case a.Domain == event.LocalDomain:
		return "the domain . is the machine itself: local account"
	case a.Verdict == table.DomainAuthority:
		return domain + " is the domain of accounts of Windows itself"
	case a.Verdict == table.DomainMachine:
		return fmt.Sprintf("%s is a machine: local account (if it is a domain, too: %s)", domain, setting)
	case !a.Listed && a.Verdict == table.DomainUnknown:
		return fmt.Sprintf("%s is not a known domain, and %s is not a key", domain, name)
	case a.Elsewhere:
		return fmt.Sprintf("%s is listed in another domain", name)
	case a.Verdict == table.DomainUnknown:
		return fmt.Sprintf("%s is not a known domain: %s", domain, setting)
	}
	return ""
}

// DomainsSetting returns the setting that makes domains known.
func DomainsSetting(domains []string) string {
	var list []string
	for _, d := range domains {
		if strings.ContainsFunc(d, func(r rune) bool {
			return r != '.' && r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
		}) || !isPlainWord(d) {
			d = strconv.Quote(d)
		}
		list = append(list, d)
	}
	return "identities: {domains: [" + strings.Join(list, ", ") + "]}"
}

// isPlainWord reports whether YAML reads a word of letters, digits, dots, hyphens and
// underscores as a string.
func isPlainWord(s string) bool {
	first := strings.TrimLeft(s, "0123456789.-_")
	return first != "" && len(first) == len(s) && !slices.Contains([]string{"null", "true", "false", "yes", "no", "on", "off", "y", "n"}, fold.Lower(s))
}

func (k *kindLists) newResult(m table.Match, key string) Result {
	forms, _ := k.table.FormOf(m, key)
	return Result{Entity: Entity{k, int(m.Record)}, Query: key, Step: m.Step, Form: forms, Matched: k.table.MatchedKey(k.entities, m, key)}
}

func (k *kindLists) networkOf(n table.Network) Network {
	return Network{n.Prefix, Entity{k, int(n.Record)}}
}

// OtherZones returns the zones, other than that of o, in which the key resolves to an entity.
func (x *Explainer) OtherZones(key string, o Options) []entity.Zone {
	queried := o.Zone
	var zones []entity.Zone
	for _, k := range x.listsOf(nil) {
		if k.table == nil {
			continue
		}
		for _, z := range k.table.Zones() {
			o.Zone = z
			if z != queried && !slices.Contains(zones, z) && len(x.Lookup(key, o)) > 0 {
				zones = append(zones, z)
			}
		}
	}
	slices.Sort(zones)
	return zones
}

// Nearest returns what was probably meant by a key that was not found, or false if nothing is
// similar: the host in a URL or before a port if it is found, or else the most similar name.
// It considers a limited number of names of similar length in the zone of o, so that it is
// fast even with a million names.
func (x *Explainer) Nearest(key string, o Options) (string, bool) {
	const most = 20_000
	if host := hostIn(key); host != fold.Trim(key) && len(x.Lookup(host, o)) > 0 {
		return host, true
	}
	key = fold.Name(key)
	var names []string
	for _, k := range x.listsOf(o.Kinds) {
		e := k.entities
		for record := range e.Len() {
			if entity.Zone(e.Zone(record)) != o.Zone {
				continue
			}
			for class, text := range e.KeysOf(record) {
				alike := len(text)-len(key) <= 3 && len(key)-len(text) <= 3
				if class.Class == schema.NameKey && alike && len(names) < most {
					names = append(names, fold.Lower(text))
				}
			}
		}
	}
	slices.Sort(names)
	return nearest.Of(key, slices.Compact(names))
}

// hostIn returns the host in a key that is a URL or has a port or a path, otherwise the key.
func hostIn(key string) string {
	host := fold.Trim(key)
	if _, after, ok := strings.Cut(host, "://"); ok {
		host = after
	}
	host, _, _ = strings.Cut(host, "/")
	if name, port, err := net.SplitHostPort(host); err == nil && strings.Trim(port, "0123456789") == "" {
		host = name
	}
	return strings.Trim(host, "[]")
}
