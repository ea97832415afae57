package config

import (
	"errors"
	"strconv"
	"strings"

	"github.com/kithsec/kith/config/internal/yamlfile"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/risk"
)

// RiskSetup is the block risk, decoded for [risk.New], with the files of rules that
// it names.
type RiskSetup struct {
	Config  risk.Config
	Options risk.Options

	file  *File
	rules []ruleFile
}

// RiskSetup decodes the block risk and reads the files of rules that it names. With
// an error it returns what could be read.
func (c *Config) RiskSetup() (*RiskSetup, error) {
	s := &RiskSetup{file: c.File}
	wrong := c.File.decode("risk", &s.Config)
	var bad error
	s.rules, bad = readRules(c.File, s.Config.RuleFiles)
	for _, f := range s.rules {
		s.Options.Rules = append(s.Options.Rules, f.RuleFile)
	}
	s.Options.DefaultZone = c.Zones.Default
	for _, r := range c.Zones.Rules {
		s.Options.ZoneRules = append(s.Options.ZoneRules, risk.ZoneRule{Zone: r.Zone, When: r.When})
	}
	return s, c.File.inOrder(wrong, bad)
}

// checkRisk reports what risk.New would reject of the block risk and the files of
// rules, besides what is wrong with them themselves.
func (c *Config) checkRisk() error {
	s, wrong := c.RiskSetup()
	_, err := risk.New(s.Config, nil, s.Options)
	return c.File.inOrder(wrong, s.Place(err))
}

// Place gives the errors of [risk.New] their places in the configuration and in the
// files of rules. Any other error stays as it is.
func (s *RiskSetup) Place(err error) error {
	var problems, elsewhere []error
	for _, e := range problem.Joined(err) {
		var bad *risk.ConfigError
		if !errors.As(e, &bad) {
			return err
		}
		if problem := s.placeInRules(bad); problem != nil {
			elsewhere = append(elsewhere, problem)
			continue
		}
		at := bad.Path
		if !strings.HasPrefix(at, "zones.") {
			at = "risk." + at
		}
		problems = append(problems, s.file.Errorf(at, "%s: %v", lastKey(bad.Path), bad.Err))
	}
	if s.file != nil {
		problems = []error{yamlfile.Join(errors.Join(problems...), nil)} // in the order of the file
	}
	return problem.Usage(errors.Join(append(problems, elsewhere...)...))
}

// lastKey returns the key that a path ends with.
func lastKey(path string) string {
	key := path[strings.LastIndexByte(path, '.')+1:]
	key, _, _ = strings.Cut(key, "[")
	return key
}

// placeInRules returns the error of a rule of a file, whose path is
// "rule_files: FILE: rule 3.risk_objects[0].score", and nil for other paths.
func (s *RiskSetup) placeInRules(bad *risk.ConfigError) error {
	for _, f := range s.rules {
		rest, found := strings.CutPrefix(bad.Path, "rule_files: "+f.Name+": rule ")
		if !found {
			continue
		}
		number, key, _ := strings.Cut(rest, ".")
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 || n > len(f.lines) {
			continue
		}
		if key != "" {
			key += ": "
		}
		return f.errorAt(f.lines[n-1], key+bad.Err.Error())
	}
	return nil
}
