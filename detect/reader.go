package detect

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/maphash"
	"strconv"
	"strings"
	"time"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/risk/score"
)

// Reasons to reject an event. Their texts are part of dead letters.
var (
	errNoObject = errors.New("no readable risk object")
	errNoTime   = errors.New("no readable time")
	errNoScore  = errors.New("no readable score")
	errFuture   = errors.New("time is too far in the future")
	errRange    = errors.New("calculated score out of range")
)

// Reading is the result of reading one event.
type Reading struct {
	Facts     []Fact
	Err       error // why the event is rejected; then there are no Facts
	Blank     bool  // a line of nothing but white space
	Unmatched bool  // neither a modifier nor an event that a rule applies to
	RuleError bool  // a token of a message has no value
}

// Reader makes facts of events. It is for one goroutine.
type Reader struct {
	*program
	eventTexts
	names   names
	latest  time.Time
	inputs  [eventsAhead]input
	records []*event.Record // of inputs, for one header
	header  []string

	// Remembered.
	combos  map[string]*combo
	attacks map[string]Attack

	// Valid until Reset.
	facts   []Fact
	threats []Threat

	// Of the event or modifier at hand.
	fact      *Fact
	naming    *naming
	objects   []string // as they are spelled
	types     []string
	places    []string
	scratch   []byte
	held      []byte
	modifier  modifier
	sum       [sha256.Size]byte // of the event, if summed
	summed    bool
	ruleError bool
}

// combo is a combination of factors that held together.
type combo struct {
	adds, multiplies []score.Decimal
	factors          *Factors
}

// NewReader returns a Reader, which rejects every modifier until Reset states the
// time. The resolver may be nil: then every object is itself. Facts hash their objects
// with the seed.
func (d *Detector) NewReader(resolver Resolver, seed maphash.Seed) *Reader {
	r := &Reader{
		program: d.program, combos: map[string]*combo{}, attacks: map[string]Attack{},
		names: names{zone: d.zone, covering: d.covering, entities: d.entities, seed: seed, known: map[nameKey]*naming{}},
	}
	r.names.texts, r.modifier.reader = &r.texts, r
	r.names.use(resolver)
	r.events.Reset(r.schema)
	return r
}

// SetResolver replaces the resolver.
func (r *Reader) SetResolver(resolver Resolver) { r.names.use(resolver) }

// Object returns the object that a text of some type means in the default zone.
func (r *Reader) Object(text, objectType string) Object {
	return r.names.resolve(nameKey{r.names.zone, text, objectType}).object
}

// Reset invalidates all facts. Events more than Config.Future after now are rejected
// from now on.
func (r *Reader) Reset(now time.Time) {
	r.latest = now.Add(r.future)
	r.facts, r.threats = r.facts[:0], r.threats[:0]
	r.texts.reset()
	r.events.Reset(r.schema)
}

// read reads one event.
func (r *Reader) read(in *input) (result Reading) {
	switch {
	case in.blank:
		result.Blank = true
		return result
	case in.bad != nil:
		result.Err = in.bad
		return result
	}
	r.use(in)
	r.summed, r.ruleError = false, false
	from := len(r.facts)
	object := r.value(r.paths.object)
	switch fedBack := r.has(r.paths.rule) && r.has(r.paths.contributions); {
	case fedBack && !r.scoreNotables:
		result.Unmatched = true
	case object.Found():
		result.Err = r.readModifiers(object)
	default:
		result.Unmatched, result.Err = r.applyRules()
	}
	if result.Err != nil {
		r.facts = r.facts[:from]
	}
	result.Facts = r.facts[from:len(r.facts):len(r.facts)]
	result.RuleError = r.ruleError
	return result
}

// readModifiers reads an event that has a risk object.
func (r *Reader) readModifiers(object event.Value) error {
	if r.in.isAhead() {
		r.objects = append(r.objects[:0], r.in.object)
	} else {
		r.objects = distinct(r.appendNamesOf(r.objects[:0], r.paths.object, object))
	}
	objects := r.objects
	if len(objects) == 0 {
		return errNoObject
	}
	var shared Fact
	err := r.beginFact(&shared)
	if err != nil {
		return err
	}
	if shared.Base, err = r.eventScore(); err != nil {
		return err
	}
	if shared.Source = r.first(r.paths.source); shared.Source == "" {
		shared.Source = r.first(r.paths.searchName)
	}
	shared.Message = r.joined(r.paths.message)
	shared.Attack = r.eventAttack()
	shared.Threats = r.eventThreats()
	r.types = r.appendTexts(r.types[:0], r.paths.objectType)
	zone := r.events.Zone()
	for i, object := range objects {
		typ := ""
		if len(r.types) > 0 {
			typ = r.types[min(i, len(r.types)-1)]
		}
		r.facts = append(r.facts, shared)
		if err := r.complete(&r.facts[len(r.facts)-1], zone, object, fold.Lower(fold.Trim(typ)), "", i, len(objects)); err != nil {
			return err
		}
	}
	return nil
}

// beginFact sets what all facts of the event have.
func (r *Reader) beginFact(f *Fact) error {
	at, ok := r.events.Time()
	switch {
	case !ok:
		return errNoTime
	case at.After(r.latest):
		return errFuture
	}
	f.Time, f.SID, f.RID = at, r.first(r.paths.searchID), r.first(r.paths.resultID)
	return nil
}

