package explain

import (
	"iter"
	"net/netip"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/jsonobject"
	"github.com/kithsec/kith/internal/keysearch"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/schema"
)

// Query selects entities to search for: by their names and MACs, by a network, or by both if a
// text can mean either, such as "10.8.1.".
type Query struct {
	Prefix   string       // the beginning of a name or MAC; with a Network, "" searches no names
	Anywhere bool         // whether Prefix may be any part of a name or MAC, not only the beginning
	Network  netip.Prefix // the network to search inside and around; the zero Prefix searches none
}

// ParseQuery parses a network, an address, which is searched as a network of one address,
// the beginning of an address, or else the beginning of a key. The beginning of an address
// consists of complete parts and is searched as a network and as the beginning of a name:
// "10.8.1." and "10.8.1" mean 10.8.1.0/24, and "2001:db8:1:" and "2001:db8:1::" mean
// 2001:db8:1::/48. ParseQuery returns a usage error if text begins with an address and a slash
// but is not a valid network, because no key begins like that.
func ParseQuery(text string) (Query, error) {
	text = fold.Trim(text)
	if p, err := netip.ParsePrefix(text); err == nil {
		return Query{Network: schema.CanonicalPrefix(p)}, nil
	}
	if p, ok := parseBeginning(text); ok {
		return Query{Prefix: text, Network: p}, nil
	}
	address, _, slash := strings.Cut(text, "/")
	a, err := netip.ParseAddr(address)
	switch {
	case err != nil:
		return Query{Prefix: text}, nil
	case slash && a.Zone() != "":
		return Query{}, problem.Usagef("%q is not a network: remove the zone %q from the address", text, a.Zone())
	case slash:
		return Query{}, problem.Usagef("%q is not a network: the prefix length must be from 0 to %d", text, a.BitLen())
	}
	a = schema.CanonicalAddr(a)
	return Query{Network: netip.PrefixFrom(a, a.BitLen())}, nil
}

// parseBeginning returns the network of the addresses that begin with the parts of an address
// in text, or false if text is not the beginning of an address. A text whose parts have two
// digits each, such as "00:50:", is the beginning of a MAC.
func parseBeginning(text string) (netip.Prefix, bool) {
	if strings.Contains(text, ".") {
		parts := strings.Split(strings.TrimSuffix(text, "."), ".")
		if len(parts) > 3 {
			return netip.Prefix{}, false
		}
		a, err := netip.ParseAddr(strings.Join(parts, ".") + strings.Repeat(".0", 4-len(parts)))
		return netip.PrefixFrom(a, 8*len(parts)), err == nil && a.Is4()
	}
	whole := strings.TrimSuffix(strings.TrimSuffix(text, ":"), ":")
	parts := strings.Split(whole, ":")
	isMAC := !slices.ContainsFunc(parts, func(part string) bool { return len(part) != 2 })
	if isMAC || len(parts) > 7 || slices.Contains(parts, "") || !strings.Contains(text, ":") {
		return netip.Prefix{}, false
	}
	a, err := netip.ParseAddr(whole + "::")
	return netip.PrefixFrom(a, 16*len(parts)), err == nil
}

// SearchOptions control a search. The zero SearchOptions are the defaults.
type SearchOptions struct {
	Kinds []entity.Kind // the kinds to search; none means both
	Zones []entity.Zone // the zones to search; none means all
	Limit int           // maximum number of hits; 0 means no limit
}

// Hit is an entity that a search found.
type Hit struct {
	Entity
	// Match is how the entity was found: "name" for a part of a key, "around" for a network
	// around the query, "network" for a network inside it, "host" for an address inside it.
	Match   string
	Matched []string // the keys by which it was found
}

// MarshalJSON encodes the hit with the fields of its entity.
func (h Hit) MarshalJSON() ([]byte, error) {
	return jsonobject.Object{
		{"match", h.Match},
		{"matched", h.Matched},
		{"kind", h.Kind().String()},
		{"zone", string(h.Zone())},
		{"key", h.Key()},
		{"id", h.ID()},
		{"fields", h.fieldsObject()},
	}.MarshalJSON()
}

// Search returns the entities that match a query, and the number of matching entities beyond
// the limit. Only assets match a network.
func (x *Explainer) Search(q Query, o SearchOptions) (hits []Hit, more int, err error) {
	if len(o.Zones) == 0 {
		o.Zones = x.Zones()
	}
	var s hitList
	for _, k := range x.listsOf(o.Kinds) {
		if q.Prefix != "" || !q.Network.IsValid() {
			s.addNames(k, q, o.Zones)
		}
		if k == x.assets && q.Network.IsValid() {
			if err := s.addNetworks(k, q.Network, o.Zones); err != nil {
				return nil, 0, err
			}
		}
	}
	if o.Limit > 0 && len(s.hits) > o.Limit {
		more = len(s.hits) - o.Limit
		s.hits = s.hits[:o.Limit]
	}
	return s.hits, more, nil
}

// hitList collects hits.
type hitList struct{ hits []Hit }

func (s *hitList) addNames(k *kindLists, q Query, zones []entity.Zone) {
	add := s.hitAdder(k, "name")
	search := k.names().WithPrefix
	if q.Anywhere {
		search = k.names().Containing
	}
	for _, zone := range zones {
		for found := range search(zone, q.Prefix) {
			add(found)
		}
	}
}

func (s *hitList) addNetworks(k *kindLists, p netip.Prefix, zones []entity.Zone) error {
	index, err := k.networks()
	if err != nil {
		return err
	}
	for _, zone := range zones {
		for _, part := range []struct {
			match string
			all   iter.Seq[keysearch.Found]
		}{
			{"around", index.Covering(zone, p)},
			{"network", index.Covered(zone, p)},
			{"host", index.Hosts(zone, p)},
		} {
			add := s.hitAdder(k, part.match)
			for found := range part.all {
				add(found)
			}
		}
	}
	return nil
}

// hitAdder returns a function that adds a key to the hit of its entity. The function appends a
// new hit when it is called with the first key of an entity.
func (s *hitList) hitAdder(k *kindLists, match string) func(keysearch.Found) {
	hitOf := map[uint32]int{} // record → hit
	return func(f keysearch.Found) {
		i, known := hitOf[f.Record]
		if !known {
			i = len(s.hits)
			hitOf[f.Record] = i
			s.hits = append(s.hits, Hit{Entity: Entity{k, int(f.Record)}, Match: match})
		}
		s.hits[i].Matched = append(s.hits[i].Matched, f.Key)
	}
}
