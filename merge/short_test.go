package merge_test

import (
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
			own, others := t.owner(key[0], key[1]), map[int]bool{}
			for _, r := range t.rows {
				for _, name := range slices.Concat(r.byField[2:]...) {
					if label, _, dotted := strings.Cut(name, "."); dotted && label == key[1] && r.zone == key[0] {
						others[t.owner(r.zone, name)] = true
					}
				}
			}
			if own < 0 || len(others) != 1 || others[own] {
				continue
			}
			if !join {
				t.short = append(t.short, key[1])
				continue
			}
			for other := range others {
				low, high := min(other, own), max(other, own)
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
