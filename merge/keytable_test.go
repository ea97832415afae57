package merge

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/schema"
)

// Every second text is used in several zones, and so as several keys.
func TestKeyTableAgreesWithMap(t *testing.T) {
	const texts = 5000
	rnd := rand.New(rand.NewPCG(1, 2))
	table, model := &keyTable{}, map[tableKey]uint32{}
	table.reserve(texts / 2)
	table.reserve(texts)
	for range 40_000 {
		k := tableKey{text: entities.TextID(rnd.IntN(texts)), class: schema.KeyClass(rnd.IntN(2))}
		if k.text%2 == 0 {
			k.zone = entities.TextID(rnd.IntN(8))
		}
		want, known := model[k]
		got, found := table.find(k)
		require.Equal(t, known, found, "%+v", k)
		if known {
			require.Equal(t, want, got, "%+v", k)
		} else {
			model[k] = uint32(len(model))
		}
		require.Equal(t, model[k], table.intern(k), "%+v", k)
	}
	_, found := table.find(tableKey{text: texts})
	require.False(t, found, "find of a text without reserved room")
}
