package event

import (
	"encoding/binary"
	"slices"

	"github.com/kithsec/kith/internal/jsonscan"
)

// autoPlan recognises the format of an event by the paths that it has.
//
// Scanning every event for the paths of all presets would reduce throughput by a
// quarter. But events of one stream have one format, or a few that begin with
// different keys. So JSON guesses that an event has the format of the last event
// with the same first key, and scans it for the paths of that format only,
// together with the few probes that usually confirm the guess (expectedProbes).
// If these probes did not confirm a guess that was right, later events with that
// key are scanned for the probes that always do (sufficientProbes). If the guess
// was wrong, the event is scanned again for all paths.
type autoPlan struct {
	detector    *detector
	signsByPath []pathSigns     // indexed by Path
	signPaths   []maskWord      // the paths that have signs
	formats     []int           // by rule: index of the format in the Schema
	scans       []ruleScan      // by rule
	all         *jsonscan.Paths // loose, so that it accepts whatever a scan for fewer paths accepts
}

// pathSigns holds the signs of a path.
type pathSigns struct {
	signs       signSet
	needsObject bool // the value must be an object
}

// ruleScan holds the paths to scan for in an event whose format is expected to be
// that of one rule.
type ruleScan struct {
	format     *Format
	expected   *jsonscan.Paths // with the expected probes
	signPaths  []maskWord      // the paths of the expected probes
	sufficient *jsonscan.Paths // with the sufficient probes
}

// compileAuto compiles all presets and adds the paths that distinguish them.
func (b *Builder) compileAuto(all []Preset, roles []Role) error {
	a := &autoPlan{detector: newDetector(b.options.Presets...)}
	b.schema.auto = a
	b.schema.formats = make([]Format, len(all))
	for i := range all {
		var err error
		if b.schema.formats[i], err = b.compileFormat(&all[i], roles); err != nil {
			return err
		}
	}
	a.formats = make([]int, a.detector.ruleCount())
	for rule := range a.formats {
		var err error
		if a.formats[rule], err = b.compileRuleFormat(all, rule, roles); err != nil {
			return err
		}
	}
	b.collectPaths(func() { // keep the probes out of the common paths: scanFor adds those it needs
		for _, probe := range a.detector.allProbes() {
			p := b.Path(probe.path)
			a.signsByPath = append(a.signsByPath, make([]pathSigns, max(0, int(p)+1-len(a.signsByPath)))...)
			a.signsByPath[p] = pathSigns{probe.signs, probe.needsObject}
		}
	})
	a.signPaths = b.probeWords(a.detector.allProbes())
	return nil
}

// compileRuleFormat returns the index of the format of a rule. It compiles one if the rule
// names two presets.
func (b *Builder) compileRuleFormat(all []Preset, rule int, roles []Role) (int, error) {
	s, d := b.schema, b.schema.auto.detector
	byName := func(name string) int { return slices.IndexFunc(all, func(p Preset) bool { return p.Name == name }) }
	i, then := byName(d.presetOf(rule)), byName(d.behind(rule))
	if then < 0 {
		return i, nil
	}
	f, err := b.compileFormat(&all[i], roles, all[then])
	s.formats = append(s.formats, f)
	return len(s.formats) - 1, err
}

// probeWords returns the paths of probes as a mask.
func (b *Builder) probeWords(probes []probe) []maskWord {
	var m mask
	for _, probe := range probes {
		m.add(b.index[pathText{text: probe.path}])
	}
	return m.sortedWords()
}

// compileRuleScans compiles the paths to scan for under each rule.
func (b *Builder) compileRuleScans() error {
	s, a := b.schema, b.schema.auto
	for rule := range a.detector.ruleCount() {
		i := a.formats[rule]
		probes := a.detector.expectedProbes(rule)
		expected, err := b.scanFor(&s.formats[i], probes)
		if err != nil {
			return err
		}
		sufficient, err := b.scanFor(&s.formats[i], a.detector.sufficientProbes(rule))
		if err != nil {
			return err
		}
		a.scans = append(a.scans, ruleScan{&s.formats[i], expected, b.probeWords(probes), sufficient})
	}
	a.signsByPath = append(a.signsByPath, make([]pathSigns, len(s.texts)-len(a.signsByPath))...)
	all := make([]bool, len(s.texts))
	for p := range all {
		all[p] = !s.isThroughArray(Path(p))
	}
	paths, err := jsonscan.CompileSome(s.texts, all)
	if err == nil {
		a.all = paths.Loose()
	}
	return err
}

