package entities_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/entities"
)

// TestInternerAgreesWithMap compares an Interner with a map, before and after Compact.
func TestInternerAgreesWithMap(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	n, numbers := entities.NewInterner(), map[string]entities.TextID{"": 0}
	for round := range 3 {
		var batch []string
		for range 20000 {
			batch = append(batch, fmt.Sprintf("text %d", rnd.IntN(30000)))
		}
		batch = append(batch, "", "\x00", strings.Repeat("long", 5000))
		var hashes []uint32
		for _, text := range batch {
			hashes = append(hashes, n.Hash(text))
		}
		for i, id := range n.InternAll(nil, batch, hashes) {
			if known, ok := numbers[batch[i]]; ok {
				require.Equal(t, known, id, "%q has one number", batch[i])
			}
			numbers[batch[i]] = id
			require.Equal(t, id, n.Intern(batch[i]))
		}
		require.Equal(t, len(numbers), n.Len())
		for text, id := range numbers {
			require.Equal(t, text, n.Text(id))
		}
		if round == 1 {
			n.Compact()
		}
	}
	_, found := n.Find("absent")
	assert.False(t, found)
	id, found := n.Find("text 1")
	assert.True(t, found)
	assert.Equal(t, numbers["text 1"], id)
}

func TestIDDependsOnKindZoneAndKey(t *testing.T) {
	a := entities.NewID(entities.Asset, "emea", "WS-1", false)
	assert.Len(t, a.String(), 32)
	assert.Equal(t, a, entities.NewID(entities.Asset, "emea", "ws-1", false), "the key is lower-cased")
	assert.NotEqual(t, a, entities.NewID(entities.Asset, "emea", "WS-1", true))
	assert.NotEqual(t, a, entities.NewID(entities.Identity, "emea", "WS-1", false))
	assert.NotEqual(t, a, entities.NewID(entities.Asset, "", "emeaws-1", false), "zone and key are separated")
	assert.Equal(t, "09794dbbb4145af00f28f1e0baf8d8eb", entities.NewID(entities.Asset, "", "ws-1", false).String())
	parsed, ok := entities.ParseID(a.String())
	assert.True(t, ok)
	assert.Equal(t, a, parsed)
	for _, bad := range []string{"", "09794dbb", strings.Repeat("g", 32), a.String() + "00"} {
		_, ok := entities.ParseID(bad)
		assert.False(t, ok, "%q", bad)
	}
}
