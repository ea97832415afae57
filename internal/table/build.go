package table

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/addr"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/names"
	"github.com/kithsec/kith/internal/schema"
)

// errZones limits the number of zones, because they are searched linearly.
var errZones = errors.New("more than 65536 zones")

// New builds a table of entities, which must be of the given kind. It returns an error if
// they are nil or of the other kind, if two records have the same key, or if an address or
// a prefix cannot be parsed.
func New(kind entity.Kind, of *entity.Entities, o Options) (*Table, error) {
	plural := [...]string{entity.Asset: "assets", entity.Identity: "identities"}[kind]
	if of == nil {
		return nil, fmt.Errorf("cannot build a table of %s from nil entities", plural)
	}
	if of.Kind() != kind {
		return nil, fmt.Errorf("cannot build a table of %s from entities of kind %s", plural, of.Kind())
	}
	e := entities.Of(of)
	keys := keysOf(e)
	if len(keys.Zones) > 1<<16+1 {
		return nil, errZones
	}
	t := &Table{keyIndex: keyIndex{kind: kind, zoneList: zoneList{zones: keys.Zones}}, columns: columnsOf(e)}
	b := newBuilder(t, e, o)
	var errs [2]error
	b.runAll(
		func() { t.records, errs[0] = recordsOf(e) },
		func() { errs[1] = b.buildIndexes(keys) },
	)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	t.filling = newFilling(kind, t.columns, t.records)
	t.setOptions(o)
	return t, nil
}

// setOptions sets the fields that depend on the options, after all keys have been added.
func (x *keyIndex) setOptions(o Options) {
	x.fallback = NoZone
	if o.Fallback {
		x.fallback = x.Zone(o.DefaultZone)
	}
	if x.kind == entity.Identity {
		x.names.setForms(o.Forms)
	} else {
		x.names.hosts.setForms(o.MachineForms, o.Domains)
		x.labels = new(labelSet)
	}
}

// builder collects the keys of a table.
type builder struct {
	table    *Table
	options  Options
	entities *entities.Store
	zones    []zoneKeys
	names    *names.Builder
	suffixes *names.Builder
	domains  domainSet
	inDomain []key // keys D\u of identities, the Text being u
	ofNames  *names.Builder
}

// zoneKeys collects the keys of a zone that are not names.
type zoneKeys struct {
	addrs    addrBuilder
	prefixes []ownedPrefix
	macs     macsBuilder
}

func newBuilder(t *Table, e *entities.Store, o Options) *builder {
	folded := names.Options{Seed: o.Seed}
	exact := names.Options{Seed: o.Seed, CaseSensitive: e.CaseSensitive && t.kind == entity.Identity}
	return &builder{
		table: t, options: o, entities: e, zones: make([]zoneKeys, len(t.zones)),
		names: names.NewBuilder(exact), suffixes: names.NewBuilder(folded), domains: newDomainSet(names.NewBuilder(folded)),
		ofNames: names.NewBuilder(exact),
	}
}

// runAll runs independent functions, in parallel if Options.Parallel is set.
func (b *builder) runAll(functions ...func()) {
	var group sync.WaitGroup
	for _, f := range functions {
		if b.options.Parallel {
			group.Go(f)
		} else {
			f()
		}
	}
	group.Wait()
}

// buildIndexes builds the indexes of the keys. It visits every key only once, because
// reading the text of a key is a cache miss.
func (b *builder) buildIndexes(keys *keyList) error {
	var bad error
	add := b.addAssetKey
	if b.table.kind == entity.Identity {
		add = b.addIdentityKey
		b.addDomains(keys)
	}
	for k := range keys.All() {
		if err := add(k); bad == nil {
			bad = err
		}
	}
	t := b.table
	var errs [4]error
	b.runAll(
		func() { errs[0] = b.buildNames() },
		func() { errs[1] = b.buildZones() },
		func() { t.names.suffixes, errs[2] = b.suffixes.Build() },
		func() { t.names.domains, errs[3] = b.domains.build(len(b.zones)) },
	)
	if err := errors.Join(errs[0], errs[1], bad, errs[2], errs[3]); err != nil {
		return err
	}
	var err error
	t.names.qualified, err = b.buildQualified()
	return err
}

