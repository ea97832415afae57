package jsonscan

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// siftBytes is the slow twin of the kernels: it walks over the bytes of an event
// of whole blocks, of which size count, and sieves the keys; with a nil passes all
// pass.
func siftBytes(event []byte, size int, v *sieve, passes passes) (out []block, st sifting) {
	out = make([]block, len(event)/blockSize)
	escaped, inside, opened := false, false, 0
	for i, c := range event[:size] {
		b, bit := &out[i/blockSize], uint64(1)<<(i%blockSize)
		if c == '\\' {
			b.slashes |= bit
			st.slashes = 1
		}
		if escaped {
			escaped = false
		} else if c == '\\' {
			escaped = true
		} else if c == '"' {
			b.quotes |= bit
			if inside = !inside; inside {
				opened = i
			}
		}
		if inside {
			continue
		}
		if c < 0x80 && c|0x20 >= '{' {
			b.brackets |= bit
			b.marks |= bit
		}
		if c == ':' {
			b.marks |= bit
			if v.on != 0 && closes(out, i-1) && !bytes.Contains(event[opened:i], []byte{'\\'}) {
				b.plain |= bit
				if passes != nil && !passes(event[:i-1], v) {
					b.marks &^= bit
				}
			}
		}
	}
	if inside {
		st.inside = ^uint64(0)
	}
	return out, st
}

func closes(out []block, at int) bool {
	return at >= 0 && out[at/blockSize].quotes>>(at%blockSize)&1 != 0
}

// passes reports whether a key that ends text passes the sieve.
type passes func(text []byte, v *sieve) bool

// passesHalves looks up bytes by their halves. Bytes beyond ASCII are good for
// nothing, but in the first place.
func passesHalves(text []byte, v *sieve) bool {
	return passesAll(text, func(place int, c byte) uint8 {
		if c < 0x80 || back[place] == tail {
			return v.low[place][c&15] & v.high[place][c>>4]
		}
		return 0
	})
}

// passesWhole looks up whole bytes, but for their highest bit.
func passesWhole(text []byte, v *sieve) bool {
	return passesAll(text, func(place int, c byte) uint8 { return v.whole[place][c&0x7f] })
}

func passesAll(text []byte, good func(place int, c byte) uint8) bool {
	text = append(make([]byte, tail), text...)
	all := uint8(0xff)
	for place, n := range back {
		all &= good(place, text[len(text)-n])
	}
	return all != 0
}

type kernel struct {
	sift   func(event []byte, from int, out []block, last uint64, st *sifting, v *sieve)
	passes passes // nil if all keys do
	whole  bool   // it takes events in one piece only
}

// kernels are the kernels that this build has and this processor can run.
func kernels() map[string]kernel {
	all := map[string]kernel{"words": {siftWords, nil, false}}
	maps.Copy(all, vectorKernels())
	return all
}

// sieves are some that differ in what passes.
func sieves() map[string]*sieve {
	of := func(keys ...string) *sieve {
		var edges []edge
		for i, key := range keys {
			edges = append(edges, edge{key, int32(i)})
		}
		v := newSieve([]*level{newLevel(edges)})
		return &v
	}
	return map[string]*sieve{
		"none": of(), "some": of("src", "dest", "id.orig_h", "x", "ip", `"`, `\`), "empty": of(""), "off": of("é"),
		"many": of(benchPaths()...),
	}
}

// checkKernel compares what a kernel says of event, of which size bytes count,
// at once and in two parts, with the twin.
func checkKernel(t *testing.T, k kernel, event []byte, size int, v *sieve) {
	t.Helper()
	want, end := siftBytes(event, size, v, k.passes)
	last := ^uint64(0) >> (-size & (blockSize - 1))
	for cut := 0; cut < len(want); cut += 1 + len(want)/2 {
		if cut > 0 && k.whole {
			break
		}
		got := make([]block, len(want))
		var st sifting
		if cut > 0 {
			k.sift(event, 0, got[:cut], ^uint64(0), &st, v)
		}
		k.sift(event, cut*blockSize, got[cut:], last, &st, v)
		require.Equal(t, want, got, "%q cut at block %d", event[:size], cut)
		require.Equal(t, end.inside, st.inside, "%q cut at block %d", event[:size], cut)
		require.Equal(t, end.slashes != 0, st.slashes != 0, "%q cut at block %d", event[:size], cut)
	}
}

// TestKernels compares what the kernels say of every byte in every place, and
// of random ones, with the twin.
func TestKernels(t *testing.T) {
	for name, kernel := range kernels() {
		for which, v := range sieves() {
			t.Run(name+"/"+which, func(t *testing.T) {
				for at := range 2 * blockSize {
					for c := range 256 {
						event := bytes.Repeat([]byte("x"), 2*blockSize)
						event[at] = byte(c)
						checkKernel(t, kernel, event, len(event)-c%blockSize, v)
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
					checkKernel(t, kernel, event, len(event)-r.IntN(blockSize), v)
				}
			})
		}
	}
}

// TestKernelsAtKeys puts keys and what is like them across the borders of
// blocks.
func TestKernelsAtKeys(t *testing.T) {
	keys := []string{`"src":`, `"src" :`, `"s\u0072c":`, `"\\src":`, `"\\":`, `"":`, `"x":`, `"ip":`, `"rc":`, `"é":`, `\"src":`, `"a","src":`, strings.Repeat(`\\`, 70) + `":`}
	for name, kernel := range kernels() {
		t.Run(name, func(t *testing.T) {
			for _, v := range sieves() {
				for _, key := range keys {
					for pad := range 2*blockSize + 8 {
						for _, before := range []string{" ", `"`} {
							event := []byte("{" + strings.Repeat(" ", pad) + before + key + key)
							size := len(event)
							event = append(event, make([]byte, -size&(blockSize-1))...)
							checkKernel(t, kernel, event, size, v)
						}
					}
				}
			}
		})
	}
}

// FuzzKernels: whatever the bytes, all kernels say what the twin says.
func FuzzKernels(f *testing.F) {
	f.Add([]byte(`{"a\\":["\"",{"b":null}],"c":"é|~^_"}`))
	for shape := range benchShapes {
		f.Add(benchShapes[shape](rand.New(rand.NewPCG(1, 2))))
	}
	all := sieves()
	f.Fuzz(func(t *testing.T, event []byte) {
		if len(event) == 0 {
			return
		}
		size := len(event)
		event = append(event, make([]byte, -size&(blockSize-1))...)
		for _, k := range kernels() {
			for _, v := range all {
				checkKernel(t, k, event, size, v)
			}
		}
	})
}

// TestSieve lets every key of its levels pass, and of others as few as it can.
func TestSieve(t *testing.T) {
	p := mustCompile(t, benchPaths()...)
	random := func(r *rand.Rand) byte { return 'a' + byte(r.IntN(26)) }
	var passed [2]int
	for i, passes := range []passes{passesHalves, passesWhole} {
		for _, l := range append(p.levels, p.root) {
			if l == nil {
				continue
			}
			for _, e := range l.edges {
				require.True(t, passes([]byte(`"`+e.key), &p.sieve), e.key)
			}
		}
		r := rand.New(rand.NewPCG(5, 6))
		for range 1000 {
			if passes([]byte{'"', random(r), random(r), random(r)}, &p.sieve) {
				passed[i]++
			}
		}
	}
	require.Less(t, passed[0], 50)
	require.LessOrEqual(t, passed[1], passed[0])
}
