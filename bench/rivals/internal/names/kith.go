package names

import (
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/names"
)

// kithNames is internal/names with lookups of one name at a time.
type kithNames struct{ table *names.Table }

func (k *kithNames) Name() string { return "kith internal/names" }

func (k *kithNames) Folds() bool { return true }

func (k *kithNames) Build(list []string) (err error) {
	b := names.NewBuilder(names.Options{})
	for i, n := range list {
		b.Add(0, n, uint32(i))
	}
	k.table, err = b.Build()
	return err
}

func (k *kithNames) Lookup(dst []uint32, keys [][]byte) {
	for i, key := range keys {
		dst[i] = none
		if v, found := k.table.Lookup(0, bytestext.String(key)); found {
			dst[i] = v
		}
	}
}

// kithBatch is the same table with lookups of 64 names at once.
type kithBatch struct{ kithNames }

func (k *kithBatch) Name() string { return "kith internal/names, 64 at once" }

func (k *kithBatch) Lookup(dst []uint32, keys [][]byte) {
	for len(keys) > 0 {
		n := min(len(keys), 64)
		k.table.LookupAll(dst[:n], 0, keys[:n])
		dst, keys = dst[n:], keys[n:]
	}
}
