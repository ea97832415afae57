package names

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/kithsec/kith/internal/bytestext"
)

// realisticNames returns n different names in lower case, of 24 bytes on average. Three in
// five are hosts, the others are users.
func realisticNames(r *rand.Rand, n int) []string {
	kinds := []string{"ws", "srv", "lap", "prt", "db", "fw"}
	sites := []string{"nyc", "lon", "ber", "tok", "sin", "par", "rio"}
	domains := []string{"", ".corp.example.com", ".example.net", ".dmz.example.com"}
	given := []string{"mary", "john", "li", "aisha", "olga", "pedro", "anneliese", "tom"}
	family := []string{"smith", "garcia", "wu", "okafor", "ivanova", "mueller", "tanaka"}
	pick := func(from []string) string { return from[r.IntN(len(from))] }
	out := make([]string, n)
	for i := range out {
		if i%5 < 3 {
			out[i] = fmt.Sprintf("%s-%s-%06d%s", pick(kinds), pick(sites), i, pick(domains))
		} else {
			out[i] = fmt.Sprintf("%s.%s%d@example.com", pick(given), pick(family), i)
		}
	}
	r.Shuffle(n, func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// mixCase returns name with some letters in upper case.
func mixCase(r *rand.Rand, name string) string {
	b := []byte(name)
	for i, c := range b {
		if 'a' <= c && c <= 'z' && r.IntN(2) == 0 {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

const probes = 1 << 18

// probeNames returns names to look up, as many as probes. They are copies that follow each
// other in memory.
func probeNames(r *rand.Rand, from []string, probe, spelling string) [][]byte {
	zipf := rand.NewZipf(r, 1.1, 1, uint64(len(from)-1))
	text := make([]byte, 0, 1<<24)
	out := make([][]byte, probes)
	for i := range out {
		var name string
		switch probe {
		case "uniform":
			name = from[r.IntN(len(from))]
		case "zipf":
			name = from[zipf.Uint64()]
		case "miss":
			name = "x" + from[r.IntN(len(from))]
			name = name[:len(name)-1]
		}
		if spelling == "mixed" {
			name = mixCase(r, name)
		}
		at := len(text)
		text = append(text, name...)
		out[i] = text[at:len(text):len(text)]
	}
	return out
}

var sink uint32

// BenchmarkLookup compares Lookup, LookupAll and a Go map on the same keys. The names in
// the map are in lower case, and the keys with mixed case are passed to strings.ToLower
// before they are looked up in it.
//
// Tried and rejected: a Seek without a branch on whether the filter rejects the name, so
// that mispredictions do not delay a batch. It took the same time for a batch of misses,
// and more for Zipf hits, which then compute a position twice: 53 instead of 48 ns in a
// batch, 63 instead of 58 ns one by one (best of three interleaved rounds).
func BenchmarkLookup(b *testing.B) {
	for _, size := range []struct {
		name  string
		names int
	}{{"5k", 5_000}, {"1M", 1_000_000}} {
		r := rand.New(rand.NewPCG(1, 2))
		all := realisticNames(r, size.names)
		table := build(b, Options{Seed: 1}, 0, all...)
		gold := make(map[string]uint32, len(all))
		for i, name := range all {
			gold[name] = uint32(i)
		}
		for _, probe := range []string{"uniform", "zipf", "miss"} {
			for _, spelling := range []string{"same", "mixed"} {
				keys := probeNames(r, all, probe, spelling)
				at := fmt.Sprintf("names=%s/probe=%s/case=%s/way=", size.name, probe, spelling)
				b.Run(at+"single", func(b *testing.B) { benchSingle(b, table, keys) })
				b.Run(at+"batch", func(b *testing.B) { benchBatch(b, table, keys) })
				b.Run(at+"map", func(b *testing.B) { benchMap(b, gold, keys, spelling == "mixed") })
			}
		}
	}
}

func benchSingle(b *testing.B, table *Table, keys [][]byte) {
	for i := 0; b.Loop(); i++ {
		v, _ := table.Lookup(0, bytestext.String(keys[i%probes]))
		sink += v
	}
	b.ReportMetric(float64(table.Size())/float64(table.Len()), "B/name")
}

func benchBatch(b *testing.B, table *Table, keys [][]byte) {
	const many = 64
	dst := make([]uint32, many)
	b.ResetTimer()
	for i := 0; i < b.N; i += many {
		table.LookupAll(dst, 0, keys[i%probes:][:many])
		sink += dst[0]
	}
}

func benchMap(b *testing.B, gold map[string]uint32, keys [][]byte, lower bool) {
	for i := 0; b.Loop(); i++ {
		key := keys[i%probes]
		if lower {
			sink += gold[strings.ToLower(string(key))]
		} else {
			sink += gold[string(key)]
		}
	}
}

// BenchmarkLookupSuffix looks up the suffixes of names of three to seven labels.
func BenchmarkLookupSuffix(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	label := func() string { return fmt.Sprintf("%c%d", 'a'+r.IntN(26), r.IntN(1000)) }
	for _, size := range []int{200, 20_000} {
		seen := map[string]uint32{}
		var suffixes []string
		for len(suffixes) < size {
			s := label() + ".corp.example"
			if r.IntN(2) == 0 {
				s = label() + "." + s
			}
			if _, there := seen[s]; !there {
				seen[s] = uint32(len(suffixes))
				suffixes = append(suffixes, s)
			}
		}
		table := build(b, Options{Seed: 1}, 0, suffixes...)
		for _, probe := range []string{"hit", "miss"} {
			keys := make([][]byte, probes)
			for i := range keys {
				end := suffixes[r.IntN(size)]
				if probe == "miss" {
					end = label() + "." + label() + ".example.org"
				}
				keys[i] = []byte(strings.Repeat(label()+".", 1+r.IntN(3)) + end)
			}
			at := fmt.Sprintf("suffixes=%d/probe=%s/way=", size, probe)
			b.Run(at+"table", func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					v, _, _ := table.LookupSuffix(0, bytestext.String(keys[i%probes]))
					sink += v
				}
			})
			b.Run(at+"map", func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					sink += mapSuffix(seen, keys[i%probes])
				}
			})
		}
	}
}

func mapSuffix(from map[string]uint32, key []byte) uint32 {
	for {
		i := bytes.IndexByte(key, '.')
		if i < 0 {
			return None
		}
		key = key[i+1:]
		if v, found := from[string(key)]; found {
			return v
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	all := realisticNames(rand.New(rand.NewPCG(1, 2)), 1_000_000)
	b.Run("names=1M", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			build(b, Options{Seed: 1}, 0, all...)
		}
	})
}