// formatOf returns the format of an event in any representation, nil if the
// Schema reads no roles.
func (s *Schema) formatOf(e Event, present Set) *Format {
	switch {
	case len(s.formats) == 0:
		return nil
	case s.auto == nil:
		return &s.formats[0]
	}
	var seen signSet
	for p := range pathsIn(s.auto.signPaths, present) {
		seen = seen.union(s.auto.signsByPath[p].signsFor(e.Value(p).Kind))
	}
	return s.auto.scans[s.auto.detector.firstRule(seen)].format
}

// formatOfHeader returns the format of records with the given column names, nil
// if the Schema reads no roles.
func (s *Schema) formatOfHeader(header []string) *Format {
	switch {
	case len(s.formats) == 0:
		return nil
	case s.auto == nil:
		return &s.formats[0]
	}
	var seen signSet
	for _, name := range header {
		seen = seen.union(s.auto.detector.signsOfKey(name))
	}
	return s.auto.scans[s.auto.detector.firstRule(seen)].format
}

// signsFor returns the signs that the path has if its value is of a kind.
func (s *pathSigns) signsFor(kind Kind) signSet {
	if kind == Absent || kind == Null || s.needsObject && kind != Object {
		return signSet{}
	}
	return s.signs
}

// guessCache is a hash table that maps the first key of events to the rule that
// recognised the last event with that key. A colliding key replaces the guess.
type guessCache [64]guess

type guess struct {
	rule          int32
	known         bool
	useSufficient bool // the expected probes did not confirm the rule last time
}

// slotFor returns the slot of an event. It hashes up to eight bytes of the first
// key, provided that there is no white space before it.
func (g *guessCache) slotFor(raw []byte) *guess {
	if len(raw) < 10 {
		return &g[0]
	}
	key := binary.LittleEndian.Uint64(raw[2:10])
	// Set the top bit of every byte that is a quote. Borrows can also mark bytes
	// after the first quote, but only the first matters: keep the bytes before it.
	quotes := key ^ '"'*eachByte
	ends := (quotes - eachByte) &^ quotes & (0x80 * eachByte)
	key &= ends ^ (ends - 1)
	return &g[key*0x9e3779b97f4a7c15>>58]
}

const eachByte = 0x0101010101010101

// scanAuto scans the event and recognises its format. The result does not depend
// on the guess: whether an event is rejected is decided by the scan for the paths
// of its own format, with or without a guess.
func (e *JSON) scanAuto() error {
	a := e.schema.auto
	guess := e.guesses.slotFor(e.raw)
	before := *guess
	if before.known && e.confirmGuess(before) {
		e.format = a.scans[before.rule].format
		return nil
	}
	if err := a.all.Scan(e.raw, &e.scanner); err != nil {
		return err
	}
	e.present = e.scanner.Present()
	rule := a.detector.firstRule(e.signsAt(a.signPaths))
	guess.useSufficient = before.known && before.rule == int32(rule)
	guess.rule, guess.known = int32(rule), true
	e.format = a.scans[rule].format
	err := a.scans[rule].expected.Scan(e.raw, &e.scanner)
	e.present = e.scanner.Present()
	return err
}

// confirmGuess scans the event for the paths of the guessed rule and reports
// whether the guess is certainly right.
func (e *JSON) confirmGuess(g guess) bool {
	a := e.schema.auto
	scan := &a.scans[g.rule]
	paths := scan.expected
	if g.useSufficient {
		paths = scan.sufficient
	}
	if paths.Scan(e.raw, &e.scanner) != nil {
		return false
	}
	e.present = e.scanner.Present()
	if g.useSufficient {
		return a.detector.firstRule(e.signsAt(a.signPaths)) == int(g.rule)
	}
	return a.detector.isExpected(int(g.rule), e.signsAt(scan.signPaths))
}

// signsAt returns the signs that the scanned event has at some paths.
func (e *JSON) signsAt(words []maskWord) (seen signSet) {
	for p := range pathsIn(words, e.present) {
		seen = seen.union(e.schema.auto.signsByPath[p].signsFor(Kind(e.scanner.Value(int(p)).Kind)))
	}
	return seen
}
