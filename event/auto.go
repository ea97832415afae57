package event

import (
	"encoding/binary"
	"slices"
	"sync"

	"github.com/kithsec/kith/internal/jsonscan"
)

// autoPlan recognises the format of an event by the paths that it has.
//
// Scanning every event for the paths of all presets would reduce throughput by a
// quarter. But events of one stream have one format, or a few that begin with
// different keys. So JSON guesses that an event has the format of the last event
// with the same first key, for the same reasons: it scans the event for the paths of
// that format, and for those few that proved the format of the last event. If they
// prove it for this one, too, the guess is right. Otherwise the event is scanned for
// all paths. The flat keys of an event count only if no rule applies otherwise, so that
// events of most formats are recognised without a look at them.
type autoPlan struct {
	detector  *detector
	bySign    []pathSigns     // indexed by Path
	signPaths []maskWord      // the paths that have signs
	formats   []int           // by rule: index of the format in the Schema
	wanted    [][]bool        // by rule: the paths of the format
	scans     []ruleScan      // by rule
	all       *jsonscan.Paths // loose, so that it accepts whatever a scan for fewer paths accepts
	texts     []string        // of the Schema

	pathOf map[string]Path // of the signs

	mu      sync.Mutex
	guesses map[eventSigns]*guess // at most maxGuesses
	proofs  map[eventProof]*guess
}

// maxGuesses bounds the number of guesses that a Schema keeps.
const maxGuesses = 1 << 10

// ruleScan holds the paths of the format of a rule.
type ruleScan struct {
	format  *Format
	compile func() *jsonscan.Paths // compiles them once
}

// eventSigns holds the signs of an event. If a rule applies to those at the paths themselves,
// all are the same.
type eventSigns struct{ exact, all signSet }

// eventProof proves the format of an event. If no rule applies to the signs at the paths
// themselves, exact proves that, and all is a proof for the signs with those of flat keys.
type eventProof struct {
	exact, all proof
	isFlat     bool // flat keys count
}

// guess is a compiled eventProof.
type guess struct {
	eventProof
	format *Format
	paths  *jsonscan.Paths // those of the format, and those of the signs of the proof
	signed []maskWord      // the paths of the signs of the proof
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
	b.collectPaths(func() { // keep them out of the common paths: a guess adds those it needs
		var signed mask
		a.pathOf = make(map[string]Path)
		for _, path := range a.detector.signPaths(a.detector.allSigns()) {
			p, signs := b.Path(path), a.detector.byPath[path]
			a.pathOf[path] = p
			a.bySign = append(a.bySign, make([]pathSigns, max(0, int(p)+1-len(a.bySign)))...)
			a.bySign[p] = signs
			signed.add(p)
		}
		a.signPaths = signed.sortedWords()
	})
	return nil
}

// compileRuleFormat returns the index of the format of a rule. It compiles one if the rule
// names two presets.
func (b *Builder) compileRuleFormat(all []Preset, rule int, roles []Role) (int, error) {
	s, d := b.schema, b.schema.auto.detector
	byName := func(name string) int { return slices.IndexFunc(all, func(p Preset) bool { return p.Name == name }) }
	i, then := byName(d.presetOf(rule)), byName(d.secondPresetOf(rule))
	if then < 0 {
		return i, nil
	}
	f, err := b.compileFormat(&all[i], roles, all[then])
	s.formats = append(s.formats, f)
	return len(s.formats) - 1, err
}