// applyRules applies the rules to an event: those without conditions by its name.
func (r *Reader) applyRules() (unmatched bool, err error) {
	name := r.first(r.paths.searchName)
	if name == "" {
		name = r.first(r.paths.source)
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
		if err = r.applyRule(&r.rules[i]); err != nil {
			return false, err
		}
	}
	return unmatched, nil
}

// applyRule adds the modifiers that a rule makes of the event.
func (r *Reader) applyRule(rule *rule) error {
	var shared Fact
	err := r.beginFact(&shared)
	if err != nil {
		return err
	}
	shared.Source, shared.Attack = rule.name, rule.attack
	if !rule.mapped {
		shared.Attack = r.eventAttack()
	}
	if len(rule.threats) == 0 {
		shared.Threats = r.eventThreats()
	}
	for _, t := range rule.threats {
		for _, value := range r.appendNames(nil, t.path) {
			shared.Threats = append(shared.Threats, Threat{t.typ, value})
		}
	}
	zone := r.events.Zone()
	for i, o := range rule.objects {
		names := distinct(r.appendNames(nil, o.path))
		if len(names) == 0 {
			continue
		}
		shared.Base = score.Score{}
		if o.score != nil {
			shared.Base = *o.score
		}
		if !r.isBlank(r.paths.score) || o.score == nil {
			if shared.Base, err = r.eventScore(); err != nil {
				return err
			}
		}
		for k, name := range names {
			f := shared
			r.fact = &f
			f.Spelled, f.Object.Type = name, o.typ
			f.Message = r.message(rule.message)
			if err := r.complete(&f, zone, name, o.typ, rule.name, i<<16+k, 0); err != nil {
				return err
			}
			r.facts = append(r.facts, f)
		}
	}
	return nil
}

// message fills in a template. Without one the event's message is taken.
func (r *Reader) message(t template) string {
	if len(t) == 0 {
		return r.joined(r.paths.message)
	}
	if len(t) == 1 && !t[0].isToken {
		return t[0].text
	}
	var b strings.Builder
	for _, p := range t {
		text := p.text
		if p.isToken {
			if value, found := r.token(p.field); found {
				text = value
			} else {
				r.ruleError = true
			}
		}
		b.WriteString(text)
	}
	return b.String()
}

// complete names, scores and identifies a modifier. The ordinal distinguishes the
// modifiers of an event; of is 1 if the event can have only one.
func (r *Reader) complete(f *Fact, zone entity.Zone, spelled, typ, rule string, ordinal, of int) error {
	f.Spelled = spelled
	n := r.names.find(r.in, nameKey{zone, spelled, typ})
	f.Object, f.Hash, f.Priority = n.object, n.hash, n.priority
	r.fact, r.naming = f, n
	if own := r.first(r.paths.priority); own != "" {
		f.Priority, _ = entity.ParsePriority(own)
	}
	if !r.applyFactors(f) {
		return errRange
	}
	for bit := range r.filters {
		if r.holds(&r.filters[bit]) {
			f.Filters |= 1 << bit
		}
	}
	f.ID = r.identify(f, rule, ordinal, of)
	return nil
}

// applyFactors scores a modifier by the factors that hold. It returns false if the
// score is out of range.
func (r *Reader) applyFactors(f *Fact) (ok bool) {
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
		f.Score = f.Base
		return true
	}
	c := r.combos[string(r.held)]
	if c == nil {
		c = combine(r.factors, r.held)
		r.combos[string(r.held)] = c
	}
	f.Factors = c.factors
	f.Score, ok = score.Calculate(f.Base, c.adds, c.multiplies)
	return ok
}

// combine returns the combination of the factors whose numbers are held.
func combine(factors []factor, held []byte) *combo {
	c := new(combo)
	var adds, multiplies []AppliedFactor
	for len(held) > 0 {
		i, width := binary.Uvarint(held)
		held = held[width:]
		f := &factors[i]
		if f.add != nil {
			c.adds = append(c.adds, *f.add)
			adds = append(adds, AppliedFactor{f.name, *f.add})
		}
		if f.multiply != nil {
			c.multiplies = append(c.multiplies, *f.multiply)
			multiplies = append(multiplies, AppliedFactor{f.name, *f.multiply})
		}
	}
	c.factors = NewFactors(adds, multiplies)
	return c
}

// identify returns what repeats of a modifier share: the ids of the search and its
// result, or else the event and the modifier's place in it.
func (r *Reader) identify(f *Fact, rule string, ordinal, of int) (id [16]byte) {
	if f.SID != "" && f.RID != "" {
		r.scratch, id = digest(r.scratch[:0], "search", f.SID, f.RID, f.Source, f.Spelled, f.Object.Type)
		return id
	}
	if !r.summed {
		r.sum, r.summed = sha256.Sum256(r.in.identify()), true
	}
	if of == 1 {
		return [16]byte(r.sum[:16])
	}
	r.scratch, id = digest(r.scratch[:0], "line", string(r.sum[:]), rule, strconv.Itoa(ordinal), f.Spelled, f.Object.Type)
	return id
}

// digest appends parts to an empty buffer, and returns it with their digest.
func digest(b []byte, parts ...string) ([]byte, [16]byte) {
	for _, p := range parts {
		b = append(binary.AppendUvarint(b, uint64(len(p))), p...)
	}
	sum := sha256.Sum256(b)
	return b, [16]byte(sum[:16])
}
