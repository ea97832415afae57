package detect

import (
	"strings"

	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/risk/score"
)

// rule is a compiled Rule.
type rule struct {
	name      string
	when      *condition // nil if the rule applies by the name of the event
	objects   []ruleObject
	threats   []ruleThreat
	message   template
	attack    Attack
	hasAttack bool // the Rule has Attack; otherwise that of the event counts
}

// ruleObject is a compiled RiskObject.
type ruleObject struct {
	path  event.Path
	typ   string
	score *score.Score // nil if the event must state the score, or if from is set
	from  *scoreField  // where the event has the score; may be nil
}

// ruleThreat is a compiled ThreatObject.
type ruleThreat struct {
	path event.Path
	typ  string
}

func (c *compiler) compileRule(at Path, r Rule) {
	compiled := rule{name: fold.Trim(r.Name), hasAttack: len(r.Attack) > 0}
	if compiled.name == "" {
		c.reportError(at.Key("name"), errMissing)
	}
	if len(r.When) > 0 {
		when, err := c.compileCondition(r.When, nil)
		c.reportConditionErrors(at.Key("when"), err)
		compiled.when = &when
	}
	fallback, fallbackFrom := c.baseScore(at.Key("risk_score"), r.Score), c.compileScoreField(at.Key("risk_score"), r.ScoreField, r.Score)
	for i, o := range r.RiskObjects {
		at := at.Key("risk_objects").At(i)
		object := ruleObject{typ: fold.Name(o.Type), score: c.baseScore(at.Key("score"), o.Score)}
		object.from = c.compileScoreField(at.Key("score"), o.ScoreField, o.Score)
		if object.score == nil && object.from == nil {
			object.score, object.from = fallback, fallbackFrom
		}
		object.path = c.fieldPath(at.Key("field"), o.Field)
		compiled.objects = append(compiled.objects, object)
	}
	for i, t := range r.ThreatObjects {
		path := c.fieldPath(at.Key("threat_objects").At(i).Key("field"), t.Field)
		compiled.threats = append(compiled.threats, ruleThreat{path, fold.Trim(t.Type)})
	}
	compiled.message = parseTemplate(r.Message, c.modifierField)
	for _, text := range r.Attack {
		compiled.attack.addIDs(c.attack, text)
	}
	compiled.attack.normalizeIDs(c.attack)
	i := len(c.rules)
	c.rules = append(c.rules, compiled)
	if compiled.when != nil {
		c.conditional = append(c.conditional, i)
	} else {
		c.named.add(r.Name, r.Label, i)
	}
}

// fieldPath returns the path of a field. It reports a field that is missing or not
// valid.
func (c *compiler) fieldPath(at Path, name string) event.Path {
	err := errMissing
	if name != "" {
		err = event.CheckPath(name)
	}
	if err != nil {
		c.reportError(at, err)
		return 0
	}
	return c.builder.Path(name)
}

// baseScore returns the score of a rule or of one of its objects, or nil if it is not
// given.
func (c *compiler) baseScore(at Path, d score.Decimal) *score.Score {
	amount := c.checkAmount(at, d)
	if amount == nil {
		return nil
	}
	base, _ := amount.Round() // checkAmount has checked the range
	return &base
}

// template is a message that is split into tokens ($field$) and the text between them.
type template []piece

// piece is a token of a template, or text.
type piece struct {
	text    string // as written: a token includes its dollar signs
	isToken bool
	field   field // of a token
}

// parseTemplate parses a message. A token is a path without white space between dollar
// signs; any other dollar sign is text. fieldOf returns the field with a name.
func parseTemplate(text string, fieldOf func(name string) field) template {
	var t template
	for {
		open := strings.IndexByte(text, '$')
		if open < 0 {
			break
		}
		width := strings.IndexAny(text[open+1:], "$ \t\r\n")
		if width < 1 || text[open+1+width] != '$' || event.CheckPath(text[open+1:open+1+width]) != nil {
			t = append(t, piece{text: text[:open+1]})
			text = text[open+1:]
			continue
		}
		if open > 0 {
			t = append(t, piece{text: text[:open]})
		}
		name := text[open+1 : open+1+width]
		t = append(t, piece{text: text[open : open+width+2], isToken: true, field: fieldOf(name)})
		text = text[open+width+2:]
	}
	if text != "" {
		t = append(t, piece{text: text})
	}
	return t
}
