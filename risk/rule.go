package risk

import (
	"strings"

	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/risk/score"
)

// rule is a rule that writes modifiers, compiled.
type rule struct {
	name    string
	when    *when // nil if the event's name decides
	objects []ruleObject
	threats []ruleThreat
	message template
	attack  attack
	mapped  bool // whether attack is given
}

type ruleObject struct {
	path  int
	typ   string
	score *int64 // nil if only the event can tell
}

type ruleThreat struct {
	path int
	typ  string
}

func (c *compiler) compileRule(at Path, r Rule) {
	compiled := rule{name: fold.Trim(r.Name), mapped: len(r.Attack) > 0}
	if compiled.name == "" {
		c.fail(at.Key("name"), errMissing)
	}
	if len(r.When) > 0 {
		w, err := compileWhen(r.When, c.fields.event)
		c.failEach(at.Key("when"), err)
		compiled.when = &w
	}
	fallback := c.base(at.Key("risk_score"), r.Score)
	for i, o := range r.RiskObjects {
		at := at.Key("risk_objects").At(i)
		object := ruleObject{typ: fold.Lower(fold.Trim(o.Type)), score: c.base(at.Key("score"), o.Score)}
		if object.score == nil {
			object.score = fallback
		}
		object.path = c.field(at.Key("field"), o.Field)
		compiled.objects = append(compiled.objects, object)
	}
	for i, t := range r.ThreatObjects {
		path := c.field(at.Key("threat_objects").At(i).Key("field"), t.Field)
		compiled.threats = append(compiled.threats, ruleThreat{path, fold.Trim(t.Type)})
	}
	compiled.message = parseTemplate(r.Message, c.fields)
	for _, text := range r.Attack {
		compiled.attack.add(c.attack, text)
	}
	compiled.attack.finish(c.attack)
	i := len(c.rules)
	c.rules = append(c.rules, compiled)
	if compiled.when != nil {
		c.conditional = append(c.conditional, i)
	} else {
		name := fold.Lower(compiled.name)
		c.byName[name] = append(c.byName[name], i)
	}
}

func (c *compiler) field(at Path, name string) int {
	if name == "" {
		c.fail(at, errMissing)
		return 0
	}
	if _, err := jsonscan.Compile([]string{name}); err != nil {
		c.fail(at, err)
		return 0
	}
	return c.fields.path(name)
}

func (c *compiler) base(at Path, score score.Decimal) *int64 {
	d := c.amount(at, score)
	if d == nil {
		return nil
	}
	base, _ := d.Round() // in range
	steps, _ := base.Steps()
	return &steps
}

// template is a message with $field$ tokens, cut into pieces.
type template []piece

type piece struct {
	text string // as written, tokens with their dollars
	slot slot
	is   bool // a token
}

// parseTemplate cuts a message. A token is a name without spaces between
// dollars; a lone dollar is text.
func parseTemplate(text string, f *fields) template {
	var t template
	for {
		open := strings.IndexByte(text, '$')
		if open < 0 {
			break
		}
		width := strings.IndexAny(text[open+1:], "$ \t\r\n")
		if width < 1 || text[open+1+width] != '$' || strings.Count(text[open+1:open+1+width], ".") >= 64 {
			t = append(t, piece{text: text[:open+1]})
			text = text[open+1:]
			continue
		}
		if open > 0 {
			t = append(t, piece{text: text[:open]})
		}
		name := text[open+1 : open+1+width]
		t = append(t, piece{text: text[open : open+width+2], slot: f.modifier(name), is: true})
		text = text[open+width+2:]
	}
	if text != "" {
		t = append(t, piece{text: text})
	}
	return t
}
