package lists

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/table"
)

// checkLoss returns an error if v lacks a larger share of the entities of the version
// before it than the configuration allows, or of the rows or entities of one list, or if a
// list has lost a column, because a large loss is more often a mistake than intended.
func checkLoss(v, before *Version) error {
	lost, columns := checkSources(v, before)
	lost = errors.Join(checkEntities(v, before), lost)
	switch {
	case lost != nil:
		return problem.WithHint(errors.Join(lost, columns), "if this is intended, restart, or raise reload.max_loss in the configuration")
	case columns != nil:
		return problem.WithHint(columns, "if this is intended, restart")
	}
	return nil
}

// checkEntities returns an error if v lacks too large a share of the entities of a kind. An
// entity is not missing if v contains its id, or if looking up its canonical key in v gives
// an exact match: an entity that got a better canonical key has another id.
func checkEntities(v, before *Version) error {
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
		missing := countMissing(kind.now, kind.before)
		if float64(missing)/float64(max(kind.before.Len(), 1)) > limit {
			return fmt.Errorf("%s of %s %s are missing from the new lists, more than the allowed share of %v",
				problem.Thousands(missing), problem.Thousands(kind.before.Len()), kind.name, limit)
		}
	}
	return nil
}

// countMissing counts the entities of the previous table that the latest one lacks. The
// latest one may be nil.
func countMissing(latest, previous *table.Table) (missing int) {
	if latest == nil {
		return previous.Len()
	}
	ids := idsOf(latest)
	slices.Sort(ids)
	for i, id := range idsOf(previous) {
		if _, there := slices.BinarySearch(ids, id); !there && !hasKey(latest, previous.Own(uint32(i), entity.KeyColumn)) {
			missing++
		}
	}
	return missing
}

// idsOf returns the first 8 bytes of every id, which are practically unique among a few
// million.
func idsOf(t *table.Table) []uint64 {
	all := make([]uint64, t.Len())
	for i := range all {
		id := table.Unquoted(t.Own(uint32(i), entity.IDColumn))
		all[i], _ = strconv.ParseUint(id[:min(16, len(id))], 16, 64) // ids are hexadecimal
	}
	return all
}

// hasKey reports whether looking up the first of the encoded keys gives an exact match in
// any zone of a table.
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
