package names

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/blevesearch/vellum"
)

// fst is vellum, a finite state transducer. Names share common prefixes and suffixes, so
// that it is smaller than the names themselves.
type fst struct{ reader *vellum.Reader }

func (f *fst) Name() string { return "vellum" }

func (f *fst) Folds() bool { return false }

func (f *fst) Build(names []string) error {
	order := make([]int, len(names))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(names[a], names[b]) })
	var file bytes.Buffer
	b, err := vellum.New(&file, nil)
	if err != nil {
		return err
	}
	for _, i := range order {
		if err := b.Insert([]byte(names[i]), uint64(i)); err != nil {
			return err
		}
	}
	if err := b.Close(); err != nil {
		return err
	}
	index, err := vellum.Load(bytes.Clone(file.Bytes()))
	if err != nil {
		return err
	}
	f.reader, err = index.Reader()
	return err
}

func (f *fst) Lookup(dst []uint32, keys [][]byte) {
	for i, k := range keys {
		dst[i] = none
		if v, found, err := f.reader.Get(k); err == nil && found {
			dst[i] = uint32(v)
		}
	}
}
