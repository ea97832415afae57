package event

import (
	"slices"
	"strings"
)

// detector recognises the format of events by the paths that they have. It is
// immutable.
//
// A sign is a characteristic that distinguishes formats: a certain path, or an
// object with a certain name. Probes are the paths to scan for in order to find
// the signs. The first rule whose signs an event has determines its format; if no
// rule applies, the format is the fallback, which has the last rule number.
type detector struct {
	probes []probe
	signs  []sign // sign i is bit i%64 of word i/64 of a signSet
	rules  []signRule
	// rarestBefore[i] is the union of signRule.rarest over all rules before rule i.
	// If an event has none of these signs, none of those rules applies.
	rarestBefore []signSet
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

// setOf returns the set of the sign with a number.
func setOf(sign int) (s signSet) {
	s[sign/64] = 1 << (sign % 64)
	return s
}

// probe is a path that distinguishes formats.
type probe struct {
	path string
	// needsObject means that the value must be an object. Many events that are not
	// ECS have a source, but its value is a string.
	needsObject bool
	// signs are those that an event has if it has the path. A null does not count.
	signs signSet
}

// sign is an entry of auto.yaml: a path, or an object ("source.*").
type sign struct {
	path     string
	isObject bool
}

// signRule is a compiled formatRule.
type signRule struct {
	preset string
	then   string    // a preset whose groups follow those of preset, "" if there is none
	all    []signSet // an event must have at least one sign of each set
	rarest signSet   // the element of all that the fewest probes can find
}

// formatRule is a line of auto.yaml: an event that has at least one entry of every
// list has the format of the preset. The groups of the preset then, if there is one, follow
// those of the preset.
type formatRule struct {
	preset string
	then   string
	all    [][]string
}

// flatObject is an object, and the keys below it that events with flat keys may
// have in its place ("source.ip" for "source").
type flatObject struct {
	name string
	keys []string
}

// newDetector returns the detector for the shipped presets and others. The marks of the
// others are tried first.
func newDetector(others ...Preset) *detector {
	d := &detector{}
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
	for i := range d.probes {
		if p := &d.probes[i]; !p.needsObject {
			p.signs = d.signsOfKey(p.path) // those of the objects around it, too
		}
	}
	for _, o := range flatObjects() {
		for _, k := range o.keys {
			d.addProbeBelow(o.name + "." + k)
		}
	}
	for _, p := range presetsWith(others) { // the paths of the presets are keys of these objects, too
		for _, path := range p.allPaths() {
			path, _, _ = strings.Cut(path, "[")
			for _, s := range d.signs {
				if strings.HasPrefix(path, s.path+".") {
					d.addProbeBelow(path)
				}
			}
		}
	}
	d.rarestBefore = append(d.rarestBefore, signSet{})
	for i := range d.rules {
		r := &d.rules[i]
		r.rarest = slices.MinFunc(r.all, func(a, b signSet) int { return d.countProbes(a) - d.countProbes(b) })
		d.rarestBefore = append(d.rarestBefore, d.rarestBefore[i].union(r.rarest))
	}
	return d
}

// countProbes returns how many probes can find any of the signs.
func (d *detector) countProbes(any signSet) (n int) {
	for _, p := range d.probes {
		if p.signs.meets(any) {
			n++
		}
	}
	return n
}

// addProbeBelow adds a probe for a key below an object, unless there is one.
func (d *detector) addProbeBelow(path string) {
	if !slices.ContainsFunc(d.probes, func(p probe) bool { return p.path == path }) {
		d.probes = append(d.probes, probe{path: path, signs: d.signsOfKey(path)})
	}
}

// allPaths returns the usual spellings of all paths of the roles.
func (p *Preset) allPaths() (list []string) {
	usual := p.usual()
	for _, r := range p.Roles {
		for _, g := range r.Groups {
			for _, path := range g.Paths {
				if path.Field != "" {
					list = append(list, usual.Spellings(path.Field)...)
				}
			}
		}
	}
	return list
}

// addSign returns the bit of the sign that an entry of auto.yaml describes. If the
// sign is new, it adds the sign and its probe.
func (d *detector) addSign(text string) signSet {
	var s sign
	s.path, s.isObject = strings.CutSuffix(text, ".*")
	i := slices.Index(d.signs, s)
	if i < 0 {
		i = len(d.signs)
		d.signs = append(d.signs, s)
		d.probes = append(d.probes, probe{path: s.path, needsObject: s.isObject, signs: setOf(i)})
	}
	return setOf(i)
}

// allProbes returns the probes, whose paths are distinct. For an object they
// include the keys below it that the format defines, because an event with flat
// keys ("source.ip") has these in place of the object.
func (d *detector) allProbes() []probe { return slices.Clone(d.probes) }

// signsOfKey returns the signs of a flat key, such as the name of a CSV column. For
// an object any key below it counts, whether or not there is a probe for it.
func (d *detector) signsOfKey(key string) (set signSet) {
	for i, s := range d.signs {
		rest, ok := strings.CutPrefix(key, s.path)
		if ok && (rest == "" && !s.isObject || strings.HasPrefix(rest, ".")) {
			set = set.union(setOf(i))
		}
	}
	return set
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

// behind returns the name of the preset whose groups follow those of the preset of a rule,
// "" if there is none.
func (d *detector) behind(rule int) string {
	if rule == len(d.rules) {
		return ""
	}
	return d.rules[rule].then
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

// sufficientProbes returns the probes that suffice to confirm a rule: if firstRule
// returns the rule for an event that was scanned for them only, it returns the same
// rule for all probes. If firstRule returns another rule, the event must be scanned
// for all probes.
//
// For the signs of the rules before it, these are all probes. For its own signs, they are
// only the probes of the paths themselves, not those of the keys below a path: an event
// with an object at the path has many such keys, and finding them all is most of the cost
// of recognising it.
func (d *detector) sufficientProbes(rule int) []probe {
	return d.probesFor(rule, func(before *signRule) (any signSet) {
		for _, one := range before.all {
			any = any.union(one)
		}
		return any
	})
}

// expectedProbes returns the smallest set of probes with which isExpected can
// confirm a rule. A rule before it does not apply if the event has no sign of one of
// its sets, so it is enough to look for the set with the fewest probes.
func (d *detector) expectedProbes(rule int) []probe {
	return d.probesFor(rule, func(before *signRule) signSet { return before.rarest })
}

// isExpected reports whether a rule is certainly the first that applies to an event
// that was scanned for its expected probes. If it returns false, the rule may still
// be the first.
func (d *detector) isExpected(rule int, seen signSet) bool {
	return !seen.meets(d.rarestBefore[rule]) && (rule == len(d.rules) || d.rules[rule].appliesTo(seen))
}

// probesFor returns the probes for a rule's own signs, and for the signs of the rules
// before it that excluding selects.
func (d *detector) probesFor(rule int, excluding func(*signRule) signSet) (list []probe) {
	var before, own signSet
	for i := range d.rules[:rule] {
		before = before.union(excluding(&d.rules[i]))
	}
	if rule < len(d.rules) {
		for _, any := range d.rules[rule].all {
			own = own.union(any)
		}
	}
	for _, p := range d.probes {
		if p.signs.meets(before) || p.signs.meets(own) && !d.isBelow(p.path) {
			list = append(list, p)
		}
	}
	return list
}

// isBelow reports whether the path of a probe is not itself the path of a sign, but
// a key below one.
func (d *detector) isBelow(path string) bool {
	return !slices.ContainsFunc(d.signs, func(s sign) bool { return s.path == path })
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
