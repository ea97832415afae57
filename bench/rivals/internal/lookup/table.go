package lookup

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Table contains the entries that the engines are built from.
type Table struct {
	Name     string
	Hosts    []netip.Addr   // ascending and distinct
	Prefixes []netip.Prefix // ascending, distinct, and not single addresses
	public   bool           // random keys come from all of IPv4, not from private networks
}

// Len returns the number of entries.
func (t *Table) Len() int { return len(t.Hosts) + len(t.Prefixes) }

// All yields the entries with their numbers.
func (t *Table) All() iter.Seq2[uint32, netip.Prefix] {
	return func(yield func(uint32, netip.Prefix) bool) {
		for i := range t.Len() {
			if !yield(uint32(i), t.Entry(uint32(i))) {
				return
			}
		}
	}
}

// Entry returns the prefix of the entry with a number.
func (t *Table) Entry(i uint32) netip.Prefix {
	if int(i) < len(t.Hosts) {
		return netip.PrefixFrom(t.Hosts[i], t.Hosts[i].BitLen())
	}
	return t.Prefixes[int(i)-len(t.Hosts)]
}

// Enterprise generates the address plan of a company: hosts in the private networks, where
// each /24 is filled to a random degree; nested prefixes from /8 to /28 that contain them;
// and IPv6 hosts in a few thousand /64, with prefixes for a tenth of those.
func Enterprise(name string, hosts, prefixes, hosts6 int) *Table {
	r := rand.New(rand.NewPCG(1, 2))
	t := &Table{Name: name, Hosts: append(privateHosts(r, hosts), hosts6In(r, hosts6)...)}
	seen := map[netip.Prefix]bool{}
	for _, s := range []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "2001:db8::/32"} {
		seen[netip.MustParsePrefix(s)] = true
	}
	lengths := []int{9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 20, 21, 22, 22, 23, 24, 24, 24, 24, 25, 26, 27, 28}
	lengths6 := []int{40, 48, 56, 64, 64}
	for len(seen) < prefixes {
		if a := t.Hosts[r.IntN(len(t.Hosts))]; a.Is4() {
			seen[netip.PrefixFrom(a, lengths[r.IntN(len(lengths))]).Masked()] = true
		} else {
			seen[netip.PrefixFrom(a, lengths6[r.IntN(len(lengths6))]).Masked()] = true
		}
	}
	for p := range seen {
		t.Prefixes = append(t.Prefixes, p)
	}
	slices.SortFunc(t.Prefixes, compareEntries)
	return t
}

func privateHosts(r *rand.Rand, n int) []netip.Addr {
	var list []uint32
	for len(list) < n {
		for len(list) < n {
			net := []uint32{10 << 24, 10 << 24, 10 << 24, 172<<24 | 16<<16, 192<<24 | 168<<16}[r.IntN(5)]
			net |= r.Uint32N(map[uint32]uint32{10: 1 << 15, 172: 1 << 12, 192: 1 << 8}[net>>24]) << 8
			for fill := 4 + r.IntN(250); fill > 0 && len(list) < n; fill-- {
				list = append(list, net|r.Uint32N(256))
			}
		}
		slices.Sort(list)
		list = slices.Compact(list)
	}
	addrs := make([]netip.Addr, n)
	for i, a := range list {
		addrs[i] = addr4(a)
	}
	return addrs
}

func hosts6In(r *rand.Rand, n int) []netip.Addr {
	list := make([]netip.Addr, 0, n)
	for len(list) < n {
		net := 0x20010db8<<32 | uint64(r.IntN(200))<<16 | uint64(r.IntN(256))
		for range min(1+r.IntN(100), n-len(list)) {
			low := r.Uint64()
			if r.IntN(2) == 0 {
				low = r.Uint64N(1 << 10)
			}
			list = append(list, addr6(net, low))
		}
	}
	slices.SortFunc(list, netip.Addr.Compare)
	return slices.Compact(list)
}

// ReadPrefixes reads the Internet table: one prefix per line, gzipped or not. A prefix that
// is a single address becomes a host of the table.
func ReadPrefixes(path string) (*Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
	}
	t := &Table{Name: "full Internet table", public: true}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		text := strings.TrimSpace(lines.Text())
		if text == "" || text[0] == '#' {
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
		if p = p.Masked(); p.IsSingleIP() {
			t.Hosts = append(t.Hosts, p.Addr())
		} else {
			t.Prefixes = append(t.Prefixes, p)
		}
	}
	slices.SortFunc(t.Hosts, netip.Addr.Compare)
	slices.SortFunc(t.Prefixes, compareEntries)
	t.Hosts, t.Prefixes = slices.Compact(t.Hosts), slices.Compact(t.Prefixes)
	return t, lines.Err()
}

func addr4(a uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a)})
}

func addr6(hi, lo uint64) netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], hi)
	binary.BigEndian.PutUint64(b[8:], lo)
	return netip.AddrFrom16(b)
}

func word4(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

func words6(a netip.Addr) [2]uint64 {
	b := a.As16()
	return [2]uint64{binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])}
}
