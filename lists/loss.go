package lists

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/table"
)

// checkLoss returns an error if v lacks so many entities of the version before that
// this is more likely a mistake. An entity is still there if its id is, or if its
// canonical key is an exact match in v: one that was given a better key has another
// id.
func checkLoss(v, before *Version) error {
	limit := v.Config.Reload.MaxLoss
	for _, kind := range []struct {
		name        string
		before, now *table.Table
	}{
		{"assets", table.Of(before.Snapshot.Assets), table.Of(v.Snapshot.Assets)},
		{"identities", table.Of(before.Snapshot.Identities), table.Of(v.Snapshot.Identities)},
	} {
		if kind.before == nil {
			continue
		}
		gone := missingFrom(kind.now, kind.before)
		if float64(gone)/float64(max(kind.before.Len(), 1)) > limit {
			return problem.WithHint(fmt.Errorf("%s of %s %s are gone, more than the share of %v that a new version may lose",
				problem.Thousands(gone), problem.Thousands(kind.before.Len()), kind.name, limit),
				"if that is right, start again, or raise max_loss in the block reload of the configuration")
		}
	}
	return nil
}

// missingFrom counts the entities of a table that another one, which may be nil,
// does not have.
func missingFrom(now, before *table.Table) (missing int) {
	if now == nil {
		return before.Len()
	}
	ids := idsOf(now)
	slices.Sort(ids)
	for i, id := range idsOf(before) {
		if _, there := slices.BinarySearch(ids, id); !there && !hasKey(now, before.Own(uint32(i), entity.KeyColumn)) {
			missing++
		}
	}
	return missing
}

// idsOf returns the first half of every id, which is unique among a few million.
func idsOf(t *table.Table) []uint64 {
	all := make([]uint64, t.Len())
	for i := range all {
		id := table.Unquoted(t.Own(uint32(i), entity.IDColumn))
		all[i], _ = strconv.ParseUint(id[:min(16, len(id))], 16, 64) // ids are hexadecimal
	}
	return all
}

// hasKey reports whether a table has the first of the stored keys, in any zone.
func hasKey(t *table.Table, keys []byte) bool {
	key := string(table.AppendFirst(nil, keys))
	network, err := netip.ParsePrefix(key)
	return slices.ContainsFunc(t.Zones(), func(zone entity.Zone) bool {
		m, found := t.Lookup(t.Zone(zone), key)
		if err == nil && t.Kind() == entity.Asset {
			m, _, found = t.LookupPrefix(t.Zone(zone), network)
		}
		return found && m.Step == entity.StepExact
	})
}
