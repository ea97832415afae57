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

// Options says how a Table is asked. The zero Options are the defaults.
type Options struct {
	DefaultZone entity.Zone // the zone that Fallback leads to
	Fallback    bool        // a zone in which nothing answers falls back to DefaultZone
	Seed        uint64      // of the hashes; 0 is a random one, stored with the table
	Parallel    bool        // NewTable may use several cores
}

// Table answers keys with assets. It is built once, never changes, and is safe
// for any number of concurrent readers. Records are numbered as in the
// Entities it was built from. No lookup allocates.
type Table struct {
	options  Options
	columns  []entity.Column
	store    *records.Store
	zones    []entity.Zone
	networks []network // by zone
	macs     []macs    // by zone
	names    *names.Table
	suffixes *names.Table
	filling  filling
}

// network is what answers the addresses of a zone.
type network struct {
	lpm    *lpm.Table
	hosts  steps.List // rank → record
	owners []uint32   // index of a prefix → record
}

// Match is the answer to a key. The zero Match is no answer.
type Match struct {
	Record uint32      // number of the asset
	Step   entity.Step // how it was found
	zone   uint32
	prefix uint32 // the longest prefix that covers the address, matched or not
	addr   bool   // an address was looked up
}

// NewTable builds a table of the entities, which must be assets.
func NewTable(e *entity.Entities, o Options) (*Table, error) {
	if e.Kind != entity.Asset {
		return nil, fmt.Errorf("a table of assets cannot be built of entities of kind %s", e.Kind)
	}
	b := newBuilder(e, o)
	for record := range e.Len() {
		b.add(record)
	}
	return b.build()
}

// Len returns the number of assets.
func (t *Table) Len() int { return t.store.Len() }

// Stats says what a table holds and how many bytes of memory that takes.
type Stats struct {
	Assets, Addresses, Prefixes, MACs, Names, Suffixes int
	RecordBytes, AddressBytes, MACBytes, NameBytes     int
}

// Bytes returns the memory of the whole table.
func (s Stats) Bytes() int { return s.RecordBytes + s.AddressBytes + s.MACBytes + s.NameBytes }

// Stats returns what the table holds.
func (t *Table) Stats() Stats {
	s := Stats{
		Assets: t.Len(), Names: t.names.Len(), Suffixes: t.suffixes.Len(),
		RecordBytes: t.store.Size(), NameBytes: t.names.Size() + t.suffixes.Size(),
	}
	for i := range t.zones {
		n := &t.networks[i]
		s.Addresses += n.lpm.NumHosts()
		s.Prefixes += n.lpm.NumPrefixes()
		s.AddressBytes += n.lpm.Size() + n.hosts.Size() + 4*len(n.owners)
		s.MACs += t.macs[i].len()
		s.MACBytes += t.macs[i].size()
	}
	return s
}

// Zones returns the zones that have keys, in a fixed order.
func (t *Table) Zones() []entity.Zone { return slices.Clone(t.zones) }

const noZone = ^uint32(0)

// zone returns the number of a zone; noZone if it has no keys.
func (t *Table) zone(z entity.Zone) uint32 {
	for i, have := range t.zones {
		if have == z {
			return uint32(i)
		}
	}
	return noZone
}

// fallback returns the zone to ask when nothing in z answered.
func (t *Table) fallback(z entity.Zone) (entity.Zone, bool) {
	return t.options.DefaultZone, t.options.Fallback && z != t.options.DefaultZone
}

// errZones bounds the zones of a table: they are searched linearly.
var errZones = errors.New("more than 65536 zones")

// builder collects the keys of a table.
type builder struct {
	entities *entity.Entities
	table    *Table
	zones    []zoneKeys
	names    *names.Builder
	suffixes *names.Builder
	err      error
}

type zoneKeys struct {
	hosts    []owned[netip.Addr]
	prefixes []owned[netip.Prefix]
	macs     macsBuilder
}

