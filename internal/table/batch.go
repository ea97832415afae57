package table

import (
	"net/netip"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/lpm"
	"github.com/kithsec/kith/internal/names"
)

// InFlight is how many lookups of a batch are in flight at once: enough to keep
// the memory busy, few enough to stay in the nearest cache.
const InFlight = 64

// LookupAddrs looks up at most InFlight addresses of one zone and sets dst[i] to
// the match of addrs[i], the zero Match if there is none. It reads the index for
// all addresses before it reads their records' numbers, which are in distant
// memory: a loop that does nothing else has more reads in flight. The steps of
// lpm.Probe lost: they pay where other work is done between them (27 instead of
// 19 ns for hits of a million assets).
func (x *index) LookupAddrs(dst []Match, zone ZoneID, addrs []netip.Addr) {
	if zone == NoZone {
		clear(dst)
	} else {
		x.networks[zone].lookup(dst, zone, addrs)
	}
	other := x.other(zone)
	if other == NoZone {
		return
	}
	for i, a := range addrs {
		if dst[i].Step == 0 {
			x.FindAddr(&dst[i], other, a)
		}
	}
}

// lookup looks up at most InFlight addresses of the zone.
func (n *network) lookup(dst []Match, zone ZoneID, addrs []netip.Addr) {
	var hosts [InFlight]uint32
	for i, a := range addrs {
		host, prefix := n.lpm.Lookup(a)
		hosts[i] = host
		dst[i] = Match{Step: entity.StepExact, zone: zone, prefix: prefix, addr: true}
	}
	for i := range dst {
		switch m := &dst[i]; {
		case hosts[i] != lpm.None:
			m.Record = n.hosts.At(hosts[i])
		case m.prefix != lpm.None:
			m.Record, m.Step = n.owners[m.prefix], entity.StepPrefix
		default:
			*m = Match{}
		}
	}
}

// LookupNames is LookupAddrs for names, in the stages hash, seek and compare, so
// that the reads of distant memory overlap.
func (x *index) LookupNames(dst []Match, zone ZoneID, keys [][]byte) {
	if zone == NoZone {
		for i, key := range keys {
			x.FindName(&dst[i], zone, undotted(bytestext.String(key)))
		}
		return
	}
	var probes [InFlight]names.Probe
	for i, key := range keys {
		x.names.exact.HashString(&probes[i], uint32(zone), undotted(bytestext.String(key)))
	}
	for i := range keys {
		x.names.exact.Seek(&probes[i])
	}
	for i, key := range keys {
		x.findName(&dst[i], &probes[i], zone, undotted(bytestext.String(key)))
	}
}

// findName ends the lookup of a name and reports whether it matches; otherwise
// *m is the zero Match.
func (x *index) findName(m *Match, p *names.Probe, zone ZoneID, name string) (ok bool) {
	if record, ok := x.names.exact.FindString(p, name); ok {
		m.set(record, entity.StepExact, zone)
		return true
	}
	return x.names.findByForm(m, zone, name) || x.findNameFrom(m, x.other(zone), name)
}
