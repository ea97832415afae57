package lookup

import (
	"math/rand/v2"
	"net/netip"
)

// probe is a list of keys with their correct answers.
type probe struct {
	name string
	keys []netip.Addr
	want []uint32
}

// drawProbes draws the keys of all probes:
//
//   - hit: IPv4 hosts, uniformly; in a table without hosts, addresses inside prefixes.
//   - zipf: IPv4 hosts by Zipf's law; a tenth of the keys are not hosts and match only a
//     prefix.
//   - miss: IPv4 addresses that are not in any prefix.
//   - random: IPv4 addresses from all private networks, or from all of IPv4 for the
//     Internet table.
//   - IPv6: hosts, or addresses inside prefixes.
func (t *Table) drawProbes(n int) []probe {
	truth := &maps{}
	_ = truth.Build(t) // building maps cannot fail
	r := rand.New(rand.NewPCG(3, 4))
	four, six := t.hitTargets()
	list := []probe{
		{name: "hit", keys: drawAddrs(n, func() netip.Addr { return addrIn(r, four[r.IntN(len(four))]) })},
		{name: "zipf", keys: t.zipfKeys(r, four, n)},
		{name: "miss", keys: drawAddrs(n, func() netip.Addr { return uncoveredAddr(r, truth) })},
		{name: "random", keys: drawAddrs(n, func() netip.Addr { return t.randomAddr(r) })},
	}
	if len(six) > 0 {
		list = append(list, probe{name: "IPv6", keys: drawAddrs(n, func() netip.Addr { return addrIn(r, six[r.IntN(len(six))]) })})
	}
	for i := range list {
		list[i].want = make([]uint32, n)
		truth.Lookup(list[i].want, list[i].keys)
	}
	return list
}

// hitTargets returns the entries that hits are drawn from, by family: the hosts, or all
// entries if there are more prefixes than hosts.
func (t *Table) hitTargets() (four, six []netip.Prefix) {
	for i, p := range t.All() {
		if len(t.Hosts) > len(t.Prefixes) && int(i) >= len(t.Hosts) {
			break
		}
		if p.Addr().Is4() {
			four = append(four, p)
		} else {
			six = append(six, p)
		}
	}
	return four, six
}

func drawAddrs(n int, one func() netip.Addr) []netip.Addr {
	keys := make([]netip.Addr, n)
	for i := range keys {
		keys[i] = one()
	}
	return keys
}

func (t *Table) zipfKeys(r *rand.Rand, from []netip.Prefix, n int) []netip.Addr {
	z := rand.NewZipf(r, 1.1, 8, uint64(len(from)-1))
	order := r.Perm(len(from))
	var networks []netip.Prefix
	for _, p := range t.Prefixes {
		if p.Addr().Is4() {
			networks = append(networks, p)
		}
	}
	return drawAddrs(n, func() netip.Addr {
		if r.IntN(10) == 0 {
			return addrIn(r, networks[r.IntN(len(networks))])
		}
		return addrIn(r, from[order[z.Uint64()]])
	})
}

// addrIn returns a random address in a prefix.
func addrIn(r *rand.Rand, p netip.Prefix) netip.Addr {
	if p.Addr().Is4() {
		return addr4(word4(p.Addr()) | uint32(r.Uint64()&(1<<(32-p.Bits())-1)))
	}
	w := words6(p.Addr())
	if p.Bits() < 64 {
		return addr6(w[0]|r.Uint64()&(1<<(64-p.Bits())-1), r.Uint64())
	}
	return addr6(w[0], w[1]|r.Uint64()&(1<<(128-p.Bits())-1))
}

func uncoveredAddr(r *rand.Rand, truth *maps) netip.Addr {
	for {
		if a := addr4(r.Uint32()); truth.lookup(a) == none {
			return a
		}
	}
}

var privateNetworks = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
}

func (t *Table) randomAddr(r *rand.Rand) netip.Addr {
	if t.public {
		return addr4(r.Uint32())
	}
	return addrIn(r, privateNetworks[r.IntN(len(privateNetworks))])
}
