package event

import (
	"slices"
	"strings"
)

// detector recognises the format of events by the paths that they have. It is
// immutable.
//
// An event is scanned once for all paths: those of the probes beside those that
// are read. The signs of the probes that it has decide which rule holds first.
type detector struct {
	probes []probe
	signs  []sign // sign i is bit i of a signSet
	rules  []detection
	// barring holds for each rule, and for that none holds, the rarest signs of the
	// rules before it.
	barring []signSet
}

// signSet is a set of signs by which formats are recognised.
type signSet uint64

// probe is a path that distinguishes formats.
type probe struct {
	path string
	// object means that the value must be an object: many events that are not ECS
	// have a source, but it is a text.
	object bool
	// signs are those that an event with the path shows. A null does not count.
	signs signSet
}

// sign is one entry of auto.yaml: a path, or an object ("source.*").
type sign struct {
	path   string
	object bool
}

type detection struct {
	preset string
	all    []signSet // of each one sign must be shown
	rarest signSet   // the one of all that the fewest probes show
}

// recognition is a line of auto.yaml: the event has one of each list.
type recognition struct {
	preset string
	all    [][]string
}

// object is an object that flat events lack, and the keys below it that they may
// have instead.
type object struct {
	name string
	keys []string
}

// newDetector returns the detector for the shipped presets.
func newDetector() *detector {
	d := &detector{}
	for _, r := range recognitions() {
		rule := detection{preset: r.preset}
		for _, any := range r.all {
			var set signSet
			for _, s := range any {
				set |= d.sign(s)
			}
			rule.all = append(rule.all, set)
		}
		d.rules = append(d.rules, rule)
	}
	for _, o := range objects() {
		for _, k := range o.keys {
			d.probeBelow(o.name, o.name+"."+k)
		}
	}
	for _, p := range shippedPresets() { // what the formats' own presets look for is of the format, too
		for _, path := range p.paths() {
			for _, s := range d.signs {
				if strings.HasPrefix(path, s.path+".") {
					d.probeBelow(s.path, path)
				}
			}
		}
	}
	d.barring = append(d.barring, 0)
	for i := range d.rules {
		r := &d.rules[i]
		r.rarest = slices.MinFunc(r.all, func(a, b signSet) int { return d.showing(a) - d.showing(b) })
		d.barring = append(d.barring, d.barring[i]|r.rarest)
	}
	return d
}

// showing returns how many probes show any of the signs.
func (d *detector) showing(any signSet) (n int) {
	for _, p := range d.probes {
		if p.signs&any != 0 {
			n++
		}
	}
	return n
}

// probeBelow adds a key below an object, if it is new.
func (d *detector) probeBelow(object, path string) {
	if !slices.ContainsFunc(d.probes, func(p probe) bool { return p.path == path }) {
		d.probes = append(d.probes, probe{path: path, signs: d.below(object)})
	}
}

// paths returns all spellings of all paths of the roles.
func (p *Preset) paths() (list []string) {
	for _, r := range p.Roles {
		for _, g := range r.Groups {
			for _, path := range g.Paths {
				if path.Field != "" {
					list = append(list, p.Spellings(path.Field)...)
				}
			}
		}
	}
	return list
}

// sign returns the bit of a sign, with a probe if it is new.
func (d *detector) sign(text string) signSet {
	var s sign
	s.path, s.object = strings.CutSuffix(text, ".*")
	i := slices.Index(d.signs, s)
	if i < 0 {
		i = len(d.signs)
		d.signs = append(d.signs, s)
		d.probes = append(d.probes, probe{path: s.path, object: s.object, signs: 1 << i})
	}
	return 1 << i
}

// below returns the signs that any key below the object shows.
func (d *detector) below(object string) (set signSet) {
	for i, s := range d.signs {
		if s.path == object {
			set |= 1 << i
		}
	}
	return set
}

// allProbes returns the paths to look for, all distinct. In an event whose keys are
// flat ("source.ip"), an object is recognised by any of its keys that the format
// defines.
func (d *detector) allProbes() []probe { return slices.Clone(d.probes) }

// signsOfKey returns the signs that a flat key shows, such as a column of CSV. Any
// key below an object counts, not only those of the probes.
func (d *detector) signsOfKey(key string) (set signSet) {
	for i, s := range d.signs {
		rest, ok := strings.CutPrefix(key, s.path)
		if ok && (rest == "" && !s.object || strings.HasPrefix(rest, ".")) {
			set |= 1 << i
		}
	}
	return set
}

// ruleCount returns the number of rules. The last one is that no other holds.
func (d *detector) ruleCount() int { return len(d.rules) + 1 }

// presetOf returns the name of the preset of a rule.
func (d *detector) presetOf(rule int) string {
	if rule == len(d.rules) {
		return fallbackPreset
	}
	return d.rules[rule].preset
}

// firstRule returns the number of the first rule that holds.
func (d *detector) firstRule(seen signSet) int {
	for i := range d.rules {
		if d.rules[i].holds(seen) {
			return i
		}
	}
	return len(d.rules)
}

// sufficient returns probes that are enough to be sure that a rule is the first that
// holds, if firstRule returns it for an event that was scanned for them: all probes
// for the signs of the rules before it, and for its own signs the paths themselves
// without the keys below them. An event with an object has many of those, and
// finding them all is most of the cost of recognising it. If firstRule returns
// another rule, the event must be scanned for all probes.
func (d *detector) sufficient(rule int) []probe {
	return d.probing(rule, func(before *detection) (any signSet) {
		for _, one := range before.all {
			any |= one
		}
		return any
	})
}

// expected returns the fewest probes that may be enough to be sure that a rule is
// the first that holds, as isExpected reports: a rule before it does not hold if one
// sign that it needs is not shown.
func (d *detector) expected(rule int) []probe {
	return d.probing(rule, func(before *detection) signSet { return before.rarest })
}

// isExpected reports whether a rule is surely the first that holds for an event that
// was scanned for its expected probes.
func (d *detector) isExpected(rule int, seen signSet) bool {
	return seen&d.barring[rule] == 0 && (rule == len(d.rules) || d.rules[rule].holds(seen))
}

// probing returns the probes for the signs that barring selects of the rules before
// one, and for its own signs.
func (d *detector) probing(rule int, barring func(*detection) signSet) (list []probe) {
	var before, own signSet
	for i := range d.rules[:rule] {
		before |= barring(&d.rules[i])
	}
	if rule < len(d.rules) {
		for _, any := range d.rules[rule].all {
			own |= any
		}
	}
	for _, p := range d.probes {
		if p.signs&before != 0 || p.signs&own != 0 && !d.isBelow(p.path) {
			list = append(list, p)
		}
	}
	return list
}

// isBelow reports whether a probe is a key below an object that has signs.
func (d *detector) isBelow(path string) bool {
	return !slices.ContainsFunc(d.signs, func(s sign) bool { return s.path == path })
}

func (r *detection) holds(seen signSet) bool {
	for _, any := range r.all {
		if seen&any == 0 {
			return false
		}
	}
	return true
}
