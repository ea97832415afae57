package detect

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/risk/score"
)

// ScoreField names the event field that holds a score. The score of a value is what Map has
// for its text, or else the value itself if it is a number. Of several values, the one with
// the largest score counts.
type ScoreField struct {
	Field string                   // a path in the event; "" if the score is not in the event
	Map   map[string]score.Decimal // the scores of texts, which are compared ignoring case
}

// ScoreError reports that a rule made no modifier of an event, because the event has no
// score in the field that the rule names.
type ScoreError struct {
	Rule   string
	Field  string // the path of the score
	Reason string // what is there instead
}

// Error states the rule, the field and the reason.
func (e *ScoreError) Error() string {
	return fmt.Sprintf("rule %s: no score, so no modifier: %s %s", problem.Quote(e.Rule), e.Field, e.Reason)
}

// scoreField is a compiled ScoreField.
type scoreField struct {
	path   event.Path
	name   string
	scores map[string]score.Score // by folded text
	isRisk bool                   // the field is risk_score, which otherwise overrides the score
}

// compileScoreField returns the field of a score, nil if there is none. literal is the score
// that is given besides.
func (c *compiler) compileScoreField(at Path, s ScoreField, literal score.Decimal) *scoreField {
	if s.Field == "" {
		if len(s.Map) > 0 {
			c.reportError(at.Key("field"), errMissing)
		}
		return nil
	}
	if literal.IsValid() {
		c.reportError(at, errors.New("is both a number and a field"))
	}
	compiled := &scoreField{path: c.fieldPath(at.Key("field"), s.Field), name: s.Field, scores: map[string]score.Score{}, isRisk: s.Field == "risk_score"}
	for _, text := range slices.Sorted(maps.Keys(s.Map)) {
		key, amount := fold.Name(text), s.Map[text]
		var err error
		_, twice := compiled.scores[key]
		switch {
		case !amount.IsValid():
			err = errMissing
		case twice:
			err = errors.New("is listed twice, as case is ignored")
		case !amount.InRange(): // rounding it could take long
			err = score.ErrRange
		default:
			compiled.scores[key], err = amount.Round()
		}
		if err != nil {
			c.reportError(at.Key("map"), fmt.Errorf("%s: %w", problem.Quote(text), err))
		}
	}
	return compiled
}

// readFrom returns the score of the current event of r, or the reason why there is none.
func (s *scoreField) readFrom(r *Reader) (best score.Score, reason string) {
	v := r.value(s.path)
	if v.Kind != event.Array {
		return s.scoreOf(&r.eventTexts, v)
	}
	reason = "is an empty array"
	found := false
	for _, element := range r.elements(s.path) {
		one, why := s.scoreOf(&r.eventTexts, element)
		switch {
		case why != "":
			reason = why
		case !found || one.Cmp(best) > 0:
			best, found = one, true
		}
	}
	if found {
		reason = ""
	}
	return best, reason
}

// scoreOf returns the score of a value, or the reason why it has none.
func (s *scoreField) scoreOf(texts *eventTexts, v event.Value) (score.Score, string) {
	switch {
	case v.Kind == event.Absent:
		return score.Score{}, "is absent"
	case v.Kind == event.Null:
		return score.Score{}, "is null"
	case !v.Kind.IsScalar():
		return score.Score{}, "is an " + v.Kind.String() // array or object
	}
	text := fold.Trim(bytestext.String(texts.events.Text(v)))
	if mapped, found := s.scores[fold.Lower(text)]; found {
		return mapped, ""
	}
	if v.Kind == event.Number || v.Kind == event.String {
		base, err := score.ParseBase(text)
		switch {
		case err == nil:
			return base, ""
		case errors.Is(err, score.ErrRange):
			return score.Score{}, "is " + problem.Quote(text) + ", which is out of range"
		}
	}
	if len(s.scores) > 0 {
		return score.Score{}, "is " + problem.Quote(text) + ", which is neither a number nor in the map"
	}
	return score.Score{}, "is " + problem.Quote(text) + ", which is not a number"
}

// objectScore returns the base score of an object of a rule: that of the event, or else that
// of the field or the number of the rule. The error is a *ScoreError if the field has none.
func (r *Reader) objectScore(rule *rule, o *ruleObject) (score.Score, error) {
	switch {
	case !r.isBlank(r.paths.score) && (o.from == nil || !o.from.isRisk):
		return r.eventScore()
	case o.from != nil:
		base, reason := o.from.readFrom(r)
		if reason != "" {
			return base, &ScoreError{Rule: rule.name, Field: o.from.name, Reason: reason}
		}
		return base, nil
	case o.score != nil:
		return *o.score, nil
	}
	return r.eventScore()
}
