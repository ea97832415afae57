package risk

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/maphash"
	"strconv"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/window"
	"github.com/kithsec/kith/risk/score"
)

// What makes a line a bad one. The texts are reasons of dead letters.
var (
	errNoObject = errors.New("no readable risk object")
	errNoTime   = errors.New("no readable time")
	errNoScore  = errors.New("no readable score")
	errFuture   = errors.New("time is too far in the future")
	errRange    = errors.New("calculated score out of range")
)

// reading is what a line turned out to be.
type reading struct {
	from, to  int // its modifiers among the reader's facts, in order
	bad       error
	unmatched bool
	ruleError bool // a token of a message had no value
	blank     bool
}

// reader reads lines for one goroutine.
type reader struct {
	*program
	seed     maphash.Seed // of hashes of objects
	resolver Resolver
	namer    Namer // the resolver, if it is one
	names    map[nameKey]*naming
	combos   map[string]*combo
	attacks  map[string]attack
	lines    [linesAhead]line
	ahead    ahead
	line     *line             // the one at hand
	latest   eventtime.Instant // what is later is in the future

	// of the lines that were read
	facts   []fact
	threats []Threat
	texts   shortLived

	// of the modifier at hand
	fact      *fact
	naming    *naming
	own       naming   // if it is not remembered
	objects   []string // as they are spelled
	scratch   []byte
	held      []byte
	source    conditionSource
	sum       [32]byte
	hashed    bool
	ruleError bool
}

// nameKey is what the resolver is asked.
type nameKey struct {
	zone      entity.Zone
	text, typ string
}

// naming is what came of it.
type naming struct {
	object   Object
	hash     uint64
	priority entity.Priority
	entity   entity.Resolved
}

// maxNames bounds the answers of the resolver that a reader remembers.
const maxNames = 1 << 16

// combo is a combination of factors that held together.
type combo struct {
	adds, multiplies []score.Decimal
	factors          *factors
}

func newReader(p *program, seed maphash.Seed, r Resolver) *reader {
	made := &reader{program: p, seed: seed, names: map[nameKey]*naming{}, combos: map[string]*combo{}, attacks: map[string]attack{}}
	made.use(r)
	return made
}

// use replaces the resolver.
func (r *reader) use(resolver Resolver) {
	r.resolver = resolver
	r.namer, _ = resolver.(Namer)
	clear(r.names)
}

// begin forgets the lines that were read.
func (r *reader) begin() {
	r.facts, r.threats = r.facts[:0], r.threats[:0]
	r.texts.reset()
}

// readAll reads lines and says what each is. What it adds shares the memory of
// the lines, and is good until begin. Some are scanned before the first of them is
// read, so that their objects are named together.
func (r *reader) readAll(lines [][]byte, readings []reading) {
	for len(lines) > 0 {
		n := min(linesAhead, len(lines))
		for i, raw := range lines[:n] {
			r.lines[i].scan(r.paths, raw)
		}
		r.nameAhead(n)
		for i := range readings[:n] {
			r.line = &r.lines[i]
			readings[i] = r.read()
		}
		lines, readings = lines[n:], readings[n:]
	}
}

// read reads the line at hand.
func (r *reader) read() (result reading) {
	if len(r.line.raw) == 0 {
		result.blank = true
		return result
	}
	if r.line.bad != nil {
		result.bad = r.line.bad
		return result
	}
	r.hashed, r.ruleError = false, false
	result.from = len(r.facts)
	switch fedBack := r.line.has(pathRule) && r.line.has(pathContributions); {
	case fedBack && !r.scoreNotables:
		result.unmatched = true
	case r.line.has(pathObject):
		result.bad = r.modifiers()
	default:
		result.unmatched, result.bad = r.event()
	}
	if result.bad != nil {
		r.facts = r.facts[:result.from]
	}
	result.to = len(r.facts)
	result.ruleError = r.ruleError
	return result
}

