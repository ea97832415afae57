package names

import art "github.com/plar/go-adaptive-radix-tree/v2"

// artTree is an adaptive radix tree.
type artTree struct{ tree art.Tree }

func (t *artTree) Name() string { return "plar adaptive radix tree" }

func (t *artTree) Folds() bool { return false }

func (t *artTree) Build(names []string) error {
	t.tree = art.New()
	for i, n := range names {
		t.tree.Insert(art.Key(n), uint32(i))
	}
	return nil
}

func (t *artTree) Lookup(dst []uint32, keys [][]byte) {
	for i, k := range keys {
		dst[i] = none
		if v, found := t.tree.Search(art.Key(k)); found {
			dst[i] = v.(uint32)
		}
	}
}
