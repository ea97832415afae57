package lookup

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"strconv"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/lpm"
	"github.com/kithsec/kith/merge"
)

// kithIndex is internal/lpm. Its answer is the rank of the entry.
type kithIndex struct {
	table *lpm.Table
	hosts uint32
}

func (k *kithIndex) Name() string { return "kith internal/lpm" }

func (k *kithIndex) Build(t *Table) (err error) {
	k.hosts = uint32(len(t.Hosts))
	k.table, err = lpm.Build(t.Hosts, t.Prefixes)
	return err
}

func (k *kithIndex) Lookup(dst []uint32, keys []netip.Addr) {
	for i, a := range keys {
		host, prefix := k.table.Lookup(a)
		switch {
		case host != lpm.None:
			dst[i] = host
		case prefix != lpm.None:
			dst[i] = prefix + k.hosts
		default:
			dst[i] = none
		}
	}
}

// kithTable is assets.Table. The entries belong to merged assets of 1.5 addresses each,
// and the answer is the record of the asset.
type kithTable struct {
	entities *entity.Entities
	table    *assets.Table
	rowOf    []uint32 // by entry, the row of the list that contains it
	recordOf []uint32 // by row, the record that it was merged into
}

func (k *kithTable) Name() string { return "kith assets.Table" }

// Prepare writes the list and merges it. Every second row has two addresses that are not
// neighbours.
func (k *kithTable) Prepare(t *Table) error {
	list := k.list(t)
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(list)), nil }
	merged, err := merge.Merge(entity.Asset, []merge.Source{{Name: "list", Open: open}}, merge.Options{IgnoreKeys: []string{}})
	if err != nil {
		return err
	}
	k.entities = merged.Entities
	k.recordOf = make([]uint32, t.Len())
	for record := range k.entities.Len() {
		name := k.entities.At(record).Key
		row, err := strconv.Atoi(name[1:])
		if err != nil {
			return fmt.Errorf("record %d is called %q", record, name)
		}
		k.recordOf[row] = uint32(record)
	}
	return nil
}

func (k *kithTable) list(t *Table) []byte {
	text := []byte("ip,nt_host\n")
	k.rowOf = make([]uint32, t.Len())
	row, second := uint32(0), false
	for _, host := range rand.New(rand.NewPCG(5, 6)).Perm(len(t.Hosts)) {
		text = t.Hosts[host].AppendTo(text)
		k.rowOf[host] = row
		if row%2 == 1 && !second {
			text, second = append(text, '|'), true
			continue
		}
		text, second = fmt.Appendf(text, ",h%d\n", row), false
		row++
	}
	if second {
		text = fmt.Appendf(text[:len(text)-1], ",h%d\n", row)
		row++
	}
	for i, p := range t.Prefixes {
		k.rowOf[len(t.Hosts)+i] = row
		text = fmt.Appendf(text, "%v,h%d\n", p, row)
		row++
	}
	return text
}

func (k *kithTable) Build(*Table) (err error) {
	k.table, err = assets.NewTable(k.entities, assets.Options{})
	k.entities = nil
	return err
}

// Bytes returns the size of the index of addresses. The other contestants have neither
// records nor names.
func (k *kithTable) Bytes() int { return k.table.Stats().AddressBytes }

func (k *kithTable) Agrees(got, want uint32) bool {
	if got == none || want == none {
		return got == want
	}
	return got == k.recordOf[k.rowOf[want]]
}

func (k *kithTable) Lookup(dst []uint32, keys []netip.Addr) {
	for i, a := range keys {
		dst[i] = none
		if m, found := k.table.LookupAddr("", a); found {
			dst[i] = m.Record()
		}
	}
}

// kithBatch is the same table with lookups of 64 addresses at once.
type kithBatch struct{ kithTable }

func (k *kithBatch) Name() string { return "kith assets.Table, 64 at once" }

func (k *kithBatch) Lookup(dst []uint32, keys []netip.Addr) {
	var found [64]assets.Match
	for len(keys) > 0 {
		n := min(len(keys), len(found))
		k.table.LookupAddrs(found[:n], "", keys[:n])
		for i, m := range found[:n] {
			dst[i] = none
			if m.Step() != 0 {
				dst[i] = m.Record()
			}
		}
		dst, keys = dst[n:], keys[n:]
	}
}