// modifiers reads a line with a risk object.
func (r *reader) modifiers() error {
	l := r.line
	if l.asked() {
		r.objects = append(r.objects[:0], l.object)
	} else {
		r.objects = distinct(l.appendNames(r.objects[:0], pathObject))
	}
	objects := r.objects
	if len(objects) == 0 {
		return errNoObject
	}
	at, err := r.time()
	if err != nil {
		return err
	}
	base, err := r.eventScore()
	if err != nil {
		return err
	}
	shared := fact{
		at: at, base: base, source: r.modifierSource(), message: l.joined(pathMessage),
		attack: r.attackOf(l), threats: r.threatsOf(l), sid: l.first(pathSID), rid: l.first(pathRID),
	}
	types := l.values(pathType)
	zone := r.zoneOf()
	for i, object := range objects {
		typ := ""
		if len(types) > 0 {
			typ = types[min(i, len(types)-1)]
		}
		r.facts = append(r.facts, shared)
		if err := r.complete(&r.facts[len(r.facts)-1], zone, object, fold.Lower(fold.Trim(typ)), "", i, len(objects)); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) modifierSource() string {
	if s := r.line.first(pathSource); s != "" {
		return s
	}
	return r.line.first(pathSearchName)
}

func (r *reader) time() (eventtime.Instant, error) {
	at, ok := r.line.time()
	switch {
	case !ok:
		return 0, errNoTime
	case at > r.latest:
		return 0, errFuture
	}
	return at, nil
}

func (r *reader) eventScore() (int64, error) {
	if base, ok := r.line.base(pathScore); ok {
		return base, nil
	}
	return 0, errNoScore
}

// maxAttacks bounds how many different texts about ATT&CK are remembered.
const maxAttacks = 1 << 12

// attackOf returns what the event says about ATT&CK. The same few texts come
// again and again.
func (r *reader) attackOf(l *line) attack {
	r.scratch = l.appendAttack(r.scratch[:0])
	if len(r.scratch) == 0 {
		return attack{}
	}
	if a, found := r.attacks[string(r.scratch)]; found {
		return a
	}
	a := l.attack(r.program.attack)
	if len(r.attacks) == maxAttacks {
		clear(r.attacks)
	}
	r.attacks[string(r.scratch)] = a
	return a
}

func (r *reader) threatsOf(l *line) []Threat {
	from := len(r.threats)
	r.threats = l.appendThreats(r.threats)
	return r.threats[from:len(r.threats):len(r.threats)]
}

// event puts an event to the rules.
func (r *reader) event() (unmatched bool, err error) {
	name := r.line.first(pathSearchName)
	if name == "" {
		name = r.line.first(pathSource)
	}
	named := r.byName[fold.Lower(name)]
	unmatched = true
	for next := 0; next < len(r.conditional) || len(named) > 0; {
		var i int
		if len(named) > 0 && (next == len(r.conditional) || named[0] < r.conditional[next]) {
			i, named = named[0], named[1:]
		} else {
			i = r.conditional[next]
			next++
			if !r.holds(r.rules[i].when) {
				continue
			}
		}
		unmatched = false
		if err = r.apply(&r.rules[i]); err != nil {
			return false, err
		}
	}
	return unmatched, nil
}

// apply adds the modifiers that a rule makes of the event.
func (r *reader) apply(rule *rule) error {
	l := r.line
	at, err := r.time()
	if err != nil {
		return err
	}
	shared := fact{at: at, source: rule.name, sid: l.first(pathSID), rid: l.first(pathRID), attack: rule.attack}
	if !rule.mapped {
		shared.attack = r.attackOf(l)
	}
	if shared.threats = r.ruleThreats(rule); len(rule.threats) == 0 {
		shared.threats = r.threatsOf(l)
	}
	zone := r.zoneOf()
	for i, o := range rule.objects {
		names := distinct(l.appendNames(nil, o.path))
		if len(names) == 0 {
			continue
		}
		shared.base = 0
		if o.score != nil {
			shared.base = *o.score
		}
		if !l.blank(pathScore) || o.score == nil {
			if shared.base, err = r.eventScore(); err != nil {
				return err
			}
		}
		for k, name := range names {
			f := shared
			r.fact = &f
			f.spelled, f.object.Type = name, o.typ
			f.message = r.message(rule.message)
			if err := r.complete(&f, zone, name, o.typ, rule.name, i<<16+k, 0); err != nil {
				return err
			}
			r.facts = append(r.facts, f)
		}
	}
	return nil
}

func (r *reader) ruleThreats(rule *rule) []Threat {
	var list []Threat
	for _, t := range rule.threats {
		for _, value := range r.line.appendNames(nil, t.path) {
			list = append(list, Threat{t.typ, value})
		}
	}
	return list
}

// message fills in a template. Without one the event's message is taken.
func (r *reader) message(t template) string {
	if len(t) == 0 {
		return r.line.joined(pathMessage)
	}
	if len(t) == 1 && !t[0].is {
		return t[0].text
	}
	var b strings.Builder
	for _, p := range t {
		text := p.text
		if p.is {
			if value, found := r.token(p.slot); found {
				text = value
			} else {
				r.ruleError = true
			}
		}
		b.WriteString(text)
	}
	return b.String()
}

// token returns the value of a token: the event's, else the modifier's.
func (r *reader) token(s slot) (string, bool) {
	text := r.line.joined(s.path)
	if text == "" {
		switch s.own {
		case ownObject:
			text = r.fact.spelled
		case ownType:
			text = r.fact.object.Type
		case ownScore:
			text = score.Steps(r.fact.base).String()
		}
	}
	return text, text != ""
}

// complete names, scores and identifies a modifier. ordinal tells it from the
// others of its line; a line that can hold only one passes 1 for of.
func (r *reader) complete(f *fact, zone entity.Zone, spelled, typ, rule string, ordinal, of int) error {
	f.spelled = spelled
	n := r.name(zone, spelled, typ)
	f.object, f.hash, f.priority = n.object, n.hash, n.priority
	r.fact, r.naming = f, n
	if own := r.line.first(pathPriority); own != "" {
		f.priority, _ = entity.ParsePriority(own)
	}
	if !r.calculate(f) {
		return errRange
	}
	for bit := range r.filters {
		if r.holds(&r.filters[bit]) {
			f.mask |= 1 << bit
		}
	}
	f.id = r.identify(f, rule, ordinal, of)
	return nil
}

// calculate applies the factors that hold.
func (r *reader) calculate(f *fact) (ok bool) {
	r.held = r.held[:0]
	for i := range r.factors {
		for k := range r.factors[i].when {
			if r.holds(&r.factors[i].when[k]) {
				r.held = binary.AppendUvarint(r.held, uint64(i))
				break
			}
		}
	}
	if len(r.held) == 0 {
		f.calculated = score.Steps(f.base)
		return true
	}
	c := r.combos[string(r.held)]
	if c == nil {
		c = r.combine(r.held)
		r.combos[string(r.held)] = c
	}
	f.factors = c.factors
	f.calculated, ok = score.Calculate(score.Steps(f.base), c.adds, c.multiplies)
	return ok
}

func (r *reader) combine(held []byte) *combo {
	c := new(combo)
	var adds, multiplies []AppliedFactor
	for len(held) > 0 {
		i, width := binary.Uvarint(held)
		held = held[width:]
		f := &r.factors[i]
		if f.add != nil {
			c.adds = append(c.adds, *f.add)
			adds = append(adds, AppliedFactor{f.name, *f.add})
		}
		if f.multiply != nil {
			c.multiplies = append(c.multiplies, *f.multiply)
			multiplies = append(multiplies, AppliedFactor{f.name, *f.multiply})
		}
	}
	c.factors = newFactors(adds, multiplies)
	return c
}

// identify returns what a duplicate of f would share.
func (r *reader) identify(f *fact, rule string, ordinal, of int) window.Fingerprint {
	if f.sid != "" && f.rid != "" {
		return r.digest("search", f.sid, f.rid, f.source, f.spelled, f.object.Type)
	}
	if !r.hashed {
		r.sum, r.hashed = sha256.Sum256(r.line.raw), true
	}
	if of == 1 {
		return window.Fingerprint(r.sum[:])
	}
	return r.digest("line", string(r.sum[:]), rule, strconv.Itoa(ordinal), f.spelled, f.object.Type)
}

func (r *reader) digest(parts ...string) window.Fingerprint {
	r.scratch = r.scratch[:0]
	for _, p := range parts {
		r.scratch = append(binary.AppendUvarint(r.scratch, uint64(len(p))), p...)
	}
	sum := sha256.Sum256(r.scratch)
	return window.Fingerprint(sum[:])
}
