package merge_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kithsec/kith/merge"
)

// contradict reports whether two rows describe two machines. Names and serials are compared.
func (r *twinRow) contradict(other *twinRow) bool {
	isName := func(key string) bool {
		return twinClass(key) == "" && key != "10.0.0.2" && key != "00:25:bc:00:00:02"
	}
	names := func(r *twinRow) (names []string) {
		for _, key := range slices.Concat(r.byField[2], r.byField[3]) {
			if isName(key) {
				names = append(names, key)
			}
		}
		return names
	}
	agree := func(a, b []string, equal func(a, b string) bool) bool {
		return slices.ContainsFunc(a, func(a string) bool { return slices.ContainsFunc(b, func(b string) bool { return equal(a, b) }) })
	}
	mine, others := names(r), names(other)
	serial, otherSerial := r.byField[4], other.byField[4]
	bothNamed, bothSerial := len(mine) > 0 && len(others) > 0, len(serial) > 0 && len(otherSerial) > 0
	return (bothNamed || bothSerial) && !agree(mine, others, sameMachine) && !(bothSerial && serial[0] == otherSerial[0])
}

// sameMachine reports whether two names agree.
func sameMachine(a, b string) bool { return a == b || isShorterName(a, b) || isShorterName(b, a) }

// isShorterName reports whether a is the first label of b, or the first 15 characters of it.
func isShorterName(a, b string) bool {
	label, _, _ := strings.Cut(b, ".")
	characters := []rune(label)
	return a == label || a == string(characters[:min(15, len(characters))])
}

// separateKeys returns the rows without the keys that contradicting rows of one list have,
// and fills separate.
func (t *twin) separateKeys(rows []twinRow, names bool) []twinRow {
	out := slices.Clone(rows)
	for i := range rows {
		for _, key := range rows[i].listed {
			switch own := listing(rows, key, &rows[i], true); {
			case !isAddressOrMAC(key) || !anyContradict(own):
			case twinClass(key) != "":
				t.separate[[2]string{rows[i].zone, key}] = true
				t.note(key, &rows[i], own[0])
			default:
				out[i].remove(key)
				t.note(key, &rows[i], own[0])
			}
		}
	}
	for i := range rows {
		for _, key := range out[i].listed {
			at := [2]string{out[i].zone, key}
			if all := listing(out, key, &out[i], false); names && !t.separate[at] && anyContradict(all) {
				t.separate[at] = true
				t.noted = append(t.noted, key)
			}
		}
	}
	for i := range out { // rows without the same keys are not identical
		out[i].same += fmt.Sprintf("%q", slices.Compact(slices.Sorted(slices.Values(out[i].listed))))
	}
	return out
}

// note adds a key to noted for the first row of its list that has it.
func (t *twin) note(key string, row, first *twinRow) {
	if at := [3]string{key, row.zone, row.group}; row.line == first.line && row.source == first.source && !slices.Contains(t.notedAt, at) {
		t.noted, t.notedAt = append(t.noted, key), append(t.notedAt, at)
	}
}

// remove removes a key from a row.
func (r *twinRow) remove(key string) {
	without := func(keys []string) []string {
		return slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return k == key })
	}
	r.listed, r.joining, r.byField = without(r.listed), without(r.joining), slices.Clone(r.byField)
	for i := range r.byField {
		r.byField[i] = without(r.byField[i])
	}
}

// listing returns the rows that list a key in the zone of a row, of its list or of all lists.
func listing(rows []twinRow, key string, like *twinRow, sameList bool) (out []*twinRow) {
	for i := range rows {
		r := &rows[i]
		if r.zone == like.zone && (!sameList || r.group == like.group) && slices.Contains(r.listed, key) {
			out = append(out, r)
		}
	}
	return out
}

func anyContradict(rows []*twinRow) bool {
	return slices.ContainsFunc(rows, func(a *twinRow) bool { return slices.ContainsFunc(rows, a.contradict) })
}

func isAddressOrMAC(key string) bool {
	return twinClass(key) == "/" || twinClass(key) == ":-" || strings.Count(key, ":") > 0 || strings.HasPrefix(key, "10.")
}

// contradictions returns the rows of every entity that contradicts itself.
func (t *twin) contradictions(o merge.Options) []string {
	all := []string{}
	for e := range t.rows {
		var rows []*twinRow
		for i := range t.rows {
			if t.entity[i] == e {
				rows = append(rows, &t.rows[i])
			}
		}
		if !o.NoMerge && anyContradict(rows) && t.hasKey(e) {
			all = append(all, rowsOf(rows))
		}
	}
	slices.Sort(all)
	return all
}

// hasKey reports whether a key resolves to an entity.
func (t *twin) hasKey(e int) bool {
	return slices.ContainsFunc(t.rows, func(r twinRow) bool {
		return slices.ContainsFunc(slices.Concat(r.listed, r.ranged), func(key string) bool { return t.owner(r.zone, key) == e })
	})
}

func rowsOf(rows []*twinRow) string {
	var out []string
	for _, r := range rows {
		out = append(out, fmt.Sprintf("%s:%d", r.source, r.line))
	}
	return strings.Join(out, " ")
}

// contradictions returns the same for the result of a merge.
func contradictions(r *merge.Result) []string {
	all := []string{}
	for _, c := range r.Report.Contradictions {
		var rows []string
		for _, o := range c.By {
			rows = append(rows, fieldKey(o))
		}
		all = append(all, strings.Join(rows, " "))
	}
	slices.Sort(all)
	return all
}

// notedKeys returns the keys that notes name as those of several machines.
func notedKeys(r *merge.Result) (keys []string) {
	for _, e := range r.Losses {
		if e.Reason == "key of several machines" {
			keys = append(keys, e.Value)
		}
	}
	slices.Sort(keys)
	return keys
}
