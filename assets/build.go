package assets

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/lpm"
	"github.com/kithsec/kith/internal/names"
	"github.com/kithsec/kith/internal/rankcode"
	"github.com/kithsec/kith/internal/records"
	"github.com/kithsec/kith/internal/schema"
)

// errZones bounds the zones of a table: they are searched linearly.
var errZones = errors.New("more than 65536 zones")

// NewTable builds a table of the entities, which must be assets.
func NewTable(merged *entity.Entities, o Options) (*Table, error) {
	e := entities.Of(merged)
	if e.Kind != entities.Asset {
		return nil, fmt.Errorf("a table of assets cannot be built of entities of kind %s", e.Kind)
	}
	keys := records.KeysOf(e)
	if len(keys.Zones) > 1<<16+1 {
		return nil, errZones
	}
	t := &Table{options: o, columns: records.ColumnsOf(e), zones: keys.Zones}
	b := newBuilder(t)
	var errs [2]error
	b.each(
		func() { t.store, errs[0] = records.FromEntities(e) },
		func() { errs[1] = b.build(keys) },
	)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	t.filling = newFilling(t.columns, t.store)
	return t, nil
}

// builder collects the keys of a table.
type builder struct {
	table    *Table
	zones    []zoneKeys
	names    *names.Builder
	suffixes *names.Builder
}

// zoneKeys are the keys of a zone that are no names.
type zoneKeys struct {
	hosts    hosts
	prefixes []owned[netip.Prefix]
	macs     macsBuilder
}

// owned is a key and the record that answers it.
type owned[K any] struct {
	key    K
	record uint32
}

func newBuilder(t *Table) *builder {
	return &builder{
		table:    t,
		zones:    make([]zoneKeys, len(t.zones)),
		names:    names.NewBuilder(names.Options{Seed: t.options.Seed}),
		suffixes: names.NewBuilder(names.Options{Seed: t.options.Seed}),
	}
}

// each runs steps that do not depend on each other.
func (b *builder) each(steps ...func()) {
	var group sync.WaitGroup
	for _, step := range steps {
		if b.table.options.Parallel {
			group.Go(step)
		} else {
			step()
		}
	}
	group.Wait()
}

// build builds what answers keys. It goes through all of them once: texts are
// distant memory, and to look for names and for addresses side by side would be
// to wait for them twice.
func (b *builder) build(keys *records.Keys) error {
	var bad error
	for k := range keys.All() {
		if err := b.add(k); bad == nil {
			bad = err
		}
	}
	t := b.table
	var errs [3]error
	b.each(
		func() { t.names, errs[0] = b.names.Build() },
		func() { errs[1] = b.buildZones() },
		func() { t.suffixes, errs[2] = b.suffixes.Build() },
	)
	return errors.Join(errs[0], errs[1], bad, errs[2])
}

func (b *builder) add(k records.Key) error {
	z := &b.zones[k.Zone]
	switch k.Class {
	case schema.AddressKey:
		return z.hosts.add(k.Text, k.Record)
	case schema.PrefixKey:
		return z.addPrefix(k.Text, k.Record)
	case schema.MACKey:
		m, bits, ok := schema.ParseMAC(k.Text)
		if !ok { // stated as a name: a range of one
			m, bits, _ = schema.ParseMAC(canonical(k.Text))
		}
		z.macs.add(m, bits, k.Record)
	case schema.MACRangeKey:
		from, to, _ := schema.SplitMACRange(k.Text)
		z.macs.addRange(from, to, k.Record)
	case schema.SuffixKey:
		b.suffixes.Add(k.Zone, k.Text[len("*."):], k.Record)
	default:
		b.names.Add(k.Zone, k.Text, k.Record)
	}
	return nil
}

func (z *zoneKeys) addPrefix(text string, record uint32) error {
	p, err := netip.ParsePrefix(text)
	if err == nil && (p != p.Masked() || p.Addr().Is4In6()) { // stated as a name
		p, err = netip.ParsePrefix(canonical(text))
	}
	z.prefixes = append(z.prefixes, owned[netip.Prefix]{p, record})
	return err
}

// canonical returns the form in which a key compares. Names keep the spelling
// in which they are stated, also those that are addresses or MACs.
func canonical(text string) string {
	_, key := schema.MergedShapeOf(text)
	return key
}

func (b *builder) buildZones() error {
	t := b.table
	var errs []error
	seed := cmp.Or(t.options.Seed, rand.Uint64())
	for i := range b.zones {
		n, err := newNetwork(&b.zones[i])
		errs = append(errs, err)
		t.networks = append(t.networks, n)
		t.macs = append(t.macs, b.zones[i].macs.build(seed))
		b.zones[i] = zoneKeys{} // its memory is large
	}
	return errors.Join(errs...)
}

func newNetwork(keys *zoneKeys) (network, error) {
	slices.SortFunc(keys.prefixes, func(a, b owned[netip.Prefix]) int {
		return cmp.Or(a.key.Addr().Compare(b.key.Addr()), a.key.Bits()-b.key.Bits())
	})
	n := network{owners: make([]uint32, len(keys.prefixes))}
	prefixes := make([]netip.Prefix, len(keys.prefixes))
	for i, k := range keys.prefixes {
		prefixes[i], n.owners[i] = k.key, k.record
	}
	v4, v6, owners := keys.hosts.sorted()
	n.hosts = rankcode.New(owners)
	var err error
	n.lpm, err = lpm.BuildHosts(v4, v6, prefixes)
	return n, err
}
