package arena

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTextEntriesTakeTwelveBytes(t *testing.T) {
	assert.LessOrEqual(t, unsafe.Sizeof(textEntry{}), uintptr(12))
}

// TestTextsAgreeWithAMap checks that every text in use has one number of its own,
// whatever was released before.
func TestTextsAgreeWithAMap(t *testing.T) {
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 3))
		words := NewTexts()
		ids, refs := map[string]uint32{}, map[string]int{}
		for step := range 20_000 {
			size := []int{1, 7, 40, 509, 510, 511, 3000}[rng.IntN(7)]
			text := strings.Repeat(string(rune('a'+rng.IntN(26))), rng.IntN(size)) + fmt.Sprint(rng.IntN(300))
			if rng.IntN(20) == 0 {
				text = ""
			}
			if grow := step%6000 < 3000; refs[text] > 0 && (rng.IntN(3) == 0 || !grow) {
				words.Release(ids[text])
				refs[text]--
				continue
			}
			id := words.InternLike(ids[fmt.Sprint(rng.IntN(300))]*uint32(min(1, refs[text])), text)
			if refs[text]++; refs[text] > 1 {
				require.Equal(t, ids[text], id, "seed %d: %q", seed, text)
			}
			ids[text] = id
		}
		live := map[uint32]bool{}
		for text, n := range refs {
			if n > 0 {
				require.Equal(t, text, words.Get(ids[text]), "seed %d", seed)
				require.False(t, live[ids[text]], "seed %d: two texts have one number", seed)
				live[ids[text]] = true
			}
			for range n {
				words.Release(ids[text])
			}
		}
		require.Zero(t, words.len(), "seed %d", seed)
	}
}

// TestIndexAgreesWithAMap checks that every number is found after any puts and removals,
// including those of equal hashes and of hashes whose probe path wraps around.
func TestIndexAgreesWithAMap(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 4))
		var x Index
		hashes := map[uint32]uint32{}
		for step := range 20_000 {
			id := 1 + rng.Uint32N(3000)
			hash, there := hashes[id]
			switch grow := step%8000 < 4000; {
			case there && (!grow || rng.IntN(4) == 0):
				x.Remove(hash, id)
				delete(hashes, id)
			case !there && (grow || rng.IntN(4) == 0):
				hash = []uint32{rng.Uint32(), ^uint32(0) - rng.Uint32N(9), rng.Uint32N(9)}[rng.IntN(3)]
				x.Put(hash, id)
				hashes[id] = hash
			}
		}
		require.Equal(t, len(hashes), x.Len())
		for id, hash := range hashes {
			got, at := x.First(hash)
			for got != id {
				require.NotZero(t, got, "seed %d: %d with hash %x is lost", seed, id, hash)
				got, at = x.Next(hash, at)
			}
		}
	}
}
