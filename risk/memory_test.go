package risk

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRecordsAreSmall(t *testing.T) {
	assert.LessOrEqual(t, unsafe.Sizeof(mod{}), uintptr(48))
	assert.LessOrEqual(t, unsafe.Sizeof(object{}), uintptr(40))
	assert.LessOrEqual(t, unsafe.Sizeof(textEntry{}), uintptr(12))
}

// Texts that are held are there, under one number each, whatever was dropped
// before.
func TestTextsAgreeWithAMap(t *testing.T) {
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 3))
		words := newTexts()
		ids, refs := map[string]uint32{}, map[string]int{}
		for step := range 20_000 {
			size := []int{1, 7, 40, 509, 510, 511, 3000}[rng.IntN(7)]
			text := strings.Repeat(string(rune('a'+rng.IntN(26))), rng.IntN(size)) + fmt.Sprint(rng.IntN(300))
			if rng.IntN(20) == 0 {
				text = ""
			}
			if grow := step%6000 < 3000; refs[text] > 0 && (rng.IntN(3) == 0 || !grow) {
				words.drop(ids[text])
				refs[text]--
				continue
			}
			id := words.again(ids[fmt.Sprint(rng.IntN(300))]*uint32(min(1, refs[text])), text)
			if refs[text]++; refs[text] > 1 {
				require.Equal(t, ids[text], id, "seed %d: %q", seed, text)
			}
			ids[text] = id
		}
		live := map[uint32]bool{}
		for text, n := range refs {
			if n > 0 {
				require.Equal(t, text, words.get(ids[text]), "seed %d", seed)
				require.False(t, live[ids[text]], "seed %d: two texts have one number", seed)
				live[ids[text]] = true
			}
			for range n {
				words.drop(ids[text])
			}
		}
		require.Zero(t, words.index.count, "seed %d", seed)
	}
}

// Every key is found after any puts and removals, also of equal hashes and
// hashes that end at the end of the table.
func TestIndexAgreesWithAMap(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 4))
		var x index
		x.resize(16)
		hashes := map[uint32]uint32{}
		for step := range 20_000 {
			id := 1 + rng.Uint32N(3000)
			hash, there := hashes[id]
			switch grow := step%8000 < 4000; {
			case there && (!grow || rng.IntN(4) == 0):
				x.remove(hash, id)
				delete(hashes, id)
			case !there && (grow || rng.IntN(4) == 0):
				hash = []uint32{rng.Uint32(), ^uint32(0) - rng.Uint32N(9), rng.Uint32N(9)}[rng.IntN(3)]
				x.put(hash, id)
				hashes[id] = hash
			}
		}
		require.Equal(t, len(hashes), x.count)
		for id, hash := range hashes {
			i := x.seek(hash, x.home(hash))
			for uint32(x.slots[i]) != id {
				require.NotZero(t, x.slots[i], "seed %d: %d with hash %x is lost", seed, id, hash)
				i = x.seek(hash, x.next(i))
			}
		}
	}
}

func TestSizesOfPlaces(t *testing.T) {
	require.Equal(t, 512, sizeOf(maxSize))
	for n := 1; n <= 600; n++ {
		size := fit(n)
		if n > 512 {
			require.Equal(t, uint8(ownSize), size)
			continue
		}
		require.GreaterOrEqual(t, sizeOf(size), n)
		require.Less(t, sizeOf(size-1), n, "a smaller place than %d would do", size)
	}
}

// Each object has its modifiers, in order, and none of another's.
func TestRowsAgreeWithSlices(t *testing.T) {
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 5))
		var r rows
		objects, want := make([]object, 60), make([][]mod, 60)
		for step := range 60_000 {
			i := rng.IntN(1 + rng.IntN(len(objects)))
			o := &objects[i]
			if rng.IntN(400) == 0 || step > 40_000 && rng.IntN(20) == 0 {
				n := rng.IntN(len(want[i]) + 1)
				r.removeFirst(o, n)
				want[i] = slices.Delete(want[i], 0, n)
			} else {
				at := len(want[i]) - min(len(want[i]), rng.IntN(1+rng.IntN(4)))
				m := mod{at: instant(step), base: int64(i)}
				r.insert(o, at, m)
				want[i] = slices.Insert(want[i], at, m)
			}
			require.Equal(t, len(want[i]), len(r.of(o)), "seed %d", seed)
		}
		for i := range objects {
			require.Equal(t, len(want[i]), len(r.of(&objects[i])))
			require.True(t, slices.Equal(want[i], r.of(&objects[i])), "seed %d, object %d", seed, i)
		}
	}
}

// What is not stale is remembered; what is may be forgotten.
func TestSeenAgreesWithAMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 6))
	s := seen{seed: 7}
	want := map[fingerprint]instant{}
	now := instant(0)
	for range 200_000 {
		now++
		id := fingerprint{1, byte(rng.Uint32()), byte(rng.Uint32()), byte(rng.IntN(4))}
		stale := now - 20_001
		m := s.find(id, stale)
		at, there := want[id]
		if there && at > stale {
			require.Equal(t, memory{id, at}, *m)
			continue
		}
		require.True(t, m.id == fingerprint{} || m.id == id && m.at <= stale)
		s.keep(m, id, now)
		want[id] = now
	}
	require.Less(t, s.len(), 60_000, "what is stale is forgotten")
}

// A score that 64 bits do not hold is kept aside, and given back.
func TestWideScores(t *testing.T) {
	v := newVocabulary()
	top := Points(1_000_000_000_000).times(1_000_000_000_000)
	for _, s := range []Score{{}, steps(1), steps(-1), steps(1 << 62), steps(-1 << 62), steps(1<<63 - 1), steps(-1 << 63), top, top.Neg(), {0, 1 << 63}, {-1, 1}} {
		m := mod{score: v.narrow(s)}
		assert.Equal(t, s, v.score(&m))
		assert.Equal(t, s.Sign() < 0, m.lowers(), s.String())
	}
}
