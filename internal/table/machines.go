package table

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"slices"
	"strings"
	"sync"

	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/fold"
)

// Machines holds the machines that the domain of an account may be: Windows gives a local
// account the name of its machine as domain. The zero Machines has none.
type Machines struct {
	Assets *Table // nil if there are none
	Zone   ZoneID // the zone of the event in Assets
	Named  bool   // the domain is the machine that the event names: see IsMachine
}

// hasAsset reports whether a name, of either sort, is the name of an asset of the zone. A
// name without a dot may also be the first label of a name of three labels or more; of
// corp.example, corp is rather the name of a domain.
func (m *Machines) hasAsset(name string) bool {
	if m.Assets == nil {
		return false
	}
	x := &m.Assets.keyIndex
	for zone := x.firstZone(m.Zone); zone != NoZone; zone = x.nextZone(zone) {
		if _, ok := x.names.exact.Lookup(uint32(zone), name); ok || sortOf(name) == dotless && x.labels.has(x, zone, name) {
			return true
		}
	}
	return false
}

// IsMachine reports whether a domain is the machine with that name: the name itself or its
// first label. A domain of three labels or more may also have a name without a dot as its
// first label.
func IsMachine(domain, name []byte) bool {
	return isMachine(bytestext.String(domain), bytestext.String(bytes.TrimSuffix(name, []byte("$"))))
}

func isMachine(domain, name string) bool {
	n := len(domain)
	switch {
	case len(name) > n && name[n] == '.':
		return sortOf(domain) == dotless && fold.Equal(name[:n], domain)
	case len(name) > 0 && len(name) < n && domain[len(name)] == '.':
		return sortOf(name) == dotless && strings.Count(domain, ".") >= 2 && fold.Equal(domain[:len(name)], name)
	}
	return fold.Equal(name, domain)
}

// labelSet holds the first labels of those names of a table that have three labels or more.
// It is collected when it is first needed: only accounts in domains without a dot need it.
type labelSet struct {
	once   sync.Once
	seed   maphash.Seed
	hashes []uint64 // sorted
}

// has reports whether a zone of x has such a name with that first label.
func (s *labelSet) has(x *keyIndex, zone ZoneID, label string) bool {
	s.once.Do(func() { s.collect(x) })
	_, found := slices.BinarySearch(s.hashes, s.hash(uint32(zone), label))
	return found
}

func (s *labelSet) collect(x *keyIndex) {
	s.seed = maphash.MakeSeed()
	for n := range x.names.exact.Unordered() {
		if label, rest, ok := strings.Cut(n.Text, "."); ok && strings.IndexByte(rest, '.') >= 0 {
			s.hashes = append(s.hashes, s.hash(n.Zone, label))
		}
	}
	slices.Sort(s.hashes)
	s.hashes = slices.Clip(slices.Compact(s.hashes))
}

// hash returns the hash of a label, ignoring case. Its 64 bits make a collision improbable,
// and its secret seed makes it impossible to choose one.
func (s *labelSet) hash(zone uint32, label string) uint64 {
	var room [80]byte
	return maphash.Bytes(s.seed, fold.AppendLower(binary.LittleEndian.AppendUint32(room[:0], zone), label))
}
