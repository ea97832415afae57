package window

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCounterCountsEachIDUntilItsLastUseIsRemoved(t *testing.T) {
	for _, c := range []struct {
		name         string
		add, removed []uint32
		want         map[uint32]int32
	}{
		{"no ids", nil, nil, map[uint32]int32{}},
		{"an id twice is one distinct id", []uint32{7, 7}, nil, map[uint32]int32{7: 2}},
		{"0 is an id", []uint32{0, 7}, nil, map[uint32]int32{0: 1, 7: 1}},
		{"an id that was added twice is left after one removal", []uint32{7, 7, 8}, []uint32{7}, map[uint32]int32{7: 1, 8: 1}},
		{"an id is gone after as many removals", []uint32{7, 7, 8}, []uint32{7, 7}, map[uint32]int32{8: 1}},
	} {
		var k Counter
		// The same once more with so many ids that the counter changes to a map.
		for _, others := range []uint32{0, 2 * maxFew} {
			k.Reset()
			want := maps.Clone(c.want)
			for id := range others {
				k.Add(100 + id)
				want[100+id] = 1
			}
			for _, id := range c.add {
				k.Change(id, true)
			}
			for _, id := range c.removed {
				k.Change(id, false)
			}
			assert.Equal(t, want, maps.Collect(k.All()), "All with %d others: %s", others, c.name)
			assert.EqualValues(t, len(want), k.Distinct(), "Distinct with %d others: %s", others, c.name)
		}
	}
}

func TestResetCounterIsEmpty(t *testing.T) {
	var k Counter
	for id := range uint32(2 * maxFew) {
		k.Add(id)
	}
	k.Reset()
	assert.Zero(t, k.Distinct())
	k.Add(5)
	assert.Equal(t, map[uint32]int32{5: 1}, maps.Collect(k.All()))
}
