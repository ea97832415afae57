package config

import (
	"errors"

	"github.com/kithsec/kith/config/internal/yamlfile"
	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/risk"
)

// RiskSetup contains the block risk and the rule files that it names, decoded for
// [risk.New].
type RiskSetup struct {
	Config  risk.Config
	Options risk.Options
	// Notes state rules and rule files that score nothing, in the order of rule_files.
	Notes []*entity.RowError

	file    *File
	rules   []ruleFile
	invalid []error // errors of values that cannot be parsed
}

// RiskSetup decodes the block risk and reads the rule files that it names. If there are
// errors, it also returns what could be read. Values that it cannot parse are reported by
// [RiskSetup.Check], together with the values that [risk.New] rejects.
func (c *Config) RiskSetup() (*RiskSetup, error) {
	s := &RiskSetup{file: c.File}
	var unparsed, bad error
	s.Config, unparsed = c.Risk.Config()
	s.invalid = problem.Joined(unparsed)
	s.rules, bad = readRules(c.File, c.Risk.RuleFiles)
	for _, f := range s.rules {
		s.Options.Rules = append(s.Options.Rules, f.RuleFile)
		s.invalid = append(s.invalid, f.invalid...)
		s.Notes = append(s.Notes, f.notes...)
	}
	s.Options.Zone, s.Options.Presets = c.Zones.eventOptions(), c.presets
	s.Options.Unwrap = c.Enrich.unwrapping()
	return s, c.File.joinInOrder(c.File.riskProblems(), bad)
}

// checkRisk returns all errors of the block risk and of the rule files.
func (c *Config) checkRisk() error {
	s, err := c.RiskSetup()
	return c.File.joinInOrder(err, s.Check())
}

// Check returns an error for every invalid value of the block risk and of the rule
// files, with its place.
func (s *RiskSetup) Check() error {
	_, err := risk.New(s.Config, nil, s.Options)
	return s.Place(errors.Join(append(s.invalid, problem.Joined(err)...)...))
}

// CountRules returns the number of detection rules.
func (s *RiskSetup) CountRules() int {
	n := len(s.Config.Rules)
	for i := range s.rules {
		n += len(s.rules[i].Rules)
	}
	return n
}

// Place adds to the errors of [risk.New] their places in the configuration and in the
// rule files. It returns any other error unchanged.
func (s *RiskSetup) Place(err error) error {
	var problems, elsewhere []error
	for _, e := range problem.Joined(err) {
		var bad *detect.ConfigError
		switch {
		case !errors.As(e, &bad):
			return err
		case bad.File != "":
			elsewhere = append(elsewhere, s.placeInRules(bad))
		default:
			at := bad.Path.String()
			if bad.Path[0].Key != "zones" {
				at = "risk." + at
			}
			problems = append(problems, s.file.Errorf(at, "%s: %v", bad.Path.LastKey(), bad.Err))
		}
	}
	if s.file != nil {
		problems = []error{yamlfile.Join(errors.Join(problems...), nil)} // in the order of the file
	}
	return problem.Usage(errors.Join(append(problems, elsewhere...)...))
}

// placeInRules adds to the error of a rule its line in the rule file.
func (s *RiskSetup) placeInRules(bad *detect.ConfigError) error {
	text := bad.Err.Error()
	if len(bad.Path) > 0 {
		text = bad.Path.String() + ": " + text
	}
	for _, f := range s.rules {
		if f.Name == bad.File {
			return f.errorAt(f.lines[bad.Rule-1], text)
		}
	}
	return bad
}
