package jsonscan

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// classifyBytes is the slow twin of the kernels. It classifies the first size bytes of an
// event, which consists of whole blocks, one by one. If filters is false, all keys pass.
func classifyBytes(event []byte, size int, f *keyFilter, filters bool) (out []block, c carry) {
	out = make([]block, len(event)/blockSize)
	escaped, inside, opened := false, false, 0
	for i, char := range event[:size] {
		b, bit := &out[i/blockSize], uint64(1)<<(i%blockSize)
		if char == '\\' {
			b.slashes |= bit
			c.slashes = 1
		}
		if escaped {
			escaped = false
		} else if char == '\\' {
			escaped = true
		} else if char == '"' {
			b.quotes |= bit
			if inside = !inside; inside {
				opened = i
			}
		}
		if inside {
			continue
		}
		if char < 0x80 && char|0x20 >= '{' {
			b.brackets |= bit
			b.marks |= bit
		}
		if char == ':' {
			b.marks |= bit
			if f.on != 0 && closesString(out, i-1) && !bytes.Contains(event[opened:i], []byte{'\\'}) {
				b.plain |= bit
				if filters && !passes(event[:i-1], f) {
					b.marks &^= bit
				}
			}
		}
	}
	if inside {
		c.inside = ^uint64(0)
	}
	return out, c
}

func closesString(out []block, at int) bool {
	return at >= 0 && out[at/blockSize].quotes>>(at%blockSize)&1 != 0
}

// passes reports whether the key at the end of text passes the filter. A byte that is not
// ASCII is in no bucket, except at the position furthest from the end.
func passes(text []byte, f *keyFilter) bool {
	text = append(make([]byte, tailSize), text...)
	buckets := uint8(0xff)
	for position := range tailSize {
		c := text[len(text)-1-position]
		if c >= 0x80 && position < tailSize-1 {
			return false
		}
		buckets &= f.low[position][c&15] & f.high[position][c>>4]
	}
	return buckets != 0
}

type kernel struct {
	classify func(event []byte, from int, out []block, last uint64, c *carry, f *keyFilter)
	filters  bool // whether it filters keys; otherwise all keys pass
}

// kernels are the kernels that this build has and this processor can run.
func kernels() map[string]kernel {
	all := map[string]kernel{"words": {classifyWords, false}}
	maps.Copy(all, vectorKernels())
	return all
}

// filters returns key filters that let different keys pass.
func filters() map[string]*keyFilter {
	of := func(keys ...string) *keyFilter {
		var edges []edge
		for i, key := range keys {
			edges = append(edges, edge{key, int32(i)})
		}
		f := newKeyFilter([]*level{newLevel(edges)})
		return &f
	}
	return map[string]*keyFilter{
		"none": of(), "some": of("src", "dest", "id.orig_h", "x", "ip", `"`, `\`), "empty": of(""), "off": of("é"),
		"many": of(benchPaths()...),
	}
}

// checkKernel compares the masks that a kernel computes for the first size bytes of event,
// at once and in two parts, with those of the twin.
func checkKernel(t *testing.T, k kernel, event []byte, size int, f *keyFilter) {
	t.Helper()
	want, end := classifyBytes(event, size, f, k.filters)
	last := ^uint64(0) >> (-size & (blockSize - 1))
	for cut := 0; cut < len(want); cut += 1 + len(want)/2 {
		got := make([]block, len(want))
		var c carry
		if cut > 0 {
			k.classify(event, 0, got[:cut], ^uint64(0), &c, f)
		}
		k.classify(event, cut*blockSize, got[cut:], last, &c, f)
		require.Equal(t, want, got, "%q cut at block %d", event[:size], cut)
		require.Equal(t, end.inside, c.inside, "%q cut at block %d", event[:size], cut)
		require.Equal(t, end.slashes != 0, c.slashes != 0, "%q cut at block %d", event[:size], cut)
	}
}

// The test puts every byte at every position of two blocks, and then uses random bytes.
func TestKernelsAgreeWithTwin(t *testing.T) {
	for name, kernel := range kernels() {
		for which, f := range filters() {
			t.Run(name+"/"+which, func(t *testing.T) {
				for at := range 2 * blockSize {
					for c := range 256 {
						event := bytes.Repeat([]byte("x"), 2*blockSize)
						event[at] = byte(c)
						checkKernel(t, kernel, event, len(event)-c%blockSize, f)
					}
				}
				r := rand.New(rand.NewPCG(3, 4))
				for range 3000 {
					event := make([]byte, blockSize*(1+r.IntN(5)))
					for i := range event {
						switch r.IntN(4) {
						case 0:
							event[i] = byte(r.Uint32())
						case 1:
							event[i] = "\"\\:{}[]_|"[r.IntN(9)]
						default:
							event[i] = `"\":srcip`[r.IntN(9)]
						}
					}
					checkKernel(t, kernel, event, len(event)-r.IntN(blockSize), f)
				}
			})
		}
	}
}

// The test puts keys, and text that resembles keys, at every offset from the border of a
// block.
func TestKernelsAgreeWithTwinAtBlockBorders(t *testing.T) {
	keys := []string{`"src":`, `"src" :`, `"s\u0072c":`, `"\\src":`, `"\\":`, `"":`, `"x":`, `"ip":`, `"rc":`, `"é":`, `\"src":`, `"a","src":`, strings.Repeat(`\\`, 70) + `":`}
	for name, kernel := range kernels() {
		t.Run(name, func(t *testing.T) {
			for _, f := range filters() {
				for _, key := range keys {
					for pad := range 2*blockSize + 8 {
						for _, before := range []string{" ", `"`} {
							event := []byte("{" + strings.Repeat(" ", pad) + before + key + key)
							size := len(event)
							event = append(event, make([]byte, -size&(blockSize-1))...)
							checkKernel(t, kernel, event, size, f)
						}
					}
				}
			}
		})
	}
}

// FuzzKernels checks that all kernels agree with the twin on any bytes.
func FuzzKernels(f *testing.F) {
	f.Add([]byte(`{"a\\":["\"",{"b":null}],"c":"é|~^_"}`))
	for shape := range benchShapes {
		f.Add(benchShapes[shape](rand.New(rand.NewPCG(1, 2))))
	}
	all := filters()
	f.Fuzz(func(t *testing.T, event []byte) {
		if len(event) == 0 {
			return
		}
		size := len(event)
		event = append(event, make([]byte, -size&(blockSize-1))...)
		for _, k := range kernels() {
			for _, filter := range all {
				checkKernel(t, k, event, size, filter)
			}
		}
	})
}

func TestFilterPassesKeysOfLevelsAndFewOthers(t *testing.T) {
	p := mustCompile(t, benchPaths()...)
	for _, l := range append(p.levels, p.root) {
		if l == nil {
			continue
		}
		for _, e := range l.edges {
			require.True(t, passes([]byte(`"`+e.key), &p.filter), "passes(%q)", e.key)
		}
	}
	r := rand.New(rand.NewPCG(5, 6))
	random := func() byte { return 'a' + byte(r.IntN(26)) }
	passed := 0
	for range 1000 {
		if passes([]byte{'"', random(), random(), random()}, &p.filter) {
			passed++
		}
	}
	require.Less(t, passed, 50, "of 1000 random keys")
}
