package event

import (
	"slices"
	"strings"
)

// Detector recognises the format of events. It never changes and may be used by
// any number of goroutines.
//
// It is asked in two steps, because events are scanned once for all paths that
// somebody wants: the caller looks for the paths of Probes beside its own,
// joins the Signs of those that the event has, and gives them to First.
type Detector struct {
	probes []Probe
	signs  []sign // sign i is the bit i of Signs
	rules  []detection
	// barring are for each rule, and for none, the rarest signs of those before it.
	barring []Signs
}

// Signs is a set of signs by which formats are recognised.
type Signs uint64

// Probe is a path that tells formats apart.
type Probe struct {
	Path string
	// Object means that what is found must be an object: many events that are
	// not ECS have a source, but it is a text.
	Object bool
	// Signs are what the event shows if it has the path. A null does not count.
	Signs Signs
}

// sign is one entry of auto.yaml: a path, or an object ("source.*").
type sign struct {
	path   string
	object bool
}

type detection struct {
	preset string
	all    []Signs // each must be shown in part
	rarest Signs   // that of all which the fewest probes show
}

// recognition is a line of auto.yaml: the event has one of each list.
type recognition struct {
	preset string
	all    [][]string
}

// object is an object or key that flat events do not have, and the keys that
// they may have in its stead.
type object struct {
	name string
	keys []string
}

// NewDetector returns the detector for the presets that Kith brings.
func NewDetector() *Detector {
	d := &Detector{}
	for _, r := range recognitions() {
		rule := detection{preset: r.preset}
		for _, any := range r.all {
			var set Signs
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
		r.rarest = slices.MinFunc(r.all, func(a, b Signs) int { return d.showing(a) - d.showing(b) })
		d.barring = append(d.barring, d.barring[i]|r.rarest)
	}
	return d
}

// showing returns how many probes show any of the signs.
func (d *Detector) showing(any Signs) (n int) {
	for _, p := range d.probes {
		if p.Signs&any != 0 {
			n++
		}
	}
	return n
}

// probeBelow adds a key below an object, if it is new.
func (d *Detector) probeBelow(object, path string) {
	if !slices.ContainsFunc(d.probes, func(p Probe) bool { return p.Path == path }) {
		d.probes = append(d.probes, Probe{Path: path, Signs: d.below(object)})
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
func (d *Detector) sign(text string) Signs {
	var s sign
	s.path, s.object = strings.CutSuffix(text, ".*")
	i := slices.Index(d.signs, s)
	if i < 0 {
		i = len(d.signs)
		d.signs = append(d.signs, s)
		d.probes = append(d.probes, Probe{Path: s.path, Object: s.object, Signs: 1 << i})
	}
	return 1 << i
}

// below returns the signs that any key below the object shows.
func (d *Detector) below(object string) (set Signs) {
	for i, s := range d.signs {
		if s.path == object {
			set |= 1 << i
		}
	}
	return set
}

// Probes returns the paths to look for, all distinct. Of an event whose keys
// are flat ("source.ip") an object is known by any of its keys that the format
// defines.
func (d *Detector) Probes() []Probe { return slices.Clone(d.probes) }

// Key returns the signs that a flat key shows by itself, such as a column of
// CSV. It takes any key below an object, not only those of Probes.
func (d *Detector) Key(key string) (set Signs) {
	for i, s := range d.signs {
		rest, ok := strings.CutPrefix(key, s.path)
		if ok && (rest == "" && !s.object || strings.HasPrefix(rest, ".")) {
			set |= 1 << i
		}
	}
	return set
}

// Rules returns how many rules there are, the last one being that no other
// holds.
func (d *Detector) Rules() int { return len(d.rules) + 1 }

// Preset returns the name of the preset of a rule.
func (d *Detector) Preset(rule int) string {
	if rule == len(d.rules) {
		return fallbackPreset
	}
	return d.rules[rule].preset
}

// First returns the number of the first rule that holds.
func (d *Detector) First(seen Signs) int {
	for i := range d.rules {
		if d.rules[i].holds(seen) {
			return i
		}
	}
	return len(d.rules)
}

// Suffice returns the probes that are enough to be sure that a rule is the first
// that holds, if First says so when no others were looked for: all for the signs
// of the rules before it, and for its own signs the paths themselves without the
// keys below them. An event with an object has many of these, and finding them
// all is what recognising it would cost. If First says another rule, nothing is
// known until all probes are looked for.
func (d *Detector) Suffice(rule int) []Probe {
	return d.probing(rule, func(before *detection) (any Signs) {
		for _, one := range before.all {
			any |= one
		}
		return any
	})
}

// Expect returns the fewest probes that may be enough to be sure that a rule is
// the first that holds, which Expected says when no others were looked for: a
// rule before it does not hold if one sign that it needs is not shown.
func (d *Detector) Expect(rule int) []Probe {
	return d.probing(rule, func(before *detection) Signs { return before.rarest })
}

// Expected reports whether a rule is the first that holds for an event that was
// looked at with the probes that Expect returns for it. If it does not say so,
// nothing is known.
func (d *Detector) Expected(rule int, seen Signs) bool {
	return seen&d.barring[rule] == 0 && (rule == len(d.rules) || d.rules[rule].holds(seen))
}

// probing returns the probes for those signs of the rules before one that
// barring says, and for its own signs.
func (d *Detector) probing(rule int, barring func(*detection) Signs) (list []Probe) {
	var before, own Signs
	for i := range d.rules[:rule] {
		before |= barring(&d.rules[i])
	}
	if rule < len(d.rules) {
		for _, any := range d.rules[rule].all {
			own |= any
		}
	}
	for _, p := range d.probes {
		if p.Signs&before != 0 || p.Signs&own != 0 && !d.isBelow(p.Path) {
			list = append(list, p)
		}
	}
	return list
}

// isBelow reports whether a probe is a key below an object that has signs.
func (d *Detector) isBelow(path string) bool {
	return !slices.ContainsFunc(d.signs, func(s sign) bool { return s.path == path })
}

func (r *detection) holds(seen Signs) bool {
	for _, any := range r.all {
		if seen&any == 0 {
			return false
		}
	}
	return true
}
