package enrich

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/jsonscan"
)

// autoPlan recognises the format of an event by the paths that it has.
//
// To look for the paths of all presets in every event costs a quarter of the
// rate. But the events of a stream are alike, or of a few kinds that begin
// alike: so an event is scanned for what the last one with the same first key
// was, with as many paths as it may take to be sure, or, if those were not enough
// for such an event, with as many as it takes. If that was wrong, it is scanned
// again for all.
type autoPlan struct {
	detector *event.Detector
	shows    []shows    // by path
	signing  []maskWord // the paths that show anything
	byRule   []ruleScan
	all      *jsonscan.Paths // loose
}

// shows is what an event shows that has a path.
type shows struct {
	signs  event.Signs
	object bool // only if there is an object
}

// ruleScan is what to look for in events of which one rule is expected.
type ruleScan struct {
	preset  *presetPlan
	paths   *jsonscan.Paths
	signing []maskWord      // of the paths those that must not show anything, or must
	wide    *jsonscan.Paths // with all probes that suffice
}

// auto compiles all presets and what tells them apart.
func (c *compiler) auto(all []event.Preset) error {
	a := &autoPlan{detector: event.NewDetector()}
	c.plan.auto = a
	c.plan.presets = make([]presetPlan, len(all))
	for i := range all {
		var err error
		if c.plan.presets[i], err = c.preset(&all[i]); err != nil {
			return err
		}
	}
	// Behind the presets, whose paths have the numbers of the order in which they
	// are tried that way.
	c.uses(func() { c.probes(a) }) // not common: see scanFor
	return nil
}

// probes adds the paths that tell presets apart.
func (c *compiler) probes(a *autoPlan) {
	all := a.detector.Probes()
	for _, probe := range all {
		path := c.path(probe.Path)
		a.shows = append(a.shows, make([]shows, max(0, path+1-len(a.shows)))...)
		a.shows[path] = shows{probe.Signs, probe.Object}
	}
	a.signing = c.words(all)
}

// words returns the paths of probes as a mask.
func (c *compiler) words(probes []event.Probe) []maskWord {
	var m mask
	for _, probe := range probes {
		m.add(c.index[probe.Path])
	}
	return m.words()
}

// rules compiles what to look for by rule, when all paths are known.
func (c *compiler) rules() error {
	p, a := c.plan, c.plan.auto
	for rule := range a.detector.Rules() {
		name := a.detector.Preset(rule)
		i := slices.IndexFunc(p.presets, func(p presetPlan) bool { return p.name == name })
		expect := a.detector.Expect(rule)
		paths, err := c.scanFor(&p.presets[i], expect)
		if err != nil {
			return err
		}
		wide, err := c.scanFor(&p.presets[i], a.detector.Suffice(rule))
		if err != nil {
			return err
		}
		a.byRule = append(a.byRule, ruleScan{&p.presets[i], paths, c.words(expect), wide})
	}
	a.shows = append(a.shows, make([]shows, len(p.texts)-len(a.shows))...)
	all, err := jsonscan.Compile(p.texts)
	if err == nil {
		a.all = all.Loose()
	}
	return err
}

// presetOf returns the preset of the event at hand, whatever form it has.
func (p *plan) presetOf(src source, present pathSet) *presetPlan {
	if p.auto == nil {
		return &p.presets[0]
	}
	var seen event.Signs
	for path := range pathsIn(p.auto.signing, present) {
		seen |= p.auto.shows[path].of(src.kind(path))
	}
	return p.auto.byRule[p.auto.detector.First(seen)].preset
}

// of returns the signs that a value of that kind shows.
func (s *shows) of(kind jsonscan.Kind) event.Signs {
	if kind == jsonscan.Absent || kind == jsonscan.Null || s.object && kind != jsonscan.Object {
		return 0
	}
	return s.signs
}

// guesses are how the last events were recognised, by their first keys. Rules
// have the same numbers in every plan.
type guesses [64]guess

type guess struct {
	rule  int8
	known bool
	wide  bool // the paths of the rule alone were not enough
}

// at returns where the guess for an event is: by the first eight bytes of its
// first key, if it is compact.
func (g *guesses) at(raw []byte) *guess {
	if len(raw) < 10 {
		return &g[0]
	}
	key := binary.LittleEndian.Uint64(raw[2:10])
	// Of the bytes that are quotes the first, and maybe some behind it, have
	// their highest bits set in ends. What comes before the first is kept.
	quotes := key ^ '"'*eachByte
	ends := (quotes - eachByte) &^ quotes & (0x80 * eachByte)
	key &= ends ^ (ends - 1)
	return &g[key*0x9e3779b97f4a7c15>>58]
}

const eachByte = 0x0101010101010101

// scanAuto scans an event and decides which preset reads it. What comes of it
// does not depend on the guess: an event is refused if the scan for its own rule
// refuses it, which finds nothing wrong that the wide one overlooks.
func (b *batch) scanAuto(e *eventState) error {
	a := b.plan.auto
	guess := b.guesses.at(e.raw)
	before := *guess
	if before.known && b.isOf(e, before) {
		e.preset = a.byRule[before.rule].preset
		return nil
	}
	if err := a.all.Scan(e.raw, &b.scanner); err != nil {
		return err
	}
	b.present = b.scanner.Present()
	rule := a.detector.First(b.signs(a.signing))
	guess.wide = before.known && before.rule == int8(rule)
	guess.rule, guess.known = int8(rule), true
	e.preset = a.byRule[rule].preset
	err := a.byRule[rule].paths.Scan(e.raw, &b.scanner)
	b.present = b.scanner.Present()
	return err
}

// isOf scans an event and reports whether it is surely what is guessed.
func (b *batch) isOf(e *eventState, g guess) bool {
	a := b.plan.auto
	scan := &a.byRule[g.rule]
	paths := scan.paths
	if g.wide {
		paths = scan.wide
	}
	if paths.Scan(e.raw, &b.scanner) != nil {
		return false
	}
	b.present = b.scanner.Present()
	if g.wide {
		return a.detector.First(b.signs(a.signing)) == int(g.rule)
	}
	return a.detector.Expected(int(g.rule), b.signs(scan.signing))
}

// signs returns what the event that was scanned shows by some paths.
func (b *batch) signs(words []maskWord) (seen event.Signs) {
	for path := range pathsIn(words, b.present) {
		seen |= b.plan.auto.shows[path].of(b.scanner.Value(path).Kind)
	}
	return seen
}

// group compiles one group of paths of a preset.
func (c *compiler) group(p *event.Preset, g *event.PresetGroup, nulls *nulls) (groupPlan, error) {
	when, err := c.condition(g.When, p.Spellings)
	if err != nil {
		return groupPlan{}, fmt.Errorf("when: %w", err)
	}
	when.nulls = nulls
	out := groupPlan{when: when}
	for _, path := range g.Paths {
		compiled := pathPlan{after: []byte(path.After)}
		if path.Value != "" {
			compiled.literal = []byte(path.Value)
		} else {
			compiled.spellings = c.spellings(path.Field, p.Spellings)
		}
		out.paths = append(out.paths, compiled)
	}
	return out, nil
}