// owned is a key and the record that answers it.
type owned[K any] struct {
	key    K
	record uint32
}

func newBuilder(e *entity.Entities, o Options) *builder {
	return &builder{
		entities: e,
		table:    &Table{options: o},
		names:    names.NewBuilder(names.Options{Seed: o.Seed}),
		suffixes: names.NewBuilder(names.Options{Seed: o.Seed}),
	}
}

func (b *builder) add(record int) {
	zone := b.zone(b.entities.Zone(record))
	keys := &b.zones[zone]
	for k, text := range b.entities.KeysOf(record) {
		switch k.Class {
		case entity.AddressKey:
			a, err := netip.ParseAddr(text)
			if err != nil { // stated as a name: 10.0.0.9/32
				a, err = netip.ParseAddr(canonical(text))
			}
			b.fail(err)
			keys.hosts = append(keys.hosts, owned[netip.Addr]{plain(a), uint32(record)})
		case entity.PrefixKey:
			p, err := netip.ParsePrefix(text)
			if err == nil && (p != p.Masked() || p.Addr().Is4In6()) { // stated as a name
				p, err = netip.ParsePrefix(canonical(text))
			}
			b.fail(err)
			keys.prefixes = append(keys.prefixes, owned[netip.Prefix]{p, uint32(record)})
		case entity.MACKey:
			m, bits, ok := parseMAC(text)
			if !ok { // stated as a name: a range of one
				m, bits, _ = parseMAC(canonical(text))
			}
			keys.macs.add(m, bits, uint32(record))
		case entity.MACRangeKey:
			from, to, _ := splitMACRange(text)
			keys.macs.addRange(from, to, uint32(record))
		case entity.SuffixKey:
			b.suffixes.Add(uint32(zone), text[len("*."):], uint32(record))
		default:
			b.names.Add(uint32(zone), text, uint32(record))
		}
	}
}

// canonical returns the form in which a key compares. Names keep the spelling
// in which they are stated, also those that are addresses or MACs.
func canonical(text string) string {
	_, key := MergedShape(text)
	return key
}

func (b *builder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *builder) zone(z entity.Zone) int {
	if i := b.table.zone(z); i != noZone {
		return int(i)
	}
	if len(b.zones) > 1<<16 {
		b.fail(errZones)
		return 0
	}
	b.table.zones = append(b.table.zones, z)
	b.zones = append(b.zones, zoneKeys{})
	return len(b.zones) - 1
}

func (b *builder) build() (*Table, error) {
	t := b.table
	t.columns = records.ColumnsOf(b.entities)
	var errs [3]error
	b.each(
		func() { t.store, errs[0] = records.FromEntities(b.entities) },
		func() { t.names, errs[1] = b.names.Build() },
		func() { errs[2] = b.buildZones() },
	)
	var err error
	t.suffixes, err = b.suffixes.Build()
	if err = errors.Join(append(errs[:], b.err, err)...); err != nil {
		return nil, err
	}
	t.filling = newFilling(t.columns, t.store)
	return t, nil
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
	slices.SortFunc(keys.hosts, func(a, b owned[netip.Addr]) int { return a.key.Compare(b.key) })
	slices.SortFunc(keys.prefixes, func(a, b owned[netip.Prefix]) int {
		if c := a.key.Addr().Compare(b.key.Addr()); c != 0 {
			return c
		}
		return a.key.Bits() - b.key.Bits()
	})
	hosts, numbers := make([]netip.Addr, len(keys.hosts)), make([]uint32, len(keys.hosts))
	prefixes := make([]netip.Prefix, len(keys.prefixes))
	for i, k := range keys.hosts {
		hosts[i], numbers[i] = k.key, k.record
	}
	n := network{hosts: steps.New(numbers), owners: make([]uint32, len(prefixes))}
	for i, k := range keys.prefixes {
		prefixes[i], n.owners[i] = k.key, k.record
	}
	var err error
	n.lpm, err = lpm.Build(hosts, prefixes)
	return n, err
}
