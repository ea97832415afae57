package names

import (
	"unsafe"

	"github.com/armon/go-radix"
)

// radixTree is go-radix.
type radixTree struct{ tree *radix.Tree }

func (t *radixTree) Name() string { return "go-radix" }

func (t *radixTree) Folds() bool { return false }

func (t *radixTree) Build(names []string) error {
	t.tree = radix.New()
	for i, n := range names {
		t.tree.Insert(n, uint32(i))
	}
	return nil
}

func (t *radixTree) Lookup(dst []uint32, keys [][]byte) {
	for i, k := range keys {
		dst[i] = none
		if v, found := t.tree.Get(unsafe.String(unsafe.SliceData(k), len(k))); found {
			dst[i] = v.(uint32)
		}
	}
}
