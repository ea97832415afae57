package bench

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"

	"github.com/kithsec/kith/internal/gen"
)

// probes is the number of different keys that a benchmark looks up.
const probes = 1 << 18

// probe is a list of keys, named after the expected result of their lookup.
type probe[K any] struct {
	name string
	keys []K
}

// drawProbe returns a probe with the keys of drawn hosts or people: next draws a number
// and one returns the key of the host or person with that number.
func drawProbe[K any](name string, next func() int, one func(i int) K) probe[K] {
	p := probe[K]{name: name, keys: make([]K, probes)}
	for i := range p.keys {
		p.keys[i] = one(next())
	}
	return p
}

// drawFuncs returns functions that draw numbers below n: uniformly, and by Zipf's law.
func drawFuncs(n int) (uniform, zipf func() int) {
	r := rand.New(rand.NewPCG(2, 3))
	z := rand.NewZipf(r, 1.1, 8, uint64(n-1))
	order := r.Perm(n)
	return func() int { return r.IntN(n) }, func() int { return order[z.Uint64()] }
}

var addrProbes = sync.OnceValue(func() []probe[netip.Addr] {
	w := world(numAssets())
	uniform, zipf := drawFuncs(numAssets())
	r := rand.New(rand.NewPCG(4, 5))
	networks := w.Subnets(numAssets() / 50)
	return []probe[netip.Addr]{
		drawProbe("hit", uniform, func(i int) netip.Addr { return w.Host(i).Addr() }),
		drawProbe("zipf", zipf, func(i int) netip.Addr { return w.Host(i).Addr() }),
		drawProbe("network", uniform, func(i int) netip.Addr { return unusedAddr(r, networks[i%len(networks)]) }),
		drawProbe("miss", uniform, func(i int) netip.Addr {
			return netip.AddrFrom4([4]byte{198, byte(i), byte(r.Uint32()), byte(r.Uint32())})
		}),
		drawProbe("ipv6", uniform, func(i int) netip.Addr { return nextIPv6Addr(w, i) }),
	}
})

// unusedAddr returns an address in a network that probably does not belong to a host: the
// addresses of hosts end in .10 to .109.
func unusedAddr(r *rand.Rand, p netip.Prefix) netip.Addr {
	if p.Addr().Is6() {
		return p.Addr()
	}
	b := p.Addr().As4()
	if p.Bits() <= 24 {
		b[3] = byte(110 + r.IntN(100))
	}
	return netip.AddrFrom4(b)
}

// nextIPv6Addr returns the IPv6 address of host i, or of the next host that has one.
func nextIPv6Addr(w gen.World, i int) netip.Addr {
	for ; ; i = (i + 1) % w.Hosts {
		addrs := w.Host(i).Addrs()
		if a := addrs[len(addrs)-1]; a.Is6() {
			return a
		}
	}
}

var nameProbes = sync.OnceValue(func() []probe[[]byte] {
	w := world(numAssets())
	uniform, zipf := drawFuncs(numAssets())
	name := func(i int) []byte { return w.Host(i).AppendName(nil) }
	return []probe[[]byte]{
		drawProbe("hit", uniform, name),
		drawProbe("zipf", zipf, name),
		drawProbe("hit-upper", uniform, func(i int) []byte { return []byte(strings.ToUpper(string(name(i)))) }),
		drawProbe("fqdn", uniform, func(i int) []byte { return w.Host(i).AppendFQDN(nil) }),
		drawProbe("miss", uniform, func(i int) []byte { return w.Host(i + numAssets()).AppendName(nil) }),
	}
})

var macProbes = sync.OnceValue(func() []probe[[]byte] {
	w := world(numAssets())
	uniform, zipf := drawFuncs(numAssets())
	mac := func(i int) []byte { return w.Host(i).AppendMAC(nil, gen.MACStyle(i%4)) }
	return []probe[[]byte]{drawProbe("hit", uniform, mac), drawProbe("zipf", zipf, mac)}
})

// keyProbes contain addresses, names and MACs, as events do.
var keyProbes = sync.OnceValue(func() []probe[[]byte] {
	w := world(numAssets())
	uniform, zipf := drawFuncs(numAssets())
	key := func(i int) []byte {
		h := w.Host(i)
		switch i % 4 {
		case 0:
			return h.AppendFQDN(nil)
		case 1:
			return h.AppendMAC(nil, gen.MACColons)
		}
		return h.Addr().AppendTo(nil)
	}
	return []probe[[]byte]{drawProbe("hit", uniform, key), drawProbe("zipf", zipf, key)}
})

// nextEmail returns the e-mail address of person i, or of the next person who has one.
func nextEmail(w gen.World, i int) string {
	for ; ; i = (i + 1) % w.People {
		if e := w.Person(i).Email(); e != "" {
			return e
		}
	}
}

// userProbes contain people in all forms of names. Accounts without a login are looked up
// by their e-mail address.
var userProbes = sync.OnceValue(func() []probe[[]byte] {
	w := world(numAssets())
	uniform, zipf := drawFuncs(w.People)
	login := func(i int) string {
		if l := w.Person(i).Login(); l != "" {
			return l
		}
		return w.Person(i).Email()
	}
	return []probe[[]byte]{
		drawProbe("hit", uniform, func(i int) []byte { return []byte(login(i)) }),
		drawProbe("zipf", zipf, func(i int) []byte { return []byte(login(i)) }),
		drawProbe("domain", uniform, func(i int) []byte { return []byte(`CORP\` + login(i)) }),
		drawProbe("email", uniform, func(i int) []byte { return []byte(nextEmail(w, i)) }),
		drawProbe("miss", uniform, func(i int) []byte { return fmt.Appendf(nil, "nobody%07d", i) }),
	}
})
