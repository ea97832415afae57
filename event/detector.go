package event

import (
	"slices"
	"strings"
)

// detector recognises the format of events by the paths that they have. It is
// immutable.
//
// A sign is a characteristic that distinguishes formats: a certain path, or an
// object with a certain name. The first rule whose signs an event has determines its
// format; if no rule applies, the format is the fallback, which has the last rule number.
//
// A path is found in nested objects, in flat keys and in any mixture. An event with flat
// keys does not have the objects themselves. So if no rule applies to the signs at the paths
// themselves, any key below the name of an object ("source.own") stands for the object.
type detector struct {
	signs  []sign // sign i is bit i%64 of word i/64 of a signSet
	rules  []signRule
	byPath map[string]pathSigns // by the path of a sign
	flat   flatPrefixes
}

// signSet is a set of signs by which formats are recognised.
type signSet [maxSigns / 64]uint64

// union returns the signs of both sets.
func (s signSet) union(other signSet) signSet {
	for i := range s {
		s[i] |= other[i]
	}
	return s
}

// meets reports whether the sets have a sign in common.
func (s signSet) meets(other signSet) bool {
	for i := range s {
		if s[i]&other[i] != 0 {
			return true
		}
	}
	return false
}

// setOf returns the set with only the sign of that number.
func setOf(sign int) (s signSet) {
	s[sign/64] = 1 << (sign % 64)
	return s
}

// sign is an entry of auto.yaml: a path, or an object ("source.*").
type sign struct {
	path     string
	isObject bool
}

// pathSigns holds the signs that an event has if it has a certain path.
type pathSigns struct {
	value  signSet // if the value is neither an object nor null
	object signSet // if the value is an object, or the event has a key below the path
}

// signsFor returns the signs that an event has if the value at the path is of a kind.
func (s *pathSigns) signsFor(kind Kind) signSet {
	switch kind {
	case Absent, Null:
		return signSet{}
	case Object:
		return s.object
	}
	return s.value
}

// signRule is a compiled formatRule.
type signRule struct {
	preset string
	then   string    // a preset whose groups follow those of preset, "" if there is none
	all    []signSet // an event must have at least one sign of each set
}

// formatRule is a line of auto.yaml: an event that has at least one entry of every
// list has the format of the preset. The groups of the preset then, if there is one, follow
// those of the preset.
type formatRule struct {
	preset string
	then   string
	all    [][]string
}

// newDetector returns the detector for the shipped presets and others. The marks of the
// others are tried first.
func newDetector(others ...Preset) *detector {
	d := &detector{byPath: map[string]pathSigns{}}
	for _, r := range append(markRules(others), formatRules()...) {
		rule := signRule{preset: r.preset, then: r.then}
		for _, any := range r.all {
			var set signSet
			for _, s := range any {
				set = set.union(d.addSign(s))
			}
			rule.all = append(rule.all, set)
		}
		d.rules = append(d.rules, rule)
	}
	d.flat = newFlatPrefixes(d.signs)
	return d
}

// addSign returns the set of the sign that an entry of auto.yaml or of Preset.Marks
// describes. It adds the sign if it is new.
func (d *detector) addSign(text string) signSet {
	var s sign
	s.path, s.isObject = strings.CutSuffix(text, ".*")
	i := slices.Index(d.signs, s)
	if i < 0 {
		i = len(d.signs)
		d.signs = append(d.signs, s)
		at := d.byPath[s.path]
		at.object = at.object.union(setOf(i))
		if !s.isObject {
			at.value = at.value.union(setOf(i))
		}
		d.byPath[s.path] = at
	}
	return setOf(i)
}

// allSigns returns the set of all signs.
func (d *detector) allSigns() (all signSet) {
	for i := range d.signs {
		all = all.union(setOf(i))
	}
	return all
}

// signPaths returns the paths of the signs of a set, without duplicates.
func (d *detector) signPaths(set signSet) (paths []string) {
	for i, s := range d.signs {
		if set.meets(setOf(i)) && !slices.Contains(paths, s.path) {
			paths = append(paths, s.path)
		}
	}
	return paths
}

// signsOfKey returns the signs of a flat key with a value, such as the name of a CSV column.
func (d *detector) signsOfKey(key string) signSet {
	return d.byPath[key].value.union(d.signsAround(key))
}

// ruleOfHeader returns the number of the rule for records with the given column names.
func (d *detector) ruleOfHeader(header []string) int {
	var exact, all signSet
	for _, name := range header {
		exact, all = exact.union(d.byPath[name].value), all.union(d.signsOfKey(name))
	}
	return d.ruleFor(exact, all)
}

