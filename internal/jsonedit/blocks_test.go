package jsonedit

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// classifyBytes is the slow twin of the kernels.
func classifyBytes(event []byte, out []block) {
	clear(out)
	for i, c := range event {
		b, bit := &out[i/blockSize], uint64(1)<<(i%blockSize)
		switch {
		case c == '"':
			b.quotes |= bit
		case c == ':':
			b.marks |= bit
		case c < 0x80 && c|0x20 >= '{':
			b.brackets |= bit
		}
		if c == '\\' {
			b.slashes |= bit
		}
	}
}

// kernels are the kernels that this build has and this processor can run.
func kernels() map[string]func(event []byte, out []block) {
	all := map[string]func(event []byte, out []block){"words": classifyWords}
	if hasVectorKernel {
		all["vectors"] = vectorKernel
	}
	return all
}

// TestKernels compares what the kernels say of every byte in every place, and
// of random ones, with the twin.
func TestKernels(t *testing.T) {
	for name, kernel := range kernels() {
		t.Run(name, func(t *testing.T) {
			check := func(event []byte) {
				got, want := make([]block, len(event)/blockSize), make([]block, len(event)/blockSize)
				kernel(event, got)
				classifyBytes(event, want)
				require.Equal(t, want, got, "%q", event)
			}
			for at := range 2 * blockSize {
				for c := range 256 {
					event := bytes.Repeat([]byte("x"), 2*blockSize)
					event[at] = byte(c)
					check(event)
				}
			}
			r := rand.New(rand.NewPCG(3, 4))
			for range 5000 {
				event := make([]byte, blockSize*r.IntN(5))
				for i := range event {
					event[i] = byte(r.Uint32())
					if r.IntN(2) == 0 {
						event[i] = "\"\\:{}[]_|"[r.IntN(9)]
					}
				}
				check(event)
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
	f.Fuzz(func(t *testing.T, event []byte) {
		event = append(event, make([]byte, -len(event)&(blockSize-1))...)
		want := make([]block, len(event)/blockSize)
		classifyBytes(event, want)
		for name, kernel := range kernels() {
			got := make([]block, len(want))
			kernel(event, got)
			require.Equal(t, want, got, "%s: %q", name, event)
		}
	})
}

// TestSettle compares quotes, insides and marks with a walk over the bytes.
func TestSettle(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 20_000 {
		event := make([]byte, 1+r.IntN(400))
		for i := range event {
			event[i] = `\\\\\\\\"":{}x`[r.IntN(14)]
		}
		var s Scanner
		closed := s.classify(event)
		want := make([]block, len(s.blocks))
		classifyBytes(event, want)
		inside := false
		for i := 0; i < len(event); i++ {
			b, bit := &want[i/blockSize], uint64(1)<<(i%blockSize)
			if inside {
				b.marks &^= bit
				b.brackets &^= bit
			}
			b.marks |= b.brackets & bit
			switch event[i] {
			case '"':
				inside = !inside
			case '\\':
				if i++; i < len(event) {
					b, bit = &want[i/blockSize], uint64(1)<<(i%blockSize)
					b.quotes &^= bit
					if inside {
						b.marks &^= bit
						b.brackets &^= bit
					}
					b.marks |= b.brackets & bit
				}
			}
		}
		require.Equal(t, want, s.blocks, "%q", event)
		require.Equal(t, !inside, closed, "%q", event)
	}
}
