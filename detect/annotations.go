package detect

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/risk/score"
)

// eventScore returns the risk score of the event, a number or its text.
func (r *Reader) eventScore() (score.Score, error) {
	v := r.value(r.paths.score)
	if v.Kind == event.Number || v.Kind == event.String {
		if base, err := score.ParseBase(fold.Trim(bytestext.String(r.events.Text(v)))); err == nil {
			return base, nil
		}
	}
	return score.Score{}, errNoScore
}

// maxAttacks bounds how many different annotations are remembered.
const maxAttacks = 1 << 12

// eventAttack returns the techniques and tactics that the event names. The same
// few annotations come again and again.
func (r *Reader) eventAttack() Attack {
	r.scratch = r.appendAnnotations(r.scratch[:0], r.paths.attack[:])
	if len(r.scratch) == 0 {
		return Attack{}
	}
	if a, found := r.attacks[string(r.scratch)]; found {
		return a
	}
	var a Attack
	for _, p := range r.paths.attack {
		for _, text := range r.appendTexts(nil, p) {
			a.add(r.attack, strings.Clone(text))
		}
	}
	if len(a.Techniques)+len(a.Tactics) > 0 {
		a.finish(r.attack)
	}
	if len(r.attacks) == maxAttacks {
		clear(r.attacks)
	}
	r.attacks[string(r.scratch)] = a
	return a
}

// appendAnnotations appends the values at some paths as they are written, nothing
// if there are none.
func (r *eventTexts) appendAnnotations(dst []byte, paths []event.Path) []byte {
	for i, p := range paths {
		if !r.present.Has(p) { // most are absent
			continue
		}
		v := r.value(p)
		if !v.Found() {
			continue
		}
		dst = appendKeyed(append(dst, byte(i)), v)
		if v.Kind == event.Array && v.Text == nil {
			for _, element := range r.elements(p) {
				dst = appendKeyed(dst, element)
			}
		}
	}
	return dst
}

func appendKeyed(dst []byte, v event.Value) []byte {
	dst = binary.AppendUvarint(append(dst, byte(v.Kind)), uint64(len(v.Text)))
	return append(dst, v.Text...)
}

// eventThreats returns the threat objects of the event. Arrays pair by position;
// the last type repeats.
func (r *Reader) eventThreats() []Threat {
	from := len(r.threats)
	if r.present.Has(r.paths.threat) {
		r.types = r.appendPlaces(r.types[:0], r.paths.threatType)
		r.places = r.appendPlaces(r.places[:0], r.paths.threat)
		r.threats = appendThreats(r.threats, r.types, r.places)
	}
	return r.threats[from:len(r.threats):len(r.threats)]
}

// appendThreats appends the threats that types and values make, each once.
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
