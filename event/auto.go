package event

import (
	"encoding/binary"
	"slices"

	"github.com/kithsec/kith/internal/jsonscan"
)

// autoPlan recognises the format of an event by the paths that it has.
//
// Scanning every event for the paths of all presets would cost a quarter of the
// rate. But the events of a stream are alike, or of a few kinds that begin alike.
// So an event is scanned for what the last event with the same first key was: with
// the fewest paths that may be enough to be sure, or, if these were not enough for
// such an event, with those that always are. If the guess was wrong, the event is
// scanned again for all paths.
type autoPlan struct {
	detector *detector
	shows    []shows    // by path
	signing  []maskWord // the paths that show anything
	byRule   []ruleScan
	all      *jsonscan.Paths // loose
}

// shows are the signs that an event with a path shows.
type shows struct {
	signs  signSet
	object bool // only if there is an object
}

// ruleScan holds the paths to scan for in an event for which one rule is expected to
// hold.
type ruleScan struct {
	format  *Format
	paths   *jsonscan.Paths
	signing []maskWord      // the paths among them that show signs
	wide    *jsonscan.Paths // with all probes that suffice
}

// auto compiles all presets and the paths that distinguish them.
func (b *Builder) auto(all []Preset, roles []Role) error {
	a := &autoPlan{detector: newDetector()}
	b.schema.auto = a
	b.schema.formats = make([]Format, len(all))
	for i := range all {
		var err error
		if b.schema.formats[i], err = b.format(&all[i], roles); err != nil {
			return err
		}
	}
	b.uses(func() { // not common: see scanFor
		for _, probe := range a.detector.allProbes() {
			p := b.Path(probe.path)
			a.shows = append(a.shows, make([]shows, max(0, int(p)+1-len(a.shows)))...)
			a.shows[p] = shows{probe.signs, probe.object}
		}
	})
	a.signing = b.words(a.detector.allProbes())
	return nil
}

// words returns the paths of probes as a mask.
func (b *Builder) words(probes []probe) []maskWord {
	var m mask
	for _, probe := range probes {
		m.add(b.index[probe.path])
	}
	return m.words()
}

// rules compiles what to look for by rule.
func (b *Builder) rules() error {
	s, a := b.schema, b.schema.auto
	for rule := range a.detector.ruleCount() {
		name := a.detector.presetOf(rule)
		i := slices.IndexFunc(s.formats, func(f Format) bool { return f.name == name })
		expect := a.detector.expected(rule)
		paths, err := b.scanFor(&s.formats[i], expect)
		if err != nil {
			return err
		}
		wide, err := b.scanFor(&s.formats[i], a.detector.sufficient(rule))
		if err != nil {
			return err
		}
		a.byRule = append(a.byRule, ruleScan{&s.formats[i], paths, b.words(expect), wide})
	}
	a.shows = append(a.shows, make([]shows, len(s.texts)-len(a.shows))...)
	all := make([]bool, len(s.texts))
	for p := range all {
		all[p] = !s.isThrough(Path(p))
	}
	paths, err := jsonscan.CompileSome(s.texts, all)
	if err == nil {
		a.all = paths.Loose()
	}
	return err
}

// formatOf returns the format of an event of any representation.
func (s *Schema) formatOf(e Event, present Set) *Format {
	switch {
	case len(s.formats) == 0:
		return nil
	case s.auto == nil:
		return &s.formats[0]
	}
	var seen signSet
	for p := range pathsIn(s.auto.signing, present) {
		seen |= s.auto.shows[p].of(e.Value(p).Kind)
	}
	return s.auto.byRule[s.auto.detector.firstRule(seen)].format
}

// formatOfHeader returns the format of records by the names of their columns.
func (s *Schema) formatOfHeader(header []string) *Format {
	switch {
	case len(s.formats) == 0:
		return nil
	case s.auto == nil:
		return &s.formats[0]
	}
	var seen signSet
	for _, name := range header {
		seen |= s.auto.detector.signsOfKey(name)
	}
	return s.auto.byRule[s.auto.detector.firstRule(seen)].format
}

// of returns the signs that a value of a kind shows.
func (s *shows) of(kind Kind) signSet {
	if kind == Absent || kind == Null || s.object && kind != Object {
		return 0
	}
	return s.signs
}

// guesses hold how the last events were recognised, by their first keys.
type guesses [64]guess

type guess struct {
	rule  int8
	known bool
	wide  bool // the fewest paths were not enough
}

// at returns the guess for an event: that for the first eight bytes of its first
// key, if the event is compact.
func (g *guesses) at(raw []byte) *guess {
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

// scanAuto scans the event and decides which preset reads it. The result does not
// depend on the guess: an event is rejected if the scan for its own rule rejects
// it, which finds nothing wrong that the wide one overlooks.
func (e *JSON) scanAuto() error {
	a := e.schema.auto
	guess := e.guesses.at(e.raw)
	before := *guess
	if before.known && e.isOf(before) {
		e.format = a.byRule[before.rule].format
		return nil
	}
	if err := a.all.Scan(e.raw, &e.scanner); err != nil {
		return err
	}
	e.present = e.scanner.Present()
	rule := a.detector.firstRule(e.signs(a.signing))
	guess.wide = before.known && before.rule == int8(rule)
	guess.rule, guess.known = int8(rule), true
	e.format = a.byRule[rule].format
	err := a.byRule[rule].paths.Scan(e.raw, &e.scanner)
	e.present = e.scanner.Present()
	return err
}

// isOf scans the event and reports whether a guess is surely right.
func (e *JSON) isOf(g guess) bool {
	a := e.schema.auto
	scan := &a.byRule[g.rule]
	paths := scan.paths
	if g.wide {
		paths = scan.wide
	}
	if paths.Scan(e.raw, &e.scanner) != nil {
		return false
	}
	e.present = e.scanner.Present()
	if g.wide {
		return a.detector.firstRule(e.signs(a.signing)) == int(g.rule)
	}
	return a.detector.isExpected(int(g.rule), e.signs(scan.signing))
}

// signs returns the signs that the scanned event shows by some paths.
func (e *JSON) signs(words []maskWord) (seen signSet) {
	for p := range pathsIn(words, e.present) {
		seen |= e.schema.auto.shows[p].of(Kind(e.scanner.Value(int(p)).Kind))
	}
	return seen
}
