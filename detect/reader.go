package detect

import (
	"cmp"
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

// Reasons for rejecting an event. Dead letters contain these texts.
var (
	errNoObject = errors.New("no readable risk object")
	errNoScore  = errors.New("no readable score")
	errRange    = errors.New("calculated score out of range")
)

// Reading is the result of reading one event.
type Reading struct {
	Facts     []Fact // valid until the Reader is reset
	Err       error  // why the event was rejected, in which case there are no Facts
	Blank     bool   // the line is empty or only white space
	Unmatched bool   // the event is not a modifier, and no rule applies to it
	RuleError bool   // a token in the message of a rule has no value, or ScoreErr is set
	// ScoreErr is the first reason for which a rule that applies made no modifier of one of
	// its objects, nil if there is none.
	ScoreErr *ScoreError
}

// Reader turns events into facts. It is for one goroutine.
type Reader struct {
	*program
	eventTexts
	normalizer normalizer
	latestTime time.Time
	inputs     [bulkSize]input
	records    []*event.Record // for inputs, bound to header
	header     []string

	combinations map[string]*combination // cache, by heldFactors
	attackCache  map[string]Attack       // by the annotations, see eventAttack

	// Valid until Reset.
	facts   []Fact
	threats []Threat

	// State of the current event and its current modifier.
	fact         *Fact
	resolved     *resolvedObject
	objects      []string // as they are spelled in the event
	types        []string
	threatValues []string
	scratch      []byte
	heldFactors  []byte // indexes of the factors that hold, as varints
	modifier     modifier
	eventSum     [sha256.Size]byte // of the identity of the event, if hasEventSum
	hasEventSum  bool
	at           time.Time // of the event, if timeErr is nil
	timeErr      error
	hasTime      bool // at and timeErr are set
	ruleError    bool
	scoreErr     *ScoreError
}

// combination is a set of factors that hold for the same modifier.
type combination struct {
	adds, multiplies []score.Decimal
	factors          *Factors
}

// NewReader returns a Reader. Before it can be used, Reset must be called: without a
// time the Reader rejects every modifier. If the resolver is nil, objects do not
// resolve to entities. seed is the seed of Fact.Hash.
func (d *Detector) NewReader(resolver Resolver, seed maphash.Seed) *Reader {
	r := &Reader{
		program: d.program, combinations: map[string]*combination{}, attackCache: map[string]Attack{},
		normalizer: normalizer{zone: d.zone, covering: d.covering, readsEntities: d.readsEntities, seed: seed, cache: map[objectKey]*resolvedObject{}},
	}
	r.normalizer.texts, r.modifier.reader = &r.texts, r
	r.normalizer.setResolver(resolver)
	r.events.Reset(r.schema)
	return r
}

// SetResolver replaces the resolver.
func (r *Reader) SetResolver(resolver Resolver) { r.normalizer.setResolver(resolver) }

// Object returns the object to which a text normalises in the default zone. An empty
// objectType is set as for an event without a type.
func (r *Reader) Object(text, objectType string) Object {
	return r.normalizer.resolveObject(objectKey{r.normalizer.zone, text, objectType}).object
}

// Reset invalidates all facts and sets the clock: events that are more than
// Config.Future after now are rejected.
func (r *Reader) Reset(now time.Time) {
	r.latestTime = now.Add(r.future)
	r.facts, r.threats = r.facts[:0], r.threats[:0]
	r.texts.reset()
	r.events.Reset(r.schema)
}

// readEvent reads one event.
func (r *Reader) readEvent(in *input) (result Reading) {
	switch {
	case in.blank:
		result.Blank = true
		return result
	case in.err != nil:
		result.Err = in.err
		return result
	}
	r.setInput(in)
	r.hasEventSum, r.hasTime, r.ruleError, r.scoreErr = false, false, false, nil
	from := len(r.facts)
	object := r.value(r.paths.object)
	switch fedBack := r.hasPath(r.paths.rule) && r.hasPath(r.paths.contributions); {
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
	result.RuleError, result.ScoreErr = r.ruleError, r.scoreErr
	return result
}

// readModifiers reads an event that has a risk object.
func (r *Reader) readModifiers(object event.Value) error {
	if r.in.inBulk() {
		r.objects = append(r.objects[:0], r.in.bulkObject)
	} else {
		r.objects = distinctNames(r.appendNamesOf(r.objects[:0], r.paths.object, object))
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
	if shared.Source = r.firstText(r.paths.source); shared.Source == "" {
		shared.Source = r.firstText(r.paths.searchName)
	}
	shared.Message = r.joinedText(r.paths.message)
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
		if err := r.completeFact(&r.facts[len(r.facts)-1], zone, object, fold.Name(typ), "", i, len(objects)); err != nil {
			return err
		}
	}
	return nil
}

// beginFact sets the fields that all facts of the event share.
func (r *Reader) beginFact(f *Fact) error {
	if !r.hasTime {
		r.at, r.timeErr = readTime(&r.events, r.latestTime)
		r.hasTime = true
	}
	if r.timeErr != nil {
		return r.timeErr
	}
	f.Time, f.SID, f.RID = r.at, r.firstText(r.paths.searchID), r.firstText(r.paths.resultID)
	return nil
}

// applyRules applies the rules to an event in the order in which they are listed.
// Rules without conditions apply by the name of the event.
func (r *Reader) applyRules() (unmatched bool, err error) {
	name := r.firstText(r.paths.searchName)
	if name == "" {
		name = r.firstText(r.paths.source)
	}
	named := r.named.rulesFor(name)
	unmatched = true
	for next := 0; next < len(r.conditional) || len(named) > 0; {
		var i int
		if len(named) > 0 && (next == len(r.conditional) || named[0] < r.conditional[next]) {
			i, named = named[0], named[1:]
		} else {
			i = r.conditional[next]
			next++
			if !r.conditionHolds(r.rules[i].when) {
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

// applyRule appends the modifiers that a rule makes of the event.
func (r *Reader) applyRule(rule *rule) error {
	var shared Fact
	err := r.beginFact(&shared)
	if err != nil {
		return err
	}
	shared.Source, shared.Attack = rule.name, rule.attack
	if !rule.hasAttack {
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
		names := distinctNames(r.appendNames(nil, o.path))
		if len(names) == 0 {
			continue
		}
		var unscored *ScoreError
		shared.Base, err = r.objectScore(rule, &o)
		if errors.As(err, &unscored) {
			r.ruleError, r.scoreErr = true, cmp.Or(r.scoreErr, unscored)
			continue
		} else if err != nil {
			return err
		}
		for k, name := range names {
			f := shared
			r.fact = &f
			f.Spelled, f.Object.Type = name, o.typ
			f.Message = r.expandMessage(rule.message)
			if err := r.completeFact(&f, zone, name, o.typ, rule.name, i<<16+k, 0); err != nil {
				return err
			}
			r.facts = append(r.facts, f)
		}
	}
	return nil
}

// expandMessage returns the message of a template, or that of the event if the template
// is empty. Tokens without a value stay as they are.
func (r *Reader) expandMessage(t template) string {
	if len(t) == 0 {
		return r.joinedText(r.paths.message)
	}
	if len(t) == 1 && !t[0].isToken {
		return t[0].text
	}
	var b strings.Builder
	for _, p := range t {
		text := p.text
		if p.isToken {
			if value, found := r.tokenValue(p.field); found {
				text = value
			} else {
				r.ruleError = true
			}
		}
		b.WriteString(text)
	}
	return b.String()
}

// completeFact normalises the object of a modifier, and sets its score, filters and ID.
// The ordinal distinguishes the modifiers of an event; count is 1 if the event can have
// only one.
func (r *Reader) completeFact(f *Fact, zone entity.Zone, spelled, typ, rule string, ordinal, count int) error {
	f.Spelled = spelled
	n := r.normalizer.lookUpObject(r.in, objectKey{zone, spelled, typ})
	f.Object, f.Hash, f.Priority = n.object, n.hash, n.priority
	r.fact, r.resolved = f, n
	if own := r.firstText(r.paths.priority); own != "" {
		f.Priority, _ = entity.ParsePriority(own)
	}
	if !r.applyFactors(f) {
		return errRange
	}
	for bit := range r.filters {
		if r.conditionHolds(&r.filters[bit]) {
			f.Filters |= 1 << bit
		}
	}
	f.ID = r.factID(f, rule, ordinal, count)
	return nil
}

// applyFactors sets the factors that hold for a modifier and the score that results. It
// returns false if the score is out of range.
func (r *Reader) applyFactors(f *Fact) (ok bool) {
	r.heldFactors = r.heldFactors[:0]
	for i := range r.factors {
		for k := range r.factors[i].when {
			if r.conditionHolds(&r.factors[i].when[k]) {
				r.heldFactors = binary.AppendUvarint(r.heldFactors, uint64(i))
				break
			}
		}
	}
	if len(r.heldFactors) == 0 {
		f.Score = f.Base
		return true
	}
	c := r.combinations[string(r.heldFactors)]
	if c == nil {
		c = combineFactors(r.factors, r.heldFactors)
		r.combinations[string(r.heldFactors)] = c
	}
	f.Factors = c.factors
	f.Score, ok = score.Calculate(f.Base, c.adds, c.multiplies)
	return ok
}

// combineFactors returns the combination of the factors whose indexes are in held.
func combineFactors(factors []factor, held []byte) *combination {
	c := new(combination)
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

// factID returns the ID of a modifier, which its repeats share. It is a digest of the
// ids of the search and its result, or else of the event and the modifier's place in it.
func (r *Reader) factID(f *Fact, rule string, ordinal, count int) (id [16]byte) {
	if f.SID != "" && f.RID != "" {
		r.scratch, id = digestParts(r.scratch[:0], "search", f.SID, f.RID, f.Source, f.Spelled, f.Object.Type)
		return id
	}
	if !r.hasEventSum {
		r.eventSum, r.hasEventSum = sha256.Sum256(r.in.identityBytes()), true
	}
	if count == 1 {
		return [16]byte(r.eventSum[:16])
	}
	r.scratch, id = digestParts(r.scratch[:0], "line", string(r.eventSum[:]), rule, strconv.Itoa(ordinal), f.Spelled, f.Object.Type)
	return id
}

// digestParts returns the digest of parts. It encodes them in b, which must be empty,
// and also returns the buffer for reuse.
func digestParts(b []byte, parts ...string) ([]byte, [16]byte) {
	for _, p := range parts {
		b = append(binary.AppendUvarint(b, uint64(len(p))), p...)
	}
	sum := sha256.Sum256(b)
	return b, [16]byte(sum[:16])
}
