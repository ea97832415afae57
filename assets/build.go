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
	"github.com/kithsec/kith/internal/lpm"
	"github.com/kithsec/kith/internal/names"
	"github.com/kithsec/kith/internal/records"
	"github.com/kithsec/kith/internal/steps"
)

// errZones bounds the zones of a table: they are searched linearly.
var errZones = errors.New("more than 65536 zones")

// NewTable builds a table of the entities, which must be assets.
func NewTable(e *entity.Entities, o Options) (*Table, error) {
	if e.Kind != entity.Asset {
		return nil, fmt.Errorf("a table of assets cannot be built of entities of kind %s", e.Kind)
	}
	keys := records.KeysOf(e)
	if len(keys.Zones) > 1<<16+1 {
		return nil, errZones
	}
	t := &Table{options: o, columns: records.ColumnsOf(e), zones: keys.Zones}
	var errs [4]error
	each(o.Parallel,
		func() { t.store, errs[0] = records.FromEntities(e) },
		func() { errs[1], errs[3] = t.buildNames(keys) },
		func() { errs[2] = t.buildZones(keys) },
	)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	t.filling = newFilling(t.columns, t.store)
	return t, nil
}

// each runs steps that do not depend on each other.
func each(parallel bool, steps ...func()) {
	var group sync.WaitGroup
	for _, step := range steps {
		if parallel {
			group.Go(step)
		} else {
			step()
		}
	}
	group.Wait()
}

// Which keys are found by zone; all others are names.
const (
	addressed records.Classes = 1<<entity.AddressKey | 1<<entity.PrefixKey | 1<<entity.MACKey | 1<<entity.MACRangeKey
	named                     = ^addressed
)

func (t *Table) buildNames(keys *records.Keys) (err, ofSuffixes error) {
	whole := names.NewBuilder(names.Options{Seed: t.options.Seed})
	suffixes := names.NewBuilder(names.Options{Seed: t.options.Seed})
	for k := range keys.All(named) {
		if k.Class == entity.SuffixKey {
			suffixes.Add(k.Zone, k.Text[len("*."):], k.Record)
		} else {
			whole.Add(k.Zone, k.Text, k.Record)
		}
	}
	t.names, err = whole.Build()
	t.suffixes, ofSuffixes = suffixes.Build()
	return err, ofSuffixes
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

func (t *Table) buildZones(keys *records.Keys) error {
	zones := make([]zoneKeys, len(keys.Zones))
	var bad error
	for k := range keys.All(addressed) {
		if err := zones[k.Zone].add(k); bad == nil {
			bad = err
		}
	}
	var errs []error
	seed := cmp.Or(t.options.Seed, rand.Uint64())
	for i := range zones {
		n, err := newNetwork(&zones[i])
		errs = append(errs, err)
		t.networks = append(t.networks, n)
		t.macs = append(t.macs, zones[i].macs.build(seed))
		zones[i] = zoneKeys{} // its memory is large
	}
	return errors.Join(append(errs, bad)...)
}

func (z *zoneKeys) add(k records.Key) error {
	switch k.Class {
	case entity.AddressKey:
		return z.hosts.add(k.Text, k.Record)
	case entity.PrefixKey:
		p, err := netip.ParsePrefix(k.Text)
		if err == nil && (p != p.Masked() || p.Addr().Is4In6()) { // stated as a name
			p, err = netip.ParsePrefix(canonical(k.Text))
		}
		z.prefixes = append(z.prefixes, owned[netip.Prefix]{p, k.Record})
		return err
	case entity.MACKey:
		m, bits, ok := parseMAC(k.Text)
		if !ok { // stated as a name: a range of one
			m, bits, _ = parseMAC(canonical(k.Text))
		}
		z.macs.add(m, bits, k.Record)
	case entity.MACRangeKey:
		from, to, _ := splitMACRange(k.Text)
		z.macs.addRange(from, to, k.Record)
	}
	return nil
}

// canonical returns the form in which a key compares. Names keep the spelling
// in which they are stated, also those that are addresses or MACs.
func canonical(text string) string {
	_, key := MergedShape(text)
	return key
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
	n.hosts = steps.New(owners)
	var err error
	n.lpm, err = lpm.BuildHosts(v4, v6, prefixes)
	return n, err
}
