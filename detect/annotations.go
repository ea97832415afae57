package detect

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/risk/score"
)

// eventScore returns the risk score of the event: a number, or a string that is one.
func (r *Reader) eventScore() (score.Score, error) {
	v := r.value(r.paths.score)
	if v.Kind == event.Number || v.Kind == event.String {
		base, err := score.ParseBase(fold.Trim(bytestext.String(r.events.Text(v))))
		if err == nil {
			return base, nil
		}
		if errors.Is(err, score.ErrRange) {
			return score.Score{}, fmt.Errorf("%w: risk_score is %s, which is out of range", errNoScore, problem.Quote(string(r.events.Text(v))))
		}
	}
	return score.Score{}, noScoreError(v)
}

// noScoreError returns the error for an event whose risk score v is not a number.
func noScoreError(v event.Value) error {
	switch {
	case v.Kind == event.Absent, v.Kind == event.Null:
		return fmt.Errorf("%w: no value at risk_score", errNoScore)
	case v.Kind.IsScalar():
		return fmt.Errorf("%w: risk_score is %s, which is not a number", errNoScore, problem.Quote(string(v.AppendText(nil))))
	}
	return fmt.Errorf("%w: risk_score is an %s", errNoScore, v.Kind)
}

// maxCachedAttacks bounds the number of annotations that eventAttack caches.
const maxCachedAttacks = 1 << 12

// eventAttack returns the techniques and tactics that the event names. It caches them,
// because the same few annotations recur.
func (r *Reader) eventAttack() Attack {
	r.scratch = r.appendAnnotations(r.scratch[:0], r.paths.attack[:])
	if len(r.scratch) == 0 {
		return Attack{}
	}
	if a, found := r.attackCache[string(r.scratch)]; found {
		return a
	}
	var a Attack
	for _, p := range r.paths.attack {
		for _, text := range r.appendTexts(nil, p) {
			a.addIDs(r.attack, strings.Clone(text))
		}
	}
	if len(a.Techniques)+len(a.Tactics) > 0 {
		a.normalizeIDs(r.attack)
	}
	if len(r.attackCache) == maxCachedAttacks {
		clear(r.attackCache)
	}
	r.attackCache[string(r.scratch)] = a
	return a
}

// appendAnnotations appends an encoding of the values at some paths, which is empty if
// there are none.
func (r *eventTexts) appendAnnotations(dst []byte, paths []event.Path) []byte {
	for i, p := range paths {
		if !r.present.Has(p) { // fast path: most are absent
			continue
		}
		v := r.value(p)
		if !v.Found() {
			continue
		}
		dst = appendEncoded(append(dst, byte(i)), v)
		if v.Kind == event.Array && v.Text == nil {
			for _, element := range r.elements(p) {
				dst = appendEncoded(dst, element)
			}
		}
	}
	return dst
}

// appendEncoded appends the kind, length and text of a value.
func appendEncoded(dst []byte, v event.Value) []byte {
	dst = binary.AppendUvarint(append(dst, byte(v.Kind)), uint64(len(v.Text)))
	return append(dst, v.Text...)
}

// eventThreats returns the threat objects of the event. Values and types are paired by
// position; values without a type of their own get the last type.
func (r *Reader) eventThreats() []Threat {
	from := len(r.threats)
	if r.present.Has(r.paths.threat) {
		r.types = r.appendAligned(r.types[:0], r.paths.threatType)
		r.threatValues = r.appendAligned(r.threatValues[:0], r.paths.threat)
		r.threats = appendThreats(r.threats, r.types, r.threatValues)
	}
	return r.threats[from:len(r.threats):len(r.threats)]
}

// appendThreats appends the threats of paired types and values without duplicates.
func appendThreats(all []Threat, types, values []string) []Threat {
	from := len(all)
	var seen map[Threat]struct{}
	if len(values) >= manyNames {
		seen = make(map[Threat]struct{}, len(values))
	}
	for i, value := range values {
		t := Threat{Value: fold.Trim(value)}
		if len(types) > 0 {
			t.Type = fold.Trim(types[min(i, len(types)-1)])
		}
		if t.Value == "" {
			continue
		}
		if seen == nil {
			if !slices.Contains(all[from:], t) {
				all = append(all, t)
			}
		} else if _, again := seen[t]; !again {
			seen[t] = struct{}{}
			all = append(all, t)
		}
	}
	return all
}