// buildNames builds the index of names, and for assets that of their first labels.
func (b *builder) buildNames() (err error) {
	x := &b.table.names
	if b.table.kind == entity.Identity {
		x.hosts.labels = new(names.Labels)
		x.exact, err = b.names.Build()
		return err
	}
	if x.exact, x.hosts.labels, err = b.names.BuildWithLabels(); err == nil {
		x.hosts.qualified = x.hosts.labels.HasBackslash()
	}
	return err
}

func (b *builder) addAssetKey(k key) error {
	z := &b.zones[k.Zone]
	switch k.Class {
	case schema.AddressKey:
		return z.addrs.addText(k.Text, k.Record)
	case schema.PrefixKey:
		return z.addPrefix(k.Text, k.Record)
	case schema.MACKey:
		m, bits, ok := addr.ParseMAC(k.Text)
		if !ok { // listed as a name: a range of one
			m, bits, _ = addr.ParseMAC(canonicalText(k.Text))
		}
		z.macs.addMAC(m, bits, k.Record)
	case schema.MACRangeKey:
		from, to, _ := schema.SplitMACRange(k.Text)
		z.macs.addRange(from, to, k.Record)
	case schema.SuffixKey:
		b.suffixes.Add(k.Zone, k.Text[len("*."):], k.Record)
	default:
		if k.Fields&^entities.KeyCustom.Bit() == 0 {
			b.names.AddOther(k.Zone, k.Text, k.Record)
		} else {
			b.names.Add(k.Zone, k.Text, k.Record)
		}
	}
	return nil
}

func (z *zoneKeys) addPrefix(text string, record uint32) error {
	p, err := netip.ParsePrefix(text)
	if err == nil && (p != p.Masked() || p.Addr().Is4In6()) { // listed as a name
		p, err = netip.ParsePrefix(canonicalText(text))
	}
	z.prefixes = append(z.prefixes, ownedPrefix{p, record})
	return err
}

// canonicalText returns the form of a key in which keys are compared. Keys that are listed
// as names keep their spelling, even if they are addresses or MACs.
func canonicalText(text string) string {
	_, key := schema.MergedShapeOf(text)
	return key
}

func (b *builder) addIdentityKey(k key) error {
	b.names.Add(k.Zone, k.Text, k.Record)
	b.domains.addKey(k.Zone, k.Text)
	if domain, name, ok := strings.Cut(k.Text, `\`); ok && domain != "" {
		k.Text = name
		b.inDomain = append(b.inDomain, k)
	}
	return nil
}

// buildQualified builds the table of the names u that are keys of an identity with a key
// D\u, too.
func (b *builder) buildQualified() (*names.Table, error) {
	added := make(map[zonedName]bool)
	for _, k := range b.inDomain {
		owner, ok := b.table.names.exact.Lookup(k.Zone, k.Text)
		name := zonedName{k.Zone, k.Text}
		if !b.entities.CaseSensitive {
			name.name = fold.Lower(k.Text)
		}
		if ok && owner == k.Record && !added[name] {
			added[name] = true
			b.ofNames.Add(k.Zone, k.Text, k.Record)
		}
	}
	return b.ofNames.Build()
}

// addDomains adds the configured domains, and the domains of all e-mail addresses,
// including addresses that are not keys.
func (b *builder) addDomains(keys *keyList) {
	for _, domain := range b.options.Domains {
		b.domains.addDomain(anyZone, fold.Trim(domain), inOptions)
	}
	email, ok := b.entities.Field("email")
	if !ok {
		return
	}
	for record := range b.entities.Len() {
		b.domains.addAddress(keys.Zone(record), b.entities.Cell(record, email))
	}
}

func (b *builder) buildZones() error {
	t := b.table
	if t.kind == entity.Identity {
		return nil
	}
	var errs []error
	seed := cmp.Or(b.options.Seed, rand.Uint64())
	for i := range b.zones {
		n, err := newNetwork(&b.zones[i])
		errs = append(errs, err)
		t.networks = append(t.networks, n)
		t.macs = append(t.macs, b.zones[i].macs.buildMACs(seed))
		b.zones[i] = zoneKeys{} // release its memory early
	}
	return errors.Join(errs...)
}
