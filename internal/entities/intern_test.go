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

// TestInterner compares an Interner with a map, before and after it gave its
// memory back.
func TestInterner(t *testing.T) {
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
