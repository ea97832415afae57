package risk

import (
	"hash/maphash"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/event"
)

// Rules are detection rules, compiled for one Engine: those of Config.Rules and
// Options.Rules, or others that are to replace them. They are immutable.
type Rules struct {
	detector *detect.Detector
	seed     maphash.Seed
}

// CompileRules compiles rules, and the rules of files, that are to replace those of the
// engine. All other settings are those that the engine was made with. The error is as that
// of [New]. CompileRules may be called concurrently with all methods of the Engine.
func (e *Engine) CompileRules(rules []detect.Rule, files []detect.RuleFile) (*Rules, error) {
	cfg, opt := e.config, e.options
	cfg.Rules, opt.Rules = rules, files
	p, err := compileConfig(cfg, opt)
	if err != nil {
		return nil, err
	}
	return &Rules{p.detector, e.seed}, nil
}

// SetRules replaces the rules for events that are added later. r must have been compiled by
// the same Engine. Modifiers that were counted before keep their objects, scores, sources and
// messages, and incident rules go on evaluating them, also those of rules that r does not
// have.
func (e *Engine) SetRules(r *Rules) {
	p := *e.program
	p.detector = r.detector
	e.program = &p
	for i := range e.readers {
		e.readers[i] = r.NewReader(e.resolver)
	}
}

// NewReader returns a Reader for [Engine.AddReadings], which reads events with these rules.
func (r *Rules) NewReader(resolver detect.Resolver) *detect.Reader {
	return r.detector.NewReader(resolver, r.seed)
}

// Schema returns the schema of the events that the rules read: the paths that they name and
// those of the fields of modifiers.
func (r *Rules) Schema() *event.Schema { return r.detector.Schema() }

// scoreErrors reports the first error of each rule and field.
type scoreErrors struct {
	report func(*detect.ScoreError) // nil if they are not reported
	seen   map[ruleField]struct{}
}

// ruleField identifies the rule and the field of a detect.ScoreError.
type ruleField struct{ rule, field string }

// add reports an error, unless one of the same rule and field was reported before.
func (s *scoreErrors) add(err *detect.ScoreError) {
	of := ruleField{err.Rule, err.Field}
	if _, again := s.seen[of]; again || s.report == nil {
		return
	}
	if s.seen == nil {
		s.seen = map[ruleField]struct{}{}
	}
	s.seen[of] = struct{}{}
	s.report(err)
}