// compileRuleScans compiles the paths to scan for under each rule.
func (b *Builder) compileRuleScans() error {
	s, a := b.schema, b.schema.auto
	a.texts, a.guesses, a.proofs = s.texts, make(map[eventSigns]*guess), make(map[eventProof]*guess)
	for rule := range a.detector.ruleCount() {
		f := &s.formats[a.formats[rule]]
		wanted := b.wantedFor(f)
		a.wanted = append(a.wanted, wanted)
		a.scans = append(a.scans, ruleScan{f, sync.OnceValue(func() *jsonscan.Paths { return a.compilePaths(wanted) })})
	}
	a.bySign = append(a.bySign, make([]pathSigns, len(s.texts)-len(a.bySign))...)
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

// compilePaths compiles some of the paths. It does not fail, because compileRuleScans has
// compiled all of them.
func (a *autoPlan) compilePaths(wanted []bool) *jsonscan.Paths {
	paths, err := jsonscan.CompileSome(a.texts, wanted)
	if err != nil {
		return a.all
	}
	return paths
}

// guessFor returns the guess that an event with these signs has the format of a rule, or nil
// if there are too many guesses.
func (a *autoPlan) guessFor(rule int, seen eventSigns) *guess {
	a.mu.Lock()
	defer a.mu.Unlock()
	g, known := a.guesses[seen]
	if known || len(a.guesses) == maxGuesses {
		return g
	}
	wanted := a.wanted[rule]
	isRead := func(path string) bool { return wanted[a.pathOf[path]] }
	p := eventProof{exact: a.detector.prove(seen.exact, isRead)}
	if p.isFlat = p.exact.rule == len(a.detector.rules); p.isFlat {
		p.all = a.detector.prove(seen.all, isRead)
	}
	if g = a.proofs[p]; g == nil {
		g = a.compileGuess(rule, p)
		a.proofs[p] = g
	}
	a.guesses[seen] = g
	return g
}

// compileGuess compiles a proof of a rule.
func (a *autoPlan) compileGuess(rule int, p eventProof) *guess {
	wanted := slices.Clone(a.wanted[rule])
	var signed mask
	signs := p.exact.has.union(p.exact.lacks).union(p.all.has).union(p.all.lacks)
	for _, path := range a.detector.signPaths(signs) {
		wanted[a.pathOf[path]] = true
		signed.add(a.pathOf[path])
	}
	return &guess{p, a.scans[rule].format, a.compilePaths(wanted), signed.sortedWords()}
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
	var exact, all signSet
	if m, isMap := e.(*Map); isMap {
		exact, all = s.auto.detector.signsIn(m.event, "")
	} else {
		for p := range pathsIn(s.auto.signPaths, present) {
			exact = exact.union(s.auto.bySign[p].signsFor(e.Value(p).Kind))
		}
	}
	return s.auto.scans[s.auto.detector.ruleFor(exact, all)].format
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
	return s.auto.scans[s.auto.detector.ruleOfHeader(header)].format
}

// guessCache is a hash table that maps the first key of events to the guesses for the last
// events with that key, the latest first. A colliding key replaces the guesses.
type guessCache [64][2]*guess

// slotFor returns the slot of an event. It hashes up to eight bytes of the first
// key, provided that there is no white space before it.
func (g *guessCache) slotFor(raw []byte) *[2]*guess {
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
	slot := e.guesses.slotFor(e.raw)
	for i, g := range slot {
		if g != nil && e.confirmGuess(g) {
			slot[0], slot[i] = g, slot[0]
			e.format = g.format
			return nil
		}
	}
	if err := a.all.Scan(e.raw, &e.scanner); err != nil {
		return err
	}
	e.present = e.scanner.Present()
	exact := e.signsAt(a.signPaths)
	seen := eventSigns{exact, exact}
	rule := a.detector.firstRule(exact)
	if rule == len(a.detector.rules) {
		seen.all = a.detector.withFlatKeys(e, exact)
		rule = a.detector.firstRule(seen.all)
	}
	slot[0], slot[1] = a.guessFor(rule, seen), slot[0]
	e.format = a.scans[rule].format
	err := a.scans[rule].compile().Scan(e.raw, &e.scanner)
	e.present = e.scanner.Present()
	return err
}

// confirmGuess scans the event for the paths of a guess and reports whether it is right.
func (e *JSON) confirmGuess(g *guess) bool {
	if g.paths.Scan(e.raw, &e.scanner) != nil {
		return false
	}
	e.present = e.scanner.Present()
	d := e.schema.auto.detector
	seen := e.signsAt(g.signed)
	return d.holds(&g.exact, seen) && (!g.isFlat || d.holds(&g.all, d.withFlatKeys(e, seen)))
}

// signsAt returns the signs that the scanned event has at some paths.
func (e *JSON) signsAt(words []maskWord) (seen signSet) {
	for p := range pathsIn(words, e.present) {
		seen = seen.union(e.schema.auto.bySign[p].signsFor(Kind(e.scanner.Value(int(p)).Kind)))
	}
	return seen
}