// signsAround returns the signs of the objects for which a flat key stands.
func (d *detector) signsAround(key string) (set signSet) {
	for i := range len(key) {
		if key[i] == '.' {
			set = set.union(d.byPath[key[:i]].object)
		}
	}
	return set
}

// signsIn returns the signs of a decoded event: those at the paths themselves, and those with
// the objects for which flat keys stand. Around is the path of the object that m is, with a
// dot at its end, "" for the event.
func (d *detector) signsIn(m map[string]any, around string) (exact, all signSet) {
	for key, v := range m {
		path := around + key
		all = all.union(d.signsAround(path))
		switch v := v.(type) {
		case nil:
		case map[string]any:
			exact = exact.union(d.byPath[path].object)
			if d.isAround(path) {
				exactBelow, allBelow := d.signsIn(v, path+".")
				exact, all = exact.union(exactBelow), all.union(allBelow)
			}
		default:
			exact = exact.union(d.byPath[path].value)
		}
	}
	return exact, all.union(exact)
}

// isAround reports whether a sign has a path below the given one.
func (d *detector) isAround(path string) bool {
	return slices.ContainsFunc(d.signs, func(s sign) bool { return strings.HasPrefix(s.path, path+".") })
}

// ruleCount returns the number of rules, the fallback included.
func (d *detector) ruleCount() int { return len(d.rules) + 1 }

// presetOf returns the name of the preset of a rule.
func (d *detector) presetOf(rule int) string {
	if rule == len(d.rules) {
		return fallbackPreset
	}
	return d.rules[rule].preset
}

// secondPresetOf returns the name of the preset whose groups follow those of presetOf, "" if
// there is none.
func (d *detector) secondPresetOf(rule int) string {
	if rule == len(d.rules) {
		return ""
	}
	return d.rules[rule].then
}

// ruleFor returns the number of the rule that determines the format of an event: the first
// that applies to the signs at the paths themselves, or else the first that applies to those
// with the objects for which flat keys stand.
func (d *detector) ruleFor(exact, all signSet) int {
	if rule := d.firstRule(exact); rule < len(d.rules) {
		return rule
	}
	return d.firstRule(all)
}

// firstRule returns the number of the first rule that applies to an event with
// these signs.
func (d *detector) firstRule(seen signSet) int {
	for i := range d.rules {
		if d.rules[i].appliesTo(seen) {
			return i
		}
	}
	return len(d.rules)
}

// appliesTo reports whether the rule applies to an event with these signs.
func (r *signRule) appliesTo(seen signSet) bool {
	for _, any := range r.all {
		if !seen.meets(any) {
			return false
		}
	}
	return true
}

// proof holds signs that suffice to know that an event has the format of a rule. The rule
// applies because the event has the signs in has. No earlier rule applies, because each of
// them requires one of several signs that are all in lacks, and the event has none of these.
type proof struct {
	rule       int
	has, lacks signSet
}

// prove returns a proof for the first rule that applies to an event with these signs. It
// chooses signs with few paths. A path for which isRead returns true is read in any case,
// so it does not count.
func (d *detector) prove(seen signSet, isRead func(path string) bool) proof {
	p := proof{rule: d.firstRule(seen)}
	if p.rule < len(d.rules) {
		for _, any := range d.rules[p.rule].all {
			p.has = p.has.union(d.cheapestSign(seen, any, isRead))
		}
	}
	for i := range d.rules[:p.rule] {
		best, fewest := signSet{}, -1
		for _, any := range d.rules[i].all {
			if seen.meets(any) {
				continue
			}
			added := 0
			for _, path := range d.signPaths(any) {
				if !isRead(path) && !slices.Contains(d.signPaths(p.lacks), path) {
					added++
				}
			}
			if fewest < 0 || added < fewest {
				best, fewest = any, added
			}
		}
		p.lacks = p.lacks.union(best)
	}
	return p
}

// cheapestSign returns the set of one sign that both sets have, if possible one whose path
// is read in any case.
func (d *detector) cheapestSign(seen, any signSet, isRead func(path string) bool) (best signSet) {
	found := false
	for i, s := range d.signs {
		if one := setOf(i); one.meets(seen) && one.meets(any) && (!found || isRead(s.path)) {
			best, found = one, true
			if isRead(s.path) {
				return best
			}
		}
	}
	return best
}

// holds reports whether a proof holds for an event. Of the signs in the proof, seen must
// have all that the event has.
func (d *detector) holds(p *proof, seen signSet) bool {
	return !seen.meets(p.lacks) && (p.rule == len(d.rules) || d.rules[p.rule].appliesTo(seen))
}
