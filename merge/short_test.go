package merge_test

import (
	"maps"
	"slices"
	"strings"

	"github.com/kithsec/kith/merge"
)

// joinShortNames joins a short name and the only other entity that has its full names, or
// notes it, and repeats that until nothing changes.
func (t *twin) joinShortNames(join bool) {
	for changed := true; changed; {
		changed = false
		for _, key := range t.shortNames() {
			own, others := t.entitiesWith(key[0], key[1]), map[int]bool{}
			for _, r := range t.rows {
				for _, name := range slices.Concat(r.byField[2:]...) {
					if label, _, dotted := strings.Cut(name, "."); dotted && label == key[1] && r.zone == key[0] {
						maps.Copy(others, t.entitiesWith(r.zone, name))
					}
				}
			}
			if len(own) != 1 || len(others) != 1 || maps.Equal(own, others) {
				continue
			}
			if !join {
				t.short = append(t.short, key[1])
				continue
			}
			for other := range others {
				mine := slices.Collect(maps.Keys(own))[0]
				low, high := min(other, mine), max(other, mine)
				for i := range t.entity {
					if t.entity[i] == high {
						t.entity[i] = low
					}
				}
			}
			changed = true
		}
	}
	slices.Sort(t.short)
}

// entitiesWith returns the entities of the rows that list a key.
func (t *twin) entitiesWith(zone, key string) map[int]bool {
	all := map[int]bool{}
	for i, r := range t.rows {
		if r.zone == zone && slices.Contains(r.listed, key) {
			all[t.entity[i]] = true
		}
	}
	return all
}

// shortNames returns the names without a dot, each as a zone and a name.
func (t *twin) shortNames() (keys [][2]string) {
	for _, r := range t.rows {
		for _, list := range r.byField[2:] {
			for _, name := range list {
				if key := [2]string{r.zone, name}; !strings.Contains(name, ".") && twinClass(name) == "" && !slices.Contains(keys, key) {
					keys = append(keys, key)
				}
			}
		}
	}
	return keys
}

// shortNotes returns the names that notes name as short names of other assets, in order.
func shortNotes(r *merge.Result) (names []string) {
	for _, e := range r.Losses {
		if e.Reason == "short name of another asset" {
			names = append(names, strings.ToLower(e.Value))
		}
	}
	slices.Sort(names)
	return names
}
